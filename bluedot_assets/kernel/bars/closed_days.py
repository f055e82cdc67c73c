"""Bars on days on which their exchange was closed: a few are the calendar's fault, many say that the dates of a file
are shifted, as those of an exporter that writes them in UTC. Which timezone a file's dates are of is found in
`source/stamps`."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from bluedot_assets.kernel.calendar.sessions import TradingDays

MOST_CLOSED: Final = 0.10  # of a file's bars; a whole week that begins on Sunday has a fifth
FEWEST_BARS: Final = 10

Closed = tuple[int, date]  # how many bars, and the newest


def closed_days(bars: pl.DataFrame, timezones: Sequence[str], days: TradingDays) -> dict[int, Closed]:
    """By stock (a number in `timezones`), its kept bars on days that the calendar of its exchange has as closed;
    nothing of exchanges without a calendar. `bars` has stock, session and fate."""
    kept = bars.filter(pl.col("fate") == "kept").select("stock", "session")
    kept = kept.with_columns(timezone=pl.Series(timezones, dtype=pl.String).gather(kept["stock"]))
    calendars = {one.timezone: one for one in days.calendars}
    closed = [
        (zone, day)
        for zone, day in kept.select("timezone", "session").unique().iter_rows()
        if zone in calendars and calendars[zone].knows(day) and not calendars[zone].is_session(day)
    ]
    if not closed:
        return {}
    known = pl.DataFrame(closed, {"timezone": pl.String(), "session": pl.Date()}, orient="row")
    counted = kept.join(known, on=["timezone", "session"]).group_by("stock").agg(pl.len(), pl.col("session").max())
    return {stock: (count, newest) for stock, count, newest in counted.iter_rows()}


def shifted_dates(closed: Closed | None, kept: int) -> str | None:
    """The reason for a file with so many bars whose dates cannot be right."""
    if closed is None or kept < FEWEST_BARS or closed[0] <= MOST_CLOSED * kept:
        return None
    return (
        f"{closed[0]} of {kept} bars lie on days on which the exchange was closed, the newest on {closed[1]:%A}, "
        f"{closed[1]}: the dates are shifted, have the exporter write the midnight at which the day begins at the "
        "exchange (if they are right, BLUEDOT_CALENDARS names the calendar of another exchange)"
    )
