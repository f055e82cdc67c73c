"""What nobody foresaw: one sentence and exit code 1, and a traceback for those who ask for it."""

import subprocess
import threading
from pathlib import Path

import pytest

from bluedot_assets.commands import partitions
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, write_tree
from bluedot_assets_tests.servers.processes import BIN, environment

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


@pytest.mark.parametrize(
    ("before", "more", "code", "said"),
    [
        ("exec >&-", {}, 0, ""),
        ("exec 2>&-", {}, 0, ""),
        ("exec >/dev/full", {}, 1, "bluedot: No space left on device. Make room"),
        ("exec > >(exit)", {}, 1, ""),
        (
            "unset HOME; ulimit -n 99",
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "BLUEDOT_SOURCE": "nämé"},
            2,
            "is not a folder",
        ),
        ("mkdir gone; cd gone; rmdir ../gone", {"BLUEDOT_SOURCE": "x"}, 1, "bluedot: The current folder is not there"),
    ],
)
def test_outputs_and_folders_that_a_process_is_started_without_are_no_traceback(
    folder: Path, before: str, more: dict[str, str], code: int, said: str
) -> None:
    script = f"{before}; sleep 0.2; '{BIN / 'bluedot'}' partitions --json"
    given = environment(folder, **more)
    write_tree(folder / "drive")
    ended = subprocess.run(["bash", "-c", script], cwd=folder, env=given, capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (code, False), ended.stderr
    assert said in ended.stderr
