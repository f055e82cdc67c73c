"""The executor on the machine's cores. What it must do is in `port`, what the work is, in `shard_tasks`."""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module

from bluedot_assets.adapters.workers import port
from bluedot_assets.adapters.workers.port import Result, Task
from bluedot_assets.kernel.errors import WorkerLost


class Processes:
    """Worker processes; with one worker the work is done in this process."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def start(self, tasks: int) -> None:
        if self._pool is None and not self._here(tasks):
            pool = self._started()
            for _ in range(self._workers):  # each submission begins one
                pool.submit(int)

    def _here(self, tasks: int) -> bool:
        return self._workers == 1 or tasks <= 1

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        if self._here(len(tasks)):
            yield from map(work, tasks)
            return
        done = 0
        for attempt in (1, 2):
            try:
                for result in self._in_pool(work, tasks[done:]):
                    yield result
                    done += 1
            except BrokenProcessPool:
                self.close()
                if attempt == 2:  # once may be another program's hunger, twice is ours
                    raise WorkerLost(
                        "A worker process was killed twice, most likely for want of memory: "
                        "lower PARALLEL_WORKERS or BATCH_SIZE, or give the machine more."
                    ) from None
            else:
                return

    def _in_pool(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        pool = self._started()
        running: list[Future[Result]] = []
        waiting = iter(tasks)
        try:
            for task in waiting:
                running.append(pool.submit(work, task))
                if len(running) >= 2 * self._workers:
                    yield self._result(running.pop(0))
            while running:
                yield self._result(running.pop(0))
        finally:
            # Whoever gets an error may take away what the tasks write to: none may still be at work then.
            for future in running:
                future.cancel()
            wait(running)

    def _result(self, future: Future[Result]) -> Result:
        """Raises WorkerLost where it does not come: then the workers are ended."""
        try:
            return future.result(port.TASK_S)
        except TimeoutError:
            if future.done() or self._pool is None:  # the task's own
                raise
            for worker in list(self._pool._processes.values()):
                worker.kill()
            self.close()
            raise WorkerLost(
                f"A worker process gave no result within {port.TASK_S // 60} minutes and was ended, most likely for "
                "the disk or the object store of BLUEDOT_DATA does not answer: see whether it does, and run again."
            ) from None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned and not forked, nor from a server that has imported polars: its threads do not survive a fork.
            self._pool = ProcessPoolExecutor(
                self._workers, multiprocessing.get_context("spawn"), initializer=_begin_worker
            )
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _begin_worker() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.set_threshold(100_000, 50, 50)  # as in `cli`
    # Ctrl-C goes to the whole group: the parent decides what ends, and says so once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Read by polars when it is first imported, which in a worker happens here.
    os.environ["POLARS_MAX_THREADS"] = "1"
    import_module("bluedot_assets.adapters.workers.shard_tasks")


def _end_with_parent() -> None:
    """However the parent ended, also by SIGKILL: multiprocessing has a pipe that then ends. With the workers goes its
    resource tracker."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)  # in the middle of a task: nobody waits for its result
