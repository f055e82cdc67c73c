"""Whether a run's process still lives: never "gone" for one that does, whatever was reloaded."""

import logging
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
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus
from dagster._daemon.monitoring.run_monitoring import check_run_timeout
from dagster._grpc.client import DagsterGrpcClient

from bluedot_assets.defs.instance import run_launcher
from bluedot_assets.defs.run_events import WILL_RETRY_TAG
from bluedot_assets_tests.servers.processes import BIN, end, free_port, start, wait_until

SOCKET, ADDRESS = '{"host": "localhost", "socket": "/tmp/x"}', '{"host": "code", "port": 4000}'
NAP = """
import time, dagster as dg
@dg.op
def nap(): time.sleep(120)
@dg.job
def napping(): nap()
defs = dg.Definitions(jobs=[napping])
"""
INSTANCE = """
telemetry: {enabled: false}
run_launcher: {module: bluedot_assets.defs.instance.run_launcher, class: WatchedRunLauncher}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
run_monitoring: {enabled: true, max_runtime_seconds: 1}
run_retries: {enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}
"""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/dagster.yaml").write_text(INSTANCE)
    with dg.DagsterInstance.from_config(str(tmp_path / "home")) as opened:
        yield opened


def health(instance: dg.DagsterInstance, run_id: str) -> WorkerStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return instance.run_launcher.check_run_worker_health(run).status


@dg.job
def nothing() -> None: ...


def started(instance: dg.DagsterInstance, process: int | None) -> str:
    """A run that has written down that process."""
    run = instance.create_run_for_job(nothing)
    if process is not None:
        instance.report_engine_event("Started process for run", run, EngineEventData.in_process(process))
    return run.run_id


def of_server(instance: dg.DagsterInstance, process: int | None, server: str) -> str:
    run_id = started(instance, process)
    instance.add_run_tags(run_id, {run_launcher.SERVER_TAG: server})
    return run_id


def test_a_run_is_gone_with_its_own_process_alone(instance: dg.DagsterInstance) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        ours, elsewhere = (of_server(instance, process.pid, server) for server in (SOCKET, ADDRESS))
        unknown, by_hand = of_server(instance, None, SOCKET), started(instance, process.pid)
        assert {health(instance, one) for one in (ours, elsewhere, unknown, by_hand)} == {WorkerStatus.RUNNING}
        process.kill()
        if run_launcher.PROCESSES.exists():
            wait_until(lambda: health(instance, ours) is WorkerStatus.NOT_FOUND, 5, "a process that nobody waited for")
    assert health(instance, ours) is WorkerStatus.NOT_FOUND
    # Those of another container have numbers of their own.
    assert {health(instance, one) for one in (elsewhere, unknown, by_hand)} == {WorkerStatus.RUNNING}


@pytest.mark.skipif(not run_launcher.PROCESSES.exists(), reason="no /proc here")
def test_a_number_that_is_used_again_is_not_the_run(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn = "import sys, time; sys.stdin.read()  # from multiprocessing.spawn import spawn_main"
    with (
        subprocess.Popen(["sleep", "60"]) as other,
        subprocess.Popen([sys.executable, "-c", spawn], stdin=subprocess.PIPE) as run,
    ):
        ids = {of_server(instance, process.pid, SOCKET): process for process in (other, run)}
        monkeypatch.setattr(run_launcher, "CLOCK_S", -3600)  # both began long after the run did
        assert [health(instance, one) for one in ids] == [WorkerStatus.NOT_FOUND, WorkerStatus.RUNNING]
        other.kill()
        run.kill()


@contextmanager
def code_server(folder: Path, *where: str) -> Iterator[subprocess.Popen[bytes]]:
    """What the image runs, and each place of `dagster dev`."""
    process = start(folder, "dagster", "code-server", "start", "-f", str(folder / "nap.py"), *where)
    try:
        yield process
    finally:
        end(process)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["socket", "address"])
def test_a_reload_ends_no_run_and_a_stuck_one_is_not_started_again(
    kind: str, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    (tmp_path / "nap.py").write_text(NAP)
    port, socket = free_port(), str(tmp_path / "s")
    where = ["--socket", socket] if kind == "socket" else ["--port", str(port)]
    client = DagsterGrpcClient(host="localhost", **({"socket": socket} if kind == "socket" else {"port": port}))
    place = f"socket: {socket}" if kind == "socket" else f"port: {port}"
    (tmp_path / "ws.yaml").write_text(f"load_from: [grpc_server: {{host: localhost, {place}, location_name: here}}]")
    with code_server(tmp_path, *where) as server:
        wait_until(lambda: answers(client), 30, "the code server")
        stuck, lost = launch(instance, tmp_path), launch(instance, tmp_path)
        client.reload_code(timeout=60)
        time.sleep(1.5)
        assert health(instance, stuck) is health(instance, lost) is WorkerStatus.RUNNING
        assert ended_as_too_long(instance, stuck) == "false"
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        gone = {"socket": WorkerStatus.NOT_FOUND, "address": WorkerStatus.RUNNING}[kind]
        wait_until(lambda: health(instance, lost) is gone, 5, "what is known of a killed run")
        assert ended_as_too_long(instance, lost) == "true"


def answers(client: DagsterGrpcClient) -> bool:
    try:
        return client.ping("x") is not None
    except dg.DagsterError:
        return False


def launch(instance: dg.DagsterInstance, folder: Path) -> str:
    words = ["job", "launch", "-w", str(folder / "ws.yaml"), "--location", "here", "-j", "napping"]
    environment = {**os.environ, "DAGSTER_HOME": instance.root_directory}
    subprocess.run([BIN / "dagster", *words], env=environment, cwd=folder, capture_output=True, check=True, timeout=120)
    (run, *_) = instance.get_runs(limit=1)
    steps: Callable[[], bool] = lambda: bool(instance.all_logs(run.run_id, dg.DagsterEventType.STEP_START))  # noqa: E731
    wait_until(steps, 60, "the run's first step")
    return run.run_id


def ended_as_too_long(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """Whether the run that the monitoring ends will be started again."""
    record = instance.get_run_record_by_id(run_id)
    assert record is not None
    check_run_timeout(instance, record, logging.getLogger("test"), 1.0)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.is_failure
    return run.tags.get(WILL_RETRY_TAG)
