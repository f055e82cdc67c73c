"""Whether the tables are as declared, how much of the files was kept, and whether dots lie on bars.
The declaration itself is in `bars/tables`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.tables import Table
from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Rule, Verdict, rows_of

FEW_DROPPED: Final = 0.01  # share of bars, values or dots
MANY_DROPPED: Final = 0.20  # of a file, on average; beyond it nothing is published
SCHEMA_RULE: Final = ErrorRule("schema", "Types, ranges, nulls and uniqueness of every table are as declared.")
ON_BARS_RULE: Final = Rule("dots_on_bars", "Every blue dot inside a stock's price window lies on a bar.")
VALUES_RULE: Final = ErrorRule(
    "values_kept", "Hardly a bar, value or dot was dropped; blocks when more than a fifth of a file's were, on average."
)
DROPPED: Final = ("dropped_bars", "undated_bars", "duplicate_bars", "nulled_values", "dropped_dots")
# Of each kind of value the columns of the stocks table that count what was dropped, and that of what was kept.
COUNTED: Final = {
    "bars": (("dropped_bars", "duplicate_bars", "undated_bars"), "bars"),
    "rlst, bc or volume values": (("nulled_values",), "bars"),
    "dots": (("dropped_dots",), "dots"),
}
FIELDS: Final = {
    "bars": "chart.prices",
    "rlst, bc or volume values": "chart.prices.rlst, bc and volume",
    "dots": "chart.blueDotData.dates",
}


def schema_verdict(tables: Sequence[tuple[Table, pl.DataFrame]]) -> Verdict:
    """Every table against its declaration."""
    broken = [violation for table, frame in tables for violation in table.violations(frame)]
    if broken:
        return SCHEMA_RULE.fails("; ".join(broken[:5]), [{"violation": one} for one in broken], Numbers(len(broken)))
    return SCHEMA_RULE.passes(f"The tables {', '.join(table.name for table, _ in tables)} are as declared.", Numbers(0))


def dots_on_bars_verdict(off_bar: pl.DataFrame) -> Verdict:
    """Every dot inside a stock's price window lies on a bar (columns: `dots.OFF_BAR`)."""
    if off_bar.is_empty():
        return ON_BARS_RULE.passes("Every blue dot inside a stock's price window lies on a bar.", Numbers(0))
    stocks = off_bar["symbol"].n_unique()
    message = f"{off_bar.height} dots of {stocks} stocks lie on no bar."
    return ON_BARS_RULE.warns(message, rows_of(off_bar), Numbers(off_bar.height))


def _beside(stocks: pl.DataFrame) -> str:
    """What was left out or put right and is no loss."""
    suspended, clamped = stocks.select(pl.sum("suspended_bars", "clamped_bars")).row(0)
    parts = [f"{suspended} days without trade were left out"] if suspended else []
    parts += [f"{clamped} bars had a high or low put right by a millionth"] if clamped else []
    return f" {' and '.join(parts)}." if parts else ""


@dataclass(frozen=True)
class _Lost:
    """What was dropped of a field: how many values of how many files, which share of all, and which of a file, of those
    that have any."""

    values: int
    files: int
    share: float
    of_a_file: float


def _lost(files: pl.DataFrame, dropped: Sequence[str], kept: str) -> _Lost:
    """From the columns that count what was dropped of each file, and what was kept."""
    counts = files.select(lost=pl.sum_horizontal(dropped), given=pl.sum_horizontal(*dropped, kept))
    shares = counts.filter(pl.col("given") > 0).with_columns(share=pl.col("lost") / pl.col("given"))
    values, given = counts.sum().row(0)
    spoiled, of_a_file = shares.select((pl.col("lost") > 0).sum(), pl.col("share").mean()).row(0)
    return _Lost(values, spoiled, values / max(1, given), of_a_file or 0.0)


def values_verdict(stocks: pl.DataFrame, dots: pl.DataFrame) -> Verdict:
    """How much of the accepted files (the tables stocks and dots) was dropped or taken as null. A vendor that changes
    its format spoils a field in many files, which no single file shows; one file's junk, however much it is, costs that
    file alone, so that what blocks is the share of a file, on average, and never a single one of several."""
    files = stocks.join(dots.group_by("symbol").len("dots"), on="symbol", how="left")
    found = {name: _lost(files, dropped, kept) for name, (dropped, kept) in COUNTED.items()}
    lost = {name: one for name, one in found.items() if one.values}
    listed = ", ".join(f"{one.values} {name} ({one.share:.1%})" for name, one in lost.items())
    several = max((one.of_a_file for one in lost.values() if one.files > 1 or stocks.height == 1), default=0.0)
    blocks = several > MANY_DROPPED
    message = f"Dropped or taken as null: {listed or 'nothing'}.{_beside(stocks)}"
    numbers = Numbers(sum(one.values for one in lost.values()), share=several, most_share=MANY_DROPPED)
    if not blocks and all(one.share <= FEW_DROPPED for one in lost.values()):
        return VALUES_RULE.passes(message, numbers)
    fields = ", ".join(FIELDS[name] for name in lost)
    worst_first = stocks.select("symbol", *DROPPED).filter(pl.sum_horizontal(DROPPED) > 0)
    rows = rows_of(worst_first.sort(pl.sum_horizontal(DROPPED), "symbol", descending=[True, False]))
    if blocks:
        message += f" Of a file {several:.1%} on average, {MANY_DROPPED:.0%} at most."
    message += f" Has the vendor's format changed? See {fields}."
    return (VALUES_RULE.fails if blocks else VALUES_RULE.warns)(message, rows, numbers)
