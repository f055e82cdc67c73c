"""Launches runs as Dagster does by itself, and tells its run monitoring whether a run's process still lives: Dagster's
own launcher cannot say, so that a run whose code server died with it stays *Started* until `max_runtime_seconds`.
`dagster.yaml` names this class."""

import json
import os
from typing import Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

SERVER_TAG = ".dagster/grpc_info"  # which server the launcher asked to start the run
ANSWER_S = 10


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Dagster's, which asks the code server that has the run. Where nothing is known for certain the run counts as
    alive, and `max_runtime_seconds` decides."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        if SERVER_TAG not in run.tags:  # `bluedot run` works without a server
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        server = json.loads(run.tags[SERVER_TAG])
        known = _known_to(server, run.run_id)
        # A server of this machine has a socket of its own, and never comes back to it. One with an address does.
        if known is None and server.get("socket"):
            known = _lives(_process_of(self._instance, run.run_id))
        if known is False:
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "the process of the run is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def _known_to(server: dict[str, Any], run_id: str) -> bool | None:
    """Whether the server has the run; None where it does not answer."""
    client = DagsterGrpcClient(
        port=server.get("port"),
        socket=server.get("socket"),
        host=server["host"],
        use_ssl=bool(server.get("use_ssl", False)),
    )
    try:
        answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run_id), timeout=ANSWER_S)
    except dg.DagsterError:
        return None
    return deserialize_value(answer, CanCancelExecutionResult).can_cancel


def _process_of(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The run's process by what it wrote itself at its start."""
    for entry in instance.all_logs(run_id, dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None:
            return int(str(pid.value))
    return None


def _lives(process: int | None) -> bool | None:
    if process is None:
        return None
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        return True
    return True
