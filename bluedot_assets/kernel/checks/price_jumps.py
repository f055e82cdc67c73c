"""Prices that jump further than their stock ever moves: an unadjusted split, a wrong digit, or news. Past bars that
were rewritten are in `rewritten_history`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.price_text import price_text
from bluedot_assets.kernel.checks.session_counts import MAD_TO_SIGMA
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, Numbers, Rule, Verdict

FAR: Final = 10.0  # of these deviations
LEAST: Final = 0.25  # log return; smaller moves are a market's business
FEWEST_BARS: Final = 20
RULE: Final = Rule("price_jumps", "No new close is out of proportion to its stock's usual moves.")


def jumps_of(bars: pl.DataFrame, known: pl.DataFrame | None) -> pl.DataFrame:
    """The new bars that jump: symbol, session, close `before`, close, `usual` (robust standard deviation of the stock's
    log returns); `bars` oldest first. New are those after a stock's last session in the partition before (`known`:
    symbol, last_session), without it the last bar: older jumps were reported then."""
    new = pl.col("session") == pl.col("session").max().over("symbol")
    if known is not None:
        bars = bars.join(known.select("symbol", "last_session"), on="symbol", how="left", maintain_order="left")
        new = (pl.col("session") > pl.col("last_session")).fill_null(new)
    move = (pl.col("close") / pl.col("close").shift(1).over("symbol")).log()
    spread = (pl.col("move") - pl.col("move").median().over("symbol")).abs().median().over("symbol")
    return (
        bars.with_columns(move=move, before=pl.col("close").shift(1).over("symbol"), number=pl.len().over("symbol"))
        .with_columns(usual=MAD_TO_SIGMA * spread)
        .filter(new, pl.col("number") >= FEWEST_BARS)
        .filter(pl.col("move").abs() > pl.max_horizontal(pl.lit(LEAST), FAR * pl.col("usual")))
        .select("symbol", "session", "before", "close", "usual")
    )


def jumps_verdict(jumps: pl.DataFrame) -> Verdict:
    """A warning for every new bar that jumps."""
    if jumps.is_empty():
        return RULE.passes("No new close is out of proportion to its stock's usual moves.", Numbers(0))
    size = (pl.col("close") / pl.col("before")).log().abs()
    ranked = jumps.sort(size, descending=True)
    rows = [
        {
            "symbol": row["symbol"],
            "session": row["session"].isoformat(),
            "close before": price_text(row["before"]),
            "close": price_text(row["close"]),
            "move": f"{row['close'] / row['before'] - 1:+.1%}",
            "usual move": f"{row['usual']:.1%}",
        }
        for row in ranked.head(MAX_ROWS).iter_rows(named=True)
    ]
    message = f"{jumps.height} new closes are out of proportion, first: {rows[0]['symbol']} {rows[0]['move']}."
    return RULE.warns(f"{message} An unadjusted split, a wrong digit, or news.", rows, Numbers(jumps.height))
