"""The series of dots without hindsight: 1 where a bar is the first that begins after one was known."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest

from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.series.csv_files import csv_files
from bluedot_assets.kernel.series.indicators import INDICATORS, columns_published
from bluedot_assets.kernel.series.known_dots import known_dots, with_known_dots

MONDAY = date(2024, 7, 1)


def days(count: int, step: int = 1) -> list[date]:
    every = (MONDAY + timedelta(days=on) for on in range(0, 3 * count * step, step))
    return [one for one in every if one.weekday() < 5][:count]


def bars_of(**stocks: list[date]) -> pl.DataFrame:
    rows = [(symbol, day, *[1.0] * 4, 1, 1.0, 1.0, False) for symbol, sessions in stocks.items() for day in sessions]
    return pl.DataFrame(rows, BARS.polars_schema, orient="row")


def ledger_of(*dots: tuple[str, date, time, str]) -> pl.DataFrame:
    rows = [(symbol, datetime.combine(day, at, UTC), origin) for symbol, day, at, origin in dots]
    return pl.DataFrame(
        rows, {"symbol": pl.String(), "known": pl.Datetime("us", "UTC"), "origin": pl.String()}, orient="row"
    )


def zones_of(bars: pl.DataFrame, zone: str = "Asia/Kolkata") -> pl.DataFrame:
    return bars.select("symbol", timezone=pl.lit(zone)).unique()


def dotted(
    bars: pl.DataFrame, ledger: pl.DataFrame, timeframe: Timeframe = DAILY, zone: str = "Asia/Kolkata"
) -> dict[str, list[date]]:
    """The sessions of each stock whose row has a 1; the others have a 0."""
    first, last = bars["session"].min(), bars["session"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    known = known_dots([ledger], zones_of(bars, zone), first, last, timeframe)
    made = csv_files(with_known_dots(bars, known), INDICATORS["BLUE_DOTS_KNOWN"])
    found: dict[str, list[date]] = {}
    for symbol, content in made.items():
        rows = [line.split(",") for line in content.decode().splitlines()]
        sessions = bars.filter(symbol=symbol)["session"].to_list()
        assert [datetime.strptime(row[0], "%Y%m%dT").replace(tzinfo=UTC).date() for row in rows] == sessions
        assert {row[1] for row in rows} <= {"0", "1"}
        found[symbol] = [day for day, row in zip(sessions, rows, strict=True) if row[1] == "1"]
    return found


EVENING = time(14)


@pytest.mark.parametrize(
    ("zone", "day", "at", "session"),
    [
        ("Asia/Kolkata", 2, EVENING, 3),
        ("Asia/Kolkata", 4, EVENING, 5),
        ("Asia/Kolkata", 2, time(2), 2),
        ("America/New_York", 2, time(21, 30), 3),
        ("Nowhere/Known", 2, time(21), 4),
    ],
)
def test_a_one_is_on_the_first_session_after_a_dot_was_known(zone: str, day: int, at: time, session: int) -> None:
    sessions = days(8)
    made = dotted(bars_of(A=sessions, B=sessions), ledger_of(("A", sessions[day], at, "live")), zone=zone)
    assert made == {"A": [sessions[session]], "B": []}


def test_late_dots_count_and_those_in_hindsight_do_not() -> None:
    sessions = days(8)
    ledger = ledger_of(("A", sessions[1], EVENING, "late"), ("A", sessions[4], EVENING, "hindsight"))
    assert dotted(bars_of(A=sessions), ledger) == {"A": [sessions[2]]}


def test_two_dots_that_were_known_at_once_are_one_and_a_stock_that_paused_has_its_next_bar() -> None:
    sessions = days(8)
    ledger = ledger_of(*[("A", sessions[2], EVENING, one) for one in ("live", "late", "late")])
    assert dotted(bars_of(A=[*sessions[:3], *sessions[6:]]), ledger) == {"A": [sessions[6]]}


def test_what_was_known_before_the_window_or_after_it_marks_no_bar_of_it() -> None:
    sessions = days(8)
    before = ("A", sessions[0] - timedelta(days=30), EVENING, "live")
    ledger = ledger_of(before, ("B", sessions[1], EVENING, "live"), ("A", sessions[-1], EVENING, "live"))
    assert dotted(bars_of(A=sessions, B=sessions[4:]), ledger) == {"A": [], "B": []}


@pytest.mark.parametrize("known_on", [0, 4, 6])
def test_a_weekly_bar_counts_where_its_week_begins_after_the_dot_was_known(known_on: int) -> None:
    fridays = [MONDAY + timedelta(days=4 + 7 * week) for week in range(5)]
    known = MONDAY + timedelta(days=7 + known_on)  # in the second week
    made = dotted(bars_of(A=fridays), ledger_of(("A", known, EVENING, "live")), WEEKLY)
    assert made == {"A": [fridays[2]]}


def test_later_knowledge_does_not_change_what_a_partition_is_made_of() -> None:
    sessions = days(8)
    ledger = ledger_of(("A", sessions[2], EVENING, "live"))
    later = ledger_of(("A", sessions[2], EVENING, "live"), ("A", sessions[7], EVENING, "live"))
    of = (zones_of(bars_of(A=sessions)), sessions[0], sessions[7], DAILY)
    assert known_dots([ledger], *of).equals(known_dots([later[1:], later[:1]], *of))


def test_dots_are_asked_for_where_it_is_published() -> None:
    assert "blue_dot" in columns_published(["BLUE_DOTS_KNOWN"])
    assert "blue_dot" not in columns_published(["PRICE_DATA"])
