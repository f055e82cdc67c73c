"""A partition that breaks a blocking rule: nothing of it is stored or published, and the site says so."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets_tests.examples.spoiled_files import changed_files, spoil
from bluedot_assets_tests.examples.trees import (
    DAY,
    DAYS,
    WEEK,
    Installation,
    failure,
    hashes,
    materialized,
    stock_files,
)

KEYS = {"daily": DAY, "weekly": WEEK}
RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")  # as backfills set them
TIMEFRAME = pytest.mark.parametrize("timeframe", list(KEYS))


@TIMEFRAME
def test_a_blocked_first_partition_stores_nothing_and_runs_nothing_after_it(
    installation: Installation, timeframe: str
) -> None:
    key = KEYS[timeframe]
    spoil(installation.source / timeframe / key)
    result = installation.run(timeframe)
    assert not result.success
    assert materialized(result) == ["raw_json"]
    assert installation.manifest("bars", timeframe, key) is None
    assert not (installation.data / "bars").exists()
    assert not (installation.data / "series").exists()
    assert not list((installation.data / ".staging").glob("*"))
    assert not (installation.site / timeframe).exists()


@TIMEFRAME
def test_the_run_says_which_share_of_the_files_is_missing(installation: Installation, timeframe: str) -> None:
    spoil(installation.source / timeframe / KEYS[timeframe])
    result = installation.run(timeframe)
    assert "2 of 4 files (50 %) gave series, less than the 95 % of BLUEDOT_MIN_COMPLETE" in failure(result)
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert (checks["accepted"].passed, checks["accepted"].severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert checks["schema"].passed
    assert len(checks["accepted"].metadata["listed"].value.records) == 2  # type: ignore[union-attr]


def test_files_that_did_not_arrive_block_before_anything_is_stored(installation: Installation) -> None:
    for path in stock_files(installation.source / "daily" / DAY)[:2]:
        path.unlink()
    result = installation.run()
    assert failure(result).startswith("2 of 4 files (50 %)")
    assert materialized(result) == []
    assert not (installation.data / "raw").exists()


@TIMEFRAME
def test_the_site_keeps_its_data_and_its_status_tells_of_the_failure(running: Installation, timeframe: str) -> None:
    before = hashes(running.site)
    spoil(running.source / timeframe / KEYS[timeframe])
    result = running.run(timeframe)
    assert not result.success
    assert changed_files(before, hashes(running.site)) == {"status.json"}
    state = running.status()["timeframes"][timeframe]
    assert list(state["failures"]) == [KEYS[timeframe]]
    assert "BLUEDOT_MIN_COMPLETE" in state["failures"][KEYS[timeframe]]["reason"]
    assert state["failures"][KEYS[timeframe]]["run_id"] == result.run_id
    assert state["as_of"] == KEYS[timeframe]
    assert state["runs"][0]["outcome"] == "failed"


def test_a_failure_of_one_timeframe_says_nothing_of_the_other(running: Installation) -> None:
    before = running.status()["timeframes"]["weekly"]
    spoil(running.source / "daily" / DAY)
    running.run()
    assert running.status()["timeframes"]["weekly"] == before


def test_the_next_good_run_lifts_the_failure(running: Installation, sample_tree: Path) -> None:
    before = {path: one for path, one in hashes(running.site).items() if path != "status.json"}
    spoil(running.source / "daily" / DAY)
    assert not running.run().success
    shutil.copytree(sample_tree / "daily" / DAY, running.source / "daily" / DAY, dirs_exist_ok=True)
    assert running.run().success
    state = running.status()["timeframes"]["daily"]
    assert state["failures"] == {}
    assert [run["outcome"] for run in state["runs"]] == ["failed", "published"]
    assert {path: one for path, one in hashes(running.site).items() if path != "status.json"} == before


def test_an_old_date_that_fails_is_told_beside_the_newest_that_stands(running: Installation) -> None:
    spoil(running.source / "daily" / DAYS[0])
    assert not running.run("daily", DAYS[0]).success
    state = running.status()["timeframes"]["daily"]
    assert (state["as_of"], list(state["failures"])) == (DAY, [DAYS[0]])
    assert (state["runs"][0]["partition"], state["runs"][0]["outcome"]) == (DAYS[0], "failed")


def test_a_failure_on_an_empty_site_has_a_page(installation: Installation) -> None:
    spoil(installation.source / "daily" / DAY)
    installation.run()
    assert (installation.site / "index.html").is_file()
    assert list(installation.status()["timeframes"]["daily"]["failures"]) == [DAY]


def test_a_source_that_cannot_be_read_is_a_failed_run_and_no_empty_partition(running: Installation) -> None:
    running.source.rename(running.source.with_name("gone"))
    result = running.run()
    assert "is not a folder of this machine" in failure(result)
    assert list(running.status()["timeframes"]["daily"]["failures"]) == [DAY]
    assert running.status()["timeframes"]["daily"]["stocks"] == 4


def test_between_the_least_share_and_all_it_is_published_as_incomplete(installation: Installation) -> None:
    spoil(installation.source / "daily" / DAY, files=1)
    installation.set(BLUEDOT_MIN_COMPLETE=75)
    assert installation.run().success
    state = installation.status()["timeframes"]["daily"]
    assert (state["complete"], state["stocks"], state["expected"]) == (False, 3, 4)
    assert [one["file"] for one in state["rejected"]] == [stock_files(installation.source / "daily" / DAY)[0].name]


@TIMEFRAME
def test_a_run_of_a_backfill_that_fails_is_told_too(running: Installation, timeframe: str) -> None:
    spoil(running.source / timeframe / KEYS[timeframe])
    definitions = running.definitions
    key = TIMEFRAMES[timeframe].dagster_key(KEYS[timeframe])
    result = definitions.resolve_job_def(f"{timeframe}_pipeline").execute_in_process(
        tags={"dagster/backfill": "b"} | dict.fromkeys(RANGE_TAGS, key), raise_on_error=False
    )
    assert "BLUEDOT_MIN_COMPLETE" in failure(result)
    assert list(running.status()["timeframes"][timeframe]["failures"]) == [KEYS[timeframe]]
