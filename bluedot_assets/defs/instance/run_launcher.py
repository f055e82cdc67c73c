"""How a run's process shows that it lives, and the launcher that tells Dagster's run monitoring: Dagster's own cannot
say, so that a run whose code server died with it stays *Started* until `max_runtime_seconds`. `dagster.yaml` names the
launcher, `definitions` the executor."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.definitions.executor_definition import IN_PROC_CONFIG as IN_PROCESS_CONFIG
from dagster._core.definitions.executor_definition import _core_in_process_executor_creation as in_process_executor_of
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import MAX_RETRIES_TAG
from filelock import FileLock

from bluedot_assets.adapters.storage.owned_folders import LOCK, has_owner

LONGEST_END_S: Final = 20.0  # of a process that was interrupted
OUT_OF_STEP_S: Final = 1.7  # the daemon begins everything that it does every five seconds in one moment
_owned: Final[list[FileLock]] = []  # of this process's newest run


class WatchedExecutor(InProcessExecutor):
    """Dagster's, whose process owns the folder of the run's logs as long as it lives. The system lets go of the lock
    at whatever end, and others ask it across the containers of a machine, where process numbers say nothing."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        with suppress(OSError):  # what has no lock counts as alive
            _own(_folder(plan_context.instance, plan_context.run_id))
        yield from super().execute(plan_context, execution_plan)


def _watched(context: dg.InitExecutorContext) -> dg.Executor:
    made = in_process_executor_of(context.executor_config)
    return WatchedExecutor(made.retries, made.step_dependency_config)


watched_executor: Final = dg.ExecutorDefinition("in_process", IN_PROCESS_CONFIG, executor_creation_fn=_watched)


def _own(folder: Path) -> None:
    """For longer than the steps: Dagster reports the run's end after them. Under its name the lock is taken from the
    first moment, for a free one says that the process is gone."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{LOCK}.part"
    lock = FileLock(part, thread_local=False)
    lock.acquire()
    part.replace(folder / LOCK)
    for earlier in _owned:
        earlier.release(force=True)
    _owned[:] = [lock]


def _folder(instance: dg.DagsterInstance, run_id: str) -> Path:
    return Path(instance.storage_directory()) / run_id


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Dagster's, which checks whether the run's process has its lock. A code server is not asked: what answers is a
    proxy for its present child, which after a *Reload* knows nothing of the runs that live on in the earlier one. Where
    nothing is known for certain the run counts as alive, for a second one beside it is worse than one that is seen
    late."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        with suppress(OSError):  # of another user
            if has_owner(_folder(self._instance, run.run_id)) is False:
                # It is reported as failed now. What starts failed runs again reads events in step with the monitoring,
                # and passes over for good a failure that it reads before the run's status says so: hence a bit later.
                time.sleep(OUT_OF_STEP_S)
                return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "the process of the run is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def terminate(self, run_id: str) -> bool:
        """A run that is ended because it is stuck is not started again: it would be stuck for as long once more. The
        monitoring reports it as failed when its process can say no more: a *canceled* of its own would have the last
        word, and nobody is notified of one."""
        # Raises for a run that its server does not know: that one was killed.
        ended = bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        record = self._instance.get_run_record_by_id(run_id)
        longest = self._instance.run_monitoring_max_runtime_seconds
        if ended and longest and record and record.start_time and time.time() - record.start_time > longest:
            self._instance.add_run_tags(run_id, {MAX_RETRIES_TAG: "0"})
            _wait_for_end(_folder(self._instance, run_id))
        return ended


def _wait_for_end(folder: Path) -> None:
    """Of the process that has the folder, as far as anybody can say; not for ever, for the daemon waits as well."""
    until = time.monotonic() + LONGEST_END_S
    with suppress(OSError):
        while has_owner(folder) and time.monotonic() < until:
            time.sleep(0.1)
