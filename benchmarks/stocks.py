"""Many stocks: what a further one costs where there are many, against where there are few, and the memory of all
processes. `python -m benchmarks.stocks 1000 5000 10000 20000` measures runs of those sizes and leaves them as JSON."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from benchmarks.figures import ROOT, Figure, aligned, amount, commit, machine
from benchmarks.run.processes import cost_of, settings
from benchmarks.run.whole_run import BLUEDOT, bytes_below, days_of, run_words
from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.kernel.sample.tree import SamplePlan

END: Final = date(2024, 8, 2)
SIZES: Final = (1_000, 3_000, 6_000)  # stocks
WORKERS: Final = 2  # each takes memory of its own
WARM: Final = 10  # stocks of the first run, which builds the calendars
LARGEST_SITE_MB: Final = 1_000_000
OUT: Final = ROOT / "build" / "stocks.json"


class Run(msgspec.Struct, frozen=True):
    """One run of a partition on a new installation."""

    stocks: int
    wall_s: float
    cpu_s: float  # of all processes
    peak_mb: float | None  # of all processes at one time; None where it cannot be measured
    source_bytes: int
    data_bytes: int
    site_bytes: int  # as it is served, `latest` too, which on a local disk takes none


class Scale(msgspec.Struct, frozen=True):
    """Runs of growing size, with what they were measured on."""

    date: date
    commit: str
    machine: str
    workers: int
    runs: list[Run]


def measure(sizes: Sequence[int] = SIZES) -> list[Figure]:
    """Of runs of those sizes, three or more: what the last stocks cost, those beyond the second size, against the first
    ones, those between the first and the second."""
    return figures(runs_of(sizes))


def figures(runs: Sequence[Run]) -> list[Figure]:
    few, some, many = runs[0], runs[1], runs[-1]
    cpu_ms, first_cpu_ms = (1000 * (b.cpu_s - a.cpu_s) / (b.stocks - a.stocks) for a, b in ((some, many), (few, some)))
    wall_s, first_wall_s = ((b.wall_s - a.wall_s) / (b.stocks - a.stocks) for a, b in ((some, many), (few, some)))
    ranges = f"{some.stocks:,} to {many.stocks:,} against {few.stocks:,} to {some.stocks:,}"
    found = [
        Figure("CPU of a further stock", cpu_ms, "ms", note=f"{some.stocks:,} to {many.stocks:,} stocks"),
        Figure("CPU of a further stock, many against few", cpu_ms / first_cpu_ms, "times", at_most=1.2, note=ranges),
        Figure("Wall of a further stock, many against few", wall_s / first_wall_s, "times", at_most=1.3),
    ]
    if few.peak_mb and many.peak_mb:
        note = f"{few.peak_mb:.0f} MB of {few.stocks:,}; {WORKERS} workers"
        found.append(Figure(f"Memory of {many.stocks:,} stocks", many.peak_mb, "MB", at_most=1500, note=note))
    return found


def runs_of(sizes: Sequence[int]) -> list[Run]:
    """One run of each size, smallest first."""
    with TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        run_of(WARM, cache)
        return [run_of(stocks, cache) for stocks in sorted(sizes)]


def run_of(stocks: int, cache: Path) -> Run:
    """On files that are made for it, with all that earlier runs have put into `cache`."""
    with TemporaryDirectory() as folder:
        tree, home = Path(folder) / "tree", Path(folder) / "home"
        write_sample(SamplePlan(stocks=stocks, days=1, weeks=0, seed=1, end=END), tree)
        more = {"PARALLEL_WORKERS": str(WORKERS), "BLUEDOT_SITE_BUDGET_MB": str(LARGEST_SITE_MB)}
        environment = settings(tree, home, XDG_CACHE_HOME=str(cache), **more)
        cost = cost_of([BLUEDOT, *run_words(days_of(tree)[0])], environment, home, watched=True)
        peak_mb = cost.peak_bytes / 1e6 if cost.peak_bytes else None
        places = (bytes_below(place) for place in (tree, home / "data", (home / "site").resolve()))
        return Run(stocks, cost.wall_s, cost.cpu_s, peak_mb, *places)


def _table(runs: Sequence[Run]) -> str:
    heads = ("stocks", "wall s", "CPU s", "peak MB", "source MB", "data MB", "site MB")
    rows = [
        (
            f"{run.stocks:,}",
            *(amount(number) for number in (run.wall_s, run.cpu_s)),
            "not measured" if run.peak_mb is None else amount(run.peak_mb),
            *(amount(size / 1e6) for size in (run.source_bytes, run.data_bytes, run.site_bytes)),
        )
        for run in runs
    ]
    return aligned([heads, *rows])


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.stocks", description=__doc__)
    words.add_argument("sizes", nargs="*", type=int, default=SIZES, help="stocks of each run, three or more")
    words.add_argument("--out", type=Path, default=OUT, help="where the JSON goes")
    given = words.parse_args()
    if len(set(given.sizes)) < 3:
        words.error("give three or more different sizes")
    runs = runs_of(sorted(set(given.sizes)))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    scale = Scale(datetime.now(UTC).date(), commit(), machine(), WORKERS, runs)
    given.out.write_bytes(msgspec.json.format(msgspec.json.encode(scale), indent=1) + b"\n")
    rows = [(one.work, one.value, one.aim, one.note) for one in figures(runs)]
    sys.stdout.write(f"{_table(runs)}\n{aligned(rows)}\nas JSON in {given.out}\n")


if __name__ == "__main__":
    main()
