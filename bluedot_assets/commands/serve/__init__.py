"""Servers on this machine: the site, and Dagster with its UI."""
