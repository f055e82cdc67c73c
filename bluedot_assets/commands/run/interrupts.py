"""Ctrl-C and SIGTERM, noticed whoever handles them: Dagster takes them for the end of one run and forgets them.

What `bluedot run` does then is in `command`."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


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
        return not came.isdisjoint({signal.SIGINT, signal.SIGTERM})

    try:
        yield interrupted
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)
