"""A backtest of blue dots as they were known, stock by stock, with backtesting.py.

It buys at the open of the first session after a dot was known, and sells at the open HOLD bars later. Dots in hindsight
are left out: they were there when the stock was first seen, so nobody knows when they came."""

import pandas as pd
from backtesting import Backtest, Strategy

from bluedot_assets import read

HOLD = 5  # bars
TIMEZONE = "Asia/Kolkata"  # of the exchange; of several the easternmost, which enters none of them too early

bars, dots = read.bars(), read.dots()
dots = dots[dots["origin"] != "hindsight"]
if dots.empty:
    raise SystemExit("No dot is live or late yet: the history has just begun, and each day adds to it.")
days = dots["known"].dt.tz_convert(TIMEZONE).dt.tz_localize(None).dt.normalize()

# The stock's last bar on the day the dot became known: backtesting.py fills an order at the open of the next one.
signals = pd.merge_asof(
    dots.assign(day=days.astype(bars["session"].dtype)).sort_values("day"),
    bars[["symbol", "session"]].sort_values("session"),
    left_on="day",
    right_on="session",
    by="symbol",
)
known = pd.MultiIndex.from_frame(signals[["symbol", "session"]])


class BuyWhatIsKnown(Strategy):
    def init(self):
        pass

    def next(self):
        for trade in self.trades:
            if len(self.data) - trade.entry_bar >= HOLD:
                trade.close()
        if self.data.Known[-1] and not self.position:
            self.buy()


trades = []
for symbol, stock in bars[bars["symbol"].isin(signals["symbol"])].groupby("symbol"):
    data = stock.set_index("session")[["open", "high", "low", "close", "volume"]].rename(columns=str.capitalize)
    data["Known"] = stock.set_index(["symbol", "session"]).index.isin(known)
    test = Backtest(data, BuyWhatIsKnown, cash=1_000_000, commission=0.001, finalize_trades=True)  # or at the last open
    trades.append(test.run()["_trades"].assign(symbol=symbol))
trades = pd.concat(trades)

print(trades[["symbol", "EntryTime", "EntryPrice", "ExitTime", "ExitPrice", "ReturnPct"]].to_string(index=False))
print(f"{len(trades)} trades, {(trades['ReturnPct'] > 0).mean():.0%} won, median {trades['ReturnPct'].median():+.1%}")
