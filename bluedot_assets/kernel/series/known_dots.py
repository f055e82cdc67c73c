"""The bars that come first after a dot was known, as a column beside those of the table bars, for the series that have
no hindsight. When a dot was known is the ledger's word; series of the bars alone are in `indicators`."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.dots import period_of
from bluedot_assets.kernel.calendar.first_open import opened_by
from bluedot_assets.kernel.calendar.timeframes import Timeframe

KNOWN_DOTS: Final = {"symbol": pl.String(), "after": pl.Date()}  # of the period that had begun, its last day
LEDGER_COLUMNS: Final = ("symbol", "known", "origin")


def known_dots(
    ledger: Iterable[pl.DataFrame], zones: pl.DataFrame, first: date, last: date, timeframe: Timeframe
) -> pl.DataFrame:
    """KNOWN_DOTS of the ledger (LEDGER_COLUMNS), in parts, that decide on bars of sessions after `first` to `last`, of
    the stocks in `zones` (symbol, timezone). When dots in hindsight were known nobody can say: they are left out."""
    of_periods, opened = pl.DataFrame(schema=KNOWN_DOTS), opened_by(zones["timezone"].unique())
    for part in ledger:
        dots = part.filter(pl.col("origin") != "hindsight").join(zones, on="symbol").select("symbol", after=opened)
        ends = dots.select("symbol", after=period_of("after", timeframe) + timedelta(days=timeframe.days - 1))
        of_periods = of_periods.vstack(ends.filter(pl.col("after").is_between(first, last, closed="left")))
    return of_periods.unique().sort("symbol", "after")


def with_known_dots(bars: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The bars (sorted) with the column dot_known. The first one of a stock never has it: what was before it is not
    there."""
    sessions = bars.select("symbol", "session", entered="session").sort("session")
    found = known.sort("after").join_asof(
        sessions,
        left_on="after",
        right_on="session",
        by="symbol",
        strategy="forward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    dotted = found.select("symbol", session="entered", dot_known=pl.lit(True)).unique()
    is_first = pl.col("symbol") != pl.col("symbol").shift(1)
    return bars.join(dotted, on=["symbol", "session"], how="left", maintain_order="left").with_columns(
        dot_known=pl.col("dot_known").fill_null(False) & ~is_first.fill_null(True)
    )
