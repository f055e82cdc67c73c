"""The tables of a public site, each read once and verified by the digest that the site publishes: whoever computes with
them needs no data folder. Copies stay in the user's cache folder until others are used in their place."""

import hashlib
import os
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from bluedot_assets.adapters.local_folders import user_cache_folder
from bluedot_assets.adapters.site.public import PublicSite
from bluedot_assets.kernel.errors import OutputAbsent, PublicSiteUnreadable
from bluedot_assets.kernel.history.files import Entry, FileList
from bluedot_assets.kernel.site.index import decode_history_index, decode_index
from bluedot_assets.kernel.site.publication import HISTORY, HISTORY_FILES, INDEX, STATUS
from bluedot_assets.kernel.site.status import TableEntry, TimeframeStatus, decode_state

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
        return decode_state(self.site.read(STATUS), timeframe)

    def table(self, timeframe: str, folder: str, name: str) -> bytes:
        """A table of a dated folder, or of `latest`. Raises OutputAbsent, PublicSiteUnreadable, NewerVersion."""
        path = f"{timeframe}/{folder}"
        content = self.site.read(f"{path}/{INDEX}")
        try:
            listed = decode_index(content).tables if content is not None else {}
        except msgspec.DecodeError as error:
            raise PublicSiteUnreadable(f"{self.address}/{path}/{INDEX} cannot be read ({error}).") from None
        if name not in listed:
            raise OutputAbsent(
                f"{self.address}/{path} lists no {name}: the site has no such folder any more, or an earlier version "
                "published it; then a run of that partition adds it."
            )
        return self.verified(f"{path}/{name}", listed[name])

    def snapshot(self, timeframe: str) -> "PublicHistory":
        """The history's published files as the site lists them now. Raises PublicSiteUnreadable, NewerVersion."""
        folder = f"{timeframe}/{HISTORY}"
        return PublicHistory(self, folder, decode_history_index(self.site.read(f"{folder}/{HISTORY_FILES}")).files)

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
        with suppress(OSError):
            path = self._place(entry)
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
                part.replace(self._place(entry))
            finally:
                part.unlink(missing_ok=True)
            old = time.time() - _UNUSED_FOR.total_seconds()
            for path in self.cache.iterdir():
                if path.stat().st_mtime < old:
                    path.unlink(missing_ok=True)

    def _place(self, entry: TableEntry) -> Path:
        return self.cache / f"{entry.sha256}.parquet"  # type: ignore[operator]


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
