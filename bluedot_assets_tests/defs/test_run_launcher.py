"""Whether a run's process still lives: never "gone" for one that does, whatever was reloaded."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run
from dagster._core.launcher import WorkerStatus
from dagster._daemon.monitoring.run_monitoring import check_run_timeout
from dagster._grpc.client import DagsterGrpcClient

from bluedot_assets.adapters.storage.owned_folders import LOCK
from bluedot_assets.defs.instance import run_launcher
from bluedot_assets.defs.run_events import WILL_RETRY_TAG
from bluedot_assets_tests.servers.processes import BIN, end, free_port, start, wait_until

# Processes with numbers of their own, as in a container; where that is not allowed, as they are.
UNSHARE = ("/usr/bin/unshare", "--pid", "--fork", "--kill-child")
CONTAINER = UNSHARE if subprocess.run(["sh", "-c", f"{' '.join(UNSHARE)} true"], check=False).returncode == 0 else ()
NAP = """
import time, dagster as dg
from bluedot_assets.defs.instance.run_launcher import watched_executor
@dg.op
def nap():
    try: time.sleep(120)
    finally: time.sleep(1)  # what it has to end takes longer than the monitoring
@dg.job
def napping(): nap()
defs = dg.Definitions(jobs=[napping], executor=watched_executor)
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


@contextmanager
def owner(instance: dg.DagsterInstance, run_id: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has the run, as in a container: its numbers are not ours."""
    folder = Path(instance.storage_directory()) / run_id
    code = f"import time; from pathlib import Path; from {run_launcher.__name__} import _own"
    code += f"; _own(Path({str(folder)!r})); time.sleep(600)"
    process = subprocess.Popen([*CONTAINER, sys.executable, "-c", code], start_new_session=True)
    try:
        wait_until((folder / LOCK).exists, 30, "the lock")
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_run_is_gone_with_its_own_process_alone(instance: dg.DagsterInstance) -> None:
    ours, unknown = (instance.create_run_for_job(nothing).run_id for _ in range(2))
    with owner(instance, ours) as process:
        assert [health(instance, one) for one in (ours, unknown)] == [WorkerStatus.RUNNING] * 2
        os.killpg(process.pid, signal.SIGKILL)
        wait_until(lambda: health(instance, ours) is WorkerStatus.NOT_FOUND, 5, "a process that was killed")
    # Of an earlier version, or where the daemon has other files than the run.
    assert health(instance, unknown) is WorkerStatus.RUNNING


def test_a_process_has_its_newest_run_until_the_next_begins(instance: dg.DagsterInstance) -> None:
    job = dg.Definitions(jobs=[nothing], executor=run_launcher.watched_executor).resolve_job_def("nothing")
    first, second = (execute(job, instance) for _ in range(2))
    # Its steps are done, and Dagster may not have reported its end yet.
    assert [health(instance, one) for one in (first, second)] == [WorkerStatus.NOT_FOUND, WorkerStatus.RUNNING]


def execute(job: dg.JobDefinition, instance: dg.DagsterInstance) -> str:
    run = instance.create_run_for_job(job)
    execute_run(InMemoryJob(job), run, instance)
    return run.run_id


@contextmanager
def code_server(folder: Path, *where: str) -> Iterator[subprocess.Popen[bytes]]:
    """What the image runs, and each place of `dagster dev`."""
    container = () if "--socket" in where else CONTAINER
    process = start(folder, *container, BIN / "dagster", "code-server", "start", "-f", str(folder / "nap.py"), *where)
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
        # A process that lived on could still report that it was canceled, which would be the last word.
        assert health(instance, stuck) is WorkerStatus.NOT_FOUND
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        wait_until(lambda: health(instance, lost) is WorkerStatus.NOT_FOUND, 5, "what is known of a killed run")
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
    assert run.is_failure, (
        run.status,
        [entry.user_message + entry.message for entry in instance.all_logs(run_id)][-6:],
    )
    return run.tags.get(WILL_RETRY_TAG)
