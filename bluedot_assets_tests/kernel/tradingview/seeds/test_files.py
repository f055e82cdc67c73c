"""The bytes of a seed repository: packed rows, the unfinished week, symbol_info."""

import json
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.calendar.sessions import Calendar, weekdays
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.series.csv_files import csv_files
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.series.tradingview_rows import violations
from bluedot_assets.kernel.tradingview.seeds.files import (
    SymbolListing,
    description_of,
    last_session,
    packed_indicator,
    pricescale_of,
    read_symbol_info,
    shown_rows,
    symbol_info,
)
from bluedot_assets.kernel.tradingview.seeds.rules import info_violations
from bluedot_assets.kernel.tradingview.seeds.symbols import split_symbol, symbol_of

INDIA, US = weekdays("Asia/Kolkata"), weekdays("America/New_York")
HOLIDAY = Calendar("X", "Asia/Kolkata", date(2024, 1, 1), date(2024, 12, 31), frozenset({date(2024, 7, 26)}))
FRIDAYS = b"20240719T,1,1,1,1,0\n20240726T,2,2,2,2,0\n20240802T,3,3,3,3,0\n"


def bars(*rows: tuple[float | None, float | None, bool]) -> pl.DataFrame:
    """Bars of one stock with those (rlst, bc, blue_dot)."""
    columns = {
        "symbol": ["AAPL"] * len(rows),
        "session": [date(2024, 8, 1 + place) for place in range(len(rows))],
        **{name: [10.0] * len(rows) for name in ("open", "high", "low", "close")},
        "volume": [5] * len(rows),
        "rlst": [row[0] for row in rows],
        "bc": [row[1] for row in rows],
        "blue_dot": [row[2] for row in rows],
    }
    return pl.DataFrame(columns, schema=BARS.polars_schema)


def test_a_packed_row_has_everything_but_the_price() -> None:
    rows = bars((94.0, 24565.35, True), (71.5, 24000.0, False), (None, 23900.1, True), (0.0, None, False))
    content = csv_files(rows, packed_indicator(DAILY))["AAPL"]
    assert content.decode().splitlines() == [
        "20240801T,94,200,-1,94,24565.35",
        "20240802T,71.5,100,-1,71.5,24000",
        "20240803T,-1,200,-1,-1,23900.1",
        "20240804T,0,100,-1,0,0",
    ]
    assert violations({"AAPL_D.csv": content}, date(2024, 8, 4), signed=True) == []
    assert pricescale_of(content) == 10


