"""Copies on this machine of what is in an object store, for what one stage has made the next one reads: to a process
and its workers no object comes over the network twice. They are temporary files, which go with the process that made
the folder."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final

from bluedot_assets.adapters.storage.owned_folders import TemporaryFolder

ROOM: Final = 1 << 30  # bytes; beyond them the oldest go


@dataclass(frozen=True)
class Copies:
    """Each is of a path and of the content that was asked for there, a digest: an object that is replaced has another.
    Worker processes of the same machine share the folder; one of another machine makes its own."""

    folder: Path
    _owner: TemporaryFolder | None = field(default=None, repr=False, compare=False)

    @staticmethod
    def new() -> "Copies":
        owner = TemporaryFolder("data")
        return Copies(owner.path, owner)

    def __reduce__(self) -> tuple[Any, ...]:
        return _copies_at, (self.folder,)

    @contextmanager
    def staging(self, begun: str = "") -> Iterator[Path]:
        """A folder for what will be stored, on the same disk; its name says when it was begun."""
        folder = self.folder / f"{begun}-{uuid.uuid4().hex}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def open(self, path: str, content: str) -> IO[bytes] | None:
        with suppress(FileNotFoundError):
            return self._place(path, content).open("rb")
        return None

    def has(self, path: str, content: str) -> bool:
        return self._place(path, content).is_file()

    def keep(self, files: Mapping[tuple[str, str], Path]) -> None:
        """Take the files over, by path and content."""
        for (path, content), file in files.items():
            file.replace(self._place(path, content))
        self._make_room()

    def _place(self, path: str, content: str) -> Path:
        return self.folder / f"{hashlib.sha256(repr((path, content)).encode()).hexdigest()}.copy"

    def _make_room(self) -> None:
        found = []
        for copy in self.folder.glob("*.copy"):
            with suppress(FileNotFoundError):  # another worker has removed it
                stat = copy.stat()
                found.append((stat.st_mtime, stat.st_size, copy))
        surplus = sum(size for _, size, _ in found) - ROOM
        for _, size, copy in sorted(found)[:-1]:
            if surplus <= 0:
                return
            copy.unlink(missing_ok=True)
            surplus -= size


@lru_cache(maxsize=2)  # a worker of a cluster serves many processes, one after the other
def _copies_at(folder: Path) -> Copies:
    """Those of the process that this one works for, where it runs on the same machine."""
    return Copies(folder) if os.access(folder, os.R_OK | os.W_OK | os.X_OK) else Copies.new()
