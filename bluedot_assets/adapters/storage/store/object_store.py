"""The store in a bucket, or on any other filesystem that fsspec reaches. What it must do is in `port`."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from bluedot_assets.adapters.storage.layout import is_named_by
from bluedot_assets.adapters.storage.store.copies import Copies
from bluedot_assets.adapters.storage.store.objects import Objects
from bluedot_assets.adapters.storage.store.port import SETTING, absent, differs, stamp
from bluedot_assets.kernel.errors import StoreUnreachable


@dataclass(frozen=True)
class ObjectStore:
    """Credentials, endpoint and client options are those of the storage's own package and of fsspec's configuration."""

    url: str = field(repr=False)  # it may carry a password
    copies: Copies = field(default_factory=Copies.new, compare=False)
    setting: str = SETTING  # that names it

    def __reduce__(self) -> tuple[Any, ...]:
        return ObjectStore, (self.url, self.copies, self.setting)

    @cached_property
    def objects(self) -> Objects:
        return Objects(self.setting, self.url, StoreUnreachable)

    @property
    def address(self) -> str:
        return self.objects.address

    @property
    def shared(self) -> bool:
        return not self.url.startswith("memory:")

    def read(self, path: str) -> bytes:
        content = self.objects.get(path)
        if content is None:
            raise absent(self.address, path)
        return content

    def open(self, path: str, content: str = "") -> IO[bytes]:
        if content:
            return self.copies.open(path, content) or self._fetched(path, content)
        return self.objects.open(path, absent(self.address, path))

    def _fetched(self, path: str, content: str) -> IO[bytes]:
        """Raises OutputDamaged where something else is there."""
        with self.copies.staging() as folder:
            part = folder / "part"
            try:
                self.objects.fetch(path, part)
            except FileNotFoundError:
                raise absent(self.address, path) from None
            file = part.open("rb")
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if content != found and not (content == path and is_named_by(path, found)):
                file.close()
                raise differs(path)
            self.copies.keep({(path, content): part})
            file.seek(0)
            return file

    def has_copy(self, path: str, content: str) -> bool:
        return self.copies.has(path, content)

    def read_part(self, path: str, content: str, start: int, size: int) -> bytes:
        if copy := self.copies.open(path, content):
            with copy:
                copy.seek(start)
                return copy.read(size)
        part = self.objects.get(path, start, start + size)
        if part is None:
            raise absent(self.address, path)
        return part

    def write(self, path: str, content: bytes) -> None:
        self.objects.put({path: content})

    def write_first(self, path: str, content: bytes) -> bytes:
        """Of two at once both may write, where the store knows no condition."""
        there = self.objects.get(path)
        if there is None:
            self.objects.create(path, content)
            there = self.read(path)
        return there

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        with self.copies.staging() as folder:
            part = folder / "part"
            with part.open("wb") as file:
                yield file
            self.objects.put({path: part})

    @contextmanager
    def staging(self, now: datetime) -> Iterator[Path]:
        with self.copies.staging(stamp(now)) as folder:
            yield folder

    @property
    def staged_on(self) -> tuple[str, Path]:
        return "TMPDIR", self.copies.folder.parent

    def place(self, staged: Path, contents: Mapping[str, str]) -> None:
        self.objects.put({path: staged / path for path in contents})
        self.copies.keep({(path, content): staged / path for path, content in contents.items()})

    def size(self, path: str) -> int | None:
        return self.objects.size(path)

    def modified(self, path: str) -> datetime | None:
        return self.objects.modified(path)

    def list(self, prefix: str) -> list[str]:
        return sorted(self.sizes(prefix))

    def sizes(self, prefix: str) -> Mapping[str, int]:
        return self.objects.sizes(prefix)

    def delete(self, *paths: str) -> None:
        self.objects.delete(paths)

    def delete_below(self, *folders: str) -> None:
        self.delete(*(path for folder in folders for path in self.sizes(folder)))

    def flush(self) -> None:
        """What a PUT has answered stays."""

    def local_path(self, path: str) -> Path | None:
        return None
