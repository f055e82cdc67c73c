"""Holidays and sessions that an installation names: their forms, what is refused, and which decides."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bluedot_assets.kernel.calendar.own_days import OwnDay, is_path, own_closes_of, own_days_of, parse_own_days
from bluedot_assets.kernel.calendar.sessions import Calendar, weekdays
from bluedot_assets.kernel.errors import SettingsError

DAY = date(2027, 1, 15)


def test_a_day_is_a_holiday_or_with_plus_a_session_of_all_or_of_one_calendar() -> None:
    words = ["2027-01-15", "+2027-11-07", "XBOM:2027-01-15", "24/7:+2027-11-07"]
    assert parse_own_days(words) == (
        OwnDay(DAY, False),
        OwnDay(date(2027, 11, 7), True),
        OwnDay(DAY, False, "XBOM"),
        OwnDay(date(2027, 11, 7), True, "24/7"),
    )


def test_a_day_may_be_named_twice() -> None:
    assert parse_own_days(["2027-01-15", "2027-01-15"]) == (OwnDay(DAY, False),)


@pytest.mark.parametrize(
    "word",
    [
        "2027-1-15",
        "15.01.2027",
        "20270115",
        "2027-02-30",
        "-2027-01-15",
        "XBOM",
        "X:2027-01-15",
        "+XBOM:2027-01-15",
        "",
    ],
)
def test_what_is_no_day_is_named_with_the_right_form(word: str) -> None:
    with pytest.raises(SettingsError, match=r"BLUEDOT_HOLIDAYS has '.*', which is no day: write days such as 2027-01"):
        parse_own_days([word])


def test_a_day_that_is_both_is_refused_unless_one_is_of_a_calendar() -> None:
    with pytest.raises(SettingsError, match="has 2027-01-15 twice, and not alike: remove one"):
        parse_own_days(["2027-01-15", "+2027-01-15"])
    days = parse_own_days(["XBOM:+2027-01-15", "2027-01-15"])
    assert own_days_of(days, "XBOM") == {DAY: True}
    assert own_days_of(days, "XNYS") == own_days_of(days) == {DAY: False}


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (("holidays.txt",), True),
        (("/etc/holidays",), True),
        (("C:\\holidays",), True),
        (("2027-01-15",), False),
        (("24/7:2027-01-15",), False),
        (("2027-1-15",), False),
        (("a.txt", "2027-01-15"), False),
        ((), False),
    ],
)
def test_one_word_with_a_dot_or_a_slash_is_a_path(words: tuple[str, ...], path: bool) -> None:
    assert is_path(words) == path


def test_holidays_are_known_to_the_end_of_a_year_of_which_enough_are_named() -> None:
    calendar = Calendar("X", "UTC", date(2026, 1, 1), date(2026, 12, 31), frozenset(), ends=date(2026, 12, 31))
    assert calendar.holidays_until == date(2026, 12, 31)
    assert calendar.with_own({DAY: True}).holidays_until == date(2026, 12, 31)
    assert calendar.with_own({DAY: False, date(2026, 5, 1): False}).holidays_until == date(2026, 12, 31)
    named = {date(2027, month, 15): False for month in range(1, 6)}
    assert calendar.with_own(named).holidays_until == date(2027, 12, 31)
    assert calendar.with_own({date(2029, 1, 1): False, **named}).holidays_until == date(2027, 12, 31)
    assert replace(calendar, ends=None).holidays_until is None


def test_a_day_that_is_named_is_known() -> None:
    days = weekdays("UTC", {DAY: False})
    assert (days.knows(DAY), days.knows(date(2027, 1, 14))) == (True, False)
    assert days.expected(date(2027, 1, 14), date(2027, 1, 18)) == [date(2027, 1, 14), date(2027, 1, 18)]


@pytest.mark.parametrize(
    ("words", "close"),
    [
        (["XBOM:+2026-11-08@19:15", "+2026-11-08@18:00"], "2026-11-08T13:45"),
        (["+2026-11-08@18:00"], "2026-11-08T12:30"),
        (["+2026-11-08"], "2026-11-08T18:30"),
    ],
)
def test_a_session_that_is_named_closes_at_the_time_with_it_and_else_at_midnight(words: list[str], close: str) -> None:
    known = Calendar("XBOM", "Asia/Kolkata", date(2026, 1, 1), date(2026, 12, 31), frozenset(), ends=date(2026, 12, 31))
    days, sunday = parse_own_days(words), date(2026, 11, 8)
    calendar = known.with_own(own_days_of(days, "XBOM"), own_closes_of(days, "XBOM"))
    assert calendar.is_session(sunday)
    assert calendar.close_at(sunday) == datetime.fromisoformat(close).replace(tzinfo=UTC)


def test_a_close_that_is_no_time_is_refused() -> None:
    with pytest.raises(SettingsError, match="2026-11-08@25:00"):
        parse_own_days(["+2026-11-08@25:00"])
