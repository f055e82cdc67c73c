"""What a person asks for: a stock, a session or a week, and maybe one value of it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from bluedot_assets.kernel.calendar.timeframes import DAILY, Timeframe
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.source.file_names import published_name

PRICES: Final = ("open", "high", "low", "close")
VALUES: Final = (*PRICES, "volume", "rlst", "bc")  # of a bar and of a vendor's record
DOT: Final = "dot"
FIELDS: Final = (*VALUES, DOT)
_COLUMNS: Final = {DOT: "blue_dot"}  # of the bars table, where it is named otherwise


@dataclass(frozen=True)
class Question:
    """`first` and `last` are the session twice, or the days of the week."""

    symbol: str
    timeframe: Timeframe
    first: date
    last: date
    field: str | None = None

    @property
    def key(self) -> str:
        return self.timeframe.key_of(self.first)

    @property
    def columns(self) -> list[str]:
        """Of the bars table."""
        return [_COLUMNS.get(name, name) for name in (FIELDS if self.field is None else [self.field])]

    @property
    def values(self) -> list[str]:
        return [name for name in VALUES if self.asks(name)]

    def asks(self, *names: str) -> bool:
        """Whether any of them is meant."""
        return self.field is None or self.field in names

    def of(self, rows: pl.DataFrame, day: str) -> pl.DataFrame:
        """The rows of the stock whose `day` is meant."""
        return rows.filter(pl.col("symbol") == self.symbol, pl.col(day).is_between(self.first, self.last))


def question_of(stock: str, day: str, timeframe: Timeframe, field: str | None = None) -> Question:
    """`stock` as files or series are named after it, `day` a session, of weekly bars a week or any day of it. Raises
    UsageError."""
    if timeframe.is_key(day):
        key = day
    elif timeframe is not DAILY and DAILY.is_key(day):
        key = timeframe.key_of(DAILY.start(day))
    else:
        what = "session" if timeframe is DAILY else "week"
        raise UsageError(f"{day!r} is no {what}: write it like {timeframe.example}{timeframe.hint(day)}.")
    return Question(published_name(stock), timeframe, timeframe.start(key), timeframe.end(key), field)