def test_a_benchmark_without_decimals_or_with_an_exponent_is_written_plainly() -> None:
    content = csv_files(bars((1.0, 1e22, True), (1.0, 1e-7, True)), packed_indicator(WEEKLY))["AAPL"]
    assert [line.split(",")[5] for line in content.decode().splitlines()] == ["10000000000000000000000", "0.0000001"]


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(0, 99),
            st.none() | st.floats(0, exclude_min=True, allow_infinity=False),
            st.booleans(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_packed_rows_of_any_bars_obey_the_rules_and_give_the_bars_back(
    rows: list[tuple[float | None, float | None, bool]],
) -> None:
    content = csv_files(bars(*rows), packed_indicator(DAILY))["AAPL"]
    assert violations({"AAPL_D.csv": content}, date(2024, 8, 31), signed=True) == []
    read = [[float(field) for field in line.split(",")[1:]] for line in content.decode().splitlines()]
    assert [(None if close == -1 else close, volume or None, high == 200) for _, high, _, close, volume in read] == rows


def test_symbols_of_the_packed_layout_end_in_the_timeframes_letter() -> None:
    assert packed_indicator(WEEKLY).name == "W"
    assert split_symbol(symbol_of("AAPL", packed_indicator(DAILY).name)) == ("AAPL", "D")


@pytest.mark.parametrize(
    ("today", "session", "last"),
    [
        (date(2024, 8, 2), date(2024, 8, 2), b"20240802T,3"),  # Friday itself
        (date(2024, 8, 5), date(2024, 8, 5), b"20240802T,3"),
        (date(2024, 8, 1), date(2024, 8, 1), b"20240801T,3"),  # Thursday
        (date(2024, 7, 30), date(2024, 7, 29), b"20240729T,3"),  # Tuesday in UTC, Monday at the exchange
        (date(2024, 7, 29), date(2024, 7, 26), b"20240726T,2"),  # no session of that week has begun
        (date(2024, 7, 18), date(2024, 7, 18), b"20240718T,1"),
    ],
)
def test_an_unfinished_week_is_dated_its_last_session(today: date, session: date, last: bytes) -> None:
    shown = shown_rows(FRIDAYS, today, session, WEEKLY)
    assert shown.splitlines()[-1].startswith(last)
    assert violations({"A.csv": shown}, today) == []
    if last == b"20240802T,3":
        assert shown == FRIDAYS


def test_daily_rows_of_the_future_are_not_shown_yet() -> None:
    assert shown_rows(FRIDAYS, date(2024, 8, 1), date(2024, 8, 1), DAILY) == FRIDAYS[: 2 * 20]
    assert shown_rows(FRIDAYS, date(2024, 7, 1), date(2024, 7, 1), DAILY) == b""


@pytest.mark.parametrize(
    ("now", "calendar", "day"),
    [
        (datetime(2024, 7, 31, 12, tzinfo=UTC), INDIA, date(2024, 7, 31)),
        (datetime(2024, 7, 30, 21, tzinfo=UTC), INDIA, date(2024, 7, 30)),  # Wednesday in India, Tuesday in UTC
        (datetime(2024, 7, 31, 2, tzinfo=UTC), US, date(2024, 7, 30)),  # Tuesday in New York
        (datetime(2024, 8, 3, 12, tzinfo=UTC), US, date(2024, 8, 2)),
        (datetime(2024, 8, 4, 12, tzinfo=UTC), INDIA, date(2024, 8, 2)),
        (datetime(2024, 8, 5, 2, tzinfo=UTC), US, date(2024, 8, 2)),
        (datetime(2024, 7, 31, 12, tzinfo=UTC), HOLIDAY, date(2024, 7, 26)),
    ],
)
def test_the_last_session_has_begun_here_and_there(now: datetime, calendar: Calendar, day: date) -> None:
    assert last_session(now, calendar) == day


def test_pricescale_counts_the_decimals_of_prices_and_not_of_volume() -> None:
    assert pricescale_of(b"20240802T,1,1,1,1,0.12345\n") == 1
    assert pricescale_of(b"20240801T,1,2.05,1,1,0\n20240802T,1,16768.125,1,1.5,7\n") == 1000
    assert pricescale_of(b"") == 1
    assert pricescale_of(b"20240802T,0.000046,0.0000461,0.000045,0.000046,7\n") == 10**7
    assert pricescale_of(b"20240802T,0." + b"0" * 29 + b"1,1,0,1,7\n") == 10**22  # what the checker takes


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Apple Inc.", "Apple Inc., blue dots"),
        (None, "AAPL, blue dots"),
        ("", "AAPL, blue dots"),
        (" \u202e\x00\n ", "AAPL, blue dots"),
        ("A\tB\n C", "A B C, blue dots"),
        ("x" * 500, "x" * 117 + ", blue dots"),
        ("Stra\u00dfe \U0001f600", "Stra\u00dfe \U0001f600, blue dots"),
    ],
)
def test_a_description_is_one_line_never_empty_and_never_too_long(name: str | None, said: str) -> None:
    assert description_of("AAPL", name, "BLUE_DOTS") == said


@given(st.none() | st.text(max_size=300), st.sampled_from([*INDICATORS, "D", "W"]))
def test_any_stock_name_makes_a_description_that_the_checker_takes(name: str | None, ending: str) -> None:
    content = symbol_info({symbol_of("X", ending): SymbolListing(description_of("X", name, ending), 1)})
    assert info_violations("i", content) == ([symbol_of("X", ending)], [])
    assert content.isascii()


def test_symbol_info_has_exactly_its_keys_and_reads_back() -> None:
    listings = {"B_D": SymbolListing("Stra\u00dfe", 10), "A_D": SymbolListing("A", 1)}
    content = symbol_info(listings)
    assert json.loads(content) == {
        "symbol": ["A_D", "B_D"],
        "description": ["A", "Stra\u00dfe"],
        "pricescale": [1, 10],
    }
    assert read_symbol_info(content) == listings
    assert read_symbol_info(b'{"symbol": "A", "description": "a", "pricescale": 10}') == {"A": SymbolListing("a", 10)}
    assert read_symbol_info(b'{"symbol": ["A", "B"], "description": ["a", "b"], "pricescale": 1}')["B"].pricescale == 1
    assert read_symbol_info(None) == {}
