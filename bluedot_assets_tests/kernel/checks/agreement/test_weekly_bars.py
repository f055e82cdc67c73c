"""The vendor's weekly bars against the daily table: each field off once, and what is not compared."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from bluedot_assets.kernel.bars.daily_weeks import sessions_of_weeks, weeks_of
from bluedot_assets.kernel.bars.ratings import stocks_by_session
from bluedot_assets.kernel.checks.agreement.weekly_bars import (
    compared_weeks,
    no_daily_verdict,
    week_differences,
    weekly_verdict,
)
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets_tests.examples.market_tables import DAYS, SESSIONS, bars, market, stocks

DAILY = market(bars("A"), bars("BB"))
WEEKS = weeks_of(
    DAILY, stocks(DAILY), sessions_of_weeks(stocks_by_session([DAILY], stocks(DAILY)), stocks(DAILY), DAYS)
)
WEEKLY = WEEKS.with_columns(session=pl.col("week") + pl.duration(days=4))
THIRD = SESSIONS[10]


def judged(weekly: pl.DataFrame, replaced: int | None = None, weeks: pl.DataFrame = WEEKS) -> Verdict:
    return weekly_verdict("2024-08-02", compared_weeks(weekly, weeks), week_differences(weekly, weeks), replaced)


def changed(field: str, value: Any, week: date = THIRD) -> pl.DataFrame:
    here = (pl.col("symbol") == "A") & (pl.col("week") == week)
    return WEEKLY.with_columns(pl.when(here).then(value).otherwise(field).alias(field))


def test_weekly_bars_that_hold_their_days_are_silent() -> None:
    verdict = judged(WEEKLY)
    assert verdict.passed
    assert "The 18 weekly bars that the daily table of 2024-08-02 has whole agree with it." in verdict.message


@pytest.mark.parametrize(
    ("field", "value", "difference"),
    [
        ("open", pl.col("open") * 1.058, "+5.8 %"),
        ("high", pl.col("high") + 1, "+0.95 %"),
        ("low", pl.col("low") * 0.99, "-1 %"),
        ("close", pl.col("close") * 1.00001, "+0.001 %"),
        ("volume", pl.col("volume") * 2, "+1e+02 %"),
        ("rlst", pl.col("rlst") - 3, "-3 points"),
    ],
)
def test_each_field_is_compared(field: str, value: pl.Expr, difference: str) -> None:
    verdict = judged(changed(field, value))
    assert (verdict.passed, verdict.blocks) == (False, False)
    (row,) = verdict.rows
    assert list(row) == ["symbol", "week", "field", "weekly", "daily", "difference"]
    assert (row["symbol"], row["week"], row["field"], row["difference"]) == ("A", "2024-W25", field, difference)
    assert "1 of 18 weekly bars, of 1 stocks in 1 weeks" in verdict.message
    assert f"Worst: A 2024-W25, {field} {difference}." in verdict.message


@pytest.mark.parametrize(
    ("field", "value"),
    [("close", pl.col("close") * (1 + 1e-9)), ("volume", None), ("rlst", None)],
)
def test_float_noise_and_what_the_vendor_does_not_give_are_no_difference(field: str, value: Any) -> None:
    assert judged(changed(field, value)).passed


def test_the_volume_of_the_newest_week_and_unknown_values_of_days_are_not_compared() -> None:
    assert judged(changed("volume", pl.col("volume") + 1, SESSIONS[-5])).passed
    unknown = WEEKS.with_columns(same_volume=pl.lit(False), same_rlst=pl.lit(False))
    assert judged(changed("volume", pl.col("volume") + 1), weeks=unknown).passed
    assert judged(changed("rlst", pl.lit(1.0)), weeks=unknown).passed


def test_the_worst_is_named_first_and_all_are_counted() -> None:
    off = WEEKLY.with_columns(open=pl.when(pl.col("symbol") == "BB").then(pl.col("open") * 1.01).otherwise("open"))
    off = off.with_columns(low=pl.when(pl.col("week") == THIRD).then(pl.col("low") * 0.5).otherwise("low"))
    verdict = judged(off)
    assert "10 of 18 weekly bars, of 2 stocks in 9 weeks" in verdict.message
    assert [row["field"] for row in verdict.rows[:3]] == ["low", "low", "open"]


def test_where_bars_are_made_of_the_daily_table_a_difference_is_settled() -> None:
    verdict = judged(changed("open", pl.col("open") * 1.058), replaced=18)
    assert verdict.passed
    assert len(verdict.rows) == 1
    assert "18 bars are made from the daily table." in verdict.message


@pytest.mark.parametrize(("replaced", "passed"), [(None, True), (0, False)])
def test_no_whole_week_is_a_warning_only_where_bars_were_to_be_made(replaced: int | None, passed: bool) -> None:
    verdict = judged(WEEKLY, replaced, WEEKS.clear())
    assert verdict.passed == passed
    assert "has no whole week of these stocks" in verdict.message


def test_no_daily_table_is_a_warning_only_where_bars_were_to_be_made() -> None:
    monday = SESSIONS[-5]
    assert no_daily_verdict(None, wanted=False, first=monday).passed
    wanted = no_daily_verdict(None, wanted=True, first=monday)
    assert not wanted.passed
    assert "the vendor's weekly bars are used" in wanted.message
    assert str(monday) in wanted.message
    damaged = no_daily_verdict("stocks.parquet differs from what was stored", wanted=False, first=monday)
    assert not damaged.passed
    assert monday + timedelta(days=4) == SESSIONS[-1]
