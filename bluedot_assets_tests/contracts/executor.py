"""The contract of an executor: what a stage may rely on, whoever does its work and whatever becomes of the workers."""

import os
import time
from pathlib import Path

import pytest

from bluedot_assets.adapters.workers import port
from bluedot_assets.adapters.workers.port import Executor
from bluedot_assets.kernel.errors import WorkerLost
from bluedot_assets_tests.examples import executor_tasks as tasks

WORKERS = 2


class ExecutorContract:
    """Inherit it and give a fixture `executor`: of WORKERS workers that take one task at a time."""

    @pytest.mark.parametrize("count", [0, 1, 2, 9])
    def test_results_come_in_the_order_of_the_tasks(self, executor: Executor, count: int) -> None:
        assert list(executor.map(tasks.double, range(count))) == [2 * number for number in range(count)]

    def test_results_come_in_the_order_of_the_tasks_when_the_first_takes_longest(self, executor: Executor) -> None:
        assert list(executor.map(tasks.slow_first, range(5))) == list(range(5))

    def test_work_is_done_by_workers_that_were_started_before_or_were_not(self, executor: Executor) -> None:
        executor.close()
        executor.close()
        executor.start(4)
        assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]
        executor.close()
        assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]

    def test_work_is_done_by_as_many_other_processes_as_there_are_workers(self, executor: Executor) -> None:
        workers = {one for _ in range(3) for one in executor.map(tasks.process_id, range(20))}
        assert os.getpid() not in workers
        assert 1 <= len(workers) <= WORKERS  # short tasks may all go to one of them

    def test_one_task_alone_is_carried_out_in_this_process(self, executor: Executor) -> None:
        assert list(executor.map(tasks.process_id, [1])) == [os.getpid()]

    def test_what_a_task_raises_is_raised_after_the_results_before_it(self, executor: Executor) -> None:
        results = executor.map(tasks.fail_at_three, range(6))
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(tasks.NoWork, match="task 3"):
            next(results)
        assert list(executor.map(tasks.double, [1, 2])) == [2, 4]

    def test_a_task_that_ran_into_a_time_limit_of_its_own_is_no_worker_that_was_lost(self, executor: Executor) -> None:
        with pytest.raises(TimeoutError, match="task 3"):
            list(executor.map(tasks.time_out_at_three, range(6)))

    def test_tasks_begin_only_as_their_results_are_taken(self, executor: Executor, tmp_path: Path) -> None:
        results = executor.map(tasks.begin, [(tmp_path, number) for number in range(20)])
        for taken in (1, 2):
            next(results)
            time.sleep(0.5)
            assert len(list(tmp_path.iterdir())) < 2 * WORKERS + taken
        del results

    def test_when_a_task_fails_no_other_is_still_at_work(self, executor: Executor, tmp_path: Path) -> None:
        list(executor.map(tasks.double, range(4)))
        with pytest.raises(tasks.NoWork):
            list(executor.map(tasks.fail_at_once_or_write_late, [(tmp_path, number) for number in range(4)]))
        written = sorted(tmp_path.iterdir())
        time.sleep(0.7)
        assert sorted(tmp_path.iterdir()) == written

    def test_a_worker_that_is_killed_once_costs_no_result(self, executor: Executor, tmp_path: Path) -> None:
        marker = tmp_path / "died"
        assert list(executor.map(tasks.die_once, [(marker, number) for number in range(8)])) == list(range(8))
        assert marker.exists()

    def test_a_task_that_kills_each_worker_is_an_error_and_the_next_work_is_done(self, executor: Executor) -> None:
        with pytest.raises(WorkerLost, match=r"killed.*memory: .*BATCH_SIZE"):
            list(executor.map(tasks.die_always, range(4)))
        assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]

    def test_a_worker_that_gives_no_result_is_ended_and_is_an_error(
        self, executor: Executor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        list(executor.map(tasks.double, range(4)))
        monkeypatch.setattr(port, "TASK_S", 1)
        with pytest.raises(WorkerLost, match=r"no result within .* minutes"):
            list(executor.map(tasks.sleep_long, range(4)))
        monkeypatch.undo()
        assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]
