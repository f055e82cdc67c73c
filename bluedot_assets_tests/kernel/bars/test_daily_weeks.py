"""Weekly bars that are made of daily ones: which weeks are whole, what their bars are, and what becomes of a shard."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from bluedot_assets.kernel.bars.daily_weeks import sessions_of_weeks, weeks_of, with_daily_weeks
from bluedot_assets.kernel.bars.dots import OFF_BAR
from bluedot_assets.kernel.bars.normalize import Shard
from bluedot_assets.kernel.bars.ratings import stocks_by_session
from bluedot_assets.kernel.bars.tables import BARS, DOTS
from bluedot_assets.kernel.calendar.sessions import EVERY_WEEKDAY, Calendar, TradingDays
from bluedot_assets_tests.examples.market_tables import (
    DAYS,
    INDIA,
    LAST,
    SESSIONS,
    bars,
    market,
    stocks,
)
from bluedot_assets_tests.examples.vendor_files import NO_FILES

MONDAY = LAST - timedelta(days=4)
FRIDAYS = [day for day in SESSIONS if day.weekday() == 4]


def weeks(daily: pl.DataFrame, days: TradingDays = DAYS) -> pl.DataFrame:
    return weeks_of(
        daily, stocks(daily), sessions_of_weeks(stocks_by_session([daily], stocks(daily)), stocks(daily), days)
    )


def mondays(found: pl.DataFrame, symbol: str = "A") -> list[date]:
    return found.filter(symbol=symbol)["week"].to_list()


def test_a_week_of_five_sessions_is_one_bar() -> None:
    daily = bars(
        "A", SESSIONS[-5:], open=[5, 6, 7, 8, 9], high=[9, 30, 9, 9, 9], low=[5, 4, 3, 2, 1], close=[6, 7, 8, 9, 9]
    )
    (week,) = weeks(daily).rows(named=True)
    assert (week["week"], week["open"], week["high"], week["low"], week["close"]) == (MONDAY, 5, 30, 1, 9)
    assert week["volume"] == daily["volume"].sum()
    assert (week["rlst"], week["bc"], week["same_volume"], week["same_rlst"]) == (50, daily["bc"][-1], True, True)


def test_a_holiday_of_the_calendar_leaves_the_week_whole() -> None:
    """Diwali, a Friday: of four sessions the week's bar is made of four."""
    here = SESSIONS[-5:-1]
    days = TradingDays((Calendar("X", INDIA, date(2024, 1, 1), date(2024, 12, 31), frozenset(here)),))
    assert mondays(weeks(bars("A", here), days)) == [MONDAY]


@pytest.mark.parametrize("gap", range(5))
def test_a_week_with_a_session_missing_is_not_made(gap: int) -> None:
    daily = bars("A", [day for day in SESSIONS if day != SESSIONS[-5 + gap]])
    assert mondays(weeks(daily)) == [day for day in SESSIONS if day.weekday() == 0 and day != MONDAY]


def test_a_special_session_that_most_stocks_have_is_part_of_the_week() -> None:
    saturday = SESSIONS[4] + timedelta(days=1)
    with_it = [bars(name, sorted([*SESSIONS, saturday])) for name in ("A", "BB", "CCC")]
    found = weeks(market(*with_it, bars("DDDD")))
    assert SESSIONS[0] in mondays(found)
    assert SESSIONS[0] not in mondays(found, "DDDD")


@pytest.mark.parametrize("days", [DAYS, EVERY_WEEKDAY])
def test_the_weeks_in_which_a_table_begins_and_ends_are_not_whole(days: TradingDays) -> None:
    found = weeks(bars("A", SESSIONS[2:-1]), days)
    assert mondays(found) == [day for day in SESSIONS if day.weekday() == 0][1:-1]


def test_without_a_calendar_a_session_is_a_day_that_most_stocks_have() -> None:
    closed = SESSIONS[7]
    open_days = [day for day in SESSIONS if day != closed]
    found = weeks(
        market(bars("A", open_days), bars("BB", open_days), bars("CCC", open_days[:8] + open_days[9:])), EVERY_WEEKDAY
    )
    assert SESSIONS[5] in mondays(found)
    assert SESSIONS[5] not in mondays(found, "CCC")


