"""Stocks that have the same bars under different names: the vendor answered for one with the other.
Files of one name or of equal bytes are in `source/duplicates`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of

FEWEST_BARS: Final = 5
RULE: Final = Rule("contents_differ", "No two stocks have the same bars under different names.")
_SUMMED: Final = ("open", "high", "low", "close", "volume")


def bar_contents(bars: pl.DataFrame) -> pl.DataFrame:
    """What distinguishes a stock's bars from every other's: number, first and last session, and sums over the same bars
    in the same order, so equal bars are equal to the bit."""
    return bars.group_by("symbol", maintain_order=True).agg(
        bars=pl.len().cast(pl.Int64),
        first=pl.col("session").first(),
        last=pl.col("session").last(),
        **{name: pl.col(name).cast(pl.Float64).sum() for name in _SUMMED},
    )


def same_bars_verdict(contents: pl.DataFrame) -> Verdict:
    """A warning for stocks with the same prices and volumes on the same days."""
    alike = (
        contents.filter(pl.col("bars") >= FEWEST_BARS)
        .group_by(pl.exclude("symbol"))
        .agg(pl.col("symbol").sort())
        .filter(pl.col("symbol").list.len() > 1)
        .sort(pl.col("symbol").list.first())
    )
    if alike.is_empty():
        return RULE.passes("No two stocks have the same bars.", Numbers(0, contents.height))
    rows = rows_of(alike.select(pl.col("symbol").list.join(", ").alias("symbols"), "bars", "last"))
    message = f"{alike.height} groups of stocks have the same bars under different names, first: {rows[0]['symbols']}."
    return RULE.warns(message, rows, Numbers(int(alike["symbol"].list.len().sum()), contents.height))
