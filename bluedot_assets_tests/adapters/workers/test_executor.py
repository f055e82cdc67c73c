"""The executors: the same results in the same order, and what they do when workers fail or die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bluedot_assets.adapters.workers import executor as module
from bluedot_assets.adapters.workers.executor import Processes
from bluedot_assets.kernel.errors import WorkerLost
from bluedot_assets_tests.examples import executor_tasks as tasks
from bluedot_assets_tests.servers.processes import group_lives, wait_until


@pytest.fixture(scope="module")
def two() -> Iterator[Processes]:
    """Two workers that are started once; spawning them is what takes the time."""
    executor = Processes(2)
    yield executor
    executor.close()


@pytest.fixture(params=["one", "two"])
def executor(request: pytest.FixtureRequest, two: Processes) -> Processes:
    executors: dict[str, Processes] = {"one": Processes(1), "two": two}
    return executors[request.param]


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_results_come_in_the_order_of_the_tasks(executor: Processes, count: int) -> None:
    assert list(executor.map(tasks.double, range(count))) == [2 * number for number in range(count)]


def test_results_come_in_the_order_of_the_tasks_when_the_first_takes_longest(executor: Processes) -> None:
    assert list(executor.map(tasks.slow_first, range(5))) == list(range(5))


def test_what_a_task_raises_is_raised_after_the_results_before_it(executor: Processes) -> None:
    results = executor.map(tasks.fail_at_three, range(6))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(tasks.NoWork, match="task 3"):
        next(results)
    assert list(executor.map(tasks.double, [1, 2])) == [2, 4]


def test_work_is_done_by_as_many_other_processes_as_there_are_workers(two: Processes) -> None:
    workers = {one for _ in range(3) for one in two.map(tasks.process_id, range(20))}
    assert os.getpid() not in workers
    assert 1 <= len(workers) <= 2  # short tasks may all go to one of them


def test_one_worker_and_one_task_start_no_process(two: Processes) -> None:
    assert set(Processes(1).map(tasks.process_id, range(3))) == {os.getpid()}
    assert set(two.map(tasks.process_id, [1])) == {os.getpid()}


def test_a_worker_that_is_killed_once_costs_no_result(tmp_path: Path) -> None:
    executor = Processes(2)
    assert list(executor.map(tasks.die_once, [(tmp_path / "died", number) for number in range(8)])) == list(range(8))
    assert (tmp_path / "died").exists()
    executor.close()


def test_a_worker_that_is_killed_twice_is_an_error_with_a_remedy_and_the_next_work_is_done() -> None:
    executor = Processes(2)
    with pytest.raises(WorkerLost, match=r"killed twice.*lower PARALLEL_WORKERS or BATCH_SIZE"):
        list(executor.map(tasks.die_always, range(4)))
    assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]
    executor.close()


def test_when_a_task_fails_no_other_is_still_at_work(two: Processes, tmp_path: Path) -> None:
    list(two.map(tasks.double, range(4)))
    with pytest.raises(tasks.NoWork):
        list(two.map(tasks.fail_at_once_or_write_late, [(tmp_path, number) for number in range(4)]))
    written = sorted(tmp_path.iterdir())
    time.sleep(0.5)
    assert sorted(tmp_path.iterdir()) == written


def test_a_worker_that_gives_no_result_is_ended_with_the_others_and_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executor = Processes(2)
    list(executor.map(tasks.double, range(4)))
    monkeypatch.setattr(module, "TASK_S", 1)
    with pytest.raises(WorkerLost, match="gave no result within"):
        list(executor.map(tasks.sleep_long, range(4)))
    monkeypatch.undo()
    assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]
    executor.close()


def test_closing_twice_is_no_fault() -> None:
    executor = Processes(2)
    executor.close()
    executor.close()


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
