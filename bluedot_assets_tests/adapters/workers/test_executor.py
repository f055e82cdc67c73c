"""The executor on the machine's cores."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from bluedot_assets.adapters.workers.executor import Processes
from bluedot_assets.adapters.workers.port import Executor
from bluedot_assets_tests.contracts.executor import WORKERS, ExecutorContract
from bluedot_assets_tests.examples import executor_tasks as tasks
from bluedot_assets_tests.servers.processes import group_lives, wait_until


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    """Workers that are started once; spawning them is what takes the time."""
    executor = Processes(WORKERS)
    yield executor
    executor.close()


class TestProcesses(ExecutorContract):
    pass


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_one_worker_starts_no_process(count: int) -> None:
    executor = Processes(1)
    executor.start(count)
    assert list(executor.map(tasks.process_id, range(count))) == count * [os.getpid()]


def test_one_worker_raises_what_a_task_raises_after_the_results_before_it() -> None:
    results = Processes(1).map(tasks.fail_at_three, range(6))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(tasks.NoWork, match="task 3"):
        next(results)


def test_no_process_outlives_its_parent_also_where_that_is_killed_in_the_middle_of_the_work() -> None:
    code = (
        "from bluedot_assets.adapters.workers.executor import Processes\n"
        "from bluedot_assets_tests.examples.executor_tasks import sleep_long\n"
        "if __name__ == '__main__':\n"
        "    for process in Processes(2).map(sleep_long, range(6)):\n"
        "        print(process, flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert parent.stdout
    assert int(parent.stdout.readline()) != parent.pid
    parent.kill()
    parent.wait()
    try:
        wait_until(lambda: not group_lives(parent.pid), 5, "the workers and the resource tracker have ended")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)
        parent.stdout.close()
