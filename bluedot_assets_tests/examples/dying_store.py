"""A store whose process dies at a chosen change: from then on nothing that it is asked to do happens. One whose machine
loses its power has nothing in the objects that were not flushed until then, but in the manifests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from bluedot_assets.adapters.storage.store.port import Store


class PowerCut(BaseException):
    """The end of the process, which nobody may catch."""


@dataclass
class DyingStore:
    """Passes `changes_left` changes on to `store`, then dies; with `after` the last one still happens."""

    store: Store
    changes_left: int
    after: bool = False
    dead: bool = False
    loses_power: bool = False
    unflushed: set[str] = field(default_factory=set)

    def _change(self) -> bool:
        """Whether this is the change at which it dies and that still happens."""
        self._live()
        self.changes_left -= 1
        if self.changes_left >= 0:
            return False
        self.dead = True
        if self.loses_power:
            for path in self.unflushed:
                if self.store.size(path) and not path.startswith("manifests"):
                    self.store.write(path, b"")
        if not self.after:
            raise PowerCut
        return True

    def _live(self) -> None:
        if self.dead:
            raise PowerCut

    def read(self, path: str) -> bytes:
        self._live()
        return self.store.read(path)

    def open(self, path: str, content: str = "") -> IO[bytes]:
        self._live()
        return self.store.open(path, content)

    def has_copy(self, path: str, content: str) -> bool:
        return self.store.has_copy(path, content)

    def read_part(self, path: str, content: str, start: int, size: int) -> bytes:
        self._live()
        return self.store.read_part(path, content, start, size)

    def write(self, path: str, content: bytes) -> None:
        last = self._change()
        self.unflushed.add(path)
        self.store.write(path, content)
        if last:
            raise PowerCut

    def write_first(self, path: str, content: bytes) -> bytes:
        self.write(path, content)
        return content

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        last = self._change()
        self.unflushed.add(path)
        with self.store.writer(path) as file:
            yield file
        if last:
            raise PowerCut

    @contextmanager
    def staging(self, now: datetime) -> Iterator[Path]:
        self._live()
        with self.store.staging(now) as folder:  # its lock goes with its process
            try:
                yield folder
            finally:
                if self.dead:
                    folder.rename(folder.with_name(f"{folder.name}-left"))

    @property
    def staged_on(self) -> tuple[str, Path]:
        return self.store.staged_on

    def place(self, staged: Path, contents: Mapping[str, str]) -> None:
        for path, content in contents.items():
            last = self._change()
            self.unflushed.add(path)
            self.store.place(staged, {path: content})
            if last:
                raise PowerCut

    def size(self, path: str) -> int | None:
        self._live()
        return self.store.size(path)

    def modified(self, path: str) -> datetime | None:
        self._live()
        return self.store.modified(path)

    def list(self, prefix: str) -> list[str]:
        self._live()
        return self.store.list(prefix)

    def sizes(self, prefix: str) -> Mapping[str, int] | None:
        self._live()
        return self.store.sizes(prefix)

    def delete(self, *paths: str) -> None:
        for path in paths:
            last = self._change()
            self.store.delete(path)
            if last:
                raise PowerCut

    def delete_below(self, *folders: str) -> None:
        for folder in folders:
            last = self._change()
            self.store.delete_below(folder)
            if last:
                raise PowerCut

    def flush(self) -> None:
        self._live()
        self.store.flush()
        self.unflushed.clear()

    def local_path(self, path: str) -> Path | None:
        return self.store.local_path(path)

    @property
    def address(self) -> str:
        return self.store.address

    @property
    def shared(self) -> bool:
        return False
