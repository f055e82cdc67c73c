"""Launches runs as Dagster does by itself, and tells its run monitoring whether a run's process still lives: Dagster's
own launcher cannot say, so that a run whose code server died with it stays *Started* until `max_runtime_seconds`.
`dagster.yaml` names this class."""

import json
import os
import time
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import MAX_RETRIES_TAG

SERVER_TAG: Final = ".dagster/grpc_info"  # which server the launcher asked to start the run
CLOCK_S: Final = 60  # two clocks of one machine may differ by that
PROCESSES: Final = Path("/proc")  # of Linux; elsewhere a number that is used again counts as the run


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Dagster's, which checks the processes of this machine. A code server is not asked: what answers is a proxy for
    its present child, which after a *Reload* knows nothing of the runs that live on in the earlier one. Where nothing
    is known for certain the run counts as alive, for a second one beside it is worse than one that is seen late."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        # `bluedot run` works without a server. One with an address (another container, another machine) numbers its
        # processes by itself; the daemon's own, which is of this machine, has a socket.
        if json.loads(run.tags.get(SERVER_TAG, "{}")).get("socket") and _is_gone(self._instance, run.run_id):
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "the process of the run is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def terminate(self, run_id: str) -> bool:
        """A run that is ended because it is stuck is not started again: it would be stuck for as long once more."""
        # Raises for a run that its server does not know: that one was killed.
        ended = bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        record = self._instance.get_run_record_by_id(run_id)
        longest = self._instance.run_monitoring_max_runtime_seconds
        if ended and longest and record and record.start_time and time.time() - record.start_time > longest:
            self._instance.add_run_tags(run_id, {MAX_RETRIES_TAG: "0"})
        return ended


def _is_gone(instance: dg.DagsterInstance, run_id: str) -> bool:
    """By the process that the run wrote down itself at its start."""
    for entry in instance.all_logs(run_id, dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None:
            process = int(str(pid.value))
            return not _lives(process) or _is_another(process, entry.timestamp)
    return False


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        return True
    return True


def _is_another(process: int, written: float) -> bool:
    """Whether the number is another process's by now, or only that of an ended one that nobody has asked for. A clock
    that is set makes a process seem younger, so what runs in it is checked as well."""
    try:
        state, *numbers = (PROCESSES / f"{process}/stat").read_text().rpartition(")")[2].split()
        command = (PROCESSES / f"{process}/cmdline").read_bytes()
        (booted,) = (line.split()[1] for line in (PROCESSES / "stat").read_text().splitlines() if "btime" in line)
    except OSError:
        return False
    began = int(booted) + int(numbers[18]) / os.sysconf("SC_CLK_TCK")
    return state == "Z" or (began > written + CLOCK_S and b"multiprocessing" not in command)
