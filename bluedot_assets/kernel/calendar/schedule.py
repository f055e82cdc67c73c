"""When a server or a workflow starts its runs by the clock: a time of day, for the weekly timeframe on one weekday.
What such a run takes up is `source/arrivals`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bluedot_assets.kernel.calendar.timeframes import Timeframe

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


@dataclass(frozen=True)
class Schedule:
    """Every day, or on one weekday (Monday is 0), at a time in a timezone."""

    at: time
    weekday: int | None = None
    timezone: str = "UTC"

    @property
    def cron(self) -> str:
        """As cron writes it, where Sunday is 0."""
        day = "*" if self.weekday is None else str((self.weekday + 1) % 7)
        return f"{self.at.minute} {self.at.hour} * * {day}"

    def first_from(self, moment: datetime) -> datetime:
        """The first scheduled time that is not before `moment`, in UTC. A time that the clocks skip in spring is an
        hour later, one that they repeat in autumn the first of both."""
        zone = ZoneInfo(self.timezone)
        day = moment.astimezone(zone).date()
        while True:
            there = datetime.combine(day, self.at, zone).astimezone(UTC)
            if there >= moment and self.weekday in (None, day.weekday()):
                return there
            day += timedelta(days=1)


SCHEDULES: Final = {"daily": Schedule(time(9)), "weekly": Schedule(time(10), weekday=6)}


def parse_schedule(text: str, timeframe: Timeframe, timezone: str) -> Schedule:
    """`18:30` for the daily timeframe, `sat 08:00` for the weekly one. Raises ValueError."""
    *day, clock = text.lower().split() or [""]
    found = _TIME.fullmatch(clock)
    weekly = timeframe.days == 7
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or len(day) != weekly or not set(day) <= {*WEEKDAYS}:
        raise ValueError("write it like " + ("sat 08:00" if weekly else "18:30"))
    weekday = WEEKDAYS.index(day[0]) if weekly else None
    return Schedule(time(int(found[1]), int(found[2])), weekday, timezone)
