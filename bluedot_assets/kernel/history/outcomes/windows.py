"""Windows over bars: where a stock can be bought after a moment, and what it returned until so many bars later. All is
arrays with a value for each bar, by stock and session; days count from 1970. Returns are whole millionths, so that
their sums are the same in whatever order they are added."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bluedot_assets.kernel.bars.dots import period_of, place_number
from bluedot_assets.kernel.calendar.timeframes import Timeframe

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MILLIONTHS: Final = 1_000_000
BUCKETS: Final = 10
RATED_BARS: Final = 5  # a rating counts so long: a weekly bar whose Friday was a holiday has none
GAP_DAYS: Final = 30  # without a bar: of one stock it has ended, of all stocks the history has a hole
COLUMNS: Final = ("symbol", "session", "open", "close", "rlst", "basis")


class Sessions:
    """All days on which any stock of the history has a bar, and between which of them it has a hole."""

    def __init__(self, dates: pl.Series) -> None:
        self.dates = dates
        self.days = days = dates.to_physical().cast(pl.Int64).to_numpy()
        ends = np.flatnonzero(np.append(np.diff(days) > GAP_DAYS, True))
        self.until = ends[np.searchsorted(ends, np.arange(len(days)))]  # place of the last session before a hole


@dataclass(frozen=True)
class Windows:
    """A window from each bar on, to the session at `exit` among all. `over` says whether all of it has passed,
    `decided` whether both of its ends are known to be on one basis (over a hole in the stock's bars nobody knows),
    `cut` whether it ends with the stock's last bar before its time."""

    returns: Numbers
    exit: Numbers
    over: Flags
    decided: Flags
    cut: Flags


class Bars:
    """The bars (COLUMNS) of some stocks, all that the history has of them."""

    def __init__(self, bars: pl.DataFrame, sessions: Sessions, timeframe: Timeframe) -> None:
        self.symbols = pl.Enum(bars["symbol"].unique().sort())
        rows = bars.select(
            "open",
            "close",
            "rlst",
            unknown=pl.col("basis") == "unknown",
            stock=pl.col("symbol").cast(self.symbols).to_physical().cast(pl.Int64),
            day=pl.col("session").to_physical().cast(pl.Int64),
            begins=period_of("session", timeframe).to_physical().cast(pl.Int64),
        ).sort(_place("stock", "day"))
        self._sessions, self._rows = sessions, rows
        self.stock, self.day = rows["stock"].to_numpy(), rows["day"].to_numpy()
        self._begins = rows.select(_place("stock", "begins")).to_series().to_numpy()
        self.place: Numbers = np.searchsorted(sessions.days, self.day)  # of the session among all
        self._last: Numbers = np.searchsorted(self.stock, self.stock, side="right") - 1  # bar of the same stock
        self._first: Numbers = np.searchsorted(self.stock, self.stock)

    @cached_property
    def bucket(self) -> Numbers:
        """A tenth of the newest rating before each bar, as the history has it; -1 where there is none."""
        rating, at = self._rows["rlst"].fill_null(np.nan).to_numpy(), np.arange(len(self.day))
        rated = np.maximum.accumulate(np.where(np.isnan(rating), -1, at))
        before = np.concatenate(([-1], rated))[:-1]
        known = (before >= self._first) & (at - before <= RATED_BARS)
        tenth = np.minimum(np.where(known, rating[before], 0) // (100 / BUCKETS), BUCKETS - 1)
        return np.where(known, tenth, -1).astype(np.int64)

    def entries(self, symbols: pl.Series, after: pl.Series) -> Numbers:
        """The first bar of each of those stocks that begins after that day; -1 where the history has none that follows
        it: not yet, only beyond a hole, or none of the stock before it."""
        stock = symbols.cast(self.symbols, strict=False).to_physical().cast(pl.Int64).fill_null(-2)
        wanted = pl.DataFrame({"stock": stock, "day": after.to_physical().cast(pl.Int64)})
        found = np.searchsorted(self._begins, wanted.select(_place("stock", "day")).to_series().to_numpy(), "right")
        # One more for the place behind the last bar, and before the first session.
        stocks, first, place = (np.append(values, -1) for values in (self.stock, self._first, self.place))
        until = np.append(self._sessions.until, -1)
        before = np.searchsorted(self._sessions.days, wanted["day"].to_numpy(), "right") - 1
        goes_on = (found > first[found]) & (until[before] == until[place[found]])
        return np.where((stocks[found] == wanted["stock"].to_numpy()) & goes_on, found, -1)

    def windows(self, horizon: int) -> Windows:
        """From the open of each bar to the close of the horizon's last one: its own is the first."""
        end = np.arange(len(self.day)) + horizon - 1
        leaves, until = np.minimum(end, self._last), self._sessions.until[self.place]
        final = self._sessions.until[self.place[self._last]]
        ended = self._sessions.days[final] - self.day[self._last] > GAP_DAYS
        cut = (end > self._last) & ended & (self.place + horizon - 1 <= until)
        holes = np.cumsum(np.append(False, np.diff(self.day) > GAP_DAYS))  # of each stock its own
        opens, closes, unknown = (self._rows[name].to_numpy() for name in ("open", "close", "unknown"))
        return Windows(
            np.rint((closes[leaves] / opens - 1) * MILLIONTHS).astype(np.int64),
            self.place[leaves],
            ((end <= self._last) | cut) & (until[leaves] == until),
            ~(unknown | unknown[leaves] | (holes != holes[leaves])),
            cut,
        )


def _place(stock: str, day: str) -> pl.Expr:
    return place_number(pl.col(stock), pl.col(day))
