"""What nobody foresaw: one sentence and exit code 1, and a traceback for those who ask for it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bluedot_assets.commands import partitions
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY

RUN = ("run", "--quiet", "--timeframe", "daily", "--partition", DAY)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_words: object, **_more: object) -> None:
        raise KeyError("https://me:SECRET@example.org/x?token=SECRET\nsecond line")

    monkeypatch.setattr(partitions, "list_partitions", fail)


@pytest.mark.usefixtures("broken")
def test_an_unforeseen_error_is_one_sentence_without_secrets_that_says_what_to_do(bluedot: Bluedot) -> None:
    called = bluedot("partitions")
    assert called.code == 1
    assert called.out == b""
    assert called.err.startswith("bluedot: Something that nobody foresaw went wrong (KeyError: ")
    assert "call the same with --debug before the command, as `bluedot --debug ...`, and report" in called.err
    assert called.err.count("\n") == 1
    assert "SECRET" not in called.err


@pytest.mark.usefixtures("broken")
def test_with_debug_the_traceback_comes_before_the_sentence(bluedot: Bluedot) -> None:
    called = bluedot("--debug", "partitions")
    assert called.code == 1
    assert called.err.startswith("Traceback (most recent call last):\n")
    assert called.err.splitlines()[-1].startswith("bluedot: Something that nobody foresaw")
    assert "SECRET" not in called.err


def test_debug_shows_where_a_foreseen_error_comes_from_as_well_and_changes_no_exit_code(bluedot: Bluedot) -> None:
    called = bluedot("--debug", "partitions", BLUEDOT_SOURCE="nowhere")
    assert called.code == 2
    assert called.err.startswith("Traceback")
    assert "nowhere is not a folder" in called.err.splitlines()[-1]


def test_debug_behind_the_command_says_where_it_goes(bluedot: Bluedot) -> None:
    called = bluedot("partitions", "--debug")
    assert called.code == 2
    assert "--debug goes before the command: `bluedot --debug partitions`." in called.err


def test_a_thread_that_fails_is_a_sentence_too(bluedot: Bluedot, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_words: object, **_more: object) -> None:
        thread = threading.Thread(target=lambda: dict[str, int]()["absent"])
        thread.start()
        thread.join()

    monkeypatch.setattr(partitions, "list_partitions", fail)
    called = bluedot("partitions")
    assert called.code == 0
    assert called.err.startswith("bluedot: Something that nobody foresaw went wrong (KeyError: 'absent')")


def test_a_damaged_database_of_dagster_is_a_sentence_that_names_its_home(
    bluedot: Bluedot, folder: Path, sample_tree: Path
) -> None:
    database = folder / "home" / "history" / "runs.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"no database" * 1000)
    called = bluedot(*RUN, DAGSTER_HOME=str(folder / "home"), BLUEDOT_SOURCE=str(sample_tree))
    assert called.code == 1
    assert "Traceback" not in called.err
    assert "bluedot: Dagster's database (DAGSTER_HOME) failed (DatabaseError: file is not a database)" in called.err


def test_a_home_that_cannot_be_written_is_a_sentence(bluedot: Bluedot, folder: Path, sample_tree: Path) -> None:
    (folder / "home").symlink_to("/proc")  # which takes no files
    called = bluedot(*RUN, DAGSTER_HOME=str(folder / "home"), BLUEDOT_SOURCE=str(sample_tree))
    assert called.code == 2
    assert "DAGSTER_HOME" in called.err
    assert "Traceback" not in called.err


@pytest.mark.parametrize("words", ["prune --dry-run", "check {}", "partitions --json"])
def test_a_closed_standard_output_is_no_error(words: str, folder: Path, sample_tree: Path) -> None:
    command = ["sh", "-c", f"{sys.executable} -m bluedot_assets {words.format(sample_tree)} >&-"]
    settings = {"BLUEDOT_SOURCE": str(sample_tree), "BLUEDOT_DATA": str(folder / "data"), "PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(command, cwd=folder, env=os.environ | settings, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
