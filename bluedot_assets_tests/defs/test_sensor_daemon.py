"""The sensors in a real daemon, over Drive: one run for each touch, also when the daemon is killed in between."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.dagster_home import INSTANCE
from bluedot_assets_tests.drive_server import DriveServer
from bluedot_assets_tests.trees import DAY, Installation

pytestmark = [pytest.mark.long, pytest.mark.timeout(420)]


@contextmanager
def daemon(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`dagster-daemon run`, killed without a word at the end."""
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-m", "bluedot_assets.definitions"]
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(1)
    return False


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
