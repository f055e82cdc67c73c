"""The check `folder_named_right`: most files of an exchange after the partition's end name another folder."""

from datetime import date, timedelta

import polars as pl
import pytest

from bluedot_assets.kernel.bars.answers import ANSWERS
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.checks.dates.folder_name import folder_name_verdict
from bluedot_assets_tests.examples.vendor_files import FRIDAY, INDIA, NEW_YORK

THURSDAY = FRIDAY - timedelta(days=1)


def files(*newest: tuple[int, date | None], zone: str = INDIA) -> pl.DataFrame:
    """So many files of an exchange with each newest bar that was over."""
    rows = [
        (f"{zone[0]}{day}{place}", zone, None, None, day, day, None) for many, day in newest for place in range(many)
    ]
    return pl.DataFrame(rows, ANSWERS, orient="row")


def test_files_that_end_with_the_partition_are_silent() -> None:
    assert folder_name_verdict(files((9, FRIDAY), (2, THURSDAY)), DAILY, "2024-08-02").passed
    assert folder_name_verdict(files(), DAILY, "2024-08-02").passed
    assert folder_name_verdict(files((3, None)), DAILY, "2024-08-02").passed


def test_a_folder_that_is_named_a_day_too_early_is_blocked_with_the_right_name() -> None:
    verdict = folder_name_verdict(files((9, FRIDAY), (2, THURSDAY)), DAILY, "2024-08-01")
    assert verdict.blocks
    assert verdict.message.startswith(
        "9 of 11 files of Asia/Kolkata have bars after 2024-08-01, most up to 2024-08-02. The folder daily/2024-08-01 "
        "holds the files of daily/2024-08-02: rename it to 2024-08-02"
    )
    assert verdict.rows[0] == {"symbol": "A2024-08-020", "exchange": INDIA, "bar": "2024-08-02"}


def test_a_week_that_is_counted_from_january_is_blocked_with_its_iso_name() -> None:
    # strftime's %W says 30 of the ISO week 2024-W31.
    verdict = folder_name_verdict(files((5, FRIDAY)), WEEKLY, "2024-W30")
    assert verdict.blocks
    assert "weekly/2024-W30 holds the files of weekly/2024-W31: rename it to 2024-W31" in verdict.message


def test_the_name_is_the_newest_session_that_most_files_have() -> None:
    later = FRIDAY + timedelta(days=3)
    verdict = folder_name_verdict(files((2, later), (5, FRIDAY), (2, THURSDAY)), DAILY, "2024-07-31")
    assert "the files of daily/2024-08-02" in verdict.message
    years = folder_name_verdict(files((9, FRIDAY)), DAILY, "2023-08-02")
    assert "the files of daily/2024-08-02" in years.message


@pytest.mark.parametrize("ahead", [1, 2, 4])
def test_some_that_run_ahead_say_nothing_of_the_folder(ahead: int) -> None:
    assert folder_name_verdict(files((5, THURSDAY), (ahead, FRIDAY)), DAILY, "2024-08-01").passed


def test_a_market_of_one_or_two_speaks_only_where_it_is_most_of_the_folder() -> None:
    beside = pl.concat([files((50, THURSDAY)), files((2, FRIDAY), zone=NEW_YORK)])
    assert folder_name_verdict(beside, DAILY, "2024-08-01").passed
    assert folder_name_verdict(files((2, FRIDAY)), DAILY, "2024-08-01").blocks
    assert folder_name_verdict(files((1, FRIDAY)), DAILY, "2024-08-01").blocks


@pytest.mark.parametrize(("others", "blocks"), [(9, True), (10, False)])
def test_a_market_with_half_of_the_files_names_the_folder_and_a_smaller_one_is_left_out(
    others: int, blocks: bool
) -> None:
    both = pl.concat([files((others, THURSDAY)), files((9, FRIDAY), zone=NEW_YORK)])
    verdict = folder_name_verdict(both, DAILY, "2024-08-01")
    assert not verdict.passed
    assert verdict.blocks == blocks
    assert verdict.message.startswith("9 of 9 files of America/New_York")
