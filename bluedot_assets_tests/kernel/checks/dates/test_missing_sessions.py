"""Sessions without a bar, and stocks that end too early: each rule broken once and silent once."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.checks.dates.current_stocks import current_verdict, endings_of, holidays_of
from bluedot_assets.kernel.checks.dates.missing_sessions import gaps_of, sessions_verdict
from bluedot_assets.kernel.checks.session_counts import days_of
from bluedot_assets.kernel.checks.verdict import Numbers, Verdict
from bluedot_assets_tests.examples.market_tables import (
    DAYS,
    INDIA,
    LAST,
    NOTHING_LEFT_OUT,
    SESSIONS,
    US,
    bars,
    left_out,
    market,
    stocks,
)

FRIDAYS = [day for day in SESSIONS if day.weekday() == 4]


def without(*days: date) -> list[date]:
    return [day for day in SESSIONS if day not in days]


def judged(
    table: pl.DataFrame,
    unkept: pl.DataFrame = NOTHING_LEFT_OUT,
    days: TradingDays = DAYS,
    timeframe: Timeframe = DAILY,
) -> Verdict:
    gaps = gaps_of(table, stocks(table), unkept, days, timeframe)
    return sessions_verdict(gaps, days_of(table, stocks(table)), days, timeframe)


def current(
    table: pl.DataFrame,
    unkept: pl.DataFrame = NOTHING_LEFT_OUT,
    days: TradingDays = DAYS,
    timeframe: Timeframe = DAILY,
    end: date = LAST,
) -> Verdict:
    known, market_days = stocks(table), days_of(table, stocks(table))
    closed, endings = holidays_of(known, unkept, timeframe), endings_of(known, unkept)
    return current_verdict(known, market_days, closed, endings, days, timeframe, end)


def test_whole_stocks_and_young_ones_lack_nothing() -> None:
    verdict = judged(market(bars("A"), bars("BB"), bars("CCC", SESSIONS[20:])))
    assert (verdict.passed, verdict.message) == (True, "No bar is missing.")


def test_a_recent_session_that_a_stock_passes_over_is_told_with_what_became_of_its_bar() -> None:
    day = SESSIONS[-3]
    table = market(bars("A"), bars("BB"), bars("CCC", without(day)))
    verdict = judged(table, left_out("CCC", day, fate="impossible"))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert verdict.message == (f"1 stocks lack recent or many bars, first CCC (1 bars, the newest {day}: dropped bar).")
    (row,) = verdict.rows
    assert (row["symbol"], row["newest"], row["why"]) == ("CCC", day.isoformat(), "dropped bar")


def test_one_old_gap_is_counted_and_many_are_told() -> None:
    few = market(*[bars(name) for name in ("A", "BB")], bars("CCC", without(SESSIONS[3])))
    assert judged(few).passed is False  # one of 45 sessions is more than 2 %
    days = [date.fromordinal(day) for day in range(date(2024, 1, 2).toordinal(), LAST.toordinal() + 1)]
    longer = [day for day in days if day.weekday() < 5]
    weekday = TradingDays()
    table = market(bars("A", longer), bars("BB", longer), bars("CCC", [day for day in longer if day != longer[5]]))
    assert judged(table, days=weekday).message == (
        "No stock lacks recent or many bars; 1 older bars of 1 stocks are missing."
    )


def test_a_session_that_the_whole_exchange_lacks_is_told_unless_it_has_holiday_rows() -> None:
    day = SESSIONS[10]
    table = market(*[bars(name, without(day)) for name in ("A", "BB", "CCC")])
    verdict = judged(table)
    assert "1 sessions are missing for whole exchanges" in verdict.message
    assert verdict.rows[0]["symbol"] == "3 stocks"
    closed = market(*[left_out(name, day) for name in ("A", "BB", "CCC")])
    assert judged(table, closed).passed


@pytest.mark.parametrize(
    ("saturday", "given", "passed", "said"),
    [
        (date(2024, 6, 15), [], True, "No stock lacks recent or many bars; 1 special session of long ago missing"),
        (date(2024, 7, 27), [], False, "1 sessions are missing for whole exchanges"),  # in the last five sessions
        (date(2024, 6, 15), [date(2024, 7, 6)], False, "1 sessions are missing for whole exchanges"),
    ],
)
def test_a_saturdays_session_is_told_while_it_is_recent_or_where_the_vendor_gives_others(
    saturday: date, given: list[date], passed: bool, said: str
) -> None:
    (known,) = DAYS.calendars
    days = TradingDays((replace(known, sessions=known.sessions | {saturday, *given}),))
    table = market(*[bars(name, sorted([*SESSIONS[:-1], *given])) for name in ("A", "BB", "CCC")])
    verdict = judged(table, days=days)
    assert (verdict.passed, said in verdict.message) == (passed, True), verdict.message


SATURDAY = date(2024, 7, 27)


def with_saturday(*names: str) -> list[pl.DataFrame]:
    return [bars(name, sorted([*SESSIONS, SATURDAY])) for name in names]


def test_a_day_on_which_most_stocks_have_a_bar_is_a_session_whatever_the_calendar_says() -> None:
    verdict = judged(market(*with_saturday("A", "BB"), bars("CCC")))
    assert [(row["symbol"], row["newest"]) for row in verdict.rows] == [("CCC", "2024-07-27")]
    assert judged(market(*with_saturday("A"), bars("BB"), bars("CCC"))).passed  # a stray one
    own = TradingDays((DAYS.calendars[0].with_own({SATURDAY: False}),))
    assert not judged(market(*with_saturday("A", "BB"), bars("CCC")), days=own).passed


def test_days_that_the_installation_names_come_after_the_bars_and_before_the_calendar() -> None:
    (known,) = DAYS.calendars
    table = market(*[bars(name, without(SESSIONS[-3])) for name in ("A", "BB", "CCC")])
    assert not judged(table).passed
    assert judged(table, days=TradingDays((known.with_own({SESSIONS[-3]: False}),))).passed
    extra = TradingDays((known.with_own({SATURDAY: True}),))
    whole = market(bars("A"), bars("BB"), bars("CCC"))
    assert "1 special session of" in judged(whole, days=extra).message
    closed = market(*[left_out(name, SATURDAY) for name in ("A", "BB", "CCC")])
    assert judged(whole, closed, days=extra).message == "No bar is missing."


def test_a_holiday_row_of_one_stock_alone_is_a_gap() -> None:
    day = SESSIONS[-2]
    table = market(bars("A"), bars("BB"), bars("CCC", without(day)))
    verdict = judged(table, left_out("CCC", day))
    assert (verdict.passed, verdict.rows[0]["why"]) == (False, "Holiday row")


def test_without_a_calendar_a_session_is_what_most_stocks_have() -> None:
    day = SESSIONS[-2]
    one = market(bars("A"), bars("BB"), bars("CCC", without(day)))
    assert not judged(one, days=TradingDays()).passed
    most = market(bars("A"), *[bars(name, without(day)) for name in ("BB", "CCC")])
    assert judged(most, days=TradingDays()).passed


def test_weekly_bars_count_by_week() -> None:
    assert judged(market(bars("A", FRIDAYS), bars("BB", FRIDAYS)), timeframe=WEEKLY).passed
    gap = judged(
        market(bars("A", FRIDAYS), bars("BB", FRIDAYS), bars("CCC", FRIDAYS[:-2] + FRIDAYS[-1:])), timeframe=WEEKLY
    )
    assert (gap.passed, gap.rows[0]["newest"]) == (False, "2024-07-22")


def test_a_stock_that_ends_before_its_exchanges_last_session_is_told() -> None:
    assert current(market(bars("A"), bars("BB"))).passed
    verdict = current(market(bars("A"), bars("BB", SESSIONS[:-2])))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert verdict.message == (
        "1 of 2 stocks of Asia/Kolkata have no bar of 2024-08-02: BB (last bar 2024-07-31: its file ends there)."
    )
    (row,) = verdict.rows
    assert row == {
        "symbol": "BB",
        "last bar": "2024-07-31",
        "why": "its file ends there",
        "exchange": "Asia/Kolkata",
        "last session": "2024-08-02",
    }
    assert verdict.numbers == Numbers(offenders=1, judged=2)


def test_why_a_stock_has_no_bar_of_the_last_session_is_told() -> None:
    table = market(bars("A"), bars("BB", SESSIONS[:-1]))
    (suspended,) = current(table, left_out("BB", LAST, fate="suspended")).rows
    assert suspended["why"] == "day without trade"
    (early,) = current(table, left_out("BB", LAST, fate="unfinished")).rows
    assert early["why"] == "unfinished bar"
    old = of_both(1, 0, datetime(2024, 7, 31, 13, tzinfo=UTC))
    assert {row["why"] for row in old.rows} == {"its file was answered on 2024-07-31"}


def test_all_stocks_of_an_exchange_can_be_behind_their_calendar() -> None:
    verdict = current(market(bars("A", SESSIONS[:-1]), bars("BB", SESSIONS[:-1])))
    assert verdict.message.startswith("2 of 2 stocks of Asia/Kolkata have no bar of 2024-08-02: A (last")


@pytest.mark.parametrize("end", [date(2024, 8, 3), date(2024, 8, 4)])
def test_a_weekend_or_a_holiday_after_the_last_session_is_no_delay(end: date) -> None:
    assert current(market(bars("A"), bars("BB")), end=end).passed


def test_a_day_that_the_vendor_calls_a_holiday_is_no_session() -> None:
    table = market(bars("A", SESSIONS[:-1]), bars("BB", SESSIONS[:-1]))
    assert current(table, market(left_out("A", LAST), left_out("BB", LAST))).passed


def test_without_a_calendar_the_newest_session_of_the_others_counts() -> None:
    assert current(market(bars("A", SESSIONS[:-1]), bars("BB", SESSIONS[:-1])), days=TradingDays()).passed
    assert not current(market(bars("A"), bars("BB", SESSIONS[:-1])), days=TradingDays()).passed


def test_a_session_that_the_calendar_lacks_counts_when_most_stocks_have_it() -> None:
    saturday = date(2024, 8, 3)
    with_it = [*SESSIONS, saturday]
    one = market(bars("A", with_it), bars("BB"), bars("CCC"))
    assert current(one, end=saturday).passed
    most = market(bars("A", with_it), bars("BB", with_it), bars("CCC"))
    assert current(most, end=saturday).message.startswith("1 of 3 stocks of Asia/Kolkata have no bar of 2024-08-03: ")


def test_beyond_the_end_of_a_calendar_a_probable_holiday_is_a_session_when_most_stocks_have_it() -> None:
    (known,) = DAYS.calendars
    end = SESSIONS[-2]
    ended = replace(known, last=end, ends=end, estimated=frozenset({LAST}))
    few = market(bars("A"), *[bars(name, SESSIONS[:-1]) for name in ("BB", "CCC")])
    assert current(few, days=TradingDays((ended,))).passed
    assert not current(few, days=TradingDays((replace(ended, estimated=frozenset()),))).passed  # by its weekday
    most = market(bars("A"), bars("BB"), bars("CCC", SESSIONS[:-1]))
    assert current(most, days=TradingDays((ended,))).message.startswith("1 of 3 stocks")


def test_weekly_stocks_are_current_by_week() -> None:
    assert current(market(bars("A", FRIDAYS)), timeframe=WEEKLY, end=date(2024, 8, 4)).passed
    behind = current(market(bars("A", FRIDAYS), bars("BB", FRIDAYS[:-1])), timeframe=WEEKLY, end=date(2024, 8, 4))
    assert behind.message.startswith("1 of 2 stocks of Asia/Kolkata have no bar of 2024-W31: BB")


EVENING = datetime(2024, 8, 2, 13, tzinfo=UTC)  # 18:30 in India, 09:00 in New York
BOTH = TradingDays((*DAYS.calendars, Calendar("Y", US, date(2024, 1, 1), date(2024, 12, 31), frozenset(SESSIONS))))


def of_both(
    india: int, york: int, known: datetime | None = None, end: date = LAST, timeframe: Timeframe = DAILY
) -> Verdict:
    """Two stocks of each exchange that end so many sessions before LAST, answered at `known`."""
    days = FRIDAYS if timeframe is WEEKLY else SESSIONS
    here = market(*(bars(name, days[: len(days) - india]) for name in ("A", "BB")))
    there = market(*(bars(name, days[: len(days) - york]) for name in ("CCC", "DDDD")))
    table, listed = market(here, there), pl.concat([stocks(here, INDIA, known), stocks(there, US, known)])
    closed = holidays_of(listed, NOTHING_LEFT_OUT, timeframe)
    endings = endings_of(listed, NOTHING_LEFT_OUT)
    return current_verdict(listed, days_of(table, listed), closed, endings, BOTH, timeframe, end)


@pytest.mark.parametrize(
    ("india", "york", "known", "behind"),
    [
        (0, 1, EVENING, {}),
        (0, 0, EVENING, {}),
        (0, 1, None, {}),  # nobody knows when the folder was made: India's day begins first
        (1, 1, None, {INDIA: "2024-08-02"}),
        (1, 1, EVENING, {INDIA: "2024-08-02"}),
        (0, 2, EVENING, {US: "2024-08-01"}),
        (0, 2, None, {US: "2024-08-01"}),
        (0, 1, datetime(2024, 8, 2, 22, tzinfo=UTC), {US: "2024-08-02"}),  # New York had closed
        (0, 1, datetime(2026, 1, 1, tzinfo=UTC), {US: "2024-08-02"}),  # filled in years later
        (1, 1, datetime(2024, 8, 1, 13, tzinfo=UTC), {INDIA: "2024-08-02", US: "2024-08-02"}),  # of the day before
    ],
)
def test_an_exchange_is_current_by_its_own_clock(
    india: int, york: int, known: datetime | None, behind: dict[str, str]
) -> None:
    verdict = of_both(india, york, known)
    assert {row["exchange"]: row["last session"] for row in verdict.rows} == behind
    assert verdict.passed == (not behind)


def test_what_was_still_open_is_said() -> None:
    assert of_both(0, 1, EVENING).message == (
        "Every stock has a bar of its exchange's last session. That of America/New_York is 2024-08-01: the next one "
        "was not over when the folder was made."
    )


def test_a_week_that_is_not_over_is_not_expected_of_an_exchange() -> None:
    sunday = date(2024, 8, 4)
    assert of_both(0, 1, EVENING, sunday, WEEKLY).passed
    assert not of_both(0, 2, EVENING, sunday, WEEKLY).passed
    assert not of_both(0, 1, datetime(2024, 8, 3, tzinfo=UTC), sunday, WEEKLY).passed
