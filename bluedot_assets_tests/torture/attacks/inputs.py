"""Inputs that nobody foresaw, by `bluedot_assets_tests/fuzz`: an attack for each of its targets, and one guided by
coverage. Each input is a try, within the bounds of time and memory, and may raise nothing but a declared error."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bluedot_assets_tests.fuzz import guided
from bluedot_assets_tests.fuzz.fuzzer import Fuzzer
from bluedot_assets_tests.fuzz.targets import TARGETS
from bluedot_assets_tests.torture.attack import Once, attack

GROUP: Final = "Inputs that nobody foresaw"
SHORT: Final = 600  # inputs of each in a change's checks
# Inputs of one guided try: what is cheap is tried more often.
GUIDED_RUNS: Final = {"vendor": 500, "names": 500, "index": 1_500, "status": 1_500, "rollback": 1_500, "drive": 3_000}
GUIDED_OTHERS: Final = 8_000
# How many inputs of each: the cheaper one is, the more.
LONG: Final = {
    "vendor": 200_000,
    "trigger": 120_000,
    "tickers": 100_000,
    "symbols": 100_000,
    "own_days": 100_000,
    "reason": 100_000,
    "status": 60_000,
    "dashboard": 60_000,
    "notices": 60_000,
    "manifest": 60_000,
    "drive": 40_000,
    "rollback": 30_000,
    "index": 30_000,
    "names": 12_000,
}
WORDS: Final = {
    "vendor": "A stock's file, through to tables and series, with a good one beside it",
    "trigger": "A trigger file",
    "tickers": "A list of tickers",
    "symbols": "A watchlist",
    "own_days": "A file of holidays",
    "reason": "The reason why an incomplete partition is accepted",
    "status": "`status.json`, with each change that is then made to the site",
    "dashboard": "`dashboard.json`, with its watchlists",
    "notices": "`notices.json`, with the messages that follow",
    "manifest": "The manifest of a stored output",
    "drive": "Drive's listing of a folder",
    "rollback": "`rollback.json`, with each change that is then made to the site",
    "index": "`index.json`, with what the monitor makes of it, and a rollback to its folder",
    "names": "Names of files, folders and partitions",
}


def _declare(target: str) -> None:
    def arena(folder: Path) -> Iterator[Once]:
        fuzzer = Fuzzer(target, folder)

        def once(chance: random.Random) -> Mapping[str, int]:
            fuzzer.try_one(chance)
            return {}

        yield once
        fuzzer.finish()

    arena.__name__ = f"inputs_{target}"
    attack(GROUP, WORDS[target], long=LONG[target], short=SHORT)(arena)


for _target in TARGETS:
    _declare(_target)


@attack(GROUP, "The same, of each in turn some thousands guided by coverage (atheris)", long=28, short=1)
def inputs_guided(folder: Path) -> Iterator[Once]:
    targets = [*TARGETS]
    tried = iter(range(10**6))

    def once(chance: random.Random) -> Mapping[str, int]:
        number = next(tried)
        target = targets[number % len(targets)]
        if not guided.AVAILABLE:
            return {"without atheris, which has no wheel for this machine": 1}
        runs = GUIDED_RUNS.get(target, GUIDED_OTHERS)
        done = guided.run(target, runs, chance.randrange(1, 2**31), folder / str(number))
        assert not done.failed, f"{target}: {done.failed}"
        return {"inputs": done.runs}

    yield once
