"""On which days exchanges trade and when they close, as values; beyond what a calendar knows, and where there is none,
every weekday counts as a session, unless the installation names it (`own_days`). The calendars themselves are loaded by
`adapters/calendars`."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

SATURDAY: Final = 5
WEEKDAYS: Final = "weekdays"
FEWEST_HOLIDAYS: Final = 5  # of any exchange in a year; one that is named alone says nothing of the others
CLOSE: Final = timedelta(hours=17, minutes=30)  # where none is known, by the exchange's clock; Xetra is the last


@dataclass(frozen=True)
class Calendar:
    """The sessions of one exchange from `first` to `last`, both known, and the days that the installation names, each
    whether it is a session. Closes are the time after midnight by the exchange's clock: the regular ones (since when,
    oldest first) and those of single days. `ends` is the last day for which its holidays are published, None where they
    follow from rules; `estimated` are days after it that are probably holidays."""

    name: str
    timezone: str
    first: date
    last: date
    sessions: frozenset[date]
    own: Mapping[date, bool] = field(default_factory=dict)
    closes: tuple[tuple[date, timedelta], ...] = ()
    special_closes: Mapping[date, timedelta] = field(default_factory=dict)
    ends: date | None = None
    estimated: frozenset[date] = frozenset()

    def __getstate__(self) -> dict[str, object]:
        """Days as numbers: each task of a worker carries thousands of them, and pickled one by one they take longer
        than a shard's checks."""
        return {**self.__dict__, "sessions": [day.toordinal() for day in self.sessions]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, sessions=frozenset(map(date.fromordinal, state["sessions"])))

    def knows(self, day: date) -> bool:
        return self.first <= day <= self.last or day in self.own

    def is_session(self, day: date) -> bool:
        if (named := self.own.get(day)) is not None:
            return named
        return day in self.sessions if self.knows(day) else day.weekday() < SATURDAY

    def expects(self, day: date) -> bool:
        """Whether a day without data is worth an alarm: an estimate only ever silences one."""
        return self.is_session(day) and (day not in self.estimated or day in self.own)

    def close_at(self, session: date) -> datetime:
        """When the exchange's regular trading ends on that session, in UTC. A session that the calendar does not have,
        and of which no close is known, lasts until the end of its day."""
        after = self.special_closes.get(session)
        if after is None:
            own = self.own.get(session, False) and session.weekday() >= SATURDAY
            extra = own or (self.first <= session <= self.last and session not in self.sessions)
            after = timedelta(days=1) if extra else self.regular_close(session)
        there = datetime.combine(session, time()) + after  # by the clock on the wall, whatever that does in the night
        return there.replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    def regular_close(self, session: date) -> timedelta:
        return next((close for since, close in reversed(self.closes) if since <= session), CLOSE)

    def with_own(self, own: Mapping[date, bool], closes: Mapping[date, timedelta] | None = None) -> "Calendar":
        return replace(self, own=own, special_closes={**self.special_closes, **(closes or {})})

    @property
    def holidays_until(self) -> date | None:
        """The day up to which holidays are known: the calendar's end, or that of a later year of which the installation
        names as many as a year has; None for a calendar without an end."""
        if self.ends is None:
            return None
        until, named = self.ends, Counter(day.year for day, session in self.own.items() if not session)
        while named[until.year + 1] >= FEWEST_HOLIDAYS:
            until = date(until.year + 1, 12, 31)
        return until

    def between(self, first: date, last: date) -> list[date]:
        """The sessions from `first` to `last`, both included."""
        days = (first + timedelta(days=place) for place in range((last - first).days + 1))
        return [day for day in days if self.is_session(day)]

    def expected(self, first: date, last: date) -> list[date]:
        """The same, but for probable holidays."""
        return [day for day in self.between(first, last) if self.expects(day)]


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

    @property
    def ends(self) -> dict[str, date | None]:
        """The day up to which the holidays of each calendar are known, None for one without an end."""
        return {one.name: one.holidays_until for one in self.calendars if one.name != WEEKDAYS}

    def expects(self, day: date) -> bool:
        """Whether a day without data of any exchange is worth an alarm."""
        return any(calendar.expects(day) for calendar in self.calendars or [weekdays("", self.own)])

    def next_expected(self, day: date) -> date:
        """The first session after `day` that is expected."""
        day += timedelta(days=1)
        while not self.expects(day):
            day += timedelta(days=1)
        return day


def weekdays(timezone: str, own: Mapping[date, bool] | None = None, close: time | None = None) -> Calendar:
    """The calendar of an exchange of which nothing is known but its `own` days and its close."""
    closes = ((date.min, timedelta(hours=close.hour, minutes=close.minute)),) if close else ()
    return Calendar(WEEKDAYS, timezone, date.max, date.min, frozenset(), own or {}, closes)


EVERY_WEEKDAY: Final = TradingDays()
