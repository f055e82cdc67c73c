"""The last known rating of a stock, worked out by hand on a few bars."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from bluedot_assets.kernel.bars.ratings import NEWEST, daily_ratings, last_known_ratings, newest_bars, ratings_of_weeks
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets_tests.examples.market_tables import LAST, SESSIONS, US, bars, market, stocks

FRIDAYS = [day for day in SESSIONS if day.weekday() == 4]
THURSDAY = LAST - timedelta(days=1)


def rated(symbol: str, days: list[date], **newest: float | None) -> pl.DataFrame:
    """A stock whose ratings are 1, 2, 3, ...; `newest` replaces some: `ago2` is that of two bars ago."""
    ratings: list[float | None] = [float(place + 1) for place in range(len(days))]
    for name, value in newest.items():
        ratings[-1 - int(name.removeprefix("ago"))] = value
    return bars(symbol, days, rlst=ratings)


def parts(table: pl.DataFrame) -> list[pl.DataFrame]:
    """A stock each."""
    return table.partition_by("symbol", maintain_order=True)


def known(table: pl.DataFrame, timeframe: Timeframe, daily: pl.DataFrame | None = None) -> dict[str, tuple[Any, ...]]:
    of_weeks = None if daily is None else daily_ratings(parts(daily), timeframe)
    found = last_known_ratings(newest_bars(parts(table), stocks(table)), stocks(table), timeframe, of_weeks)
    return {row[0]: row[1:] for row in found.select("symbol", "rlst", "rlst_date", "rlst_5", "rlst_20").iter_rows()}


def test_the_rating_of_the_last_bar_needs_no_date() -> None:
    assert known(rated("A", SESSIONS), DAILY) == {"A": (45.0, None, 40.0, 25.0)}
    assert known(rated("A", SESSIONS[:3]), DAILY) == {"A": (3.0, None, None, None)}


@pytest.mark.parametrize(("missing", "rlst", "day"), [(1, 44.0, -2), (3, 42.0, -4), (4, None, None)])
def test_a_daily_rating_is_good_for_three_sessions(missing: int, rlst: float | None, day: int | None) -> None:
    table = rated("A", SESSIONS, **{f"ago{ago}": None for ago in range(missing)})
    assert known(table, DAILY)["A"][:2] == (rlst, SESSIONS[day] if day else None)


@pytest.mark.parametrize(("missing", "rlst"), [(1, 8.0), (2, None)])
def test_a_weekly_rating_is_good_for_a_week(missing: int, rlst: float | None) -> None:
    table = rated("A", FRIDAYS, **{f"ago{ago}": None for ago in range(missing)})
    assert known(table, WEEKLY)["A"][:2] == (rlst, FRIDAYS[-2] if rlst else None)


def test_the_ratings_of_bars_ago_follow_the_same_rule() -> None:
    assert known(rated("A", SESSIONS, ago5=None, ago20=None), DAILY)["A"] == (45.0, None, 39.0, 24.0)
    four = {f"ago{ago}": None for ago in range(5, 9)}
    assert known(rated("A", SESSIONS, **four), DAILY)["A"][2] is None


def test_sessions_are_those_of_the_exchange_and_not_the_stocks_own_bars() -> None:
    suspended = [*SESSIONS[:-6], LAST]  # its bar before is six sessions ago
    assert known(market(rated("A", suspended, ago0=None), bars("BB")), DAILY)["A"][:2] == (None, None)
    alone = rated("A", suspended, ago0=None)
    both = pl.concat([stocks(alone), stocks(bars("BB"), US)])
    of = last_known_ratings(newest_bars([alone, bars("BB")], both), both, DAILY)
    assert of.filter(symbol="A")["rlst"].to_list() == [39.0]


def test_a_week_without_a_rating_has_that_of_its_last_rated_session() -> None:
    daily = market(rated("A", SESSIONS, ago0=None), rated("BB", SESSIONS[:-7]))
    table = market(rated("A", FRIDAYS, ago0=None), rated("BB", FRIDAYS, ago0=None), rated("CCC", FRIDAYS))
    assert known(table, WEEKLY, daily=daily) == {
        "A": (44.0, THURSDAY, 4.0, None),
        "BB": (8.0, FRIDAYS[-2], 4.0, None),  # it has no daily bar in that week
        "CCC": (9.0, None, 4.0, None),
    }


def test_the_daily_table_fills_older_weeks_too_and_never_replaces_a_weekly_rating() -> None:
    daily = rated("A", SESSIONS)
    assert known(rated("A", FRIDAYS, ago5=None), WEEKLY, daily=daily)["A"] == (9.0, None, 20.0, None)


def test_only_what_the_daily_table_knows_better_is_kept_of_it() -> None:
    table = market(rated("A", FRIDAYS, ago0=None), rated("BB", FRIDAYS))
    daily = market(rated("A", SESSIONS, ago0=44.5), rated("BB", SESSIONS))
    newest = newest_bars(parts(table), stocks(table))
    found = ratings_of_weeks(newest, stocks(table), WEEKLY, daily_ratings([daily], WEEKLY))
    assert list(found) == ["A"]
    assert found["A"].values == {"rlst": 44.5, "rlst_5": 4, "rlst_20": None, "rlst_date": None}


def test_the_newest_bars_are_enough_for_every_rating() -> None:
    """A suspended stock, ratings that are missing for as long as one is good, and bars before them that decide on
    nothing."""
    suspended = [*SESSIONS[:-7], *SESSIONS[-2:]]
    table = market(
        rated("A", SESSIONS, ago20=None, ago21=None, ago22=None), rated("BB", suspended, ago0=None, ago1=None)
    )
    newest = newest_bars([table], stocks(table))
    every = replace(newest, bars=table.select("symbol", "session", "close", "rlst"))
    assert newest.bars.height == 2 * NEWEST
    made, expected = (last_known_ratings(one, stocks(table), DAILY).sort("symbol") for one in (newest, every))
    assert made.equals(expected)
    assert made["rlst_20"][0] == 22.0


def test_parts_of_the_table_give_what_the_whole_gives() -> None:
    table = market(rated("A", SESSIONS), rated("BB", SESSIONS[:-3]), bars("CCC", SESSIONS[:3], blue_dot=False))
    whole, of_parts = (newest_bars(one, stocks(table)) for one in ([table], parts(table)))
    for name in ("bars", "dotted", "days"):
        key = ["timezone", "session"] if name == "days" else ["symbol", "session"]
        assert getattr(whole, name).sort(key).equals(getattr(of_parts, name).sort(key))
    assert set(whole.dotted["symbol"]) == {"A", "BB"}
