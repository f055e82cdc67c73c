"""Ctrl-C and SIGTERM, noticed whoever handles them: Dagster takes them for the end of one run and forgets them.

What `bluedot run` does then is in `command`."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

_BOTH: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def first_only_noticed() -> Iterator[None]:
    """While the block lasts, in the main thread only: the first of each ends nothing here, so that what is under way is
    brought to its end; the next one does."""
    before: dict[int, Any] = {}

    def notice(number: int, _: object) -> None:
        signal.signal(number, before[number])

    before |= {number: signal.signal(number, notice) for number in _BOTH}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def noticed_interrupts() -> Iterator[Callable[[], bool]]:
    """While the block lasts, in the main thread only: whether one came. Python writes their numbers."""
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    came: set[int] = set()

    def interrupted() -> bool:
        with suppress(BlockingIOError):
            came.update(os.read(reader, 1024))
        return not came.isdisjoint(_BOTH)

    try:
        yield interrupted
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)
