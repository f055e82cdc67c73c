"""Dagster's partitions: the days and weeks that exist at a time, under keys that name the right ones."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from bluedot_assets.defs.partitions import partitions_of, run_request
from bluedot_assets.kernel.calendar.source_range import SourceRange
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY

START = date(2015, 1, 1)


def keys_at(timeframe: str, now: datetime, start: date = START) -> list[str]:
    partitions = partitions_of({"daily": DAILY, "weekly": WEEKLY}[timeframe], SourceRange(start))
    return list(partitions.get_partition_keys(current_time=now))


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_the_day_of_today_exists_and_tomorrow_does_not(hour: int) -> None:
    keys = keys_at("daily", datetime(2024, 8, 2, hour, 59, tzinfo=UTC))
    assert (keys[0], keys[-1]) == ("2015-01-01", "2024-08-02")


@pytest.mark.parametrize("day", [29, 31])
def test_the_week_of_today_exists_from_its_monday_on_and_the_next_does_not(day: int) -> None:
    keys = keys_at("weekly", datetime(2024, 7, day, 1, tzinfo=UTC))
    assert keys[-1] == "2024-W31-1"
    assert keys_at("weekly", datetime(2024, 7, 28, 23, tzinfo=UTC))[-1] == "2024-W30-1"


@pytest.mark.parametrize("key", ["2015-W53", "2020-W53", "2016-W01", "2021-W01", "2024-W01", "2024-W52", "2026-W01"])
def test_weeks_around_a_year_end_have_the_key_of_their_folder(key: str) -> None:
    partitions = partitions_of(WEEKLY, SourceRange(START))
    dagster_key = WEEKLY.dagster_key(key)
    assert dagster_key == f"{key}-1"
    assert dagster_key in keys_at("weekly", datetime(2026, 3, 1, tzinfo=UTC))
    window = partitions.time_window_for_partition_key(dagster_key)
    assert window.start.date() == WEEKLY.start(key)
    assert window.end.date() - timedelta(days=1) == WEEKLY.end(key)
    assert WEEKLY.folder_key(dagster_key) == key


def test_every_week_is_there_once_and_in_order() -> None:
    keys = keys_at("weekly", datetime(2026, 3, 1, tzinfo=UTC))
    days = [WEEKLY.start(WEEKLY.folder_key(key)) for key in keys]
    assert days == [days[0] + timedelta(days=7 * number) for number in range(len(days))]
    assert keys == [WEEKLY.dagster_key(WEEKLY.key_of(day)) for day in days]
    assert not {"2021-W53-1", "2024-W53-1", "2020-W00-1"} & set(keys)


def test_the_first_partition_is_the_one_that_holds_the_start() -> None:
    now = datetime(2024, 8, 2, tzinfo=UTC)
    assert keys_at("daily", now, date(2024, 7, 31)) == ["2024-07-31", "2024-08-01", "2024-08-02"]
    assert keys_at("weekly", now, date(2024, 7, 31)) == ["2024-W31-1"]
    assert keys_at("weekly", now, date(2021, 1, 1))[0] == "2020-W53-1"


def test_past_days_that_neither_source_nor_calendar_know_are_no_partitions() -> None:
    known = SourceRange(date(2024, 7, 25), (date(2024, 7, 27), date(2024, 7, 28)))
    keys = partitions_of(DAILY, known).get_partition_keys(current_time=datetime(2024, 7, 30, 1, tzinfo=UTC))
    assert keys == ["2024-07-25", "2024-07-26", "2024-07-29", "2024-07-30"]


@pytest.mark.parametrize(
    ("exclusions", "day", "last"),
    [
        ([datetime(2024, 7, 27), datetime(2024, 7, 28)], 29, ["2024-07-26", "2024-07-29"]),  # noqa: DTZ001
        ([datetime(2024, 8, 2)], 2, ["2024-08-01", "2024-08-03"]),  # noqa: DTZ001  today: tomorrow takes its place
        (["0 0 * * 0,6"], 3, ["2024-08-02", "2024-08-05"]),  # a Saturday: Monday is a partition already
        (["0 0 * * 0,6"], 2, ["2024-08-01", "2024-08-02"]),
    ],
    ids=["past days", "today", "a cron on its day", "a cron on another"],
)
def test_dagster_makes_keys_of_the_future_for_what_is_excluded_of_the_present(
    exclusions: list[str | datetime], day: int, last: list[str]
) -> None:
    """Why only past days are excluded, each by name. When this fails, a newer Dagster may exclude weekends to come."""
    partitions = dg.DailyPartitionsDefinition("2024-07-22", end_offset=1, exclusions=exclusions)
    now = datetime(2024, 7 if day > 20 else 8, day, 12, tzinfo=UTC)
    assert partitions.get_partition_keys(current_time=now)[-2:] == last


def test_a_partition_that_came_after_the_definitions_is_requested_by_its_tag() -> None:
    partitions = partitions_of(DAILY, SourceRange(date(2024, 8, 1)))
    known, older = (run_request(partitions, key, f"run {key}", {"a": "b"}) for key in ("2024-08-02", "2024-07-31"))
    assert (known.partition_key, known.tags) == ("2024-08-02", {"a": "b"})
    assert (older.partition_key, older.tags) == (None, {"a": "b", "dagster/partition": "2024-07-31"})
    assert older.run_key == "run 2024-07-31"
