"""The exchanges' calendars: known holidays, how far they reach, and wrong names."""

from datetime import date, timedelta

import pytest

from bluedot_assets.adapters.calendars import load_trading_days
from bluedot_assets.kernel.errors import SettingsError


def test_known_holidays_of_india_and_the_us_are_no_sessions() -> None:
    days = load_trading_days(("XBOM", "XNYS"))
    india, us = days.calendar("Asia/Kolkata"), days.calendar("America/New_York")
    assert india is not None and us is not None
    assert not india.is_session(date(2024, 8, 15))
    assert us.is_session(date(2024, 8, 15))
    assert not us.is_session(date(2024, 11, 28))
    assert india.is_session(date(2024, 11, 28))
    assert not days.is_session(date(2024, 12, 25))


def test_beyond_what_it_knows_a_calendar_takes_weekdays() -> None:
    (calendar,) = load_trading_days(("XBOM",)).calendars
    beyond = calendar.last + timedelta(days=1)
    week = [beyond + timedelta(days=place) for place in range(7)]
    assert not any(calendar.knows(day) for day in week)
    assert sum(calendar.is_session(day) for day in week) == 5


def test_of_two_calendars_in_one_timezone_the_first_counts() -> None:
    assert [one.name for one in load_trading_days(("XNYS", "XBOM", "CMES")).calendars][:2] == ["XNYS", "XBOM"]
    assert [one.name for one in load_trading_days(("BSE", "XBOM")).calendars] == ["BSE"]


def test_a_calendar_that_there_is_not_is_named_with_its_setting() -> None:
    with pytest.raises(SettingsError, match="BLUEDOT_CALENDARS names 'XXXX'"):
        load_trading_days(("XXXX",))
