"""Runs that are killed in a real daemon: started again by themselves, published once, and nobody is alarmed."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.dagster_home import INSTANCE
from bluedot_assets_tests.examples.trees import DAY, write_tree
from bluedot_assets_tests.servers.dagster import daemon, wait_until
from bluedot_assets_tests.servers.webhooks import DISCORD, SLACK, Webhooks

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

STEPS = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.ENGINE_EVENT}


@pytest.fixture
def environment(tmp_path: Path, webhooks: Webhooks) -> dict[str, str]:
    write_tree(tmp_path / "drive", days=1, weeks=0, stocks=40)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/dagster.yaml").write_bytes(INSTANCE.read_bytes().replace(b"seconds: 60", b"seconds: 5"))
    return {
        **os.environ,
        **webhooks.environment,
        "DAGSTER_HOME": str(tmp_path / "home"),
        "BLUEDOT_SOURCE": str(tmp_path / "drive"),
        "BLUEDOT_DATA": str(tmp_path / "data"),
        "BLUEDOT_SITE": str(tmp_path / "site"),
        "BLUEDOT_POLL_SECONDS": "5",
        "NOTIFICATION_WEBHOOK_TROUBLE": SLACK,
        "NOTIFICATION_WEBHOOK_DIGEST": DISCORD,
        "PARALLEL_WORKERS": "1",
    }


@pytest.fixture
def instance(environment: dict[str, str]) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as opened:
        yield opened


def runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Oldest first."""
    return list(reversed(instance.get_runs(dg.RunsFilter(job_name="daily_pipeline"))))


def at_work(instance: dg.DagsterInstance) -> int | None:
    """The process of the first run, once it is in a step."""
    for run in runs(instance)[:1]:
        events = [entry.dagster_event for entry in instance.all_logs(run.run_id, STEPS) if entry.dagster_event]
        if any(event.event_type == dg.DagsterEventType.STEP_START for event in events):
            pids = [event.engine_event_data.metadata.get("pid") for event in events if event.is_engine_event]
            return next(int(str(pid.value)) for pid in pids if pid)
    return None


def assert_published_once(instance: dg.DagsterInstance, folder: Path, webhooks: Webhooks) -> None:
    assert wait_until(lambda: any(run.is_success for run in runs(instance)), 240), (folder / "daemon.log").read_text()
    assert wait_until(lambda: bool(webhooks.titles("discord.com")), 90)
    killed, retried = runs(instance)
    assert (killed.status, retried.parent_run_id) == (dg.DagsterRunStatus.FAILURE, killed.run_id)
    assert retried.tags["dagster/partition"] == DAY
    status = json.loads((folder / "site/status.json").read_bytes())["timeframes"]["daily"]
    assert [(run["outcome"], run["run_id"]) for run in status["runs"]] == [("published", retried.run_id)]
    assert status["failures"] == {}
    assert [title.split(":")[0] for title in webhooks.titles("discord.com")] == [f"daily {DAY}"]
    assert [title for title in webhooks.titles("hooks.slack.com") if "failed" in title or "back" in title] == []


def test_a_run_whose_process_is_killed_is_run_again(
    environment: dict[str, str], instance: dg.DagsterInstance, tmp_path: Path, webhooks: Webhooks
) -> None:
    with daemon(environment, tmp_path):
        assert wait_until(lambda: at_work(instance) is not None, 120)
        os.kill(at_work(instance) or 0, signal.SIGKILL)
        # Its code server sees that within a second.
        assert wait_until(lambda: runs(instance)[0].is_failure, 10)
        assert_published_once(instance, tmp_path, webhooks)


def test_a_run_that_was_killed_with_everything_is_run_again_by_the_next_daemon(
    environment: dict[str, str], instance: dg.DagsterInstance, tmp_path: Path, webhooks: Webhooks
) -> None:
    with daemon(environment, tmp_path) as process:
        assert wait_until(lambda: at_work(instance) is not None, 120)
        os.killpg(process.pid, signal.SIGKILL)
    assert runs(instance)[0].status == dg.DagsterRunStatus.STARTED
    with daemon(environment, tmp_path):
        # Not after max_runtime_seconds, an hour: the run monitoring asks who has the run.
        assert wait_until(lambda: runs(instance)[0].is_failure, 90), (tmp_path / "daemon.log").read_text()
        assert_published_once(instance, tmp_path, webhooks)
