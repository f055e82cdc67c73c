"""The names of the history's files, and the list of those that belong together."""

import hashlib
from datetime import datetime
from typing import Final

import msgspec

from bluedot_assets.kernel.history.adjustments import FOUND
from bluedot_assets.kernel.history.by_hand.renames import RENAMES
from bluedot_assets.kernel.history.tables import STATE
from bluedot_assets.kernel.history.update import PUBLISHED, YEARLY, File
from bluedot_assets.kernel.stored.manifest import PARQUET
from bluedot_assets.kernel.stored.versions import FIRST, SchemaVersion

_STATE: Final = "state"  # the folder of the tables that are not published
_FOLDERS: Final = {**dict.fromkeys((*STATE, FOUND, RENAMES), f"{_STATE}/"), **dict.fromkeys(PUBLISHED, "")}


class Entry(msgspec.Struct, frozen=True):
    """One file as it is kept; `path` is relative to the folder of the timeframe."""

    path: str
    bytes: int
    sha256: str
    rows: int


class FileList(msgspec.Struct, frozen=True, kw_only=True):
    """All files of a timeframe's history at one moment, by name. `replaced` are paths of files that earlier lists name,
    with when they were replaced; `strays` those that no list names, with when they were met first."""

    files: dict[str, Entry] = {}
    replaced: dict[str, datetime] = {}
    strays: dict[str, datetime] = {}
    sample: bool = False  # made-up data
    rebuilt: datetime | None = None  # by a person, last
    written_by: str = ""  # so that of two writers each knows its own
    schema_version: SchemaVersion = FIRST

    def marked(self, *, sample: bool, rebuilt: datetime | None) -> "FileList":
        """With what a change says of all of it: whether it is of made-up data where it begins, and that a person has
        made it anew."""
        return msgspec.structs.replace(
            self, sample=self.sample if self.files else sample, rebuilt=rebuilt or self.rebuilt
        )


def name_of(file: File) -> str:
    """The name of a file in the list, and below the folder of the timeframe where it has no digest."""
    return f"{_FOLDERS[file.table]}{file.name}{PARQUET}"


def named(name: str) -> File | None:
    """The file of that name; None for what is none of ours."""
    stem = name.removesuffix(PARQUET)
    for table, folder in _FOLDERS.items():
        if table not in YEARLY:
            if stem == f"{folder}{table.name}":
                return File(table)
        elif stem.startswith(begin := f"{folder}{table.name}-") and (year := stem.removeprefix(begin)).isdecimal():
            return File(table, int(year))
    return None


def entry_of(content: bytes, rows: int, path: str) -> Entry:
    return Entry(path, len(content), hashlib.sha256(content).hexdigest(), rows)
