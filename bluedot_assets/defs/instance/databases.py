"""The SQLite databases of a new DAGSTER_HOME. Dagster makes each in its place, table by table: two processes that are
the first there, one with the other's half, leave a version of the tables that no later process can read.

How a process opens them is in `connected`; the rest of a home in `dagster_home`."""

import errno
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import yaml
from filelock import FileLock, Timeout

from bluedot_assets.kernel.errors import SettingsError

DATABASES: Final = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
OWN_STORAGE: Final = {"storage", "run_storage", "event_log_storage", "schedule_storage"}  # in dagster.yaml
LOCK: Final = ".databases.lock"
LOCKED_FOR_S: Final = 60  # at most; all that is done under the lock takes seconds
NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}  # of the file system
LONGEST_WAIT_S: Final = 20.0
FIRST_MOMENT_S: Final = 2.0  # in which a database of a Dagster that lives may be empty
HALF: Final = "5771160a95ad"  # the version that Dagster gives to tables whose own it does not find yet


def make_databases(home: Path) -> None:
    """Those that the home lacks, each whole or not at all, whoever else is the first there; and make those readable
    again that Dagster's own processes have left with two versions. A storage that `dagster.yaml` names is not ours.
    Raises SettingsError where another process keeps the lock."""
    instance = home / "dagster.yaml"
    if instance.exists() and OWN_STORAGE & (yaml.safe_load(instance.read_bytes()) or {}).keys():
        return
    files = [home / name for name in DATABASES]
    with _alone(home):
        shutil.rmtree(made := home / ".databases", ignore_errors=True)  # of one that was killed
        if not all(_is_begun(file) for file in files):
            _make(home, made)
        until = time.monotonic() + LONGEST_WAIT_S
        for file in files:
            _keep_one_version(file, until)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time. Where the file system has no locks, who is the first there is Dagster's own affair."""
    # Not the lock that filelock has instead: a process that is killed would leave it to all that follow.
    lock = FileLock(home / LOCK, LOCKED_FOR_S, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise SettingsError(
            f"DAGSTER_HOME {home}: another process has kept {home / LOCK} for {LOCKED_FOR_S} seconds, so it "
            f"hangs or was stopped: end it (`fuser {home / LOCK}` names it), and run again."
        ) from None
    except NotImplementedError:  # how older versions of filelock say ENOSYS
        pass
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    try:
        yield
    finally:
        lock.release()


def _is_begun(file: Path) -> bool:
    """An empty one is of a Dagster that was killed in its first moment, unless this is that moment."""
    while file.exists() and not file.stat().st_size:
        if time.time() - file.stat().st_mtime > FIRST_MOMENT_S:
            return False
        time.sleep(0.1)
    return file.exists()


def _make(home: Path, made: Path) -> None:
    """Apart, and then each to its place. A Dagster that knows nothing of the lock finds all of a database or none."""
    import dagster as dg  # noqa: PLC0415  it takes a second, and a home is made once

    made.mkdir()
    (made / "dagster.yaml").touch()
    dg.DagsterInstance.from_config(str(made)).dispose()
    for name in DATABASES:
        if not _is_begun(home / name):
            for ending in ("-journal", "-wal", "-shm"):  # of the empty one, and not of what comes there now
                (home / f"{name}{ending}").unlink(missing_ok=True)
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
