"""Removing Dagster's runs that ended long ago: their events, checks and logs, and the files that Dagster leaves of
each. What a partition's newest run recorded stays as long as the partition is stored, for the UI knows by it that the
partition was made; so does the newest record of each asset, which sensors read.

An instance may be shared with other projects: what is not for certain of this one is not touched.

How long runs are kept is the caller's; what else is removed is in `pipeline/upkeep/housekeeping`."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.remote_origin import RemoteInstigatorOrigin
from dagster._core.storage.dagster_run import FINISHED_STATUSES, NOT_FINISHED_STATUSES
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage

from bluedot_assets.defs.instance.connected import LOCATIONS
from bluedot_assets.defs.run_events import PIPELINES, partition_of
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import UsageError

PAGE: Final = 500
AT_WORK_FOR: Final = timedelta(hours=6)  # dagster.yaml ends a run after one; without a daemon nobody does
WAITING: Final = [dg.DagsterRunStatus.QUEUED]  # of a long backfill, for days
BEGUN: Final = [one for one in NOT_FINISHED_STATUSES if one not in WAITING]


def is_ours(run: dg.DagsterRun) -> bool:
    """Whether a run is of this code location. Those of earlier versions of `bluedot run` name none, and have a job of
    ours."""
    origin = run.remote_job_origin
    return origin.location_name in LOCATIONS if origin else run.job_name in PIPELINES


def runs_at_work(instance: dg.DagsterInstance, now: datetime) -> list[dg.DagsterRun]:
    """The runs that have not ended, queued ones too; what has not gone on for hours has died without a word."""
    begun = dg.RunsFilter(statuses=BEGUN, updated_after=now - AT_WORK_FOR)
    return [*instance.get_runs(dg.RunsFilter(statuses=WAITING)), *instance.get_runs(begun)]


def partitions_at_work(instance: dg.DagsterInstance, timeframe: Timeframe, now: datetime) -> set[str]:
    """Keys of the partitions that runs are at work on, or will be."""
    keys: set[str] = set()
    for dagster_key in filter(None, map(partition_of, runs_at_work(instance, now))):
        with suppress(UsageError):  # of the other timeframe
            keys.add(timeframe.folder_key(dagster_key))
    return keys


def old_runs(
    instance: dg.DagsterInstance, before: datetime, stored: Mapping[Timeframe, Collection[str]]
) -> list[dg.DagsterRun]:
    """Our runs that ended before then, or died without a word, and that nothing needs; oldest first. A partition of
    `stored` needs the newest run of each of its assets."""
    needed, found, cursor = _needed(instance, stored), [], None
    ended = dg.RunsFilter(statuses=[*FINISHED_STATUSES, *BEGUN], updated_before=before)
    while page := instance.get_run_records(ended, limit=PAGE, cursor=cursor):
        runs = [record.dagster_run for record in page]
        found += [run for run in runs if is_ours(run) and run.run_id not in needed]
        cursor = page[-1].dagster_run.run_id
    return found[::-1]


def _needed(instance: dg.DagsterInstance, stored: Mapping[Timeframe, Collection[str]]) -> set[str]:
    needed: set[str] = set()
    partitions = {one.name: {one.dagster_key(key) for key in keys} for one, keys in stored.items()}
    for asset in instance.get_asset_keys():
        needed |= {one.run_id for one in instance.fetch_materializations(asset, 1).records}
        waiting, cursor = set(partitions.get(asset.path[0], ())), None
        while waiting:
            wanted = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=sorted(waiting))
            page = instance.fetch_materializations(wanted, PAGE, cursor)
            for one in page.records:  # newest first
                if one.partition_key in waiting:
                    waiting.discard(one.partition_key)
                    needed.add(one.run_id)
            if not page.has_more:
                break
            cursor = page.cursor
    return needed


def bytes_of_run(instance: dg.DagsterInstance, run_id: str) -> int:
    """What deleting a run frees in files; in a database the room is used again."""
    return sum(file.stat().st_size for place in _places(instance, run_id) for file in _files(place))


def delete_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """A run with all that Dagster keeps of it."""
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)
    storage = instance.event_log_storage
    if isinstance(storage, SqlEventLogStorage):  # Dagster leaves the results of checks
        with storage.index_connection() as connection:
            table = AssetCheckExecutionsTable
            connection.execute(table.delete().where(table.c.run_id == run_id))
    for place in _places(instance, run_id):
        _remove(place)


def old_tick_logs(instance: dg.DagsterInstance, before: datetime) -> Iterator[Path]:
    """Logs of our sensors and schedules from before then: Dagster removes ticks without their logs."""
    origins = [state.origin for state in instance.all_instigator_state()]
    theirs = {_tick_folder(origin) for origin in origins if origin.location_name not in LOCATIONS}
    for folder in {_tick_folder(origin) for origin in origins} - theirs:
        for file in (_log_folder(instance) / folder).glob("*"):
            if _time_of(file) < before.timestamp():
                yield file


def _tick_folder(origin: RemoteInstigatorOrigin) -> str:
    """It has no code location in it: two may share a folder."""
    return f"{origin.repository_origin.repository_name}/{origin.instigator_name}"


def _places(instance: dg.DagsterInstance, run_id: str) -> list[Path]:
    runs = _run_databases(instance)
    return [_log_folder(instance) / run_id, *(runs.glob(f"{run_id}.db*") if runs else ())]


def _log_folder(instance: dg.DagsterInstance) -> Path:
    return Path(instance.storage_directory())


def _run_databases(instance: dg.DagsterInstance) -> Path | None:
    """Where SQLite has a database for each run."""
    storage = instance.event_log_storage
    return Path(storage.path_for_shard("")).parent if isinstance(storage, SqliteEventLogStorage) else None


def _files(place: Path) -> Iterator[Path]:
    return (path for path in ([place] if place.is_file() else place.rglob("*")) if path.is_file())


def _time_of(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return float("inf")  # gone in this moment


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
