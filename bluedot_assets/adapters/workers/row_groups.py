"""One row group of a stored Parquet object, as a worker reads it. Of an object in a bucket no worker on another machine
needs more than the footer and its row group: the process that has the work has verified the whole against its manifest,
and says with each task by which digests the worker verifies these two. Nothing that was not verified is read."""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Final, NamedTuple, cast

import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.store.port import Store, differs
from bluedot_assets.kernel.stored.manifest import StoredObject

_ENDING: Final = 8  # bytes behind the footer: its length and a word


@dataclass(frozen=True)
class Part:
    """Bytes of an object."""

    start: int
    size: int
    sha256: str


class Parts(NamedTuple):
    """What a worker reads of an object."""

    footer: Part
    group: Part


def parts_of(file: IO[bytes], store: Store, *, away: bool) -> Sequence[Parts | None]:
    """For each row group of a verified object; None where the workers have the object as a file, for they are on this
    machine or share a folder with it (`away` says no or the store is one)."""
    metadata = pq.ParquetFile(file).metadata
    groups = range(metadata.num_row_groups)
    if not away or store.local_path(""):
        return [None for _ in groups]
    end = file.seek(0, io.SEEK_END)
    footer = _part(file, end - _ENDING - metadata.serialized_size, end)
    return [Parts(footer, _part(file, *_range_of(metadata.row_group(group)))) for group in groups]


def _range_of(group: pq.RowGroupMetaData) -> tuple[int, int]:
    columns = [group.column(number) for number in range(group.num_columns)]
    starts = [one.dictionary_page_offset if one.has_dictionary_page else one.data_page_offset for one in columns]
    return min(starts), max(start + one.total_compressed_size for start, one in zip(starts, columns, strict=True))


def _part(file: IO[bytes], start: int, end: int) -> Part:
    file.seek(start)
    return Part(start, end - start, hashlib.sha256(file.read(end - start)).hexdigest())


@contextmanager
def open_group(store: Store, stored: StoredObject, parts: Parts | None) -> Iterator[pq.ParquetFile]:
    """The object with at least that row group. Raises OutputDamaged."""
    if parts is None:
        with store.open(stored.path, stored.content) as file:
            yield pq.ParquetFile(file)
        return
    metadata = pq.read_metadata(io.BytesIO(_footer(store, stored, parts.footer)))
    yield pq.ParquetFile(_Window(_read(store, stored, parts.group), parts.group.start), metadata=metadata)


def _read(store: Store, stored: StoredObject, part: Part) -> bytes:
    content = store.read_part(stored.path, stored.content, part.start, part.size)
    if hashlib.sha256(content).hexdigest() != part.sha256:
        raise differs(stored.path)
    return content


# Of the object that the worker's next task reads too.
_footer = cast("Callable[[Store, StoredObject, Part], bytes]", lru_cache(maxsize=2)(_read))


class _Window(io.BytesIO):
    """A file of which these bytes alone are there, at their place."""

    def __init__(self, content: bytes, start: int) -> None:
        super().__init__(content)
        self._start = start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(offset - (self._start if whence == io.SEEK_SET else 0), whence) + self._start

    def tell(self) -> int:
        return super().tell() + self._start
