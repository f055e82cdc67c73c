"""Runs and partitions of other times and of other code locations, for what is asked of them later."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets_tests.examples.trees import DAY, Installation


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


def store_old_partitions(here: Installation, count: int) -> list[str]:
    """Keys of so many stored partitions that the source has as well, oldest first."""
    assert here.run("daily", DAY, "raw_json").success
    keys = [f"2024-06-{number:02d}" for number in range(1, count)]
    stored = here.platform.outputs.store
    for key in keys:
        slot, template = Slot("daily", key, "raw_json"), Slot("daily", DAY, "raw_json")
        stored.write(slot.manifest_path, stored.read(template.manifest_path).replace(DAY.encode(), key.encode()))
        stored.write(slot.raw_path, stored.read(template.raw_path))
        shutil.copytree(here.source / "daily" / DAY, here.source / "daily" / key)
    return [*keys, DAY]
