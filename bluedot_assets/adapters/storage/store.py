"""Where stages keep their outputs: a folder of this machine, or any object store that fsspec reaches.

Paths are relative, with `/`. An object appears under its name whole or not at all. Which paths there are is in
`layout`."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Protocol, cast

import fsspec

from bluedot_assets.adapters.local_folders import flush, written_folder
from bluedot_assets.adapters.storage.layout import remedy_of
from bluedot_assets.adapters.storage.owned_folders import has_owner, own, remove_abandoned
from bluedot_assets.kernel.errors import ObjectMissing, SettingsError
from bluedot_assets.kernel.site.addresses import public_address

SETTING: Final = "BLUEDOT_DATA"


class Store(Protocol):
    """The contract; `bluedot_assets_tests/contracts/store.py` says it as tests. Stores can be pickled for workers."""

    def read(self, path: str) -> bytes:
        """Raises ObjectMissing."""
        ...

    def open(self, path: str) -> IO[bytes]:
        """A seekable reader. Raises ObjectMissing."""
        ...

    def write(self, path: str, content: bytes) -> None: ...

    def write_first(self, path: str, content: bytes) -> bytes:
        """Write it unless it is there; what is there then, whoever was the first."""
        ...

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        """A file that gets its name when the block ends well, and vanishes when it raises."""
        ...

    def move(self, source: str, target: str) -> None: ...

    def size(self, path: str) -> int | None:
        """Bytes, or None when absent."""
        ...

    def list(self, prefix: str) -> list[str]:
        """All objects below `prefix`, sorted; none when there is no such folder."""
        ...

    def delete(self, path: str) -> None:
        """An object or a whole folder; an absent one is no fault."""
        ...

    def flush(self) -> None:
        """What was written, moved and deleted until now stays so, whatever becomes of the machine's power."""
        ...

    @contextmanager
    def owned(self, folder: str) -> Iterator[None]:
        """While the block lasts, the folder is no abandoned one."""
        ...

    def delete_abandoned(self, folder: str, *, outdated: bool) -> None:
        """Delete the folder if the process that owned it is gone; where that is not known, if it is outdated."""
        ...

    def local_path(self, path: str) -> Path | None:
        """The file on this machine, or None where the store has none."""
        ...

    @property
    def shared(self) -> bool:
        """Whether worker processes see the same objects."""
        ...

    @property
    def address(self) -> str:
        """Where it is, for people: never with a password."""
        ...


@dataclass(frozen=True)
class LocalStore:
    """A folder of this machine."""

    root: Path
    shared: bool = True

    @property
    def address(self) -> str:
        return str(self.root)

    def read(self, path: str) -> bytes:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            raise _absent(self.address, path) from None

    def open(self, path: str) -> IO[bytes]:
        try:
            return (self.root / path).open("rb")
        except FileNotFoundError:
            raise _absent(self.address, path) from None

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
        with written_folder(SETTING, self.root):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("wb") as file:
                    yield file
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def move(self, source: str, target: str) -> None:
        destination = self.root / target
        with written_folder(SETTING, self.root):
            try:
                (self.root / source).replace(destination)
            except FileNotFoundError:
                destination.parent.mkdir(parents=True, exist_ok=True)
                (self.root / source).replace(destination)

    def size(self, path: str) -> int | None:
        try:
            return (self.root / path).stat().st_size
        except FileNotFoundError:
            return None

    def list(self, prefix: str) -> list[str]:
        found = []
        for folder, _, names in os.walk(self.root / prefix):
            found += [(Path(folder) / name).relative_to(self.root).as_posix() for name in names]
        return sorted(found)

    def delete(self, path: str) -> None:
        target = self.root / path
        with written_folder(SETTING, self.root):
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)

    def flush(self) -> None:
        flush(self.root)

    @contextmanager
    def owned(self, folder: str) -> Iterator[None]:
        with written_folder(SETTING, self.root):
            lock = own(self.root / folder)
        try:
            yield
        finally:
            lock.release()

    def delete_abandoned(self, folder: str, *, outdated: bool) -> None:
        remove_abandoned(self.root / folder)
        if outdated and has_owner(self.root / folder) is None:
            self.delete(folder)

    def local_path(self, path: str) -> Path | None:
        return self.root / path


