"""The raw partition as one Parquet object: every stock file's exact bytes with its name, origin, md5, size and time.

Rows are in the order of published names, a row group holds one batch, so that a shard of stocks is read alone."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from bluedot_assets.adapters.source import FileUnreadable, SourceFile, SourceFolder
from bluedot_assets.kernel.names import published_name, stock_of
from bluedot_assets.kernel.normalize import MAX_FILE_BYTES, RawFile
from bluedot_assets.kernel.timeframes import Timeframe

SCHEMA: Final = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False, metadata={"meaning": "File name at the source."}),
        pa.field("origin_id", pa.string(), nullable=False, metadata={"meaning": "Relative path or Drive id."}),
        pa.field("size", pa.int64(), nullable=False, metadata={"meaning": "Bytes as listed."}),
        pa.field("modified", pa.timestamp("us", "UTC"), nullable=False, metadata={"meaning": "Last modification."}),
        pa.field("md5", pa.string(), metadata={"meaning": "MD5 of the bytes; null where they could not be read."}),
        pa.field("problem", pa.string(), metadata={"meaning": "Why there are no bytes; null when there are."}),
        pa.field("content", pa.large_binary(), metadata={"meaning": "The file, byte for byte."}),
    ]
)
_WITHOUT_CONTENT: Final = [name for name in SCHEMA.names if name != "content"]


def in_order(files: Iterable[SourceFile], timeframe: Timeframe) -> list[SourceFile]:
    """By published name, then by what makes files of one name differ."""
    return sorted(files, key=lambda file: (published_name(stock_of(file.name, timeframe)), file.name, file.origin_id))


def fetch(source: SourceFolder, files: Sequence[SourceFile]) -> list[RawFile]:
    """The files in their order, each with its bytes or with the problem that stands for them."""
    read = dict(source.read([file for file in files if file.size <= MAX_FILE_BYTES]))
    return [_raw(source, file, read.get(file)) for file in files]


def _raw(source: SourceFolder, file: SourceFile, read: bytes | FileUnreadable | None) -> RawFile:
    content, problem, md5 = None, None, file.md5
    if read is None:
        problem = f"larger than {MAX_FILE_BYTES >> 20} MB ({file.size} bytes): its bytes were not stored"
        md5 = md5 or source.md5(file)
    elif isinstance(read, FileUnreadable):
        problem = str(read)
    else:
        content, md5 = read, hashlib.md5(read, usedforsecurity=False).hexdigest()
    return RawFile(file.name, file.origin_id, file.size, file.modified, md5, content, problem)


def write_batches(batches: Iterable[Sequence[RawFile]], into: IO[bytes], compression: str) -> Iterator[int]:
    """Write each batch as a row group of `into`, yielding how many files it had."""
    with pq.ParquetWriter(
        into, SCHEMA, compression=compression, use_dictionary=False, write_statistics=False
    ) as writer:
        for batch in batches:
            writer.write_table(_table(batch), row_group_size=len(batch) or 1)
            yield len(batch)


def _table(batch: Sequence[RawFile]) -> pa.Table:
    columns = {name: [getattr(file, name) for file in batch] for name in SCHEMA.names}
    # A local name may hold bytes that are no text; the name itself was made readable by the source.
    columns["origin_id"] = [origin.encode("utf-8", "backslashreplace").decode() for origin in columns["origin_id"]]
    return pa.table(columns, schema=SCHEMA)


def read_index(file: IO[bytes]) -> list[list[RawFile]]:
    """All files without their bytes, a list for each row group."""
    parquet = pq.ParquetFile(file)
    return [
        [RawFile(**row, content=None) for row in parquet.read_row_group(group, _WITHOUT_CONTENT).to_pylist()]
        for group in range(parquet.num_row_groups)
    ]


def read_group(file: IO[bytes], group: int) -> list[RawFile]:
    """The files of one row group with their bytes."""
    return [RawFile(**row) for row in pq.ParquetFile(file).read_row_group(group).to_pylist()]


def extract(file: IO[bytes], origin_id: str) -> bytes | None:
    """The bytes of one file; None where they were not stored."""
    parquet = pq.ParquetFile(file)
    for group in range(parquet.num_row_groups):
        origins = parquet.read_row_group(group, ["origin_id"]).column(0).to_pylist()
        if origin_id in origins:
            content = parquet.read_row_group(group, ["content"]).column(0)[origins.index(origin_id)].as_py()
            return bytes(content) if content is not None else None
    return None
