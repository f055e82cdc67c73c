"""Dagster only: assets, checks, jobs, schedules, sensors. What a run does is in `pipeline`."""
