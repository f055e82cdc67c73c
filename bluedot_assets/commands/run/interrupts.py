"""Ctrl-C and SIGTERM, noticed whoever handles them: Dagster takes them for the end of one run and forgets them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})


class Interrupts:
    """Whether one came since this was made; `reader` is where Python writes the number of each signal."""

    def __init__(self, reader: int) -> None:
        self._reader = reader
        self._came = False

    def came(self) -> bool:
        with suppress(BlockingIOError):
            self._came = self._came or bool(SIGNALS & set(os.read(self._reader, 1024)))
        return self._came


@contextmanager
def noticed_interrupts() -> Iterator[Interrupts]:
    """While the block lasts; in the main thread only."""
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield Interrupts(reader)
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)
