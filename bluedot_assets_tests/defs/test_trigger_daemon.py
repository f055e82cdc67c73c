"""The sensors in a real daemon, over Drive: one run for each touch, also when the daemon is killed in between."""

import json
import os
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.dagster_home import INSTANCE
from bluedot_assets_tests.examples.trees import DAY, Installation
from bluedot_assets_tests.servers.dagster import daemon, wait_until
from bluedot_assets_tests.servers.drive import DriveServer

pytestmark = [pytest.mark.long, pytest.mark.timeout(420)]


def daily_runs(instance: dg.DagsterInstance, *, done: bool = False) -> int:
    filters = dg.RunsFilter(job_name="daily_pipeline", statuses=[dg.DagsterRunStatus.SUCCESS] if done else None)
    return len(instance.get_runs(filters))


def test_each_touch_is_one_run_through_a_restart_of_the_daemon(installation: Installation, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_bytes(INSTANCE.read_bytes())
    trigger = installation.source / "triggers" / "daily_ready.txt"
    with DriveServer(installation.source) as drive, dg.DagsterInstance.from_config(str(home)) as instance:
        environment = {
            **os.environ,
            "DAGSTER_HOME": str(home),
            "BLUEDOT_SOURCE": f"gdrive:{drive.root_id}",
            "BLUEDOT_DRIVE_ENDPOINT": drive.endpoint,
            "GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(drive.service_account_info()),
            "BLUEDOT_DATA": str(installation.data),
            "BLUEDOT_SITE": str(installation.site),
            "BLUEDOT_POLL_SECONDS": "5",
            "BLUEDOT_SETTLE_MINUTES": "600",
        }
        with daemon(environment, tmp_path):
            assert wait_until(lambda: daily_runs(instance, done=True) == 1, 120)
        assert installation.index("daily/latest")["as_of"] == DAY
        with daemon(environment, tmp_path):
            assert not wait_until(lambda: daily_runs(instance) > 1, 30)
            trigger.write_text(f"{DAY}\n")
            assert wait_until(lambda: daily_runs(instance, done=True) == 2, 120)
        with daemon(environment, tmp_path):
            assert not wait_until(lambda: daily_runs(instance) > 2, 30)
