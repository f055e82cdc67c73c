"""Runs of other times and of other code locations, for what is asked of them later."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin


def set_back(instance: dg.DagsterInstance, run_id: str, ago: timedelta) -> None:
    """As if a run had been made, and had ended, that long ago."""
    at = datetime.now(UTC) - ago
    with sqlite3.connect(Path(instance.root_directory) / "history/runs.db") as runs:
        words = "update runs set create_timestamp = ?, update_timestamp = ?, end_time = ? where run_id = ?"
        moment = f"{at:%Y-%m-%d %H:%M:%S.%f}"
        runs.execute(words, (moment, moment, at.timestamp(), run_id))


def repository_of(location: str) -> RemoteRepositoryOrigin:
    """As Dagster names what a code location of that name defines."""
    place = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="some"), location)
    return RemoteRepositoryOrigin(place, "__repository__")
