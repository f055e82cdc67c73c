"""Values in, values out: no Dagster, no network, no git, no clock, no environment, no disk."""
