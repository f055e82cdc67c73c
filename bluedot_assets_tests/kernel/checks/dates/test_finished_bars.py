"""The check `bars_finished`: who is named, and when the partition is blocked."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from bluedot_assets.kernel.bars.answers import ANSWERS
from bluedot_assets.kernel.calendar.sessions import EVERY_WEEKDAY
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.checks.dates.finished_bars import finished_verdict
from bluedot_assets_tests.examples.vendor_files import FRIDAY, INDIA, NEW_YORK

NOON = datetime(2024, 8, 2, 5, 42, tzinfo=UTC)  # 11:12 in India


def files(early: int, of: int, zone: str = INDIA, *, known: datetime | None = NOON) -> pl.DataFrame:
    """So many files of an exchange, the first of which have an unfinished bar of Friday."""
    rows: list[dict[str, Any]] = [
        {
            "symbol": f"{zone[0]}{place:03}",
            "timezone": zone,
            "known": known,
            "quoted": None,
            "newest": FRIDAY,
            "finished": FRIDAY - timedelta(days=place < early),
            "unfinished": FRIDAY if place < early else None,
        }
        for place in range(of)
    ]
    return pl.DataFrame(rows, ANSWERS)


def test_no_unfinished_bar_is_silent() -> None:
    verdict = finished_verdict(files(0, 40), EVERY_WEEKDAY, DAILY, "block")
    assert verdict.passed
    assert verdict.message == "No file was answered before the close of its newest bar's session."


@pytest.mark.parametrize(("early", "blocks"), [(1, False), (5, False), (6, True), (100, True)])
def test_more_than_five_percent_of_an_exchange_block(early: int, blocks: bool) -> None:
    verdict = finished_verdict(files(early, 100), EVERY_WEEKDAY, DAILY, "block")
    assert (verdict.passed, verdict.blocks, len(verdict.rows)) == (False, blocks, early)
    assert verdict.message.startswith(f"{early} of 100 files of Asia/Kolkata were answered before the close")
    assert "First: A000, bar of 2024-08-02, answered 2024-08-02 11:12, over at 2024-08-02 17:30 (Asia/Kolkata)" in (
        verdict.message
    )
    assert verdict.rows[0] == {
        "symbol": "A000",
        "exchange": INDIA,
        "bar": "2024-08-02",
        "answered": "2024-08-02 05:42 UTC",
    }
    assert ("BLUEDOT_UNFINISHED_BARS=drop" in verdict.message) is blocks


def test_each_exchange_counts_by_itself() -> None:
    both = pl.concat([files(0, 900), files(3, 20, NEW_YORK)])
    verdict = finished_verdict(both, EVERY_WEEKDAY, DAILY, "block")
    assert verdict.blocks
    assert verdict.message.startswith("3 of 20 files of America/New_York")


@pytest.mark.parametrize(("policy", "word"), [("drop", "left out"), ("publish", "published as they are")])
def test_by_another_setting_it_is_a_warning(policy: Any, word: str) -> None:
    verdict = finished_verdict(files(100, 100), EVERY_WEEKDAY, DAILY, policy)
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert word in verdict.message


def test_files_that_do_not_say_when_are_counted() -> None:
    silent = finished_verdict(files(0, 3, known=None), EVERY_WEEKDAY, DAILY, "block")
    assert silent.passed
    assert silent.message.endswith("; 3 of 3 files do not say when they were answered.")
    quoted = finished_verdict(files(3, 3, known=None), EVERY_WEEKDAY, DAILY, "block")
    assert quoted.blocks
    assert "by the exchange's latest quote" in quoted.message
    assert quoted.rows[0]["answered"] == "not given"


def test_a_week_is_over_at_the_close_of_its_last_session() -> None:
    verdict = finished_verdict(files(3, 3), EVERY_WEEKDAY, WEEKLY, "block")
    assert "over at 2024-08-02 17:30" in verdict.message
    own = EVERY_WEEKDAY.__class__(own={date(2024, 8, 3): True})
    assert "over at 2024-08-04 00:00" in finished_verdict(files(3, 3), own, WEEKLY, "block").message
