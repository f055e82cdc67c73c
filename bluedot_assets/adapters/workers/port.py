"""Where shards of stocks are worked on, as stages see it: the same results in the same order, whoever does the work.

Its implementations are `executor` (processes of this machine) and `cluster` (Dask), what the work is, is in
`shard_tasks`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
TASK_S: Final = 900  # how long a result may take; a shard takes seconds


class Executor(Protocol):
    """The contract; `bluedot_assets_tests/contracts/executor.py` says it as tests. Workers are kept from one stage to
    the next; one task alone is carried out in this process."""

    def start(self, tasks: int) -> None:
        """Let the workers begin, where so many tasks will come and are worth it: they import what they need while this
        process reads. Raises what keeps the workers from any work."""
        ...

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Results in the order of the tasks, of which at most two a worker are under way, so that results never pile
        up in memory. `work` is a module-level function, tasks and results can be pickled. Raises what `work` raises,
        and WorkerLost; then, and wherever the iterator is closed, no task is still at work."""
        ...

    def close(self) -> None:
        """Let the workers go; the next work starts them again."""
        ...
