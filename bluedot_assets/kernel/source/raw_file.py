"""A file of a partition: its identity at the source; as raw data also its bytes, or why there are none. How it is
stored is in `adapters/storage/raw_object`, what it says in `vendor_file`."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Final

import msgspec

from bluedot_assets.kernel.source.plain_values import storable

MAX_FILE_BYTES: Final = 32 * 1024 * 1024


class SourceFile(msgspec.Struct, frozen=True):
    """An entry of a partition's listing. `md5` is None where listing does not give it."""

    name: str
    origin_id: str  # identifies the file at the source: a relative path, a Drive id
    size: int
    modified: datetime
    md5: str | None = None
    folder: ClassVar[bool] = False


class InnerFolder(SourceFile, frozen=True):
    """A folder within a partition's: it is listed so that it can be named, and never read."""

    folder: ClassVar[bool] = True


class RawFile(SourceFile, frozen=True):
    """A file of the raw partition. `content` is None when it was over-size or could not be read."""

    content: bytes | None = None
    problem: str | None = None  # why there is no content


def fingerprint_listing(files: Iterable[SourceFile]) -> str:
    """Of stock files in any order: changes when a name or a content does, as far as the source tells."""
    pairs = sorted((file.name, file.md5 or f"{file.size}:{file.modified}") for file in files)
    return sha256(repr(pairs).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def rejection(file: RawFile, reason: str, about: str | None = None, kind: str = "rejected") -> dict[str, str | None]:
    """One row of the rejected table, which holds no lone surrogate, whatever a file is called."""
    return {
        "file": storable(file.name),
        "origin_id": storable(file.origin_id),
        "md5": file.md5 and storable(file.md5),
        "reason": storable(reason),
        "field": about,
        "kind": kind,
    }
