"""A first run of one day by the number of its stocks."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.run.processes import cost_of, settings
from benchmarks.run.whole_run import BLUEDOT, days_of, run_words
from benchmarks.scale.report import Stocks
from bluedot_assets.adapters.sample_tree import write_sample
from bluedot_assets.kernel.sample.tree import SamplePlan

END: Final = date(2024, 8, 2)
BUDGET_MB: Final = "10000"


def measure(sizes: Sequence[int]) -> list[Stocks]:
    return [_of(stocks) for stocks in sizes]


def _of(stocks: int) -> Stocks:
    with TemporaryDirectory() as folder:
        tree, home = Path(folder) / "tree", Path(folder) / "home"
        write_sample(SamplePlan(stocks=stocks, days=1, weeks=0, seed=1, end=END), tree)
        (key,) = days_of(tree)
        environment = settings(tree, home, BLUEDOT_SITE_BUDGET_MB=BUDGET_MB)
        cost = cost_of([BLUEDOT, *run_words(key)], environment, home, watched=True)
        places = (tree / "daily" / key, home / "data", (home / "site").resolve())
        sizes = [sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) for place in places]
        return Stocks(stocks, cost.wall_s, cost.cpu_s, cost.peak_bytes or 0, *sizes)