def test_what_is_not_known_of_every_day_is_marked() -> None:
    daily = bars("A", SESSIONS[-5:], volume=[1, None, 3, 4, 5], rlst=[1, 2, 3, 4, None], bc=[9.0, 9.0, 9.0, 9.0, None])
    (week,) = weeks(daily).rows(named=True)
    assert (week["volume"], week["same_volume"], week["rlst"], week["same_rlst"], week["bc"]) == (
        13,
        False,
        4,
        False,
        None,
    )
    (nothing,) = weeks(bars("A", SESSIONS[-5:], volume=None, rlst=None)).rows(named=True)
    assert (nothing["volume"], nothing["rlst"]) == (None, None)


def shard(weekly: pl.DataFrame, dots: list[date], off_bar: list[date] | None = None) -> Shard:
    of_bars = weekly.group_by("symbol", maintain_order=True).agg(bars=pl.len().cast(pl.Int64))
    lost = pl.DataFrame([("A", day, "no bar") for day in off_bar or []], OFF_BAR, orient="row")
    made = pl.DataFrame([("A", day) for day in dots], DOTS.polars_schema, orient="row")
    return replace(NO_FILES, bars=weekly, dots=made, stocks=of_bars, off_bar=lost)


def test_a_shard_takes_whole_weeks_and_keeps_the_vendors_older_and_newer_ones() -> None:
    vendors = bars("A", FRIDAYS, open=1.0, high=999.0, low=0.5, blue_dot=False)
    daily = bars("A", SESSIONS[5:-1])
    taken = with_daily_weeks(shard(vendors, [SESSIONS[6]]), weeks(daily))
    whole = FRIDAYS[1:-1]
    assert taken.from_daily == len(whole)
    assert taken.bars["session"].to_list() == FRIDAYS
    assert taken.bars.filter(pl.col("high") == 999)["session"].to_list() == [FRIDAYS[0], FRIDAYS[-1]]
    assert taken.bars.filter("blue_dot")["session"].to_list() == [FRIDAYS[1]]
    assert not BARS.violations(taken.bars)


def test_a_week_that_the_vendor_left_out_is_added_within_the_stocks_window() -> None:
    vendors = bars("A", [FRIDAYS[1], FRIDAYS[3]], blue_dot=False)
    dot = FRIDAYS[2] - timedelta(days=2)
    taken = with_daily_weeks(shard(vendors, [dot], [dot]), weeks(bars("A")))
    assert taken.bars["session"].to_list() == FRIDAYS[1:4]
    assert taken.bars["blue_dot"].to_list() == [False, True, False]
    assert taken.stocks["bars"].to_list() == [3]
    assert taken.off_bar.is_empty()


def test_what_the_daily_bars_lack_is_the_vendors() -> None:
    vendors = bars("A", FRIDAYS, volume=77, rlst=88.0, bc=99.0)
    daily = bars("A").with_columns(
        volume=pl.when(pl.col("session") == SESSIONS[6]).then(None).otherwise("volume"),
        rlst=pl.when(pl.col("session") == FRIDAYS[2]).then(None).otherwise("rlst"),
        bc=pl.when(pl.col("session") == FRIDAYS[3]).then(None).otherwise("bc"),
    )
    taken = with_daily_weeks(shard(vendors, []), weeks(daily)).bars
    assert [place for place, value in enumerate(taken["volume"]) if value == 77] == [1]
    assert [place for place, value in enumerate(taken["rlst"]) if value == 88] == [2]
    assert [place for place, value in enumerate(taken["bc"]) if value == 99] == [3]
    without = shard(vendors.with_columns(rlst=pl.lit(None, pl.Float64), volume=pl.lit(None, pl.Int64)), [])
    assert with_daily_weeks(without, weeks(daily)).bars.select("volume", "rlst").null_count().row(0) == (0, 0)


def test_the_stocks_keep_their_order_and_others_stay_as_they_are() -> None:
    vendors = market(bars("BB", FRIDAYS), bars("A", FRIDAYS), bars("CCC", FRIDAYS))
    given = shard(vendors, [])
    taken = with_daily_weeks(given, weeks(market(bars("A"), bars("BB"))))
    assert taken.bars["symbol"].unique(maintain_order=True).to_list() == ["BB", "A", "CCC"]
    assert taken.bars.filter(symbol="CCC").equals(vendors.filter(symbol="CCC"))
    assert taken.stocks.equals(given.stocks)
    assert replace(taken, bars=given.bars, from_daily=0).off_bar.equals(given.off_bar)
