"""A file of the raw partition: its identity at the source, its bytes, or why there are none. How it is stored is in
`adapters/storage/raw_object`, what it says in `vendor_file`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_FILE_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True)
class RawFile:
    """A file of the raw partition. `content` is None when it was over-size or could not be read."""

    name: str
    origin_id: str
    size: int
    modified: datetime
    md5: str | None
    content: bytes | None
    problem: str | None = None  # why there is no content


def rejection(file: RawFile, reason: str, about: str | None = None, kind: str = "rejected") -> dict[str, str | None]:
    """One row of the rejected table."""
    return {
        "file": file.name,
        "origin_id": file.origin_id,
        "md5": file.md5,
        "reason": reason,
        "field": about,
        "kind": kind,
    }
