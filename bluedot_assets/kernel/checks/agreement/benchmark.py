"""Whether all stocks of an exchange give the same benchmark for a session. Counts of stocks by session are in
`session_counts`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.checks.session_counts import NAMED
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of

RULE: Final = Rule("benchmark_agrees", "All stocks of an exchange give the same benchmark for a session.")


def benchmarks_of(bars: pl.DataFrame, stocks: pl.DataFrame) -> pl.DataFrame:
    """For each timezone, session and benchmark close `bc` how many stocks give it, and the names of `some`."""
    return (
        bars.filter(pl.col("bc").is_not_null())
        .join(stocks.select("symbol", "timezone"), on="symbol", maintain_order="left")
        .group_by("timezone", "session", "bc", maintain_order=True)
        .agg(stocks=pl.len().cast(pl.Int64), some=pl.col("symbol").head(NAMED).str.join(", "))
    )


def benchmark_verdict(benchmarks: pl.DataFrame) -> Verdict:
    """A warning where stocks of one exchange give different closes of the same benchmark for one session."""
    day = ["timezone", "session"]
    ranked = benchmarks.sort("stocks", descending=True, maintain_order=True)
    usual = ranked.unique(day, keep="first", maintain_order=True).select(*day, most="bc")
    differing = ranked.join(usual, on=day, maintain_order="left").filter(pl.col("bc") != pl.col("most"))
    if differing.is_empty():
        return RULE.passes("All stocks of an exchange give the same benchmark for a session.", Numbers(0, usual.height))
    grouped = differing.sort("session").group_by(exchange="timezone", stocks="some", maintain_order=True)
    described = grouped.agg(
        sessions=pl.len(),
        first=pl.col("session").min(),
        last=pl.col("session").max(),
        value=pl.col("bc").last(),
        **{"of most stocks": pl.col("most").last()},
    )
    rows = rows_of(described.sort("sessions", descending=True))
    sessions = differing.select(day).unique().height
    message = f"On {sessions} sessions not all stocks give the same benchmark, first: {rows[0]['stocks']}."
    return RULE.warns(message, rows, Numbers(sessions, usual.height))
