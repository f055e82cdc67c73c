"""The aims of a run, measured one after the other on one tree; each itself is in a module beside this."""

from pathlib import Path

from benchmarks.figures import Part, Table
from benchmarks.run import budget, commands, series, whole_run


def measure(stocks: int, scratch: Path) -> tuple[Table, list[Part]]:
    """Figures and aims, and the budget of one run."""
    tree = whole_run.make_tree(stocks, scratch / "tree")
    runs = whole_run.measure(tree, stocks, scratch / "runs")
    parts, memory = budget.measure(tree, stocks, scratch / "budget", whole_run.cache_of(scratch / "runs"))
    shards = series.measure(tree / "daily" / whole_run.days_of(tree)[0], scratch / "series")
    waits = commands.measure(tree, scratch / "budget")
    return Table(f"A run of {stocks:,} stocks", [runs[0], *shards, *runs[1:], *waits, memory]), parts
