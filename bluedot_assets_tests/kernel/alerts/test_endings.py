"""What ends soon: when it is worth a word, and which."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bluedot_assets.kernel.alerts.endings import (
    FreeSpace,
    bytes_a_day,
    disk_ending,
    packages_ending,
    public_calendars,
    sentence_of,
    token_ending,
)
from bluedot_assets.kernel.site.status import TimeframeStatus

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
GB = 10**9


def days_ago(days: float, free: float) -> FreeSpace:
    return FreeSpace(NOW - timedelta(days=days), int(free * GB))


@pytest.mark.parametrize(
    ("measured", "a_day"),
    [
        ([], None),
        ([days_ago(1, 20)], None),  # too short a time
        ([days_ago(10, 20), days_ago(1, 11)], 1.0),
        ([days_ago(90, 500), days_ago(10, 20)], 1.0),  # what was long ago says nothing of now
        ([days_ago(10, 5)], None),  # it became more
    ],
)
def test_the_pace_is_that_of_the_last_month(measured: list[FreeSpace], a_day: float | None) -> None:
    found = bytes_a_day(measured, days_ago(0, 10))
    assert (None if found is None else found / GB) == a_day


def test_a_large_disk_that_fills_fast_is_a_problem_as_a_small_one_that_is_nearly_full() -> None:
    fast = disk_ending("data", [days_ago(10, 200)], days_ago(0, 100))
    assert fast is not None
    free = "100.0 GB are free on the disk of the data"
    assert f"{free}, and 10000 MB less each day: enough for 10 days. Make room" in sentence_of(fast)
    assert disk_ending("data", [days_ago(10, 102)], days_ago(0, 100)) is None
    small = disk_ending("data", [], days_ago(0, 1.5))
    assert small is not None
    assert sentence_of(small).startswith("1.5 GB are free on the disk of the data. Make room")


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (None, None),
        (NOW + timedelta(days=22), None),
        (NOW + timedelta(days=20), "GITHUB_TOKEN ends in 20 days, on 2026-12-17"),
        (NOW - timedelta(days=1), "GITHUB_TOKEN has ended on 2026-11-26"),
    ],
)
def test_a_token_is_a_problem_three_weeks_before_its_end(until: datetime | None, said: str | None) -> None:
    found = token_ending("GITHUB_TOKEN", until, NOW)
    assert (found.why if found else None) == said


def test_packages_are_old_after_half_a_year_and_a_python_half_a_year_before_its_end() -> None:
    assert packages_ending(date(2026, 6, 1), (3, 12), NOW.date()) is None
    assert packages_ending(None, (3, 99), NOW.date()) is None
    old = packages_ending(date(2026, 5, 1), (3, 12), NOW.date())
    assert old is not None
    assert "is of May 2026" in old.why
    python = packages_ending(date(2026, 11, 1), (3, 12), date(2028, 6, 1))
    assert python is not None
    assert "Python 3.12 gets no security fixes after 2028-10-31" in python.why


def test_of_two_timeframes_the_newer_calendar_counts() -> None:
    daily = TimeframeStatus(calendars={"XBOM": date(2026, 12, 31), "XNYS": None})
    weekly = TimeframeStatus(calendars={"XBOM": date(2027, 12, 31), "XNYS": date(2026, 12, 31)})
    assert public_calendars({"daily": daily, "weekly": weekly}) == {"XBOM": date(2027, 12, 31), "XNYS": None}
