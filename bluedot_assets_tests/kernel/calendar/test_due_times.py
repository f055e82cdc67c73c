"""When the next publish is due, and from when on a site is late."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bluedot_assets.kernel.calendar.due_times import Timetable, due_at, late_after, next_partition, waited_for
from bluedot_assets.kernel.calendar.schedule import Schedule
from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, WEEKLY
from bluedot_assets.kernel.site.status import with_due_times, with_failure, with_publication
from bluedot_assets_tests.examples.calendars import BOTH, INDIA, US, calendar, status_of
from bluedot_assets_tests.examples.publications import folder, run, shown


@pytest.mark.parametrize(
    ("timeframe", "key", "due"),
    [
        ("daily", "2024-08-01", datetime(2024, 8, 3, 9, tzinfo=UTC)),  # Thursday: Friday's session, Saturday morning
        ("daily", "2024-08-02", datetime(2024, 8, 6, 9, tzinfo=UTC)),  # Friday: Monday's session, Tuesday morning
        ("daily", "2024-08-03", datetime(2024, 8, 6, 9, tzinfo=UTC)),  # a special session on Saturday
        ("daily", "2024-08-04", datetime(2024, 8, 6, 9, tzinfo=UTC)),
        ("daily", "2024-12-31", datetime(2025, 1, 2, 9, tzinfo=UTC)),
        ("weekly", "2024-W31", datetime(2024, 8, 11, 10, tzinfo=UTC)),  # the Sunday of W32
        ("weekly", "2020-W53", datetime(2021, 1, 10, 10, tzinfo=UTC)),
    ],
)
def test_the_next_publish_is_due_at_the_scheduled_run_after_the_next_session(
    timeframe: str, key: str, due: datetime
) -> None:
    assert due_at(TIMEFRAMES[timeframe], key) == due
    assert late_after(TIMEFRAMES[timeframe], key, Timetable()) - due == timedelta(hours=6)
    assert late_after(TIMEFRAMES[timeframe], key, Timetable(grace=timedelta(hours=1))) - due == timedelta(hours=1)


def test_a_holiday_of_all_its_exchanges_expects_no_partition() -> None:
    assert next_partition(DAILY, "2024-08-23", BOTH) == "2024-08-27"
    assert next_partition(DAILY, "2024-08-14", BOTH.of([INDIA])) == "2024-08-16"
    assert next_partition(DAILY, "2024-08-14", BOTH) == "2024-08-15"  # New York trades
    assert due_at(DAILY, "2024-08-14", Timetable(BOTH.of([INDIA]))) == datetime(2024, 8, 17, 9, tzinfo=UTC)


def test_a_special_session_on_a_saturday_expects_a_partition() -> None:
    special = Calendar("X", INDIA, date(2024, 1, 1), date(2024, 1, 31), frozenset({date(2024, 1, 20)}))
    assert next_partition(DAILY, "2024-01-19", TradingDays((special,))) == "2024-01-20"


def test_a_week_without_any_session_is_passed_over() -> None:
    closed = TradingDays((calendar(INDIA, *[f"2024-08-{day:02d}" for day in range(5, 10)]),))
    assert next_partition(WEEKLY, "2024-W31", closed) == "2024-W33"


def test_beyond_what_a_calendar_knows_and_without_one_every_weekday_counts() -> None:
    assert next_partition(DAILY, "2024-08-30", BOTH) == "2024-09-02"
    assert next_partition(DAILY, "2024-08-23", BOTH.of(["Europe/London"])) == "2024-08-26"
    assert next_partition(DAILY, "2024-08-14", TradingDays()) == "2024-08-15"


def test_a_probable_holiday_delays_an_alarm_by_a_session_and_never_brings_one_forward() -> None:
    friday, monday = date(2024, 8, 30), date(2024, 9, 2)
    ended = replace(calendar(INDIA), ends=date(2024, 8, 31))
    probable = replace(ended, estimated=frozenset({monday}))
    assert next_partition(DAILY, friday.isoformat(), TradingDays((ended,))) == "2024-09-02"
    assert next_partition(DAILY, friday.isoformat(), TradingDays((probable,))) == "2024-09-03"
    other = calendar("Asia/Shanghai")  # which closes before India
    for timeframe, key in ((DAILY, "2024-08-30"), (WEEKLY, "2024-W35")):
        known, guessed = (due_at(timeframe, key, Timetable(TradingDays((one, other)))) for one in (ended, probable))
        assert guessed >= known


def test_the_status_says_how_far_the_calendars_in_use_reach() -> None:
    ended = replace(calendar(INDIA), name="XBOM", ends=date(2024, 8, 31))
    endless = replace(calendar("America/New_York"), name="XNYS")
    timetable = Timetable(TradingDays((ended, endless)).of([INDIA, "America/New_York", "Asia/Tokyo"]))
    state = status_of("daily", "2024-08-14", timetable).of("daily")
    assert state.calendars == {"XBOM": date(2024, 8, 31), "XNYS": None}
    named = {date(2025, month, 20): False for month in range(1, 6)}
    own = Timetable(TradingDays((ended.with_own(named),)))
    assert status_of("daily", "2024-08-14", own).of("daily").calendars == {"XBOM": date(2025, 12, 31)}


def test_the_status_says_when_it_is_due_and_a_failure_or_an_older_date_moves_nothing() -> None:
    status = status_of("daily", "2024-08-14", Timetable(BOTH.of([INDIA])))
    state = status.of("daily")
    assert (state.due, state.due_at, state.late_after) == (
        "2024-08-16",
        datetime(2024, 8, 17, 9, tzinfo=UTC),
        datetime(2024, 8, 17, 15, tzinfo=UTC),
    )
    failed = with_failure(status, "daily", run("2024-08-15", "failed", at=70)).of("daily")
    older = with_publication(status, "daily", run("2024-08-01", at=9), folder("b", 9), shown(), ())
    older = with_due_times(older, "daily", "2024-08-01", Timetable())
    assert state.due_at == failed.due_at == older.of("daily").due_at


def test_the_due_time_does_not_depend_on_when_it_is_published() -> None:
    first = status_of("weekly", "2024-W31", Timetable())
    again = with_publication(first, "weekly", run("2024-W31", at=50), folder("a", 50), shown(), ())
    assert with_due_times(again, "weekly", "2024-W31", Timetable()).encoded() == first.encoded()


@pytest.mark.parametrize(
    ("key", "india", "york", "waited"),
    [
        ("2024-08-14", "2024-08-14", "2024-08-13", [INDIA]),  # India's evening
        ("2024-08-14", "2024-08-14", "2024-08-14", [INDIA, US]),  # the morning after
        ("2024-08-15", "2024-08-14", "2024-08-14", [INDIA]),  # India has a holiday, New York trades
        ("2024-08-26", "2024-08-23", "2024-08-23", [INDIA, US]),  # both have one
        ("2024-08-14", "2024-08-13", "2024-08-13", [INDIA, US]),  # neither has the day: nobody is waited for less
    ],
)
def test_folders_wait_for_the_exchanges_that_have_their_last_session(
    key: str, india: str, york: str, waited: list[str]
) -> None:
    sessions = {INDIA: date.fromisoformat(india), US: date.fromisoformat(york)}
    assert waited_for(sessions, DAILY, key, BOTH) == waited
    assert waited_for({INDIA: date(2024, 8, 9), US: date(2024, 8, 2)}, WEEKLY, "2024-W32", BOTH) == [INDIA]


def test_a_folder_of_indias_evening_is_late_by_indias_clock() -> None:
    at_six = Schedule(time(14))
    days = BOTH.of(waited_for({INDIA: date(2024, 8, 20), US: date(2024, 8, 19)}, DAILY, "2024-08-20", BOTH))
    assert due_at(DAILY, "2024-08-20", Timetable(days, schedule=at_six)) == datetime(2024, 8, 21, 14, tzinfo=UTC)
    assert due_at(DAILY, "2024-08-20", Timetable(BOTH, schedule=at_six)) == datetime(2024, 8, 22, 14, tzinfo=UTC)
