"""Ten days of 2,500 stocks with four series each in two repositories: no limit is broken, and everything is there when
the limits allow it.

A repository takes one push of symbol_info and, half an hour later, ceil(5,000 / 3,000) = 2 pushes of data: all of it
on the first day when something runs again after half an hour, on the second day with one run a day. From then on
every day's data are there with that day's first run, and a new stock's with the next run after half an hour."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from bluedot_assets.kernel.tradingview.seeds.map import map_stocks
from bluedot_assets.kernel.tradingview.seeds.plan import next_step
from bluedot_assets.kernel.tradingview.seeds.state import Push, SeedsWanted
from bluedot_assets.kernel.tradingview.seeds.symbols import symbol_of
from bluedot_assets_tests.examples.seed_states import ENDINGS, Remote, run, wanted

FIRST = date(2024, 7, 1)
NAMES = ("seed_u_a", "seed_u_b")


def stocks_of(day: int) -> list[str]:
    """2,500 on each day: some came, some went, some stay away for three days."""
    came = [f"S{number:04d}" for number in range(10 * day, 2_500 + 10 * day)]
    away = {f"S{number:04d}" for number in range(500, 520)} if 3 <= day <= 5 else set()
    return [stock for stock in came if stock not in away]


def wanted_by_repository(remotes: dict[str, Remote], day: int) -> dict[str, SeedsWanted]:
    partition = (FIRST + timedelta(days=day)).isoformat()
    symbols = {stock: [symbol_of(stock, ending) for ending in ENDINGS] for stock in stocks_of(day)}
    made = map_stocks({name: remote.symbols for name, remote in remotes.items()}, symbols)
    assert not made.problem
    assert not made.elsewhere
    mine: dict[str, list[str]] = {name: [] for name in remotes}
    for stock, its_symbols in symbols.items():
        mine[made.repository_of(stock)] += its_symbols
    return {name: wanted(mine[name], partition) for name in remotes}


def at(day: int, hour: int) -> datetime:
    return datetime(FIRST.year, FIRST.month, FIRST.day, hour, tzinfo=UTC) + timedelta(days=day)


def missing(remotes: dict[str, Remote], want: dict[str, SeedsWanted]) -> int:
    """CSVs that are not there with that day's content."""
    return sum(
        remotes[name].data.get(f"{symbol}.csv") != content
        for name in remotes
        for symbol, content in want[name].ids.items()
    )


def simulate(hours: tuple[int, ...]) -> tuple[dict[str, Remote], list[list[int]]]:
    """Ten days with runs at those hours; how many CSVs were missing after each run."""
    remotes = {name: Remote(name) for name in NAMES}
    gaps: list[list[int]] = []
    for day in range(10):
        gaps.append([])
        for hour in hours:
            want = wanted_by_repository(remotes, day)
            for name, remote in remotes.items():
                run(remote, want[name], at(day, hour))
            gaps[-1].append(missing(remotes, want))
    return remotes, gaps


@pytest.mark.long
def test_with_a_second_run_everything_is_there_on_the_first_day_and_on_every_day() -> None:
    remotes, gaps = simulate((9, 10))
    assert [remote.refused for remote in remotes.values()] == [[], []]
    assert gaps[0] == [10_000, 0]
    # Ten new stocks a day; and twenty that were away for three days are still listed, and back at once.
    assert gaps[1:] == [[40, 0]] * 9
    assert max(max(remote.pushes.values()) for remote in remotes.values()) == 3
    # Ten stocks vanish with each day; those of day 1 to 5 were absent five times by day 9.
    listed = {symbol for remote in remotes.values() for symbol in remote.symbols}
    assert listed == {f"S{number:04d}_{ending}" for number in range(50, 2_590) for ending in ENDINGS}


@pytest.mark.long
def test_with_one_run_a_day_everything_is_there_on_the_second_day() -> None:
    remotes, gaps = simulate((9,))
    assert [remote.refused for remote in remotes.values()] == [[], []]
    assert gaps == [[10_000]] + [[40]] * 9  # the stocks of the day before have their data, the day's own are listed


class Died(Exception):
    pass


def dying_run(remote: Remote, want: SeedsWanted, now: datetime, dies: random.Random) -> None:
    """A run that may die before a push arrives, or after it and before anybody heard of it."""
    while isinstance(step := next_step(remote.state(), want, now), Push):
        if dies.random() < 0.3:
            raise Died
        remote.take(step, want.ids, now)
        if dies.random() < 0.3:
            raise Died
        now += timedelta(seconds=20)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_dies_between_any_two_steps_does_no_harm(seed: int) -> None:
    dies = random.Random(seed)
    remotes = {name: Remote(name) for name in NAMES}
    deaths = 0
    for day in range(3):
        for hour in (9, 10, 11):
            want = wanted_by_repository(remotes, day)
            for name, remote in remotes.items():
                try:
                    dying_run(remote, want[name], at(day, hour), dies)
                except Died:
                    deaths += 1
    assert deaths > 3
    assert [remote.refused for remote in remotes.values()] == [[], []]
    want = wanted_by_repository(remotes, 2)
    for name, remote in remotes.items():
        run(remote, want[name], at(2, 13))
        run(remote, want[name], at(2, 14))
    assert missing(remotes, want) == 0
