"""The times of schedules, in the timezones of the exchanges, and what is due by them."""

from datetime import UTC, datetime, time

import pytest

from bluedot_assets.kernel.calendar.due_times import Timetable, due_at
from bluedot_assets.kernel.calendar.schedule import SCHEDULES, Schedule, parse_schedule
from bluedot_assets.kernel.calendar.sessions import TradingDays, weekdays
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe

INDIA, US = "Asia/Kolkata", "America/New_York"


def traded(*timezones: str) -> TradingDays:
    return TradingDays(tuple(weekdays(zone) for zone in timezones))


@pytest.mark.parametrize(
    ("timeframe", "text", "cron"),
    [
        (DAILY, "09:00", "0 9 * * *"),
        (DAILY, "18:30", "30 18 * * *"),
        (WEEKLY, "sun 10:00", "0 10 * * 0"),
        (WEEKLY, "Sat 8:05", "5 8 * * 6"),
    ],
)
def test_a_time_is_what_cron_calls_it(timeframe: Timeframe, text: str, cron: str) -> None:
    assert parse_schedule(text, timeframe, "UTC").cron == cron


@pytest.mark.parametrize("timeframe", [DAILY, WEEKLY])
@pytest.mark.parametrize("text", ["", "noon", "24:00", "9:60", "0 9 * * *", "sun", "someday 10:00", "sun mon 10:00"])
def test_what_is_no_time_is_refused_with_an_example(timeframe: Timeframe, text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like (18:30|sat 08:00)"):
        parse_schedule(text, timeframe, "UTC")


def test_a_daily_time_has_no_weekday_and_a_weekly_one_has() -> None:
    for text, timeframe in (("sun 10:00", DAILY), ("10:00", WEEKLY)):
        with pytest.raises(ValueError, match="write it like"):
            parse_schedule(text, timeframe, "UTC")


@pytest.mark.parametrize(
    ("zones", "text", "timezone", "due"),
    [
        # Monday 5 August is the session after Friday 2 August.
        ([INDIA], "18:30", INDIA, datetime(2024, 8, 5, 13, 0, tzinfo=UTC)),  # the same evening
        ([INDIA], "14:30", INDIA, datetime(2024, 8, 6, 9, 0, tzinfo=UTC)),  # before the close: the next day
        ([US], "17:30", US, datetime(2024, 8, 5, 21, 30, tzinfo=UTC)),
        ([INDIA, US], "18:30", INDIA, datetime(2024, 8, 6, 13, 0, tzinfo=UTC)),  # New York closes after that
        ([INDIA, US], "09:00", "UTC", datetime(2024, 8, 6, 9, 0, tzinfo=UTC)),
        ([], "09:00", "UTC", datetime(2024, 8, 6, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_day_is_due_at_the_first_scheduled_time_after_its_close(
    zones: list[str], text: str, timezone: str, due: datetime
) -> None:
    timetable = Timetable(traded(*zones), schedule=parse_schedule(text, DAILY, timezone))
    assert due_at(DAILY, "2024-08-02", timetable) == due


@pytest.mark.parametrize(
    ("zones", "text", "timezone", "due"),
    [
        ([INDIA], "fri 18:30", INDIA, datetime(2024, 8, 9, 13, 0, tzinfo=UTC)),
        ([US], "sat 01:00", INDIA, datetime(2024, 8, 16, 19, 30, tzinfo=UTC)),  # New York closes at 02:00 there
        ([US], "sat 08:00", INDIA, datetime(2024, 8, 10, 2, 30, tzinfo=UTC)),
        ([INDIA, US], "sun 10:00", "UTC", datetime(2024, 8, 11, 10, 0, tzinfo=UTC)),
    ],
)
def test_a_week_is_due_at_the_first_scheduled_time_after_its_friday(
    zones: list[str], text: str, timezone: str, due: datetime
) -> None:
    timetable = Timetable(traded(*zones), schedule=parse_schedule(text, WEEKLY, timezone))
    assert due_at(WEEKLY, "2024-W31", timetable) == due


def test_a_time_follows_the_clocks_of_its_timezone() -> None:
    evening = Schedule(time(17, 30), timezone=US)
    assert evening.first_from(datetime(2024, 1, 15, tzinfo=UTC)).hour == 22
    assert evening.first_from(datetime(2024, 7, 15, tzinfo=UTC)).hour == 21
    skipped = Schedule(time(2, 30), timezone=US)  # on 10 March 2024 the clocks go from 2 to 3
    assert skipped.first_from(datetime(2024, 3, 10, 5, tzinfo=UTC)) == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)


def test_a_moment_that_is_scheduled_is_its_own_first() -> None:
    for schedule in SCHEDULES.values():
        moment = schedule.first_from(datetime(2024, 8, 5, 12, tzinfo=UTC))
        assert schedule.first_from(moment) == moment
