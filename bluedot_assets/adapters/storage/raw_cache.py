"""Bytes that need not be fetched again: cached in earlier raw objects, and in the parts of an interrupted attempt.

A remote source is read into parts first, so that an attempt that dies at file 600 of 1,000 goes on with 400; the raw
object is then put together in its own order, by `raw_reading`."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Final

import pyarrow as pa

from bluedot_assets.adapters.storage.layout import Slot, is_whole_parquet, raw_objects
from bluedot_assets.adapters.storage.raw_object import read_contents, read_index, write_batches
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import OutputDamaged
from bluedot_assets.kernel.source.raw_file import RawFile

EARLIER: Final = 3  # raw partitions of the timeframe, newest first, whose bytes are taken
PART_FILES: Final = 100
PART_BYTES: Final = 64 << 20  # of a part, so that large files do not pile up in memory


class RawCache:
    """The cached files, by md5. Indexes are read once, when they are first asked for, bytes when they are taken. What
    cannot be read is not cached."""

    def __init__(self, store: Store, slot: Slot) -> None:
        self._store, self._slot = store, slot

    @cached_property
    def _parts(self) -> list[str]:
        return _objects(self._store, self._slot.attempt)

    @cached_property
    def _places(self) -> dict[str, tuple[str, int]]:
        """The object and its row group that has the bytes."""
        stored = _objects(self._store, raw_objects(self._slot.timeframe))
        own = [path for path in (self._slot.former_raw_path, self._slot.raw_path) if path in stored]
        places: dict[str, tuple[str, int]] = {}
        for path in [*stored[-EARLIER:], *own, *self._parts]:
            # One that cannot be read is absent, or a part of a process that died while it wrote.
            with suppress(pa.ArrowInvalid, OutputDamaged, OSError), self._store.open(path) as file:
                for group, files in enumerate(read_index(file)):
                    places |= {file.md5: (path, group) for file in files if file.md5 and file.problem is None}
        return places

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
        path = self._slot.attempt_part(uuid.uuid4().hex)
        with self._store.writer(path) as into:
            write_batches([whole], into, "zstd")
        self._parts.append(path)
        self._places.update({file.md5: (path, 0) for file in whole if file.md5})

    def forget_attempt(self) -> None:
        """The attempt has become a raw object."""
        self._store.delete(*self._parts)


def _objects(store: Store, prefix: str) -> list[str]:
    return [path for path in store.list(prefix) if is_whole_parquet(path)]
