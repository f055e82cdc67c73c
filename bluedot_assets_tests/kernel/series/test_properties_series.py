"""For any input of the vendor's shape the published rows obey TradingView's rules and hold the vendor's numbers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluedot_assets.kernel.bars.tables import TABLES
from bluedot_assets.kernel.series.tradingview_rows import violations
from bluedot_assets_tests.examples.vendor_files import (
    FRIDAY,
    INDIA,
    NEW_YORK,
    Record,
    bar,
    document,
    judged,
    raw,
    series,
)
from bluedot_assets_tests.examples.vendor_strategies import any_documents, good_documents

THOROUGH = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def rows_of(content: bytes) -> list[tuple[date, list[str]]]:
    """A CSV as a plain reader sees it."""
    text = content.decode("ascii")
    assert text.endswith("\n")
    rows = [line.split(",") for line in text[:-1].split("\n")]
    return [(datetime.strptime(first, "%Y%m%dT").date(), rest) for first, *rest in rows]  # noqa: DTZ007


def assert_a_pine_seeds_file(content: bytes) -> None:
    days = [day for day, _ in rows_of(content)]
    assert days == sorted(set(days))
    assert days[-1] <= FRIDAY
    for _, numbers in rows_of(content):
        assert all(set(number) <= set("0123456789.") for number in numbers)
        opened, high, low, close, volume = map(Decimal, numbers)
        assert low <= opened <= high
        assert low <= close <= high
        assert volume >= 0


@THOROUGH
@given(st.lists(any_documents(), min_size=1, max_size=3))
def test_whatever_the_vendor_writes_the_published_rows_obey_every_rule(documents: list[Record]) -> None:
    shard = judged(*(raw(made, f"S{place}_daily.json") for place, made in enumerate(documents)))
    files = series(shard)
    for content in files.values():
        assert_a_pine_seeds_file(content)
    assert violations(files, FRIDAY) == []
    assert shard.stocks.height + shard.rejected.height == len(documents)
    for table, frame in zip(TABLES, (shard.bars, shard.dots, shard.stocks, shard.rejected), strict=True):
        assert table.violations(frame) == []


def exact(value: float) -> Decimal:
    """The number as the file means it: the shortest decimal of its float."""
    return Decimal(repr(float(value)))


def recorded(made: Record, zone: str) -> dict[date, Record]:
    prices = made["chart"]["prices"]
    records = prices.values() if isinstance(prices, dict) else prices
    return {datetime.fromtimestamp(one["priceDate"] / 1000, ZoneInfo(zone)).date(): one for one in records}


def published(content: bytes | None) -> dict[date, list[Decimal]]:
    return {day: [Decimal(number) for number in numbers] for day, numbers in rows_of(content)} if content else {}


@THOROUGH
@given(st.sampled_from([INDIA, NEW_YORK]), st.data())
def test_the_csv_gives_back_the_numbers_of_the_json_exactly(zone: str, data: st.DataObject) -> None:
    made = data.draw(good_documents(zone))
    files = series(judged(raw(made)))
    by_day = recorded(made, zone)
    names = ("open", "high", "low", "close", "volume")
    assert published(files["DIXON_PRICE_DATA.csv"]) == {
        day: [exact(one[name] or 0) for name in names] for day, one in by_day.items()
    }
    for indicator, name in (("RLST_RATING", "rlst"), ("BC_INDICATOR", "bc")):
        assert published(files.get(f"DIXON_{indicator}.csv")) == {
            day: [exact(one[name])] * 4 + [Decimal(0)] for day, one in by_day.items() if one[name] is not None
        }


@THOROUGH
@given(good_documents())
def test_the_relative_strength_line_has_six_significant_digits_of_the_quotient(made: Record) -> None:
    files = series(judged(raw(made)), ["RS_LINE"])
    for day, numbers in published(files.get("DIXON_RS_LINE.csv")).items():
        one = recorded(made, INDIA)[day]
        quotient = exact(one["close"]) / exact(one["bc"])
        assert len(set(numbers[:4])) == 1
        # No market comes near these bounds; beyond them powers of ten are inexact floats themselves.
        if Decimal("1e-9") < quotient < Decimal("1e9"):
            assert abs(numbers[0] - quotient) <= quotient * Decimal("0.50001e-5")
            assert len(numbers[0].normalize().as_tuple().digits) <= 6


@pytest.mark.parametrize(
    ("written", "published_as"),
    [
        ("16768.05", "16768.05"),
        ("94", "94"),
        ("94.0", "94"),
        ("1e-7", "0.0000001"),
        ("1E22", "10000000000000000000000"),
        ("1.5e3", "1500"),
        ("0.1", "0.1"),
        ("123456789.125", "123456789.125"),
        ("9007199254740992", "9007199254740992"),
        ("1e16", "10000000000000000"),
    ],
)
def test_a_price_is_printed_as_the_shortest_plain_decimal(written: str, published_as: str) -> None:
    prices: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close"), 987654321)
    content = raw(document([bar(**prices)])).content or b""
    files = series(judged(raw(content.replace(b"987654321", written.encode()))))
    assert files["DIXON_PRICE_DATA.csv"] == f"20240802T,{','.join([published_as] * 4)},341381\n".encode()
