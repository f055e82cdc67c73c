"""Running again: no byte changes, `latest` stays the newest, and absent days are an error or a note."""

import json
from datetime import timedelta

import dagster as dg
import pytest

from bluedot_assets_tests.examples.spoiled_files import revise
from bluedot_assets_tests.examples.trees import (
    DAY,
    DAYS,
    STAGES_OF,
    WEEK,
    WEEKS,
    Installation,
    failure,
    hashes,
    materialized,
)

KEYS = {"daily": DAY, "weekly": WEEK}
BACKFILL = {"dagster/backfill": "abcdef"}
ABSENT = {"daily": "2024-07-29", "weekly": "2024-W20"}
TIMEFRAME = pytest.mark.parametrize("timeframe", list(KEYS))


@TIMEFRAME
def test_a_run_of_unchanged_input_a_day_later_changes_no_byte(running: Installation, timeframe: str) -> None:
    before = hashes(running.data), hashes(running.site)
    version = running.site.readlink()
    running.clock.now += timedelta(days=1)
    result = running.run(timeframe)
    assert sorted(materialized(result)) == sorted(STAGES_OF[timeframe])
    assert (hashes(running.data), hashes(running.site)) == before
    assert running.site.readlink() == version


def test_touched_files_of_equal_content_keep_every_published_byte(running: Installation) -> None:
    for path in (running.source / "daily" / DAY).iterdir():
        path.touch()
    before = {path: one for path, one in hashes(running.site).items() if path != "status.json"}
    running.clock.now += timedelta(days=1)
    assert running.run().success
    assert {path: one for path, one in hashes(running.site).items() if path != "status.json"} == before
    assert len(running.status()["timeframes"]["daily"]["runs"]) == 1


def test_made_at_is_when_the_content_first_appeared(running: Installation) -> None:
    first = running.index("daily/latest")["made_at"]
    running.clock.now += timedelta(days=1)
    revise(running)
    assert running.run().success
    second = running.index("daily/latest")["made_at"]
    assert second > first
    running.clock.now += timedelta(days=1)
    assert running.run().success
    assert running.index("daily/latest")["made_at"] == second
    assert running.status()["timeframes"]["daily"]["folders"][DAY]["made_at"] == second


@pytest.mark.parametrize(("timeframe", "old"), [("daily", DAYS[0]), ("weekly", WEEKS[0])])
def test_an_old_date_does_not_move_latest(running: Installation, timeframe: str, old: str) -> None:
    before = {path: one for path, one in hashes(running.site).items() if f"{timeframe}/latest/" in path}
    assert running.run(timeframe, old).success
    after = hashes(running.site)
    assert {path: one for path, one in after.items() if f"{timeframe}/latest/" in path} == before
    assert running.index(f"{timeframe}/{old}")["as_of"] == old
    assert running.status()["timeframes"][timeframe]["as_of"] == KEYS[timeframe]


def test_dates_beyond_those_kept_leave_the_site_and_stay_in_the_data(running: Installation) -> None:
    running.set(BLUEDOT_KEEP="daily=1")
    assert running.run("daily", DAYS[0]).success
    assert not (running.site / "daily" / DAYS[0]).exists()
    assert running.manifest("price_data", "daily", DAYS[0]) is not None


def test_a_site_with_two_publishes_more_has_two_versions_on_disk(running: Installation) -> None:
    for key in DAYS[:2]:
        assert running.run("daily", key).success
    versions = [path for path in (running.root / ".site.versions").iterdir() if path.is_dir()]
    assert len(versions) == 2
    assert running.site.resolve() in {path.resolve() for path in versions}


@TIMEFRAME
def test_an_absent_partition_asked_for_by_name_is_an_error(running: Installation, timeframe: str) -> None:
    before = hashes(running.site)
    result = running.run(timeframe, ABSENT[timeframe])
    assert f"has no folder {timeframe}/{ABSENT[timeframe]}" in failure(result)
    assert hashes(running.site) == before


@TIMEFRAME
def test_an_absent_partition_inside_a_backfill_is_skipped_with_a_note(running: Installation, timeframe: str) -> None:
    before = hashes(running.site), hashes(running.data)
    instance = dg.DagsterInstance.ephemeral()
    result = running.run(timeframe, ABSENT[timeframe], tags=BACKFILL, instance=instance)
    assert result.success
    assert materialized(result) == []
    assert (hashes(running.site), hashes(running.data)) == before


def test_a_backfill_of_the_site_alone_skips_days_that_the_source_lacks(running: Installation) -> None:
    result = running.run("daily", ABSENT["daily"], "site", tags=BACKFILL)
    assert result.success
    assert materialized(result) == []


def test_a_backfill_does_not_skip_a_day_that_is_there_and_fails(running: Installation) -> None:
    result = running.run("daily", DAYS[0], "bars", tags=BACKFILL)
    assert "materialize daily/raw_json first" in failure(result)


def test_a_backfill_does_not_skip_days_of_a_source_that_cannot_be_read(running: Installation) -> None:
    running.source.rename(running.source.with_name("gone"))
    assert not running.run("daily", ABSENT["daily"], tags=BACKFILL).success
    assert not running.run("daily", ABSENT["daily"], "site", tags=BACKFILL).success


@pytest.mark.long
def test_the_order_of_runs_does_not_decide_what_is_public(running: Installation, installation: Installation) -> None:
    for key in DAYS[:2]:
        assert running.run("daily", key).success
    for key in DAYS:
        assert installation.run("daily", key).success

    def public(one: Installation) -> dict[str, str]:
        return {path: digest for path, digest in hashes(one.site).items() if path.startswith("daily/")}

    assert public(running) == public(installation)
    assert json.dumps(running.index("daily/latest")) == json.dumps(installation.index("daily/latest"))
