"""Many days in one go: what a further day costs above its stages, against a run of its own, and what grows with the
days. `python -m benchmarks.days KEY...` carries out the stages of those days alone, without Dagster, in the
installation of the environment."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from benchmarks.figures import ROOT, Figure
from benchmarks.run.processes import Cost, cost_of, settings
from benchmarks.run.whole_run import BLUEDOT, bytes_below, days_of
from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.sample.tree import SamplePlan
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage import Done, Work
from bluedot_assets.pipeline.stage_list import steps_of
from bluedot_assets.settings.load import load_settings

END: Final = date(2024, 8, 2)
STOCKS: Final = 2
MANY, FEW = 28, 8  # days


def measure() -> list[Figure]:
    """Of one process; the further days are those that the longer batch has more."""
    with TemporaryDirectory() as folder:
        scratch = Path(folder)
        write_sample(SamplePlan(stocks=STOCKS, days=MANY, weeks=0, seed=1, end=END, exchange="us"), scratch / "tree")
        days = days_of(scratch / "tree")
        _run(scratch, "warm", days[-1:])  # the first of all builds the calendars
        one = _run(scratch, "one", days[-1:])
        few = _run(scratch, "few", days[-FEW:])
        stages = [_stages_alone(scratch, f"alone-{count}", days[-count:]) for count in (FEW, MANY)]
        many = _run(scratch, "many", days)
        grown = bytes_below(scratch / "many" / "dagster") - bytes_below(scratch / "few" / "dagster")
        again = _run(scratch, "many", days)
    further_s = (many.cpu_s - few.cpu_s) / (MANY - FEW)
    alone_s = (stages[1].cpu_s - stages[0].cpu_s) / (MANY - FEW)
    same_s = (again.cpu_s - one.cpu_s) / (MANY - 1)
    home_mb = grown / (MANY - FEW) / 1e6
    whole = f"{MANY} days {many.cpu_s:.1f} s, {FEW} days {few.cpu_s:.1f} s"
    figures = [
        Figure("CPU of a further day above its stages", further_s - alone_s, "s", 0.6, note=f"stages {alone_s:.2f} s"),
        Figure("A further day against a run of its own: CPU", further_s / one.cpu_s, "times", 0.4, note=whole),
        Figure("The same again, against the first time: CPU", same_s / further_s, "times", 0.9, note=f"{same_s:.2f} s"),
        Figure("DAGSTER_HOME, for each day", home_mb, "MB", at_most=1.2),
    ]
    if few.peak_bytes and many.peak_bytes:
        note = f"{many.peak_bytes / 1e6:.0f} MB"
        peak = many.peak_bytes / few.peak_bytes
        figures.append(Figure(f"Memory of {MANY} days against {FEW}", peak, "times", at_most=1.1, note=note))
    return figures


def _run(scratch: Path, name: str, days: list[str]) -> Cost:
    home = scratch / name
    environment = settings(scratch / "tree", home, XDG_CACHE_HOME=str(scratch / "cache"))
    partition = f"{days[0]}..{days[-1]}" if len(days) > 1 else days[0]
    words = [BLUEDOT, "run", "--timeframe", "daily", "--partition", partition, "--json"]
    cost = cost_of(words, environment, home, watched=True)
    outcomes = msgspec.json.decode(cost.output)["runs"]
    assert [one["success"] for one in outcomes] == [True] * len(days), outcomes
    return cost


def _stages_alone(scratch: Path, name: str, days: list[str]) -> Cost:
    home = scratch / name
    environment = settings(scratch / "tree", home, XDG_CACHE_HOME=str(scratch / "cache"), PYTHONPATH=str(ROOT))
    return cost_of([sys.executable, "-m", "benchmarks.days", *days], environment, home)


def _carry_out(days: list[str]) -> None:
    """The least that is to be done for these days: their stages, with one publish for each of them."""
    platform = Platform(load_settings())
    steps = steps_of(DAILY, enabled_indicators(platform.settings.indicators), seeded=False)
    for key in days:
        work = Work(platform, DAILY, key, key, datetime.now(UTC), sys.stderr.write)
        for step in steps:
            assert all(isinstance(made, Done) for _, made in step.body(work, step.stages))


if __name__ == "__main__":
    _carry_out(sys.argv[1:])
