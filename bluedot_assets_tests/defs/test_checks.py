"""The freshness check in Dagster: with a run, alone and without a partition or daemon, and Dagster's own policy."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from bluedot_assets_tests.examples.trees import DAY, Installation


def look(installation: Installation, timeframe: str = "daily") -> dg.AssetCheckEvaluation:
    """The check alone, as a cron job would ask for it."""
    job = installation.definitions.resolve_job_def(f"{timeframe}_freshness")
    (found,) = job.execute_in_process().get_asset_check_evaluations()
    return found


def test_the_check_needs_no_partition_and_warns_once_the_next_partition_is_late(running: Installation) -> None:
    assert look(running).passed
    running.clock.now = datetime(2024, 8, 6, 15, 1, tzinfo=UTC)  # Monday's partition was due on Tuesday at 09:00
    found = look(running)
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "2024-08-05 was due 2024-08-06 09:00 UTC and is not there" in (found.description or "")
    assert look(running, "weekly").passed


def test_a_holiday_of_the_exchanges_that_it_has_is_no_delay(running: Installation) -> None:
    state = running.status()["timeframes"]["daily"]
    assert (state["due"], state["due_at"]) == ("2024-08-05", "2024-08-06T09:00:00Z")
    running.set(BLUEDOT_CALENDARS="XTKS", BLUEDOT_DEADLINE_HOURS="daily=2")
    assert running.run("daily", DAY, "site").success
    assert running.status()["timeframes"]["daily"]["late_after"] == "2024-08-06T11:00:00Z"


def test_an_empty_site_is_not_fresh(installation: Installation) -> None:
    assert not look(installation).passed


def test_a_calendar_that_there_is_not_fails_the_run_with_its_name(running: Installation) -> None:
    running.set(BLUEDOT_CALENDARS="XXXX")
    result = running.run()
    assert not result.success
    assert "XXXX" in running.status()["timeframes"]["daily"]["failures"][DAY]["reason"]


@pytest.mark.parametrize(("timeframe", "days"), [("daily", 6), ("weekly", 12)])
def test_dagster_itself_watches_that_anything_runs(installation: Installation, timeframe: str, days: int) -> None:
    graph = installation.definitions.resolve_asset_graph()
    policy = graph.get(dg.AssetKey([timeframe, "site"])).freshness_policy
    assert isinstance(policy, dg.FreshnessPolicy)
    assert policy == dg.FreshnessPolicy.time_window(timedelta(days=days), timedelta(days=days - 2))
