"""Breadth against a plain count, stock by stock and bar by bar."""

import math
import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import fmean
from typing import Any, Final

import polars as pl
import pytest

from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.series.breadth import BREADTH, breadth_of

FIRST: Final = date(2023, 6, 1)
ZONES: Final = ("Asia/Kolkata", "America/New_York")


def bars_of(symbol: str, length: int, seed: int, *, flat: bool = False) -> list[dict[str, Any]]:
    """A stock's bars, with gaps in its sessions and its ratings, closes that repeat, and now and then another bc."""
    chance, close, rows = random.Random(seed), 100.0, list[dict[str, Any]]()
    for day in range(length):
        if not flat and chance.random() < 0.1:
            continue
        close = close if flat or chance.random() < 0.2 else round(close * chance.uniform(0.97, 1.03), 2)
        rlst = None if chance.random() < 0.1 else float(chance.randrange(100))
        bc = None if chance.random() < 0.05 else 2000.0 + day + (chance.random() < 0.2)
        bar = {"open": close, "high": close + chance.random() / 10, "low": close - chance.random() / 10, "close": close}
        dot = chance.random() < 0.1
        rows.append(
            {"symbol": symbol, "session": FIRST + timedelta(day), **bar, "volume": 1, "rlst": rlst, "bc": bc}
            | {"blue_dot": dot}
        )
    return rows


def plain(stocks: dict[str, list[dict[str, Any]]], zones: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of the table, counted one by one."""
    counts: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    given: dict[tuple[str, date], Counter[float]] = defaultdict(Counter)
    for symbol, bars in stocks.items():
        for at, bar in enumerate(bars):
            day = zones[symbol], bar["session"]
            one, close = counts[day], bar["close"]
            one.update(stocks=1, compared=at > 0, dots=bar["blue_dot"], rated=bar["rlst"] is not None)
            for least in (80, 90):
                one[f"rlst_{least}"] += bar["rlst"] is not None and bar["rlst"] >= least
            if at:
                one.update(advances=close > bars[at - 1]["close"], declines=close < bars[at - 1]["close"])
            for length in (50, 200):
                if at + 1 >= length:
                    mean = fmean(before["close"] for before in bars[at + 1 - length : at + 1])
                    above = close > mean and not math.isclose(close, mean, rel_tol=1e-9)
                    one.update({f"judged_{length}": 1, f"above_{length}": above})
            if at + 1 >= 250:
                year = bars[at - 249 : at]
                assert len(year) == 249
                one.update(judged_250=1, highs_250=bar["high"] > max(before["high"] for before in year))
                one.update(lows_250=bar["low"] < min(before["low"] for before in year))
            if bar["bc"] is not None:
                given[day][bar["bc"]] += 1
    names = [column.name for column in BREADTH.columns if column.type == "integer"]
    return [
        {"timezone": zone, "session": session, **{name: int(counts[zone, session][name]) for name in names}}
        | {"bc": min(given[zone, session], key=lambda bc: (-given[zone, session][bc], bc), default=None)}
        for zone, session in sorted(counts)
    ]


def made_of(stocks: dict[str, list[dict[str, Any]]], zones: dict[str, str], at_once: int) -> pl.DataFrame:
    names = sorted(stocks)
    portions = [names[begin : begin + at_once] for begin in range(0, len(names), at_once)]
    parts = (
        pl.DataFrame([row for name in some for row in stocks[name]], BARS.polars_schema, orient="row")
        for some in portions
    )
    return breadth_of(parts, pl.DataFrame({"symbol": names, "timezone": [zones[name] for name in names]}))


@pytest.mark.parametrize("at_once", [1, 5, 100])
def test_the_counts_are_those_of_a_plain_count_in_whatever_parts_the_bars_come(at_once: int) -> None:
    lengths = (1, 2, 49, 50, 51, 199, 230, 250, 300, 310, 320, 330, 340, 350, 360, 370, 380)
    stocks = {f"S{number:02}": bars_of(f"S{number:02}", length, number) for number, length in enumerate(lengths)}
    stocks["FLAT"] = bars_of("FLAT", 300, 99, flat=True)
    stocks = {name: bars for name, bars in stocks.items() if bars}
    zones = {name: ZONES[number % 2] for number, name in enumerate(sorted(stocks))}
    made, expected = made_of(stocks, zones, at_once), plain(stocks, zones)
    assert made.rows(named=True) == expected
    assert BREADTH.violations(made) == []
    counted = made.select(pl.col(pl.Int64).sum()).row(0, named=True)
    assert all(counted.values()), counted  # nothing is tried in vain


def test_a_price_that_never_changes_is_above_no_mean_and_no_new_high() -> None:
    stock = [{**bar, "high": 0.1, "low": 0.1, "close": 0.1, "open": 0.1} for bar in bars_of("A", 300, 1, flat=True)]
    made = made_of({"A": stock}, {"A": ZONES[0]}, 1).tail(1).row(0, named=True)
    assert (made["judged_50"], made["judged_200"], made["judged_250"], made["compared"]) == (1, 1, 1, 1)
    assert {made[name] for name in ("above_50", "above_200", "highs_250", "lows_250", "advances", "declines")} == {0}


def test_no_bars_make_an_empty_table() -> None:
    made = breadth_of([], pl.DataFrame(schema={"symbol": pl.String, "timezone": pl.String}))
    assert made.equals(BREADTH.empty())
