"""The schedules: what is due is requested once, oldest first, and where nothing is there is a reason."""

from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.kernel.errors import SourceUnreadable
from bluedot_assets_tests.examples.ticks import TICK, requested, schedule_tick
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEKS, Installation


@pytest.fixture
def listed(tmp_path: Path) -> Installation:
    """A source of empty folders; schedules look at their names alone."""
    (tmp_path / "drive" / "daily").mkdir(parents=True)
    return Installation(tmp_path)


def folders(installation: Installation, *keys: str) -> None:
    for key in keys:
        (installation.source / ("weekly" if "W" in key else "daily") / key).mkdir(parents=True)


def test_what_the_site_lacks_is_requested_oldest_first(installation: Installation) -> None:
    data = schedule_tick(installation)
    assert requested(data) == list(DAYS)
    assert data.skip_message is None
    assert requested(schedule_tick(installation, "weekly_schedule")) == [f"{key}-1" for key in WEEKS]


def test_what_is_published_is_not_requested_again(published: Installation) -> None:
    assert requested(schedule_tick(published)) == list(DAYS[:2])
    assert DAY not in requested(schedule_tick(published))


def test_nothing_due_is_a_reason_in_words(listed: Installation) -> None:
    data = schedule_tick(listed)
    assert requested(data) == []
    assert data.skip_message == "Nothing is due: the site has every daily partition of the source."


def test_every_request_has_a_run_key_that_one_tick_keeps_and_the_next_day_changes(installation: Installation) -> None:
    def run_keys(at: datetime) -> list[str | None]:
        return [request.run_key for request in schedule_tick(installation, at=at).run_requests or ()]

    first = run_keys(TICK)
    assert None not in first
    assert len(set(first)) == len(DAYS)
    assert run_keys(TICK) == first
    assert not set(run_keys(TICK + timedelta(days=1))) & set(first)


def test_one_tick_requests_the_newest_ten_at_most(listed: Installation) -> None:
    listed.set(BLUEDOT_KEEP="daily=20")
    days = [f"2024-07-{day:02d}" for day in range(1, 16)]
    folders(listed, *days)
    assert requested(schedule_tick(listed)) == days[-10:]


def test_folders_older_than_those_kept_are_not_due(listed: Installation) -> None:
    listed.set(BLUEDOT_KEEP="daily=2")
    folders(listed, *DAYS)
    assert requested(schedule_tick(listed)) == list(DAYS[-2:])


def test_an_unreadable_source_is_an_error_and_not_an_idle_day(installation: Installation) -> None:
    installation.source.rename(installation.source.with_name("gone"))
    with pytest.raises(dg.DagsterError) as raised:
        schedule_tick(installation)
    assert isinstance(raised.value.__cause__, SourceUnreadable)
    assert "is not a folder of this machine" in str(raised.value.__cause__)


def test_an_unset_source_is_an_error_that_names_the_setting(installation: Installation) -> None:
    installation.set(BLUEDOT_SOURCE=None)
    with pytest.raises(dg.DagsterError) as raised:
        schedule_tick(installation)
    assert "BLUEDOT_SOURCE is not set" in str(raised.value.__cause__)


@pytest.mark.parametrize("stray", ["2014-12-31", "2030-01-01"])
def test_a_folder_before_the_start_or_of_the_future_does_not_stop_the_others(listed: Installation, stray: str) -> None:
    listed.set(BLUEDOT_START="2015-01-01")
    folders(listed, DAY, stray)
    assert requested(schedule_tick(listed)) == [DAY]


@pytest.mark.parametrize("stray", ["2014-W40", "2030-W01"])
def test_a_week_before_the_start_or_of_the_future_does_not_stop_the_others(listed: Installation, stray: str) -> None:
    listed.set(BLUEDOT_START="2015-01-01")
    folders(listed, WEEKS[-1], stray)
    assert requested(schedule_tick(listed, "weekly_schedule")) == [f"{WEEKS[-1]}-1"]


def test_a_folder_older_than_all_that_was_known_when_the_definitions_were_loaded_is_requested(
    listed: Installation,
) -> None:
    folders(listed, DAY)
    schedule_tick(listed)
    listed.set()  # the definitions are loaded again, and the partitions begin with DAY
    folders(listed, DAYS[0])
    first, second = schedule_tick(listed).run_requests or ()
    assert (first.partition_key, first.tags["dagster/partition"]) == (None, DAYS[0])
    assert second.partition_key == DAY


def test_the_schedules_run_by_default_at_the_hours_that_are_documented(published: Installation) -> None:
    schedules = {one.name: one for one in published.definitions.get_repository_def().schedule_defs}
    assert {name: one.cron_schedule for name, one in schedules.items()} == {
        "daily_schedule": "0 9 * * *",
        "weekly_schedule": "0 10 * * 0",
        "housekeeping": "37 1-6 * * *",
    }
    assert {one.default_status for one in schedules.values()} == {dg.DefaultScheduleStatus.RUNNING}
    assert {one.execution_timezone for one in schedules.values()} == {"UTC"}


def test_the_times_and_their_timezone_are_settings(installation: Installation) -> None:
    installation.set(
        BLUEDOT_SCHEDULE_TIMEZONE="Asia/Kolkata", BLUEDOT_SCHEDULE_DAILY="18:30", BLUEDOT_SCHEDULE_WEEKLY="sat 08:00"
    )
    schedules = installation.definitions.get_repository_def().schedule_defs
    assert {one.cron_schedule for one in schedules} == {"30 18 * * *", "0 8 * * 6", "37 1-6 * * *"}
    assert {one.execution_timezone for one in schedules} == {"Asia/Kolkata"}
    assert installation.run("daily", DAY).success
    # Of stocks of both exchanges: Monday's session ends in New York after 18:30 in India, so it is due on Tuesday.
    assert installation.status()["timeframes"]["daily"]["due_at"] == "2024-08-06T13:00:00Z"
