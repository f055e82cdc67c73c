"""`bluedot sample`: a tree to try everything on, and folders of others left alone."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bluedot_assets.adapters.source import sample_tree
from bluedot_assets.commands.sample import HOLIDAYS, SETTINGS
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import hashes

SMALL = ("--stocks", "2", "--days", "1", "--weeks", "1", "--end", "2024-08-02")


def test_a_tree_is_written_and_it_says_what_to_do_with_it(bluedot: Bluedot, folder: Path) -> None:
    called = bluedot("sample", *SMALL, "--out", "drive")
    assert (called.code, called.out) == (0, b"")
    assert "Next: BLUEDOT_SOURCE=drive bluedot run" in called.err
    assert not (folder / ".env").exists()
    assert len(list((folder / "drive/daily/2024-08-02").glob("*_daily.json"))) == 2
    assert len(list((folder / "drive/weekly/2024-W31").glob("*_weekly.json"))) == 2


def test_of_two_at_once_each_ends_well(folder: Path) -> None:
    command = [sys.executable, "-m", "bluedot_assets", "sample", *SMALL]
    processes = [subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate(timeout=120)[1].count(b"Next: ") for process in processes] == [1, 1, 1]
    written = (folder / "sample/.env").read_text()
    # India's holiday, and one of the USA: real exchanges were open on the days between.
    assert written == SETTINGS + HOLIDAYS.format("2024-07-04,2024-08-15")


def test_one_that_another_process_keeps_from_its_folder_is_a_sentence(
    bluedot: Bluedot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_tree, "LONGEST_WAIT_S", 0.2)
    with sample_tree.alone_in(folder / "drive"), ThreadPoolExecutor(1) as pool:
        called = pool.submit(bluedot, "sample", *SMALL, "--out", "drive").result()
    assert called.code == 2
    assert "Another process has written a sample to drive" in " ".join(called.err.split())


def test_without_an_end_no_file_is_later_than_now(bluedot: Bluedot, folder: Path) -> None:
    assert bluedot("sample", *SMALL[:6], "--out", "drive").code == 0
    files = [file for file in (folder / "drive").rglob("*") if file.is_file()]
    assert {file.parent.name for file in files} >= {"triggers"}
    assert max(file.stat().st_mtime for file in files) <= time.time()


def test_equal_seeds_give_equal_trees_and_others_do_not(bluedot: Bluedot, folder: Path) -> None:
    for out, seed in (("one", "7"), ("two", "7"), ("three", "8")):
        assert bluedot("sample", *SMALL, "--seed", seed, "--out", out).code == 0
    assert hashes(folder / "one") == hashes(folder / "two") != hashes(folder / "three")


def test_an_earlier_sample_is_replaced(bluedot: Bluedot, folder: Path) -> None:
    bluedot("sample", *SMALL, "--out", "drive")
    before = hashes(folder / "drive")
    bluedot("sample", *SMALL, "--stocks", "3", "--out", "drive")
    bluedot("sample", *SMALL, "--out", "drive")
    assert hashes(folder / "drive") == before


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_sample_is_refused_and_unchanged(bluedot: Bluedot, folder: Path, kind: str) -> None:
    target = folder / "mine" / "precious.json" if kind == "folder" else folder / "mine"
    target.parent.mkdir(exist_ok=True)
    target.write_text("{}")
    called = bluedot("sample", *SMALL, "--out", "mine")
    assert (called.code, called.out) == (2, b"")
    assert "bluedot: " in called.err
    assert "give a" in called.err
    assert len(called.err.splitlines()) == 1  # no progress before it
    assert target.read_text() == "{}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fault", "fire"), "'fire' is not one of 'truncated', 'empty'"),
        (("--fault", "truncatd"), "'truncatd' is none of the 26 that --help lists. Did you mean truncated?"),
        (("--end", "2024-13-01"), "'2024-13-01' is no date of the calendar: write it like 2024-08-02."),
        (("--stocks", "3.5"), "'3.5' is no whole number: write digits alone, such as 10."),
        (("--stocks", "-3"), "'-3' is too small: 0 is the least."),
        (("--end", "1999-01-01"), "must lie within"),
        (("--days", "0", "--weeks", "0", "--faults"), "fault files need a partition"),
    ],
)
def test_a_plan_that_cannot_be_made_is_a_sentence(
    bluedot: Bluedot, folder: Path, words: tuple[str, ...], said: str
) -> None:
    called = bluedot("sample", *SMALL, *words, "--out", "drive")
    assert called.code == 2
    assert said in called.err
    assert not (folder / "drive").exists()


def test_all_faults_are_published_around_and_listed(bluedot: Bluedot, folder: Path) -> None:
    words = ("--stocks", "2", "--days", "1", "--weeks", "0", "--end", "2024-08-02", "--faults", "--out", "drive")
    assert bluedot("sample", *words).code == 0
    settings = {"BLUEDOT_SOURCE": "drive", "BLUEDOT_MIN_COMPLETE": "10"}
    called = bluedot("run", "--timeframe", "daily", **settings)
    assert called.code == 0
    assert "Rejected files of daily 2024-08-02" in called.text
    assert len(list((folder / "data/site/daily/latest").glob("*_PRICE_DATA.csv"))) >= 2


def test_a_folder_that_cannot_be_made_is_a_sentence(bluedot: Bluedot, folder: Path) -> None:
    called = bluedot("sample", *SMALL, "--out", "/proc/foo")
    assert (called.code, called.out) == (1, b"")
    assert called.err.startswith("bluedot: /proc/foo")
    assert "Traceback" not in called.err
