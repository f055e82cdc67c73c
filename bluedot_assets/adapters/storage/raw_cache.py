"""Bytes that need not be fetched again: cached in earlier raw objects, and in the parts of an interrupted attempt.

A remote source is read into parts first, so that an attempt that dies at file 600 of 1,000 goes on with 400; the raw
object is then put together in its own order, by `raw_reading`."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import pyarrow as pa

from bluedot_assets.adapters.storage.layout import Slot, attempt, is_whole_parquet, raw_objects
from bluedot_assets.adapters.storage.raw_object import read_contents, read_index, write_batches
from bluedot_assets.adapters.storage.store import Store
from bluedot_assets.kernel.errors import OutputDamaged
from bluedot_assets.kernel.source.raw_file import RawFile

EARLIER: Final = 3  # raw partitions of the timeframe, newest first, whose bytes are taken
PART_FILES: Final = 100
PART_BYTES: Final = 64 << 20  # of a part, so that large files do not pile up in memory


class RawCache:
    """The cached files, by md5. Indexes are read once, bytes when they are taken. What cannot be read is not cached."""

    def __init__(self, store: Store, slot: Slot) -> None:
        self._store = store
        self._attempt = attempt(slot.timeframe, slot.partition)
        self._places: dict[str, tuple[str, int]] = {}
        for path in [*_objects(store, raw_objects(slot.timeframe))[-EARLIER:], slot.raw_path]:
            self._add(path)
        # A part that cannot be read is of a process that died while it wrote.
        self._parts = [path for path in _objects(store, self._attempt) if self._add(path)]

    def __contains__(self, md5: str | None) -> bool:
        return md5 in self._places

    def take(self, wanted: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those of the md5s that are cached."""
        groups: dict[tuple[str, int], set[str]] = {}
        for md5 in wanted:
            if md5 in self._places:
                groups.setdefault(self._places[md5], set()).add(md5)
        found: dict[str, bytes] = {}
        for (path, group), digests in groups.items():
            with self._store.open(path) as file:
                found |= read_contents(file, group, digests)
        return found

    def keep(self, files: Iterable[RawFile]) -> Iterator[RawFile]:
        """Pass the files on as they come, and keep them in parts of this attempt: what has come, also when the
        source then fails."""
        waiting: list[RawFile] = []
        try:
            for file in files:
                waiting.append(file)
                if len(waiting) >= PART_FILES or sum(one.size for one in waiting) >= PART_BYTES:
                    self._keep_part(waiting)
                    yield from waiting
                    waiting = []
        finally:
            self._keep_part(waiting)
        yield from waiting

    def _keep_part(self, files: Sequence[RawFile]) -> None:
        whole = [file for file in files if file.content is not None]
        if not whole:
            return
        # Another run of the same partition keeps parts of its own beside these.
        path = f"{self._attempt}/{uuid.uuid4().hex}.parquet"
        with self._store.writer(path) as into:
            write_batches([whole], into, "zstd")
        self._parts.append(path)
        self._places |= {file.md5: (path, 0) for file in whole if file.md5}

    def forget_attempt(self) -> None:
        """The attempt has become a raw object."""
        for path in self._parts:
            self._store.delete(path)

    def _add(self, path: str) -> bool:
        """Whether the object could be read."""
        try:
            with self._store.open(path) as file:
                groups = read_index(file)
        except (pa.ArrowInvalid, OutputDamaged, OSError):
            return False
        for group, files in enumerate(groups):
            self._places |= {file.md5: (path, group) for file in files if file.md5 and file.problem is None}
        return True


def _objects(store: Store, prefix: str) -> list[str]:
    return [path for path in store.list(prefix) if is_whole_parquet(path)]
