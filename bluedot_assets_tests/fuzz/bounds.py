"""What an input may cost, by its bytes: the bound that no vendor file passes, and how it is measured."""

import time
import tracemalloc
from collections.abc import Callable
from typing import Final

MOST_SECONDS: Final = 1.0  # of one processor, for each MB; real files take 0.04
LEAST_SECONDS: Final = 0.2  # of one processor, however small it is
MOST_BYTES: Final = 64  # of Python's memory, for each byte
_BUSY: Final = 5  # a machine with other work, and instrumented code, may take so many times as long
_ALWAYS: Final = 30_000_000  # bytes of memory that many small inputs together may take


def most_seconds(size: int) -> float:
    return MOST_SECONDS * (LEAST_SECONDS + size / 1e6)


def within_time(work: Callable[[], object], size: int) -> None:
    """Do it, and see that it took no longer than its `size` in bytes allows. What did is done again by this thread's
    processor time, which other programs do not touch, and which takes a millisecond to ask for."""
    most, began = _BUSY * most_seconds(size), time.perf_counter()
    work()
    if time.perf_counter() - began > most:
        assert (took := seconds_of(work, time.thread_time)) < most, f"{size} bytes took {took:.1f} s"


def seconds_of(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    work()
    return clock() - began


def within_memory(work: Callable[[], object], size: int) -> None:
    """The same of memory. It takes some times as long."""
    peak = peak_of(work)
    assert peak < _ALWAYS + MOST_BYTES * size, f"{size} bytes took {peak} bytes of memory"


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
