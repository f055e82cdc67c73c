"""When a timeframe's next publish is due: of its newest partition, the exchanges' calendars and the schedule, never of
the clock, so that publishing unchanged data again changes no byte. Whether it is late is `site/freshness`; which
partitions run is `source/arrivals`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bluedot_assets.kernel.calendar.schedule import SCHEDULES, Schedule
from bluedot_assets.kernel.calendar.sessions import EVERY_WEEKDAY, TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe

GRACE: Final = timedelta(hours=6)  # a busy runner starts hours after its time


@dataclass(frozen=True)
class Timetable:
    """What the due times of an installation follow: the days on which its exchanges trade, how long after its
    scheduled time a publish counts as late, and the schedule (None: the default of the timeframe)."""

    days: TradingDays = EVERY_WEEKDAY
    grace: timedelta = GRACE
    schedule: Schedule | None = None


ANY_WEEKDAY: Final = Timetable()


def next_partition(timeframe: Timeframe, key: str, days: TradingDays) -> str:
    """The partition that should follow `key`: that of the next session of any exchange, but for one that is probably a
    holiday."""
    return timeframe.key_of(days.next_expected(timeframe.end(key)))


def due_at(timeframe: Timeframe, key: str, timetable: Timetable = ANY_WEEKDAY) -> datetime:
    """The scheduled run that publishes the partition after `key`: the first one when its last session is over at every
    exchange that trades on that day."""
    end = timeframe.end(next_partition(timeframe, key, timetable.days))
    session = end - timedelta(days=2) if timeframe.days == 7 else end  # a week's last one is on its Friday
    schedule = timetable.schedule or SCHEDULES[timeframe.name]
    return schedule.first_from(_over_at(session, timetable.days))


def late_after(timeframe: Timeframe, key: str, timetable: Timetable) -> datetime:
    """From this moment on a site whose newest partition is still `key` is late."""
    return due_at(timeframe, key, timetable) + timetable.grace


def waited_for(sessions: Mapping[str, date], timeframe: Timeframe, key: str, days: TradingDays) -> list[str]:
    """The exchanges, by timezone, whose clock the folders keep to: those whose newest session in `sessions` is their
    last one of the partition `key`. A folder that is made in India's evening has New York's session of the day before,
    and so will the next: nobody waits for New York. All of them where none has its last session."""
    end = timeframe.end(key)
    current = [
        zone
        for zone, newest in sessions.items()
        if not days.calendar_or_weekdays(zone).expected(newest + timedelta(days=1), end)
    ]
    return current or list(sessions)


def _over_at(session: date, days: TradingDays) -> datetime:
    zones = [calendar.timezone for calendar in days.calendars if calendar.is_session(session)] or ["UTC"]
    return max(days.close_at(zone, session) for zone in zones)
