"""The raw partition as one Parquet object: every stock file's exact bytes with its name, origin, md5, size and time.

Rows are in the order of published names, a row group holds one batch, so that a shard of stocks is read alone.
Where the bytes come from is in `raw_reading`."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import IO, Any, Final

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bluedot_assets.kernel.source.raw_file import RawFile

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


def write_batches(batches: Iterable[Sequence[RawFile]], into: IO[bytes], compression: str) -> list[RawFile]:
    """Write each batch as a row group of `into`; returns the files without their bytes."""
    index: list[RawFile] = []
    # A dictionary or statistics over whole files would only cost time.
    plain = {"use_dictionary": False, "write_statistics": False}
    with pq.ParquetWriter(into, SCHEMA, compression=compression, **plain) as writer:
        for batch in batches:
            writer.write_table(_table(batch), row_group_size=len(batch) or 1)
            index += [msgspec.structs.replace(file, content=None) for file in batch]
    return index


def _table(batch: Sequence[RawFile]) -> pa.Table:
    columns = {name: [getattr(file, name) for file in batch] for name in SCHEMA.names}
    # A local name may hold bytes that are no text; the name itself was made readable by the source.
    columns["origin_id"] = [origin.encode("utf-8", "backslashreplace").decode() for origin in columns["origin_id"]]
    # By polars: Arrow imports pandas, half a second, before it takes a list.
    return pl.DataFrame(columns, schema=pl.Schema(SCHEMA)).to_arrow().cast(SCHEMA)


def _opened(file: IO[bytes]) -> pq.ParquetFile:
    """Raises pyarrow.ArrowInvalid for what is no raw object as this version reads it."""
    parquet = pq.ParquetFile(file)
    stored = {field.name: field.type for field in parquet.schema_arrow}
    if other := [field.name for field in SCHEMA if stored.get(field.name) != field.type]:
        raise pa.ArrowInvalid(f"it lacks {', '.join(other)}, or has another type of it")
    return parquet


def read_rows(parquet: pq.ParquetFile, group: int, columns: Sequence[str] | None = None) -> pa.Table:
    """One row group, decoded in this thread. A thread of Arrow's own may still hold bytes of Python's when a short
    process ends, and that aborts it: `bluedot raw` died so once in five times."""
    return parquet.read_row_group(group, list(columns) if columns else None, use_threads=False)


def read_index(file: IO[bytes]) -> list[list[RawFile]]:
    """All files without their bytes, a list for each row group."""
    parquet = _opened(file)
    return [
        [RawFile(**row, content=None) for row in _dicts(read_rows(parquet, group, _WITHOUT_CONTENT))]
        for group in range(parquet.num_row_groups)
    ]


def read_group(parquet: pq.ParquetFile, group: int) -> list[RawFile]:
    """The files of one row group with their bytes."""
    return [RawFile(**row) for row in _dicts(read_rows(parquet, group))]


def _dicts(table: pa.Table) -> list[dict[str, Any]]:
    """By polars, as in `_table`: so is what Arrow makes of moments."""
    return pl.DataFrame(table).to_dicts()


def read_contents(file: IO[bytes], group: int, md5s: Collection[str]) -> dict[str, bytes]:
    """The bytes of the files with those md5s in one row group; what is not what it should be is left out."""
    table = pl.DataFrame(read_rows(pq.ParquetFile(file), group, ["md5", "content"]))
    wanted = table.filter(pl.col("md5").is_in(list(md5s)), pl.col("content").is_not_null())
    found = dict(wanted.iter_rows())
    return {
        md5: content for md5, content in found.items() if hashlib.md5(content, usedforsecurity=False).hexdigest() == md5
    }


def extract(file: IO[bytes], origin_id: str) -> bytes | None:
    """The bytes of one file; None where they were not stored."""
    parquet = pq.ParquetFile(file)
    for group in range(parquet.num_row_groups):
        origins = read_rows(parquet, group, ["origin_id"]).column(0).to_pylist()
        if origin_id in origins:
            content = read_rows(parquet, group, ["content"]).column(0)[origins.index(origin_id)].as_py()
            return bytes(content) if content is not None else None
    return None
