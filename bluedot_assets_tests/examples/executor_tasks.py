"""Work for the executor's tests; workers import it, so it imports nothing heavy."""

import os
import signal
import time
from pathlib import Path


class NoWork(ValueError):
    """What a task raises."""


def double(number: int) -> int:
    return 2 * number


def slow_first(number: int) -> int:
    """The earlier the task, the longer it takes."""
    time.sleep(max(0.0, 0.2 - number / 20))
    return number


def nap(number: int) -> int:
    time.sleep(0.1)
    return number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise NoWork(f"task {number}")
    return number


def time_out_at_three(number: int) -> int:
    if number == 3:
        raise TimeoutError(f"task {number}")
    return number


def begin(task: tuple[Path, int]) -> int:
    """Leaves a file of its number."""
    folder, number = task
    (folder / str(number)).touch()
    return number


def process_id(_: int) -> int:
    return os.getpid()


def die_once(task: tuple[Path, int]) -> int:
    """The task number 2 kills its worker, unless the marker says that it did so before."""
    marker, number = task
    if number == 2 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_always(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail_at_once_or_write_late(task: tuple[Path, int]) -> None:
    """Task 0 fails, the others still write a while after."""
    folder, number = task
    if number == 0:
        raise NoWork
    time.sleep(0.3)
    (folder / str(number)).touch()


def sleep_long(number: int) -> int:
    """All but the first sleep longer than any test; the worker's id."""
    if number:
        time.sleep(600)
    return os.getpid()
