"""Removing Dagster's runs that ended long ago: their events, checks and logs, and the files that Dagster leaves of
each. What a partition's newest run recorded stays as long as the partition is stored, for the UI knows by it that the
partition was made; so does the newest record of each asset, which sensors read.

How long runs are kept is the caller's; what else is removed is in `pipeline/upkeep/housekeeping`."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES, NOT_FINISHED_STATUSES
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage

from bluedot_assets.defs.run_events import partition_of
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import UsageError

PAGE: Final = 500
WITHOUT_RUN_FOR: Final = timedelta(days=1)  # a run's files are there before its record is


def runs_at_work(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """The runs that have not ended, queued ones too."""
    return list(instance.get_runs(dg.RunsFilter(statuses=list(NOT_FINISHED_STATUSES))))


def partitions_at_work(instance: dg.DagsterInstance, timeframe: Timeframe) -> set[str]:
    """Keys of the partitions that runs are at work on, or will be."""
    keys: set[str] = set()
    for dagster_key in filter(None, map(partition_of, runs_at_work(instance))):
        with suppress(UsageError):  # of the other timeframe
            keys.add(timeframe.folder_key(dagster_key))
    return keys


def old_runs(
    instance: dg.DagsterInstance, before: datetime, stored: Mapping[Timeframe, Collection[str]]
) -> list[dg.DagsterRun]:
    """The runs that ended before then and that nothing needs, oldest first. A partition of `stored` needs the newest
    run of each of its assets."""
    needed, found, cursor = _needed(instance, stored), [], None
    finished = dg.RunsFilter(statuses=list(FINISHED_STATUSES), updated_before=before)
    while page := instance.get_run_records(finished, limit=PAGE, cursor=cursor):
        found += [record.dagster_run for record in page if record.dagster_run.run_id not in needed]
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


def files_without_run(instance: dg.DagsterInstance, now: datetime, logs_before: datetime) -> Iterator[Path]:
    """Logs and databases of runs that are gone, and logs of ticks from before then: Dagster removes ticks without
    their logs."""
    logs, runs = _log_folder(instance), _run_databases(instance)
    for path in [*(logs.iterdir() if logs.is_dir() else ()), *(runs.glob("*.db") if runs else ())]:
        if _is_run_id(path.name.removesuffix(".db")):
            old = _time_of(path) < (now - WITHOUT_RUN_FOR).timestamp()
            if old and not instance.has_run(path.name.removesuffix(".db")):
                yield path
        elif path.is_dir():
            yield from (file for file in _files(path) if _time_of(file) < logs_before.timestamp())


def remove_file_without_run(path: Path) -> None:
    """With what SQLite may have beside it."""
    for one in [path, *path.parent.glob(f"{path.name}-*")]:
        _remove(one)


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


def _is_run_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
