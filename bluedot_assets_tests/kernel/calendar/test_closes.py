"""When exchanges close: by the clock of the exchange, and where no calendar knows it."""

from datetime import UTC, date, datetime, time, timedelta

from bluedot_assets.kernel.calendar.due_times import Timetable, due_at
from bluedot_assets.kernel.calendar.schedule import parse_schedule
from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY

US = "America/New_York"


def closes_at(hours: float) -> tuple[tuple[date, timedelta], ...]:
    return ((date.min, timedelta(hours=hours)),)


def test_a_close_follows_the_clocks_of_its_exchange() -> None:
    days = TradingDays(closes={US: time(16)})
    assert days.close_at(US, date(2025, 1, 15)) == datetime(2025, 1, 15, 21, tzinfo=UTC)
    assert days.close_at(US, date(2025, 7, 15)) == datetime(2025, 7, 15, 20, tzinfo=UTC)


def test_an_exchange_that_never_closes_does_so_at_midnight() -> None:
    always = Calendar("24/7", "UTC", date.min, date.min, frozenset(), closes=closes_at(24))
    assert always.close_at(date(2025, 3, 1)) == datetime(2025, 3, 2, tzinfo=UTC)


def test_without_a_calendar_the_setting_decides_and_then_half_past_five() -> None:
    days = TradingDays(closes={"Europe/London": time(16, 30)})
    assert days.close_at("Europe/London", date(2025, 1, 15)).time() == time(16, 30)
    assert days.of(["Europe/London"]).calendars[0].close_at(date(2025, 1, 15)).time() == time(16, 30)
    assert days.close_at("Africa/Abidjan", date(2025, 1, 15)).time() == time(17, 30)


def test_a_partition_is_due_after_the_close_of_its_own_session() -> None:
    half_day = date(2025, 7, 3)
    year = (date(2025, 1, 1), date(2025, 12, 31))
    half = Calendar(
        "X", US, *year, frozenset({half_day}), closes=closes_at(16), special_closes={half_day: timedelta(hours=13)}
    )
    at_three = parse_schedule("15:00", DAILY, US)
    due = due_at(DAILY, "2025-07-02", Timetable(TradingDays((half,)), schedule=at_three))
    assert due == datetime(2025, 7, 3, 19, tzinfo=UTC)
