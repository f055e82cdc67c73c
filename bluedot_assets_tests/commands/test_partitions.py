"""`bluedot partitions`: what the source has, what is published and what is due."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEK, WEEKS


def test_every_partition_is_listed_newest_first_with_what_is_known_of_it(bluedot: Bluedot, done: Path) -> None:
    rows = json.loads(bluedot("partitions", "--json").out)
    assert [row["partition"] for row in rows] == [*reversed(DAYS), *reversed(WEEKS)]
    assert rows[0] == {
        "timeframe": "daily",
        "partition": DAY,
        "dagster_key": DAY,
        "in_source": True,
        "published": True,
        "due": False,
    }
    assert [row["dagster_key"] for row in rows if row["timeframe"] == "weekly"] == ["2024-W31-1", "2024-W30-1"]
    assert [row["partition"] for row in rows if row["due"]] == [DAYS[1], DAYS[0], WEEKS[0]]


def test_what_the_source_no_longer_has_is_listed_as_published(bluedot: Bluedot, done: Path) -> None:
    (done / "drive/daily" / DAY).rename(done / "drive/daily/old")
    rows = json.loads(bluedot("partitions", "--timeframe", "daily", "--json").out)
    assert (rows[0]["partition"], rows[0]["in_source"], rows[0]["published"]) == (DAY, False, True)


def test_the_table_shows_both_keys(bluedot: Bluedot, done: Path) -> None:
    called = bluedot("partitions")
    assert called.code == 0
    for word in ("Dagster's key", "2024-W31", "2024-W31-1", *DAYS):
        assert word in called.text


def test_the_table_says_why_an_older_partition_of_the_source_is_not_due(
    bluedot: Bluedot, done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "BLUEDOT_KEEP" not in bluedot("partitions").text
    monkeypatch.setenv("BLUEDOT_KEEP", "daily=1,weekly=1")
    rows = json.loads(bluedot("partitions", "--json").out)
    assert [row["partition"] for row in rows if row["due"]] == []
    said = " ".join(bluedot("partitions").text.split())
    assert "Neither published nor due: older than what BLUEDOT_KEEP keeps" in said


def test_due_lists_lines_for_scripts_oldest_first(bluedot: Bluedot, done: Path) -> None:
    called = bluedot("partitions", "--due")
    assert called.text.splitlines() == [
        "weekly 2024-W30 2024-W30-1",
        f"daily {DAYS[0]} {DAYS[0]}",
        f"daily {DAYS[1]} {DAYS[1]}",
    ]


def test_what_is_ignored_is_named_on_standard_error_alone(bluedot: Bluedot, done: Path) -> None:
    for folder in ("daily/2024_08_05", "weekly/2025-W53", "Triggers"):
        (done / "drive" / folder).mkdir()
    (done / "drive/daily" / DAY / "AAPL_daily (1).json").write_text("{}")
    called = bluedot("partitions", "--json")
    assert len(json.loads(called.out)) == len(DAYS) + len(WEEKS)
    daily, weekly = called.err.splitlines()
    for sentence in (
        "Triggers is ignored (no folder is read under this name): move its files into triggers",
        "daily/2024_08_05 is ignored (not written as a key): rename it to 2024-08-05",
        f"daily/{DAY}/AAPL_daily (1).json is ignored (its name does not end in _daily.json): rename it to AAPL_daily",
    ):
        assert sentence in daily
    assert "2025 has 52 ISO weeks: that week is 2026-W01): rename it to 2026-W01" in weekly


@pytest.mark.parametrize("stray", [f"{datetime.now(UTC).year + 2}-01-01", "1989-01-02"])
def test_folders_that_cannot_be_run_are_not_due(bluedot: Bluedot, done: Path, stray: str) -> None:
    (done / "drive/daily" / stray).mkdir()
    assert stray not in bluedot("partitions", "--due").text
    assert bluedot("partitions", "--due", "--json").code == 0


@pytest.mark.long
def test_a_run_of_what_is_due_leaves_nothing_due(bluedot: Bluedot, done: Path) -> None:
    for row in json.loads(bluedot("partitions", "--due", "--json").out):
        assert bluedot("run", "--partition", row["partition"], "--quiet").code == 0
    assert bluedot("partitions", "--due").out == b""
    rows = json.loads(bluedot("partitions", "--json").out)
    assert {row["partition"] for row in rows if row["published"]} == {*DAYS, *WEEKS}


def test_a_source_that_is_not_there_is_a_sentence(bluedot: Bluedot, folder: Path) -> None:
    called = bluedot("partitions", "--json", BLUEDOT_SOURCE="nowhere")
    assert (called.code, called.out) == (2, b"")
    assert "nowhere is not a folder" in called.err


def test_a_status_that_cannot_be_read_is_a_sentence_and_is_left_as_it_is(bluedot: Bluedot, done: Path) -> None:
    status = done / "site/status.json"
    status.unlink()
    status.write_bytes(b'{"schema_version": ')
    called = bluedot("partitions")
    assert called.code == 1
    assert called.err.startswith("bluedot: ")
    assert "status.json" in called.err
    assert bluedot("run", "--partition", WEEK, "--quiet").code == 1
    assert status.read_bytes() == b'{"schema_version": '
