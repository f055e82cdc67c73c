"""The store in a folder of this machine. What it must do is in `port`."""

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bluedot_assets.adapters.local_folders import flush, written_folder
from bluedot_assets.adapters.storage.layout import STAGING
from bluedot_assets.adapters.storage.owned_folders import has_owner, own, remove_abandoned
from bluedot_assets.adapters.storage.store.port import SETTING, STAGED_FOR, absent, stamp


@dataclass(frozen=True)
class LocalStore:
    """A folder of this machine."""

    root: Path
    shared: bool = True
    setting: str = SETTING  # that names it

    @property
    def address(self) -> str:
        return str(self.root)

    def read(self, path: str) -> bytes:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            raise absent(self.address, path) from None

    def open(self, path: str, content: str = "") -> IO[bytes]:
        try:
            return (self.root / path).open("rb")
        except FileNotFoundError:
            raise absent(self.address, path) from None

    def has_copy(self, path: str, content: str) -> bool:
        return False

    def read_part(self, path: str, content: str, start: int, size: int) -> bytes:
        with self.open(path, content) as file:
            file.seek(start)
            return file.read(size)

    def write(self, path: str, content: bytes) -> None:
        with self.writer(path) as file:
            file.write(content)

    def write_first(self, path: str, content: bytes) -> bytes:
        target = self.root / path
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        self.write(part.relative_to(self.root).as_posix(), content)
        try:
            os.link(part, target)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not target.exists():
                part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return self.read(path)

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        target = self.root / path
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        with written_folder(self.setting, self.root):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("wb") as file:
                    yield file
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    @contextmanager
    def staging(self, now: datetime) -> Iterator[Path]:
        eldest = stamp(now - STAGED_FOR)
        with written_folder(self.setting, self.root):
            for other in (self.root / STAGING).glob("*"):
                remove_abandoned(other)
                if other.name < eldest and has_owner(other) is None:
                    shutil.rmtree(other, ignore_errors=True)
            folder = self.root / STAGING / f"{stamp(now)}-{uuid.uuid4().hex}"
            lock = own(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()

    @property
    def staged_on(self) -> tuple[str, Path]:
        return self.setting, self.root

    def place(self, staged: Path, contents: Mapping[str, str]) -> None:
        with written_folder(self.setting, self.root):
            for path in contents:
                target = self.root / path
                try:
                    (staged / path).replace(target)
                except FileNotFoundError:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    (staged / path).replace(target)

    def size(self, path: str) -> int | None:
        try:
            return (self.root / path).stat().st_size
        except FileNotFoundError:
            return None

    def modified(self, path: str) -> datetime | None:
        try:
            return datetime.fromtimestamp((self.root / path).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def list(self, prefix: str) -> list[str]:
        found = []
        for folder, _, names in os.walk(self.root / prefix):
            found += [(Path(folder) / name).relative_to(self.root).as_posix() for name in names]
        return sorted(found)

    def delete(self, *paths: str) -> None:
        with written_folder(self.setting, self.root):
            for path in paths:
                (self.root / path).unlink(missing_ok=True)

    def delete_below(self, *folders: str) -> None:
        with written_folder(self.setting, self.root):
            for folder in folders:
                with suppress(FileNotFoundError):
                    shutil.rmtree(self.root / folder)

    def sizes(self, prefix: str) -> None:
        return None

    def flush(self) -> None:
        flush(self.root)

    def local_path(self, path: str) -> Path | None:
        return self.root / path
