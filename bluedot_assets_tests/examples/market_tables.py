"""Tables of a small market made by hand: weekdays of the summer of 2024. No test belongs here."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, STOCKS
from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays

INDIA: Final = "Asia/Kolkata"
US: Final = "America/New_York"
SESSIONS: Final = [
    day for day in (date(2024, 6, 3) + timedelta(days=place) for place in range(61)) if day.weekday() < 5
]
LAST: Final = SESSIONS[-1]  # Friday, 2 August
DAYS: Final = TradingDays((Calendar("X", INDIA, date(2024, 1, 1), date(2024, 12, 31), frozenset(SESSIONS)),))
NOTHING_LEFT_OUT: Final = pl.DataFrame(schema={"symbol": pl.String(), "session": pl.Date(), "fate": pl.String()})


def bars(symbol: str, sessions: Sequence[date] = SESSIONS, **columns: Any) -> pl.DataFrame:
    """A stock's bars, closes going gently up and down; `columns` are values for all bars, or a list of them."""
    number = len(symbol)
    closes = [100.0 + number + (place % 7) * 0.5 for place in range(len(sessions))]
    made = {
        "symbol": [symbol] * len(sessions),
        "session": list(sessions),
        "open": closes,
        "high": [close + 1 for close in closes],
        "low": [close - 1 for close in closes],
        "close": closes,
        "volume": [1000 + 7 * place + number for place in range(len(sessions))],
        "rlst": [50.0] * len(sessions),
        "bc": [20000.0 + place for place in range(len(sessions))],
        "blue_dot": [place % 10 == number % 10 for place in range(len(sessions))],
    }
    wide = {name: value if isinstance(value, list) else [value] * len(sessions) for name, value in columns.items()}
    return pl.DataFrame(made | wide, BARS.polars_schema)


def stocks(table: pl.DataFrame, timezone: str = INDIA, known: datetime | None = None) -> pl.DataFrame:
    """The stocks of those bars, as far as the checks look at them; the vendor answered at `known`."""
    first, last = pl.col("session").min(), pl.col("session").max()
    of_bars = table.group_by("symbol").agg(first_session=first, last_session=last).sort("symbol")
    answered = pl.lit(known, STOCKS.polars_schema["known"])
    columns = {"symbol", "known", "timezone", "first_session", "last_session"}
    return of_bars.with_columns(timezone=pl.lit(timezone), known=answered).select(
        pl.col(name) for name in STOCKS.polars_schema if name in columns
    )


def market(*tables: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(tables)


def left_out(symbol: str, *days: date, fate: str = "holiday") -> pl.DataFrame:
    """Rows of the file that gave no bar."""
    return pl.DataFrame([(symbol, day, fate) for day in days], NOTHING_LEFT_OUT.schema, orient="row")
