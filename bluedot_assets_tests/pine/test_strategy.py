"""The strategy makes the trades that a plain computation of its documented rules makes on one prepared history."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import Any, Final

import pytest

from bluedot_assets.kernel.tradingview.pine.scripts import STRATEGY, seed_scripts
from bluedot_assets.kernel.tradingview.seeds.map import SeedMap, SeedRange
from bluedot_assets_tests.examples.pine_cases import AS_OF, NEW_YORK
from bluedot_assets_tests.pine.runs import Chart, Job, Row, needs_pinets, run_pine

pytestmark = [pytest.mark.long, needs_pinets]
BARS: Final = 900
MAP: Final = {"daily": SeedMap((SeedRange("", "seed_user_daily"),))}


@dataclass(frozen=True)
class History:
    """Bars, and on each of them the rating (None: no row) and whether there is a dot."""

    rows: list[Row]
    rlst: list[int | None]
    dots: list[bool]

    def seeds(self) -> dict[tuple[str, str], bytes]:
        series: dict[str, list[Any]] = {"RLST_RATING": self.rlst, "BLUE_DOTS": [int(dot) for dot in self.dots]}
        return {
            ("seed_user_daily", f"ACC_{name}"): "".join(
                f"{row[0]:%Y%m%d}T,{value},{value},{value},{value},0\n"
                for row, value in zip(self.rows, values, strict=True)
                if value is not None
            ).encode()
            for name, values in series.items()
        }


def prepared() -> History:
    """Long swings with gaps, so that every way out is taken."""
    chance = random.Random(11)
    days = [AS_OF - timedelta(days=back) for back in range(2 * BARS) if (AS_OF - timedelta(days=back)).weekday() < 5]
    rows: list[Row] = []
    price = 100.0
    for number, day in enumerate(sorted(days)[-BARS:]):
        drift = 0.004 if number // 90 % 2 == 0 else -0.0035
        first = round(price * (1 + chance.gauss(0, 0.012)), 2)
        last = round(first * (1 + chance.gauss(drift, 0.018)), 2)
        high = round(max(first, last) * (1 + abs(chance.gauss(0, 0.006))), 2)
        low = round(min(first, last) * (1 - abs(chance.gauss(0, 0.006))), 2)
        rows.append((day, first, high, low, last, 1000.0))
        price = last
    steps = accumulate((chance.choice([-3, -1, 0, 1, 3]) for _ in rows), lambda at, step: min(99, max(40, at + step)))
    rlst: list[int | None] = [
        None if chance.random() < 0.05 else value + 25 if value < 75 else value for value in steps
    ]
    return History(rows, rlst, [chance.random() < 0.15 for _ in rows])


@dataclass(frozen=True)
class Rules:
    """The strategy's settings by their meaning."""

    enter: int = 80
    leave: int = 70
    trend: int = 50
    stop: float = 8
    target: float = 0
    stay: int = 0

    def inputs(self) -> dict[str, object]:
        return {
            "Enter from RLST": self.enter,
            "Leave below RLST": self.leave,
            "Trend length": self.trend,
            "Stop, percent": self.stop,
            "Target, percent": self.target,
            "Longest stay, bars": self.stay,
        }


@dataclass(frozen=True)
class Trade:
    """From the open of a bar to a price on a bar."""

    entry_bar: int
    entry: float
    exit_bar: int
    exit: float
    why: str


def expected_trades(history: History, rules: Rules) -> list[Trade]:
    """Bar by bar: orders given on the bar before are filled at the open, then stop and target inside the bar, then the
    rules look at the close."""
    trades: list[Trade] = []
    entry: tuple[int, float] | None = None
    stop = target = 0.0  # in the currency, from the entry
    buy = sell = False
    why = ""
    rating: int | None = None
    for place, (_, first, high, low, last, _) in enumerate(history.rows):
        rating = history.rlst[place] if history.rlst[place] is not None else rating
        if sell and entry:
            trades.append(Trade(*entry, place, first, why))
            entry = None
        if buy:
            entry = (place, first)
        buy = sell = False
        if entry and (found := _bracket(first, high, low, entry[1] - stop, entry[1] + target)):
            trades.append(Trade(*entry, place, *found))
            entry = None
        rising = rules.trend == 0 or (place >= rules.trend - 1 and last > _average(history, place, rules.trend))
        if entry is None and history.dots[place] and rating is not None and rating >= rules.enter and rising:
            buy = True
            stop = round(last * rules.stop / 100, 2)
            target = round(last * rules.target / 100, 2) if rules.target else float("inf")
        elif entry and rating is not None and rating < rules.leave:
            sell, why = True, "rating"
        elif entry and rules.stay and place - entry[0] >= rules.stay:
            sell, why = True, "stay"
    return trades


def _average(history: History, place: int, length: int) -> float:
    return sum(row[4] for row in history.rows[place - length + 1 : place + 1]) / length


def _bracket(first: float, high: float, low: float, stop: float, target: float) -> tuple[float, str] | None:
    """TradingView's emulator: at the open, where it lies beyond; else first the side that is nearer to the open."""
    if first <= stop:
        return first, "stop at the open"
    if first >= target:
        return first, "target at the open"
    reached = [(high >= target, target, "target"), (low <= stop, stop, "stop")]
    for is_reached, price, why in reached if high - first < first - low else reached[::-1]:
        if is_reached:
            return price, why
    return None


SETS: Final = {
    "as it comes": Rules(),
    "with a target": Rules(stop=4, target=6),
    "a tight stop, no trend": Rules(trend=0, stop=1.5, target=20),
    "a short stay": Rules(stop=10, stay=7, leave=0),
    "only ratings": Rules(stop=60, trend=0, enter=85, leave=84),
}


def actual_trades() -> Iterator[list[tuple[int, float, int, float]]]:
    history = prepared()
    chart = Chart("ACC", NEW_YORK, history.rows, prefix="NYSE")
    script = seed_scripts(MAP, "series", {})[STRATEGY]
    jobs = [Job(script, chart, history.seeds(), rules.inputs()) for rules in SETS.values()]
    for shown in run_pine(*jobs):
        yield [
            (one["entry_bar_index"], one["entry_price"], one["exit_bar_index"], one["exit_price"])
            for one in shown.closed
        ]


def test_the_strategy_makes_the_trades_of_its_rules() -> None:
    history = prepared()
    found = dict(zip(SETS, actual_trades(), strict=True))
    for name, rules in SETS.items():
        trades = expected_trades(history, rules)
        assert len(trades) > 3, name
        assert [(one.entry_bar, one.exit_bar) for one in trades] == [(one[0], one[2]) for one in found[name]], name
        for one, (_, entry, _, out) in zip(trades, found[name], strict=True):
            assert entry == pytest.approx(one.entry, abs=0.011), name
            assert out == pytest.approx(one.exit, abs=0.011), name


def test_the_prepared_history_takes_every_way_out() -> None:
    ways = {one.why for rules in SETS.values() for one in expected_trades(prepared(), rules)}
    assert ways == {"rating", "stay", "stop", "target", "stop at the open", "target at the open"}
