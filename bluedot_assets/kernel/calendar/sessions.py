"""On which days exchanges trade and when they close, as values; beyond what a calendar knows, and where there is none,
every weekday counts as a session, unless the installation names it (`own_days`). The calendars themselves are loaded by
`adapters/calendars`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SATURDAY: Final = 5
CLOSE: Final = timedelta(hours=17, minutes=30)  # where none is known, by the exchange's clock; Xetra is the last


@dataclass(frozen=True)
class Calendar:
    """The sessions of one exchange from `first` to `last`, both known, and the days that the installation names, each
    whether it is a session. Closes are the time after midnight by the exchange's clock: the regular ones (since when,
    oldest first) and those of single days."""

    name: str
    timezone: str
    first: date
    last: date
    sessions: frozenset[date]
    own: Mapping[date, bool] = field(default_factory=dict)
    closes: tuple[tuple[date, timedelta], ...] = ()
    special_closes: Mapping[date, timedelta] = field(default_factory=dict)

    def knows(self, day: date) -> bool:
        return self.first <= day <= self.last or day in self.own

    def is_session(self, day: date) -> bool:
        if (named := self.own.get(day)) is not None:
            return named
        return day in self.sessions if self.knows(day) else day.weekday() < SATURDAY

    def close_at(self, session: date) -> datetime:
        """When the exchange's regular trading ends on that session, in UTC. A session that the calendar does not have,
        and of which no close is known, lasts until the end of its day."""
        after = self.special_closes.get(session)
        if after is None:
            extra = self.first <= session <= self.last and session not in self.sessions
            after = timedelta(days=1) if extra else self.regular_close(session)
        there = datetime.combine(session, time()) + after  # by the clock on the wall, whatever that does in the night
        return there.replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    def regular_close(self, session: date) -> timedelta:
        return next((close for since, close in reversed(self.closes) if since <= session), CLOSE)

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
    none: days, and the close of each timezone."""

    calendars: tuple[Calendar, ...] = ()
    own: Mapping[date, bool] = field(default_factory=dict)
    closes: Mapping[str, time] = field(default_factory=dict)

    def of(self, timezones: Collection[str]) -> "TradingDays":
        """Those of the exchanges whose data there are; a timezone without a calendar trades on every weekday."""
        return replace(self, calendars=tuple(self.calendar_or_weekdays(zone) for zone in sorted(timezones)))

    def calendar(self, timezone: str) -> Calendar | None:
        return next((one for one in self.calendars if one.timezone == timezone), None)

    def calendar_or_weekdays(self, timezone: str) -> Calendar:
        return self.calendar(timezone) or weekdays(timezone, self.own, self.closes.get(timezone))

    def close_at(self, timezone: str, session: date) -> datetime:
        """When the exchange in that timezone closes on that session, in UTC."""
        return self.calendar_or_weekdays(timezone).close_at(session)

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


def weekdays(timezone: str, own: Mapping[date, bool] | None = None, close: time | None = None) -> Calendar:
    """The calendar of an exchange of which nothing is known but its `own` days and its close."""
    closes = ((date.min, timedelta(hours=close.hour, minutes=close.minute)),) if close else ()
    return Calendar("weekdays", timezone, date.max, date.min, frozenset(), own or {}, closes)


EVERY_WEEKDAY: Final = TradingDays()
