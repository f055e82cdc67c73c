"""`bluedot run` from the start of its process to its exit: for the first time, again with nothing changed, and on the
next day; and what of it grows with the stocks. Where its seconds go is in `budget`."""

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.figures import Figure
from benchmarks.run.plain import plain
from benchmarks.run.processes import Cost, cost_of, least, settings
from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.sample.tree import SamplePlan
from bluedot_assets.kernel.sample.vendor_file import encode

END: Final = date(2024, 8, 2)
FEW: Final = 10  # stocks: what a run costs beside its stocks
ROUNDS: Final = 2
BLUEDOT: Final = str(Path(sys.executable).with_name("bluedot"))


def run_words(key: str) -> list[str]:
    """The command that is measured."""
    return ["run", "--timeframe", "daily", "--partition", key, "--json"]


def make_tree(stocks: int, tree: Path) -> Path:
    """Two daily partitions; the files of the second are those of the first with a bar more (the sample's own lose
    their oldest bar for it)."""
    write_sample(SamplePlan(stocks=stocks, days=2, weeks=0, seed=1, end=END), tree)
    first, second = days_of(tree)
    for path in sorted((tree / "daily" / second).iterdir()):
        before, after = (msgspec.json.decode(one.read_bytes()) for one in (tree / "daily" / first / path.name, path))
        old, new = _rows(before), _rows(after)
        assert new[1:] == old[:-1]
        after["chart"]["prices"] = [*new, old[-1]]
        path.write_bytes(encode(after))
    return tree


def days_of(tree: Path) -> list[str]:
    """The keys of its daily partitions, oldest first."""
    return sorted(path.name for path in (tree / "daily").iterdir() if not path.is_symlink())


def _rows(document: dict[str, Any]) -> list[Any]:
    prices = document["chart"]["prices"]
    return list(prices.values()) if isinstance(prices, dict) else prices


def measure(tree: Path, stocks: int, scratch: Path) -> list[Figure]:
    """The figures of whole runs on a tree of so many stocks; each is the least of the rounds."""
    few = make_tree(FEW, scratch / "few")
    first_day, next_day = days_of(tree)
    costs: dict[str, list[Cost]] = {"few": [], "first": [], "again": [], "next": []}
    plain_s = []
    for number in range(ROUNDS):
        home = scratch / f"round-{number}"
        costs["few"].append(_run(few, home / "few", first_day))
        plain_s.append(_plain_s(sorted((tree / "daily" / first_day).glob(f"*{DAILY.ending}")), home / "plain"))
        costs["first"].append(_run(tree, home / "all", first_day))
        costs["again"].append(_run(tree, home / "all", first_day))
        costs["next"].append(_run(tree, home / "all", next_day))
    return _figures({name: least(rounds) for name, rounds in costs.items()}, min(plain_s), stocks)


def cache_of(scratch: Path) -> Path:
    """The user's cache folder as these runs leave it."""
    return scratch / "round-0" / "all" / "cache"


def _run(tree: Path, home: Path, key: str) -> Cost:
    cost = cost_of([BLUEDOT, *run_words(key)], settings(tree, home), home)
    (outcome,) = msgspec.json.decode(cost.output)["runs"]
    assert outcome["success"] and not outcome["rejected"], outcome
    return cost


def _plain_s(paths: Sequence[Path], out: Path) -> float:
    out.mkdir()
    started = time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda path: plain(path, out), paths))
    return time.perf_counter() - started


def _figures(cost: dict[str, Cost], plain_s: float, stocks: int) -> list[Figure]:
    first, again, next_day, few = cost["first"], cost["again"], cost["next"], cost["few"]
    of_stock_s = (first.cpu_s - few.cpu_s) / (stocks - FEW)
    seconds = f"{first.wall_s:.1f} s against {plain_s:.1f} s"
    return [
        Figure(
            f"A whole run of {stocks:,} stocks, against the baseline",
            first.wall_s / plain_s,
            "times",
            0.55,
            note=seconds,
        ),
        Figure("CPU of a run beside its stocks", few.cpu_s - FEW * of_stock_s, "s", 4, key="fixed_s"),
        Figure("CPU per stock", of_stock_s * 1000, "ms", 3.5, note=f"{first.cpu_s:.1f} s in all", key="stock_ms"),
        *_against("Run again with nothing changed", again, first, 0.4),
        *_against("The next day, each file a bar longer", next_day, first, 0.8),
    ]


def _against(work: str, cost: Cost, first: Cost, at_most: float) -> list[Figure]:
    return [
        Figure(
            f"{work}, against the first: time",
            cost.wall_s / first.wall_s,
            "times",
            at_most,
            note=f"{cost.wall_s:.1f} s",
        ),
        Figure(
            f"{work}, against the first: CPU", cost.cpu_s / first.cpu_s, "times", at_most, note=f"{cost.cpu_s:.1f} s"
        ),
    ]


def bytes_below(folder: Path) -> int:
    """Of all files of a folder; a link is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
