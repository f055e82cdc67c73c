"""Bytes that need not be fetched again: held by earlier raw objects, and by the parts of an interrupted attempt.

A remote source is read into parts first, so that an attempt that dies at file 600 of 1,000 goes on with 400; the raw
object is then put together in its own order."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from bluedot_assets.adapters.outputs import Slot
from bluedot_assets.adapters.raw_store import read_contents, read_index, write_batches
from bluedot_assets.adapters.store import Store
from bluedot_assets.kernel.normalize import RawFile

EARLIER: Final = 3  # raw partitions of the timeframe, newest first, that are looked through


class Held:
    """What is held, by md5. Indexes are read once, bytes when they are taken."""

    def __init__(self, store: Store, slot: Slot) -> None:
        self._store = store
        self._attempt = f"attempts/{slot.timeframe}/{slot.partition}"
        earlier = [path for path in store.list(f"raw/{slot.timeframe}") if path.endswith(".parquet")]
        self._places: dict[str, tuple[str, int]] = {}
        for path in [*sorted(earlier)[-EARLIER:], f"raw/{slot.timeframe}/{slot.partition}.parquet"]:
            self._add(path)
        self._parts = store.list(self._attempt)
        for path in self._parts:
            self._add(path)

    def __contains__(self, md5: str | None) -> bool:
        return md5 in self._places

    def take(self, wanted: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those of the md5s that are held."""
        groups: dict[tuple[str, int], set[str]] = {}
        for md5 in wanted:
            if md5 in self._places:
                groups.setdefault(self._places[md5], set()).add(md5)
        found: dict[str, bytes] = {}
        for (path, group), digests in groups.items():
            with self._store.open(path) as file:
                found |= read_contents(file, group, digests)
        return found

    def keep(self, files: Iterable[RawFile], batch_size: int) -> Iterator[RawFile]:
        """Pass the files on as they come, each batch of them kept as a part of this attempt."""
        waiting = iter(files)
        while batch := list(islice(waiting, batch_size)):
            self._keep_part([file for file in batch if file.content is not None])
            yield from batch

    def _keep_part(self, files: Sequence[RawFile]) -> None:
        if not files:
            return
        path = f"{self._attempt}/{len(self._parts):06d}.parquet"
        with self._store.writer(path) as into:
            write_batches([files], into, "zstd")
        self._parts.append(path)
        self._places |= {file.md5: (path, 0) for file in files if file.md5}

    def forget_attempt(self) -> None:
        """The attempt has become a raw object."""
        self._store.delete(self._attempt)

    def _add(self, path: str) -> None:
        if self._store.size(path) is None:
            return
        with self._store.open(path) as file:
            for group, files in enumerate(read_index(file)):
                self._places |= {file.md5: (path, group) for file in files if file.md5 and file.problem is None}
