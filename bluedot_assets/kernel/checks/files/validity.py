"""Whether the tables are as declared, how much of the files was kept, and whether dots lie on bars.
The declaration itself is in `bars/tables`."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.tables import Table
from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Rule, Verdict, rows_of

FEW_DROPPED: Final = 0.01  # share of bars, values or dots
MANY_DROPPED: Final = 0.20  # beyond it nothing is published
SCHEMA_RULE: Final = ErrorRule("schema", "Types, ranges, nulls and uniqueness of all four tables are as declared.")
ON_BARS_RULE: Final = Rule("dots_on_bars", "Every blue dot inside a stock's price window lies on a bar.")
VALUES_RULE: Final = ErrorRule(
    "values_kept", "Hardly a bar, value or dot was dropped; blocks when it is more than a fifth of them."
)
DROPPED: Final = ("dropped_bars", "undated_bars", "duplicate_bars", "nulled_values", "dropped_dots")
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


def values_verdict(stocks: pl.DataFrame, bars: int, dots: int) -> Verdict:
    """How much of the accepted files (the stocks table) was dropped or taken as null. A vendor that changes its format
    spoils all of a field at once, which no single file shows."""
    dropped: dict[str, int] = stocks.select(pl.col(DROPPED).sum()).row(0, named=True)
    shares = {
        "bars": (dropped["dropped_bars"] + dropped["duplicate_bars"] + dropped["undated_bars"], bars),
        "rlst, bc or volume values": (dropped["nulled_values"], bars),
        "dots": (dropped["dropped_dots"], dots),
    }
    lost = {name: (part, part / (part + kept)) for name, (part, kept) in shares.items() if part}
    listed = ", ".join(f"{part} {name} ({share:.1%})" for name, (part, share) in lost.items())
    worst = max((share for _, share in lost.values()), default=0.0)
    message = f"Dropped or taken as null: {listed or 'nothing'}.{_beside(stocks)}"
    numbers = Numbers(sum(part for part, _ in lost.values()), share=worst, most_share=MANY_DROPPED)
    if worst <= FEW_DROPPED:
        return VALUES_RULE.passes(message, numbers)
    fields = ", ".join(FIELDS[name] for name in lost)
    worst_first = stocks.select("symbol", *DROPPED).filter(pl.sum_horizontal(DROPPED) > 0)
    rows = rows_of(worst_first.sort(pl.sum_horizontal(DROPPED), "symbol", descending=[True, False]))
    message += f" Has the vendor's format changed? See {fields}."
    return (VALUES_RULE.fails if worst > MANY_DROPPED else VALUES_RULE.warns)(message, rows, numbers)
