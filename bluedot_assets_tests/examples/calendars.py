"""Made-up calendars of two exchanges, and the status of a site with due times."""

from datetime import date, timedelta

from bluedot_assets.kernel.calendar.due_times import Timetable
from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.site.status import Status, with_due_times, with_publication
from bluedot_assets_tests.examples.publications import folder, run, shown


def calendar(timezone: str, *holidays: str) -> Calendar:
    """August 2024 on weekdays, but for those holidays."""
    first, last = date(2024, 8, 1), date(2024, 8, 31)
    days = (first + timedelta(days=place) for place in range(31))
    off = {date.fromisoformat(day) for day in holidays}
    return Calendar("X", timezone, first, last, frozenset(day for day in days if day.weekday() < 5 and day not in off))


INDIA, US = "Asia/Kolkata", "America/New_York"


BOTH = TradingDays((calendar(INDIA, "2024-08-15", "2024-08-26"), calendar(US, "2024-08-26")))


def status_of(timeframe: str, key: str, timetable: Timetable, at: int = 0) -> Status:
    """The status of a site with that partition."""
    published = with_publication(Status(), timeframe, run(key, at=at), folder("a", at), shown(), ())
    return with_due_times(published, timeframe, key, timetable)