@dataclass(frozen=True)
class ObjectStore:
    """A bucket or any other filesystem that fsspec reaches; one PUT is atomic there."""

    url: str = field(repr=False)  # it may carry a password

    @property
    def address(self) -> str:
        return public_address(self.url)

    @property
    def _files(self) -> fsspec.AbstractFileSystem:
        return fsspec.core.url_to_fs(self.url)[0]  # fsspec keeps one instance for each url

    def _full(self, path: str) -> str:
        return f"{fsspec.core.url_to_fs(self.url)[1].rstrip('/')}/{path}"

    @property
    def shared(self) -> bool:
        return not self.url.startswith("memory:")

    def read(self, path: str) -> bytes:
        try:
            return cast(bytes, self._files.cat_file(self._full(path)))
        except FileNotFoundError:
            raise _absent(self.address, path) from None

    def open(self, path: str) -> IO[bytes]:
        try:
            return cast(IO[bytes], self._files.open(self._full(path), "rb"))
        except FileNotFoundError:
            raise _absent(self.address, path) from None

    def write(self, path: str, content: bytes) -> None:
        self._files.makedirs(self._full(path).rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(self._full(path), content)

    def write_first(self, path: str, content: bytes) -> bytes:
        """Of two at once both may write, where the store knows no condition."""
        self._files.makedirs(self._full(path).rpartition("/")[0], exist_ok=True)
        if self.size(path) is None:
            with suppress(FileExistsError):
                self._files.pipe_file(self._full(path), content, mode="create")
        return self.read(path)

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        part = f"{self._full(path)}.{uuid.uuid4().hex}.part"
        self._files.makedirs(part.rpartition("/")[0], exist_ok=True)
        try:
            with self._files.open(part, "wb") as file:
                yield file
            self._files.mv(part, self._full(path))
        except BaseException:
            if self._files.exists(part):
                self._files.rm_file(part)
            raise

    def move(self, source: str, target: str) -> None:
        self._files.makedirs(self._full(target).rpartition("/")[0], exist_ok=True)
        self._files.mv(self._full(source), self._full(target))

    def size(self, path: str) -> int | None:
        try:
            return int(self._files.size(self._full(path)))
        except FileNotFoundError:
            return None

    def list(self, prefix: str) -> list[str]:
        base = self._full("")
        return sorted(str(name).removeprefix(base) for name in self._files.find(self._full(prefix)))

    def delete(self, path: str) -> None:
        if self._files.exists(self._full(path)):
            self._files.rm(self._full(path), recursive=True)

    def flush(self) -> None:
        """What a PUT has answered stays."""

    @contextmanager
    def owned(self, folder: str) -> Iterator[None]:
        yield

    def delete_abandoned(self, folder: str, *, outdated: bool) -> None:
        if outdated:
            self.delete(folder)

    def local_path(self, path: str) -> Path | None:
        return None


def open_store(url: str) -> Store:
    """The store of a local path or an fsspec URL. Raises SettingsError when nothing here speaks its protocol."""
    path = url.removeprefix("file://")
    if "://" not in path:
        return LocalStore(Path(path).absolute())
    try:
        fsspec.core.url_to_fs(url)
    except (ValueError, ImportError, OSError) as error:
        address = public_address(url)
        problem = str(error).replace(url, address)
        raise SettingsError(
            f"BLUEDOT_DATA is {address!r}, which cannot be opened ({problem}): give a folder, or install the fsspec "
            "package of that storage (for s3:// `pip install bluedot-assets[s3]`)."
        ) from None
    return ObjectStore(url)


def _absent(address: str, path: str) -> ObjectMissing:
    return ObjectMissing(f"{address}/{path} is missing: {remedy_of(path)}.")
