"""On which days exchanges trade, as values; beyond what a calendar knows, and where there is none, every weekday counts
as a session. The calendars themselves are loaded by `adapters/calendars`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

SATURDAY: Final = 5


@dataclass(frozen=True)
class Calendar:
    """The sessions of one exchange from `first` to `last`, both known."""

    name: str
    timezone: str
    first: date
    last: date
    sessions: frozenset[date]

    def knows(self, day: date) -> bool:
        return self.first <= day <= self.last

    def is_session(self, day: date) -> bool:
        return day in self.sessions if self.knows(day) else day.weekday() < SATURDAY

    def between(self, first: date, last: date) -> list[date]:
        """The sessions from `first` to `last`, both included."""
        days = (first + timedelta(days=place) for place in range((last - first).days + 1))
        return [day for day in days if self.is_session(day)]


@dataclass(frozen=True)
class TradingDays:
    """The calendars of an installation, at most one for each timezone."""

    calendars: tuple[Calendar, ...] = ()

    def of(self, timezones: Collection[str]) -> "TradingDays":
        """Those of the exchanges whose data there are; a timezone without a calendar trades on every weekday."""
        known = {calendar.timezone: calendar for calendar in self.calendars}
        return TradingDays(tuple(known.get(zone) or weekdays(zone) for zone in sorted(timezones)))

    def calendar(self, timezone: str) -> Calendar | None:
        return next((one for one in self.calendars if one.timezone == timezone), None)

    def is_session(self, day: date) -> bool:
        """Whether any of the exchanges trades."""
        if not self.calendars:
            return day.weekday() < SATURDAY
        return any(calendar.is_session(day) for calendar in self.calendars)

    def next_session(self, day: date) -> date:
        """The first session after `day`."""
        day += timedelta(days=1)
        while not self.is_session(day):
            day += timedelta(days=1)
        return day


def weekdays(timezone: str) -> Calendar:
    """The calendar of an exchange of which nothing is known."""
    return Calendar("weekdays", timezone, date.max, date.min, frozenset())


EVERY_WEEKDAY: Final = TradingDays()
