"""The SQLite databases of a new DAGSTER_HOME. Dagster makes each in its place, table by table: two processes that are
the first there, one with the other's half, leave a version of the tables that no later process can read.

How a process opens them is in `connected`; the rest of a home in `dagster_home`."""

import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import yaml
from filelock import FileLock

DATABASES: Final = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
OWN_STORAGE: Final = {"storage", "run_storage", "event_log_storage", "schedule_storage"}  # in dagster.yaml
LOCK: Final = ".databases.lock"
LONGEST_WAIT_S: Final = 20.0
HALF: Final = "5771160a95ad"  # the version that Dagster gives to tables whose own it does not find yet


def make_databases(home: Path) -> None:
    """Those that the home lacks, each whole or not at all, whoever else is the first there; and make those readable
    again that Dagster's own processes have left with two versions. A storage that `dagster.yaml` names is not ours."""
    instance = home / "dagster.yaml"
    if instance.exists() and OWN_STORAGE & (yaml.safe_load(instance.read_bytes()) or {}).keys():
        return
    files = [home / name for name in DATABASES]
    with FileLock(home / LOCK):
        if not all(file.exists() for file in files):
            _make(home, home / ".databases")
        until = time.monotonic() + LONGEST_WAIT_S
        for file in files:
            _keep_one_version(file, until)


def _make(home: Path, made: Path) -> None:
    """Apart, and then each to its place. A Dagster that knows nothing of the lock finds all of a database or none."""
    import dagster as dg  # noqa: PLC0415  it takes a second, and a home is made once

    shutil.rmtree(made, ignore_errors=True)  # of one that was killed
    made.mkdir()
    (made / "dagster.yaml").touch()
    dg.DagsterInstance.from_config(str(made)).dispose()
    for name in DATABASES:
        if not (home / name).exists():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).rename(home / name)
    shutil.rmtree(made)


def _keep_one_version(file: Path, until: float) -> None:
    """Of a database that Dagster itself is making now, once it has one. What is wrong with one, Dagster says."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file, timeout=LONGEST_WAIT_S)) as database:
        while not (versions := _versions(database)) and time.monotonic() < until:
            time.sleep(0.1)
        if len(versions) > 1:
            with database:
                database.execute("DELETE FROM alembic_version WHERE version_num = ?", (HALF,))


def _versions(database: sqlite3.Connection) -> list[tuple[str]]:
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchall():
        return []
    return database.execute("SELECT version_num FROM alembic_version").fetchall()
