"""The decoder inside the scripts reads what `kernel/tradingview/pine/encoding` writes: every kind of gap."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bluedot_assets.kernel.tradingview.pine.data import epoch_of, paste_text
from bluedot_assets.kernel.tradingview.pine.scripts import paste_script
from bluedot_assets_tests.examples.pine_cases import AS_OF, FIELD, INDIA, embedded, stock
from bluedot_assets_tests.pine.runs import Chart, Job, Row, Shown, needs_pinets, run_pine

pytestmark = [pytest.mark.long, needs_pinets]
EPOCH = date(1994, 1, 1)


def ending_today(*gaps: int) -> tuple[date, ...]:
    """Dots with those gaps between them, the last one on the as-of date."""
    days = [AS_OF]
    for gap in reversed(gaps):
        days.append(days[-1] - timedelta(days=gap))
    return tuple(reversed(days))


def random_dots(seed: int) -> tuple[date, ...]:
    chance = random.Random(seed)
    gaps = [chance.choice([1, 1, 2, 3, 7, 59, 60, 61, 62, 63, 3000]) for _ in range(chance.randint(0, 120))]
    return tuple(day for day in ending_today(*gaps) if day > EPOCH)


CASES = {
    "none": (),
    "one": (AS_OF,),
    "gaps of 60, 61, 62 and 3,000 days": ending_today(60, 61, 62, 3000, 1, 60, 62, 61),
    "a thousand": ending_today(*([1] * 999)),
    "far from the epoch": ending_today(9000, 1),
    **{f"random {seed}": random_dots(seed) for seed in range(6)},
}


def every_day(dots: tuple[date, ...]) -> list[Row]:
    """A bar for each of the last 30 days and for the days around each dot."""
    days = {AS_OF - timedelta(days=back) for back in range(30)}
    days |= {dot + timedelta(days=step) for dot in dots for step in (-1, 0, 1) if dot + timedelta(days=step) <= AS_OF}
    return [(day, 1.0, 1.0, 1.0, 1.0, 0.0) for day in sorted(days)]


def jobs_of(dots: tuple[date, ...]) -> list[Job]:
    """The embedded script and the paste script, each on a chart of those bars, with stocks before and behind."""
    chart = Chart("ACC", INDIA, every_day(dots))
    stocks = [stock("ACB", 9), replace(stock("ACC", 0, rlst=7.5), dots=dots), stock("ACD", 5)]
    (script,) = embedded(stocks).values()
    text = paste_text(stocks, AS_OF, epoch_of(stocks, AS_OF))
    return [Job(script, chart), Job(paste_script(), chart, inputs={FIELD: text})]


@pytest.fixture(scope="module")
def shown() -> dict[str, list[Shown]]:
    """All cases in one process of Node, whose start costs more than a run."""
    ran = iter(run_pine(*(job for dots in CASES.values() for job in jobs_of(dots))))
    return {name: [next(ran), next(ran)] for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_the_decoder_shows_exactly_the_dots(name: str, shown: dict[str, list[Shown]]) -> None:
    dots = CASES[name]
    days = [row[0] for row in every_day(dots)]
    for script in shown[name]:
        marked = {day for day, dot in zip(days, script.plots["Blue dot"], strict=True) if dot}
        assert marked == set(dots)
        assert script.plots["Blue dot, 1 or 0"] == [int(day in marked) for day in days]
        (said,) = script.tables
        assert said.startswith("BlueDot ACC\nRLST 7.5 on 2024-08-02\n")
        assert (f"\n{len(dots)} dots since {dots[0]}, last {AS_OF}" if dots else "\nno dots") in said
