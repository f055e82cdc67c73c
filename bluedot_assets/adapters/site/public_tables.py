"""The tables of a public site, each read once and verified by the digest that the site publishes: whoever computes with
them needs no data folder. Copies stay in the user's cache folder until others are used in their place."""

import hashlib
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from bluedot_assets.adapters.local_folders import user_cache_folder
from bluedot_assets.adapters.site.public import PublicSite
from bluedot_assets.kernel.errors import OutputAbsent, PublicSiteUnreadable
from bluedot_assets.kernel.history.files import Entry, FileList
from bluedot_assets.kernel.site.index import HistoryIndex, Index
from bluedot_assets.kernel.site.publication import HISTORY, HISTORY_FILES, INDEX, STATUS
from bluedot_assets.kernel.site.status import Status, TableEntry, TimeframeStatus
from bluedot_assets.kernel.stored.versions import decode

_File = TypeVar("_File", bound=msgspec.Struct)
_UNUSED_FOR: Final = timedelta(days=14)


def cache_folder() -> Path | None:
    """Where this user's copies are; None for a user who has no home."""
    cache = user_cache_folder()
    return cache and cache / "tables"


@dataclass(frozen=True)
class PublicTables:
    """The tables of a site; `cache` is a folder for copies."""

    site: PublicSite
    cache: Path | None = field(default_factory=cache_folder)

    @property
    def address(self) -> str:
        return self.site.url

    def state(self, timeframe: str) -> TimeframeStatus:
        """What the site has of the timeframe. Raises PublicSiteUnreadable, NewerVersion."""
        return (self._decoded(Status, STATUS) or Status()).of(timeframe)

    def tables(self, timeframe: str, folders: Sequence[str], name: str) -> Iterator[tuple[str, bytes]]:
        """The table of each of the dated folders, or of `latest`, that lists it: earlier versions published none.
        Raises OutputAbsent where none does, PublicSiteUnreadable, NewerVersion."""
        indexes = {folder: self._decoded(Index, f"{timeframe}/{folder}/{INDEX}") for folder in folders}
        listed = {folder: index.tables[name] for folder, index in indexes.items() if index and name in index.tables}
        if not listed:
            asked = " to ".join(dict.fromkeys((folders[0], folders[-1])))
            raise OutputAbsent(
                f"{self.address}/{timeframe}/{asked} lists no {name}: the site has no such folder any more, or an "
                "earlier version published it; then a run of that partition adds it."
            )
        for folder, entry in listed.items():
            yield folder, self.verified(f"{timeframe}/{folder}/{name}", entry)

    def snapshot(self, timeframe: str) -> "PublicHistory":
        """The history's published files as the site lists them now. Raises PublicSiteUnreadable, NewerVersion."""
        folder = f"{timeframe}/{HISTORY}"
        return PublicHistory(
            self, folder, (self._decoded(HistoryIndex, f"{folder}/{HISTORY_FILES}") or HistoryIndex()).files
        )

    def _decoded(self, kind: type[_File], path: str) -> _File | None:
        """A file of the site, None where it is not there."""
        content = self.site.read(path)
        try:
            return None if content is None else decode(kind, content, f"{self.address}/{path}")
        except msgspec.DecodeError as error:
            raise PublicSiteUnreadable(
                f"{self.address}/{path} cannot be read ({error}): see whether something else answers in the site's "
                "place, as a proxy or a page to log in, and whether that is the site's address."
            ) from None

    def verified(self, path: str, entry: TableEntry) -> bytes:
        """The file at that path. Raises PublicSiteUnreadable where it is not the one that was listed."""
        if (content := self._copy(entry)) is not None:
            return content
        content = self.site.read(path)
        if content is None or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise PublicSiteUnreadable(
                f"{self.address}/{path} differs from what the site lists: read again, for a publish may have come in "
                "between; where it stays so, run that partition again."
            )
        self._keep(entry, content)
        return content

    def _copy(self, entry: TableEntry) -> bytes | None:
        if self.cache is None:
            return None
        with suppress(OSError, ValueError):  # what the site calls a digest may be no name of a file
            path = _place(self.cache, entry)
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == entry.sha256:
                os.utime(path)
                return content
        return None

    def _keep(self, entry: TableEntry, content: bytes) -> None:
        """A folder that cannot be written costs the next reader a download."""
        if self.cache is None:
            return
        with suppress(OSError):
            self.cache.mkdir(parents=True, exist_ok=True)
            part = self.cache / f".{uuid.uuid4().hex}.part"
            try:
                part.write_bytes(content)
                part.replace(_place(self.cache, entry))
            finally:
                part.unlink(missing_ok=True)
            old = time.time() - _UNUSED_FOR.total_seconds()
            for path in self.cache.iterdir():
                if path.stat().st_mtime < old:
                    path.unlink(missing_ok=True)


def _place(cache: Path, entry: TableEntry) -> Path:
    return cache / f"{entry.sha256}.parquet"


@dataclass(frozen=True)
class PublicHistory:
    """The published files of a timeframe's history: what is known now, and not when it was."""

    tables: PublicTables
    folder: str
    files: Mapping[str, TableEntry]

    @property
    def listed(self) -> FileList:
        entries = {name: Entry(name, one.bytes, one.sha256, one.rows) for name, one in self.files.items()}
        return FileList(files=entries)

    def read(self, name: str) -> bytes:
        return self.tables.verified(f"{self.folder}/{name}", self.files[name])
