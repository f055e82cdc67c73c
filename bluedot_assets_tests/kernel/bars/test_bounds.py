"""What a file can cost is bounded by its bytes: no content of it takes long, or much memory, beyond that."""

import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from bluedot_assets.kernel.source.plain_values import MOST_DAYS
from bluedot_assets_tests.examples.vendor_files import FRIDAY, bar, bars, document, judged, midnight_ms, raw
from bluedot_assets_tests.fuzz.bounds import MOST_BYTES, most_seconds, peak_of, seconds_of

SIZE = 400_000
NOON = midnight_ms(FRIDAY) - 12 * 3_600_000
BARS = json.dumps(bars(3))

Unit = Callable[[int], str]
UNITS: dict[str, Unit] = {
    "lists": lambda _: "[]",
    "objects": lambda _: "{}",
    "zeros": lambda _: "0",
    "nulls": lambda _: "null",
    "numbers": str,
    "numbers as text": lambda number: f'"{number}"',
    "words": lambda number: f'"x{number}"',
    "instants": lambda number: f'{{"priceDate":{NOON - number}}}',
    "instants as text": lambda number: f'{{"priceDate":"{NOON - number}"}}',
    "days": lambda number: f'"{1000 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"',
    "moments": lambda number: f'"{1000 + number % 1000}-01-01T00:00:00.{number % 10**6:06}+05:30"',
    "bars of one day": lambda number: json.dumps(bar(FRIDAY, close=103 + number % 5)),
}
# A text as one value of a bar and of a dot: those that a pattern could try to read in many ways.
TEXTS = {
    "digits": "1" * SIZE + "x",
    "groups": "1" + ",111" * (SIZE // 4) + "x",
    "blanks": " " * SIZE,
    "commas": "," * SIZE,
}


def repeated(unit: Unit) -> str:
    def parts() -> Iterator[str]:
        length, number = 0, 0
        while length < SIZE:
            yield (part := unit(number))
            length, number = length + len(part) + 1, number + 1

    return f"[{','.join(parts())}]"


def content(prices: str = BARS, dates: str = "null", **chart: Any) -> bytes:
    text = json.dumps(document("PRICES", dates="DATES", **chart))
    return text.replace('"PRICES"', prices).replace('"DATES"', dates).encode()


def with_text(place: str, text: str) -> bytes:
    """A file in which the text stands for a price, a day, a dot or all dots."""
    if place in {"open", "priceDate"}:
        return content(json.dumps([bar(**{place: text})]))
    return content(dates=json.dumps([text] if place == "dot" else text))


def of_another_kind(name: str) -> bytes:
    contents: dict[str, Callable[[], bytes]] = {
        "name": lambda: content(peripheralData={"name": "x" * SIZE, "symbol": "x" * SIZE, "periodcity": "x" * SIZE}),
        "error": lambda: b'{"responseHeader":{"error":1,"errorCode":' + repeated(UNITS["lists"]).encode() + b"}}",
        "other fields": lambda: content(other=dict.fromkeys(map(str, range(SIZE // 10)))),
        "blanks": lambda: b" " * SIZE,
        "no JSON": lambda: b"x" * SIZE,
    }
    return contents[name]()


CONTENTS: list[tuple[str, partial[bytes]]] = [
    *((f"prices of {name}", partial(lambda one: content(repeated(one)), unit)) for name, unit in UNITS.items()),
    *((f"dots of {name}", partial(lambda one: content(dates=repeated(one)), unit)) for name, unit in UNITS.items()),
    *(
        (f"{place} of {name}", partial(with_text, place, text))
        for place in ("open", "priceDate", "dot", "dots")
        for name, text in TEXTS.items()
    ),
    *((name, partial(of_another_kind, name)) for name in ("name", "error", "other fields", "blanks", "no JSON")),
]
EACH = pytest.mark.parametrize("made", [pytest.param(made, id=name) for name, made in CONTENTS])


@pytest.mark.long
@EACH
def test_a_file_takes_no_more_time_than_its_bytes_allow(made: Callable[[], bytes]) -> None:
    file = raw(made())
    judged(raw(document(bars(3))))  # what the first of all files costs
    gc.freeze()  # to look through what all other tests have left is no cost of the file
    try:
        took = min(seconds_of(lambda: judged(file), time.thread_time) for _ in range(3))
    finally:
        gc.unfreeze()
    assert took < most_seconds(file.size)


@EACH
def test_a_file_takes_no_more_memory_than_its_bytes_allow(made: Callable[[], bytes]) -> None:
    file = raw(made())
    assert peak_of(lambda: judged(file)) < MOST_BYTES * file.size


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"prices": bars(1) * (MOST_DAYS + 1)}, "chart.prices"),
        ({"prices": dict.fromkeys(map(str, range(MOST_DAYS + 1)))}, "chart.prices"),
        ({"prices": bars(3), "dates": [0] * (MOST_DAYS + 1)}, "chart.blueDotData.dates"),
    ],
)
def test_a_file_with_more_values_than_a_stock_has_days_is_rejected(values: dict[str, Any], field: str) -> None:
    shard = judged(raw(document(**values)), raw(document(bars(3)), "ZOMATO_daily.json"))
    reason = f"it has {MOST_DAYS + 1} values, more than any stock has days ({MOST_DAYS})"
    assert shard.rejected.select("file", "reason", "field").rows() == [("DIXON_daily.json", reason, field)]
    assert shard.stocks["symbol"].to_list() == ["ZOMATO"]


@pytest.mark.parametrize("dates", ["0," * (MOST_DAYS + 9), [[0] * MOST_DAYS] * 2])
def test_values_that_are_no_dots_are_counted_up_to_the_days_of_a_stock(dates: object) -> None:
    assert judged(raw(document(bars(3), dates=dates))).stocks["dropped_dots"].to_list() == [MOST_DAYS]


def test_nothing_of_a_file_is_held_once_it_is_judged() -> None:
    dots = [f"{number}{'x' * 100_000}" for number in range(20)]
    judged(raw(document(bars(3))))

    def work() -> None:
        judged(raw(document(bars(3), dates=dots)))
        held.append(tracemalloc.get_traced_memory()[0])

    held: list[int] = []
    peak_of(work)
    assert held[0] < sum(map(len, dots)) / 10
