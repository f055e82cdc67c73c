"""Dagster only: assets, checks, jobs, schedules; imports adapters and kernel."""
