"""A backtest of blue dots as they were known, all stocks at once, with vectorbt.

It buys at the open of the first session after a dot was known, and sells at the open HOLD sessions later. Dots in
hindsight are left out: they were there when the stock was first seen, so nobody knows when they came."""

import numpy as np
import pandas as pd
import vectorbt as vbt

from bluedot_assets import read

HOLD = 5  # sessions
TIMEZONE = "Asia/Kolkata"  # of the exchange; of several the easternmost, which enters none of them too early

bars, dots = read.bars(), read.dots()
close, opened = read.wide("close"), read.wide("open")
dots = dots[dots["origin"] != "hindsight"]
if dots.empty:
    raise SystemExit("No dot is live or late yet: the history has just begun, and each day adds to it.")
days = dots["known"].dt.tz_convert(TIMEZONE).dt.tz_localize(None).dt.normalize()

# The stock's first bar after the day on which the dot became known. A dot without one cannot be traded yet.
first = pd.merge_asof(
    dots.assign(day=days.astype(bars["session"].dtype)).sort_values("day"),
    bars[["symbol", "session"]].sort_values("session"),
    left_on="day",
    right_on="session",
    by="symbol",
    direction="forward",
    allow_exact_matches=False,
).dropna(subset="session")
entries = pd.crosstab(first["session"], first["symbol"]).gt(0)
entries = entries.reindex_like(close).fillna(False).astype(bool)


def one_trade_at_a_time(entries):
    """Without those that come while the stock is owned."""
    kept, sold = np.zeros(len(entries), bool), -1
    for place in np.flatnonzero(entries):
        if place > sold:
            kept[place], sold = True, place + HOLD
    return pd.Series(kept, entries.index)


entries = entries.apply(one_trade_at_a_time)
exits = entries.shift(HOLD, fill_value=False)
portfolio = vbt.Portfolio.from_signals(
    close.ffill(),
    entries,
    exits,
    price=opened.bfill(),  # on a session without a bar the next open is the first at which anything could be sold
    fees=0.001,
    freq="1D",
)
trades = portfolio.trades.records_readable

shown = ["Column", "Entry Timestamp", "Avg Entry Price", "Exit Timestamp", "Avg Exit Price", "Return", "Status"]
print(trades[shown].to_string(index=False))
print(f"{len(trades)} trades, {(trades['Return'] > 0).mean():.0%} won, median {trades['Return'].median():+.1%}")
