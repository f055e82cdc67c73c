"""The Pine scripts of 1,000 stocks: how many embedded ones there are, how near the limits, how long it takes."""

import random
import time
from datetime import date, timedelta

import msgspec

from benchmarks.figures import Figure
from bluedot_assets.kernel.tradingview.pine.data import StockDots
from bluedot_assets.kernel.tradingview.pine.library import Catalog, Material, make_library, rules_verdict
from bluedot_assets.kernel.tradingview.pine.rules import MAX_TOKENS
from bluedot_assets.kernel.tradingview.pine.scripts import Edition

STOCKS = 1000
DOTS = 160
YEARS = 4
END = date(2024, 8, 2)
ZONES = ("Asia/Kolkata", "America/New_York")


def stocks() -> list[StockDots]:
    """Names of usual length, dots in bunches over four years as the vendor's lie."""
    chance = random.Random(1)  # noqa: S311
    sessions = [END - timedelta(days=back) for back in range(365 * YEARS) if (END - timedelta(days=back)).weekday() < 5]
    made: dict[str, StockDots] = {}
    while len(made) < STOCKS:
        name = "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=chance.randint(3, 10)))
        days: set[date] = set()
        while len(days) < DOTS:
            place = chance.randrange(len(sessions))
            days |= {*sessions[place : place + chance.randint(1, 12)]}
        dots = tuple(sorted(days)[-DOTS:])
        made[name] = StockDots(name, name, ZONES[len(made) % 2], END, float(chance.randrange(100)), dots)
    return list(made.values())


def measure() -> list[Figure]:
    """With all dots of each stock, and with its newest 36."""
    every = stocks()
    figures = []
    for newest in (None, 36):
        material = Material(Edition(END, sample=True), every, every, newest, [], {}, "series")
        started = time.perf_counter()
        files = make_library(material)
        took = time.perf_counter() - started
        assert rules_verdict(files).passed
        catalog = msgspec.json.decode(files["scripts.json"], type=Catalog)
        tokens = [one.tokens for one in catalog.scripts if one.kind == "embedded"]
        dots = f"newest {newest} of {DOTS} dots" if newest else f"all {DOTS} dots"
        pasted = f"text for the paste script {len(files['bluedot_dots.txt']) / 1000:.0f} KB"
        figures += [
            Figure(f"Making them with {dots}", took, "s", note=f"{len(tokens)} embedded scripts; {pasted}"),
            Figure(f"The largest of them with {dots}", max(tokens), "tokens", at_most=MAX_TOKENS),
        ]
    others = [one for one in catalog.scripts if one.kind != "embedded"]
    largest = max(others, key=lambda one: one.tokens)
    return [*figures, Figure("The largest of the others", largest.tokens, "tokens", MAX_TOKENS, note=largest.file)]
