"""A new DAGSTER_HOME whose databases several processes make at once, also such as know nothing of the others."""

import errno
import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.defs.instance import databases
from bluedot_assets.defs.instance.connected import open_instance
from bluedot_assets.defs.instance.databases import DATABASES, HALF, LOCK
from bluedot_assets.kernel.errors import SettingsError

OURS = "from bluedot_assets.defs.instance.connected import open_instance as opened; opened().dispose()"
DAGSTERS = "import dagster as dg; dg.DagsterInstance.get().dispose()"


@pytest.fixture
def home(folder: Path) -> Path:
    return make_dagster_home()


def versions(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        (found,) = database.execute("SELECT count(*) FROM alembic_version").fetchone()
    return int(found)


@pytest.mark.long
@pytest.mark.parametrize("other", [OURS, DAGSTERS])
def test_of_two_first_processes_each_finds_whole_databases(other: str, home: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", code]) for code in (OURS, other)]
    assert [process.wait(120) for process in processes] == [0, 0]
    assert [versions(home / name) for name in DATABASES] == [1, 1, 1]
    open_instance().dispose()


def test_what_dagster_has_half_made_is_waited_for(home: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    dg.DagsterInstance.from_config(str(tmp_path / "other")).dispose()
    runs = home / "history" / "runs.db"
    runs.parent.mkdir()
    (tmp_path / "other/history/runs.db").rename(runs)
    with closing(sqlite3.connect(runs)) as database, database:
        (head,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("DROP TABLE alembic_version")

    def finish() -> None:
        time.sleep(1)
        with closing(sqlite3.connect(runs)) as database, database:
            database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
            database.execute("INSERT INTO alembic_version VALUES (?)", (head,))

    dagster = threading.Thread(target=finish)
    dagster.start()
    open_instance().dispose()
    dagster.join()
    assert [versions(home / name) for name in DATABASES] == [1, 1, 1]


def test_a_home_that_two_processes_of_dagster_have_broken_is_readable_again(home: Path) -> None:
    open_instance().dispose()
    for name in DATABASES:
        with closing(sqlite3.connect(home / name)) as database, database:
            database.execute("INSERT INTO alembic_version VALUES (?)", (HALF,))
    with open_instance() as instance:
        assert instance.get_runs_count() == 0
    assert [versions(home / name) for name in DATABASES] == [1, 1, 1]


def test_what_a_killed_first_process_left_is_gone_after_the_next(home: Path) -> None:
    (home / ".databases" / "history").mkdir(parents=True)
    (home / ".databases" / "history" / "runs.db").write_bytes(b"half")
    open_instance().dispose()
    assert not (home / ".databases").exists()
    (home / ".databases").mkdir()  # of one that was killed when all were in their places
    open_instance().dispose()
    assert not (home / ".databases").exists()


def test_a_part_of_the_instance_file_is_removed_when_nobody_writes_it_any_more(home: Path) -> None:
    old, new = (home / f".dagster.yaml.{digit * 32}" for digit in "ab")
    for part in (old, new):
        part.touch()
    os.utime(old, (1, 1))
    make_dagster_home()
    assert (old.exists(), new.exists()) == (False, True)


def test_an_empty_database_of_a_killed_dagster_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "LONGEST_WAIT_S", 600.0)
    runs = home / "history" / "runs.db"
    runs.parent.mkdir()
    runs.touch()
    (runs.parent / "runs.db-journal").write_bytes(b"of the empty one")
    open_instance().dispose()
    assert [versions(home / name) for name in DATABASES] == [1, 1, 1]


def test_a_process_that_keeps_the_lock_is_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "LOCKED_FOR_S", 1)
    refused = pytest.raises(SettingsError, match=r"DAGSTER_HOME .*/\.databases\.lock .*: end it")
    with FileLock(home / LOCK, is_singleton=False), refused:
        open_instance()


@pytest.mark.parametrize("refusal", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_has_databases_too(
    home: Path, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    def flock(*_: object) -> None:
        raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr(fcntl, "flock", flock)
    for _ in range(2):  # nothing is left that the second waits for
        databases.make_databases(home)
    assert [versions(home / name) for name in DATABASES] == [1, 1, 1]


def test_a_home_with_a_storage_of_its_own_gets_none(home: Path, tmp_path: Path) -> None:
    (home / "dagster.yaml").write_text(f"storage:\n  sqlite:\n    base_dir: {tmp_path / 'elsewhere'}\n", "utf-8")
    open_instance().dispose()
    assert not any((home / name).exists() for name in DATABASES)
