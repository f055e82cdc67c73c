"""On which days exchanges trade, as values; beyond what a calendar knows, and where there is none, every weekday counts
as a session, unless the installation names it (`own_days`). The calendars themselves are loaded by
`adapters/calendars`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

SATURDAY: Final = 5


@dataclass(frozen=True)
class Calendar:
    """The sessions of one exchange from `first` to `last`, both known, and the days that the installation names, each
    whether it is a session."""

    name: str
    timezone: str
    first: date
    last: date
    sessions: frozenset[date]
    own: Mapping[date, bool] = field(default_factory=dict)

    def knows(self, day: date) -> bool:
        return self.first <= day <= self.last or day in self.own

    def is_session(self, day: date) -> bool:
        if (named := self.own.get(day)) is not None:
            return named
        return day in self.sessions if self.knows(day) else day.weekday() < SATURDAY

    def with_own(self, own: Mapping[date, bool]) -> "Calendar":
        return replace(self, own=own)

    @property
    def holidays_until(self) -> date:
        """The day up to which holidays are known: of the calendar, or the last that the installation names."""
        return max([self.last, *(day for day, session in self.own.items() if not session)])

    def between(self, first: date, last: date) -> list[date]:
        """The sessions from `first` to `last`, both included."""
        days = (first + timedelta(days=place) for place in range((last - first).days + 1))
        return [day for day in days if self.is_session(day)]


@dataclass(frozen=True)
class TradingDays:
    """The calendars of an installation, at most one for each timezone, and what it says itself of exchanges that have
    none."""

    calendars: tuple[Calendar, ...] = ()
    own: Mapping[date, bool] = field(default_factory=dict)

    def of(self, timezones: Collection[str]) -> "TradingDays":
        """Those of the exchanges whose data there are; a timezone without a calendar trades on every weekday."""
        known = {calendar.timezone: calendar for calendar in self.calendars}
        return TradingDays(tuple(known.get(zone) or weekdays(zone, self.own) for zone in sorted(timezones)), self.own)

    def calendar(self, timezone: str) -> Calendar | None:
        return next((one for one in self.calendars if one.timezone == timezone), None)

    def is_session(self, day: date) -> bool:
        """Whether any of the exchanges trades."""
        if not self.calendars:
            return weekdays("", self.own).is_session(day)
        return any(calendar.is_session(day) for calendar in self.calendars)

    def next_session(self, day: date) -> date:
        """The first session after `day`."""
        day += timedelta(days=1)
        while not self.is_session(day):
            day += timedelta(days=1)
        return day


def weekdays(timezone: str, own: Mapping[date, bool] | None = None) -> Calendar:
    """The calendar of an exchange of which nothing is known but its `own` days."""
    return Calendar("weekdays", timezone, date.max, date.min, frozenset(), own or {})


EVERY_WEEKDAY: Final = TradingDays()
