"""Partition keys: as folders write them, as Dagster writes them, and which dates they hold."""

from datetime import date, timedelta

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, WEEKLY
from bluedot_assets.kernel.errors import UsageError


@pytest.mark.parametrize(
    ("key", "monday", "sunday"),
    [
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("2021-W01", date(2021, 1, 4), date(2021, 1, 10)),
        ("2024-W01", date(2024, 1, 1), date(2024, 1, 7)),
        ("2024-W31", date(2024, 7, 29), date(2024, 8, 4)),
        ("2025-W01", date(2024, 12, 30), date(2025, 1, 5)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
    ],
)
def test_a_week_runs_from_monday_to_sunday_across_year_ends(key: str, monday: date, sunday: date) -> None:
    assert (WEEKLY.start(key), WEEKLY.end(key)) == (monday, sunday)
    assert {WEEKLY.key_of(monday + timedelta(days=day)) for day in range(7)} == {key}
    assert WEEKLY.key_of(sunday + timedelta(days=1)) != key


def test_a_day_is_its_own_start_and_end() -> None:
    assert DAILY.start("2024-02-29") == DAILY.end("2024-02-29") == date(2024, 2, 29)
    assert DAILY.key_of(date(2024, 2, 29)) == "2024-02-29"


def test_keys_of_twenty_years_go_to_dagster_and_back() -> None:
    day = date(2015, 1, 1)
    while day.year <= 2035:
        for timeframe in TIMEFRAMES.values():
            key = timeframe.key_of(day)
            assert timeframe.folder_key(timeframe.dagster_key(key)) == key
            assert timeframe.start(key) <= day <= timeframe.end(key)
        assert date.fromisoformat(WEEKLY.dagster_key(WEEKLY.key_of(day))) == WEEKLY.start(WEEKLY.key_of(day))
        day += timedelta(days=1)


@pytest.mark.parametrize("key", ["0001-W01", "0999-W52", "9999-W51"])
def test_a_key_of_any_year_is_that_of_its_own_days(key: str) -> None:
    assert WEEKLY.key_of(WEEKLY.start(key)) == WEEKLY.folder_key(WEEKLY.dagster_key(key)) == key


def test_keys_sort_as_their_dates_do() -> None:
    days = [date(2015, 1, 1) + timedelta(days=7 * week) for week in range(1000)]
    keys = [WEEKLY.key_of(day) for day in days]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "latest",
        "2024-8-2",
        "2024-02-30",
        "2023-02-29",
        "20240802",
        "2024-08-02\n",
        " 2024-08-02",
        "2024-08-02 ",
        "2024-W31",
        "0000-01-01",
        "\uff12\uff10\uff12\uff14-08-02",
    ],
)
def test_what_is_no_day_is_no_daily_key(text: str) -> None:
    assert not DAILY.is_key(text)
    with pytest.raises(UsageError, match=r"is not a daily partition: write it like 2024-08-02"):
        DAILY.start(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-W00",
        "2024-W54",
        "2025-W53",
        "2024-W1",
        "2024-w31",
        "2024W31",
        "2024-W31-1",
        "2024-W31\n",
        "2024-07-29",
        "0000-W01",
        "9999-W52",  # it ends after the last date there is
        "\uff12\uff10\uff12\uff14-W31",
    ],
)
def test_what_is_no_week_is_no_weekly_key(text: str) -> None:
    assert not WEEKLY.is_key(text)
    for convert in (WEEKLY.start, WEEKLY.end, WEEKLY.dagster_key):
        with pytest.raises(UsageError, match=r"is not a weekly partition: write it like 2024-W31"):
            convert(text)


def test_a_wrong_key_gets_a_hint_at_the_right_one() -> None:
    with pytest.raises(UsageError, match=r"\(that day lies in 2025-W01\)\.$"):
        WEEKLY.start("2024-12-31")
    with pytest.raises(UsageError, match=r"\(Dagster's 2024-W31-1 is 2024-W31\)\.$"):
        WEEKLY.start("2024-W31-1")
    with pytest.raises(UsageError, match=r"\(a week goes with --timeframe weekly\)\.$"):
        DAILY.start("2024-W31")


@pytest.mark.parametrize("text", ["2024-W31-2", "2024-W99-1", "x"])
def test_a_dagster_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        WEEKLY.folder_key(text)


def test_a_folder_key_given_as_a_dagster_key_stays() -> None:
    assert WEEKLY.folder_key("2024-W31") == "2024-W31"
    assert DAILY.folder_key("2024-08-01") == "2024-08-01"
