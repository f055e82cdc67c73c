"""When a timeframe's next publish is due: of its newest partition and the exchanges' calendars, never of the clock, so
that publishing unchanged data again changes no byte. Whether it is late, who reads `status.json` decides by the own
clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bluedot_assets.kernel.timeframes import Timeframe
from bluedot_assets.kernel.trading_days import EVERY_WEEKDAY, TradingDays

SCHEDULED_AT: Final = {"daily": time(9), "weekly": time(10)}  # UTC; weekly on Sundays
GRACE: Final = timedelta(hours=6)  # a busy runner starts hours after its time


@dataclass(frozen=True)
class Timetable:
    """What the due times of an installation follow: the days on which its exchanges trade, and how long after its
    scheduled time a publish counts as late."""

    days: TradingDays = EVERY_WEEKDAY
    grace: timedelta = GRACE


ANY_WEEKDAY: Final = Timetable()


def next_partition(timeframe: Timeframe, key: str, days: TradingDays) -> str:
    """The partition that should follow `key`: that of the next session of any exchange."""
    return timeframe.key_of(days.next_session(timeframe.end(key)))


def due_at(timeframe: Timeframe, key: str, days: TradingDays = EVERY_WEEKDAY) -> datetime:
    """The scheduled run that publishes the partition after `key`: daily, on the morning after its session; weekly, on
    the Sunday that ends it."""
    end = timeframe.end(next_partition(timeframe, key, days))
    day = end if timeframe.days == 7 else end + timedelta(days=1)
    return datetime.combine(day, SCHEDULED_AT[timeframe.name], UTC)


def late_after(timeframe: Timeframe, key: str, timetable: Timetable) -> datetime:
    """From this moment on a site whose newest partition is still `key` is late."""
    return due_at(timeframe, key, timetable.days) + timetable.grace
