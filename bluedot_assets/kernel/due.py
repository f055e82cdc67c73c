"""When a timeframe's next publish is due: of its newest partition alone, never of the clock, so that publishing
unchanged data again changes no byte. Whether it is late, who reads `status.json` decides by the own clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bluedot_assets.kernel.timeframes import Timeframe

SCHEDULED_AT: Final = {"daily": time(9), "weekly": time(10)}  # UTC; weekly on Sundays
GRACE: Final = timedelta(hours=6)  # a busy runner starts hours after its time


def due_at(timeframe: Timeframe, key: str) -> datetime:
    """The scheduled run that publishes the partition after `key`: daily, on the morning after the next weekday's
    session; weekly, on the Sunday that ends the next week. An exchange's holidays are not known here."""
    end = timeframe.end(key)
    day = end + timedelta(days=7) if timeframe.days == 7 else _next_weekday(end) + timedelta(days=1)
    return datetime.combine(day, SCHEDULED_AT[timeframe.name], UTC)


def late_after(timeframe: Timeframe, key: str) -> datetime:
    """From this moment on a site whose newest partition is still `key` is late."""
    return due_at(timeframe, key) + GRACE


def _next_weekday(day: date) -> date:
    days = {4: 3, 5: 2}.get(day.weekday(), 1)
    return day + timedelta(days=days)
