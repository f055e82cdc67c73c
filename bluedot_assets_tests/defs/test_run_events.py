"""Runs that really happened, as our own records; and what earlier versions recorded."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from getpass import getuser

import dagster as dg
import pytest

from bluedot_assets.defs.jobs import job_of
from bluedot_assets.defs.run_events import launched_by, read_run, seeds_pushed
from bluedot_assets.defs.seed_sensor import seed_sensor
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.series.tradingview_rows import Violation
from bluedot_assets.pipeline.run_record import RunRecord
from bluedot_assets_tests.examples.spoiled_files import revise, spoil
from bluedot_assets_tests.examples.trees import DAY, SERIES, STAGES_OF, WEEK, Installation, stock_files

UNTIL = datetime(2024, 8, 5, 13, 30, tzinfo=UTC)
# What the version before this one wrote: texts for people, and no record.
OLD = dg.AssetMaterialization(
    dg.AssetKey(["daily", "pine_seeds"]),
    partition=DAY,
    metadata={"pushes": 1, "said": "one: pushed\ntwo: waits", "next_push": "2024-08-05T13:30:00Z"},
)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def recorded(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> RunRecord:
    record = read_run(instance, result.run_id)
    assert record is not None
    return record


def test_a_run_that_published_has_its_stages_checks_and_what_the_site_became(
    running: Installation, instance: dg.DagsterInstance
) -> None:
    record = recorded(instance, running.run("weekly", instance=instance))
    assert (record.timeframe.name, record.partition, record.dagster_key) == ("weekly", WEEK, f"{WEEK}-1")
    assert (record.success, record.failed, record.seeds) == (True, [], None)
    assert set(record.seconds) == {"series", *STAGES_OF["weekly"]} - set(SERIES)
    assert record.started and record.ended and record.started < record.ended
    assert {check.check: check.passed for check in record.checks}["weekly/bars accepted"]
    assert {check.severity for check in record.checks} == {"error", "warning"}
    assert record.site is not None
    assert (record.site.changed, record.site.kept, record.site.dropped) == (False, True, [])
    assert record.site.path.endswith(f"/weekly/{WEEK}")


def test_a_failed_stage_says_why_and_which_files(installation: Installation, instance: dg.DagsterInstance) -> None:
    spoil(installation.source / "daily" / DAY)
    record = recorded(instance, installation.run(instance=instance))
    (failed,) = record.failed
    assert (failed.timeframe, failed.partition, failed.stage) == ("daily", DAY, "bars")
    assert "2 of 4 files (50 %) gave series" in failed.reason
    assert {one.file for one in failed.files} <= {
        path.name for path in stock_files(installation.source / "daily" / DAY)
    }
    assert len(failed.files) == 2
    assert (record.success, record.partition_absent, record.seeds_alone) == (False, False, False)


def test_a_partition_that_the_source_never_had_is_known_as_that(
    installation: Installation, instance: dg.DagsterInstance
) -> None:
    record = recorded(instance, installation.run("daily", "2024-07-30", instance=instance))
    assert record.partition_absent
    assert [one.stage for one in record.failed] == ["raw_json"]


def test_a_stage_that_crashed_has_the_words_of_its_crash(
    installation: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr("bluedot_assets.pipeline.stages.series.make_series", lost)
    record = recorded(instance, installation.run(instance=instance))
    assert [one.stage for one in record.failed] == ["series"]
    assert {one.reason for one in record.failed} == {"ValueError: no such thing"}


@pytest.mark.parametrize("kind", [sqlite3.OperationalError, sqlite3.InterfaceError, sqlite3.ProgrammingError])
def test_whatever_the_database_raises_in_a_step_names_its_home(
    installation: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    def lost(*_: object) -> None:
        raise kind("no such thing")

    monkeypatch.setattr("bluedot_assets.pipeline.stages.series.make_series", lost)
    (failed,) = recorded(instance, installation.run(instance=instance)).failed
    assert failed.reason.startswith(
        f"Dagster's database (DAGSTER_HOME) failed (sqlite3.{kind.__name__}: no such thing)"
    )


def test_every_indicator_that_is_refused_is_named(
    installation: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def violations(files: dict[str, bytes], _: object) -> list[Violation]:
        return [Violation(name, 1, "forced") for name in files if "_BLUE_DOTS" not in name]

    monkeypatch.setattr("bluedot_assets.adapters.workers.shard_tasks.violations", violations)
    record = recorded(instance, installation.run(instance=instance))
    assert [one.stage for one in record.failed] == ["price_data", "rlst_rating", "bc_indicator"]
    assert "forced" in installation.status()["timeframes"]["daily"]["runs"][0]["reason"]


def test_an_error_that_ends_a_step_fails_all_that_it_had_still_to_make(
    running: Installation, instance: dg.DagsterInstance
) -> None:
    revise(running)
    assert running.run("daily", DAY, "raw_json", instance=instance).success
    record = recorded(instance, running.run("daily", DAY, "price_data", "blue_dots", instance=instance))
    assert [one.stage for one in record.failed] == ["price_data", "blue_dots"]
    assert all("materialize daily/bars again" in one.reason for one in record.failed)


def test_a_run_of_no_partition_is_none_of_ours(running: Installation, instance: dg.DagsterInstance) -> None:
    result = running.definitions.resolve_job_def("daily_freshness").execute_in_process(instance=instance)
    assert read_run(instance, result.run_id) is None
    assert read_run(instance, "00000000-0000-0000-0000-000000000000") is None


def test_runs_of_the_version_before_are_read(
    running: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.defs.assets.RECORD", "nothing of it")
    record = recorded(instance, running.run(instance=instance))
    assert record.success
    assert record.site is not None
    assert (record.site.changed, record.site.kept, record.site.dropped) == (False, True, [])
    spoil(running.source / "daily" / DAY)
    failed = recorded(instance, running.run(instance=instance)).gravest
    assert failed is not None
    assert (failed.stage, "2 of 4 files" in failed.reason, len(failed.files)) == ("bars", True, 2)


def test_a_push_that_the_version_before_left_waiting_is_taken_up(
    running: Installation, instance: dg.DagsterInstance
) -> None:
    assert seeds_pushed(OLD).outcomes == ["one: pushed", "two: waits"]
    instance.report_runless_asset_event(OLD)
    timeframe = TIMEFRAMES["daily"]
    sensor = seed_sensor(timeframe, job_of(timeframe))
    asked = []
    for minute in (29, 30):
        running.clock.now = UNTIL.replace(minute=minute)
        asked.append(sensor(dg.build_sensor_context(instance, resources={"platform": running.platform})))
    assert isinstance(asked[0], dg.SkipReason)
    assert isinstance(asked[1], dg.RunRequest)
    assert (asked[1].partition_key, asked[1].run_key) == (DAY, f"seeds:{DAY}:2024-08-05T13:30:00Z:2024-08-05T13")


@pytest.mark.parametrize(
    ("environment", "tag"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octocat"}, "octocat (GitHub)"),
        ({"GITHUB_ACTIONS": "true"}, "(GitHub)"),
        ({}, f"{getuser()} (bluedot)"),
    ],
)
def test_a_run_says_who_launched_it(environment: dict[str, str], tag: str) -> None:
    assert launched_by(environment) == {"user": tag}
