"""Where stages keep their outputs: a folder of this machine, or any object store that fsspec reaches.

Paths are relative, with `/`. An object appears under its name whole or not at all. Which paths there are is in
`layout`."""

import errno
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final, Protocol, TypeVar, cast
from urllib.parse import unquote

import fsspec

from bluedot_assets.adapters.local_folders import flush, written_folder
from bluedot_assets.adapters.storage.copies import Copies
from bluedot_assets.adapters.storage.layout import STAGING, is_named_by, remedy_of
from bluedot_assets.adapters.storage.owned_folders import has_owner, own, remove_abandoned
from bluedot_assets.kernel.errors import ObjectMissing, OutputDamaged, SettingsError, StoreUnreachable
from bluedot_assets.kernel.site.addresses import public_address

SETTING: Final = "BLUEDOT_DATA"
STAGED_FOR: Final = timedelta(
    days=1
)  # no stage works that long: where nobody knows more, older folders are of the dead
BUCKETS: Final = ("s3:", "s3a:", "gs:", "gcs:", "az:", "abfs:", "abfss:")  # storages without folders
_PASSING: Final = re.compile("Connect|Timeout|Temporar|Unavailable")  # in the names of errors that are no OSError
Answer = TypeVar("Answer")


class Store(Protocol):
    """The contract; `bluedot_assets_tests/contracts/store.py` says it as tests. Stores can be pickled for workers."""

    def read(self, path: str) -> bytes:
        """Raises ObjectMissing."""
        ...

    def open(self, path: str, content: str = "") -> IO[bytes]:
        """A seekable reader. With `content`, a digest that names what is expected there, it may be a copy of it on this
        machine. Raises ObjectMissing."""
        ...

    def write(self, path: str, content: bytes) -> None: ...

    def write_first(self, path: str, content: bytes) -> bytes:
        """Write it unless it is there; what is there then, whoever was the first."""
        ...

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        """A file that gets its name when the block ends well, and vanishes when it raises."""
        ...

    def staging(self, now: datetime) -> AbstractContextManager[Path]:
        """A folder of this machine for files that will be objects, gone when the block ends. What dead processes have
        left of theirs is removed."""
        ...

    @property
    def staged_on(self) -> tuple[str, Path]:
        """The setting that decides where that folder is, and its value."""
        ...

    def place(self, staged: Path, contents: Mapping[str, str]) -> None:
        """Make objects of the files below `staged`, by their paths there; each gets its name whole or not at all. By
        path the digest that it is opened with."""
        ...

    def size(self, path: str) -> int | None:
        """Bytes, or None when absent."""
        ...

    def list(self, prefix: str) -> list[str]:
        """All objects below `prefix`, sorted; none when there is no such folder."""
        ...

    def delete(self, *paths: str) -> None:
        """Absent ones are no fault."""
        ...

    def delete_below(self, folder: str) -> None:
        """All objects there."""
        ...

    def sizes(self, prefix: str) -> Mapping[str, int] | None:
        """Bytes of all objects below `prefix`, where the store itself sees to it that they are what was written; None
        where that takes reading them."""
        ...

    def flush(self) -> None:
        """What was written, placed and deleted until now stays so, whatever becomes of the machine's power."""
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

    def open(self, path: str, content: str = "") -> IO[bytes]:
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

    @contextmanager
    def staging(self, now: datetime) -> Iterator[Path]:
        eldest = stamp(now - STAGED_FOR)
        with written_folder(SETTING, self.root):
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
        return SETTING, self.root

    def place(self, staged: Path, contents: Mapping[str, str]) -> None:
        with written_folder(SETTING, self.root):
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

    def list(self, prefix: str) -> list[str]:
        found = []
        for folder, _, names in os.walk(self.root / prefix):
            found += [(Path(folder) / name).relative_to(self.root).as_posix() for name in names]
        return sorted(found)

    def delete(self, *paths: str) -> None:
        with written_folder(SETTING, self.root):
            for path in paths:
                (self.root / path).unlink(missing_ok=True)

    def delete_below(self, folder: str) -> None:
        with written_folder(SETTING, self.root), suppress(FileNotFoundError):
            shutil.rmtree(self.root / folder)

    def sizes(self, prefix: str) -> None:
        return None

    def flush(self) -> None:
        flush(self.root)

    def local_path(self, path: str) -> Path | None:
        return self.root / path


@dataclass(frozen=True)
class ObjectStore:
    """A bucket or any other filesystem that fsspec reaches; one PUT is atomic there. Credentials, endpoint and client
    options are those of the storage's own package and of fsspec's configuration."""

    url: str = field(repr=False)  # it may carry a password
    copies: Copies = field(default_factory=Copies.new, compare=False)

    @property
    def address(self) -> str:
        return public_address(self.url)

    @property
    def _files(self) -> fsspec.AbstractFileSystem:
        return _opened(self.url)[0]

    def _full(self, path: str) -> str:
        return f"{_opened(self.url)[1].rstrip('/')}/{path}"

    @property
    def shared(self) -> bool:
        return not self.url.startswith("memory:")

    def read(self, path: str) -> bytes:
        # Without the number of connections s3fs asks for the size first.
        return self._asked(lambda: cast(bytes, self._files.cat_file(self._full(path), max_concurrency=1)), path)

    def open(self, path: str, content: str = "") -> IO[bytes]:
        if not content:
            return self._asked(lambda: cast(IO[bytes], self._files.open(self._full(path), "rb")), path)
        return self.copies.open(path, content) or self._fetched(path, content)

    def _fetched(self, path: str, content: str) -> IO[bytes]:
        """Raises OutputDamaged where something else is there."""
        with self.copies.staging() as folder:
            part = folder / "part"
            self._asked(lambda: self._files.get_file(self._full(path), str(part)), path)
            file = part.open("rb")
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if content != found and not (content == path and is_named_by(path, found)):
                file.close()
                raise differs(path)
            self.copies.keep({(path, content): part})
            file.seek(0)
            return file

    def write(self, path: str, content: bytes) -> None:
        self._put([path], lambda: self._files.pipe_file(self._full(path), content))

    def write_first(self, path: str, content: bytes) -> bytes:
        """Of two at once both may write, where the store knows no condition."""
        try:
            return self.read(path)
        except ObjectMissing:
            with suppress(FileExistsError):
                self._put([path], lambda: self._files.pipe_file(self._full(path), content, mode="create"))
            return self.read(path)

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        with self.copies.staging() as folder:
            part = folder / "part"
            with part.open("wb") as file:
                yield file
            self._put([path], lambda: self._files.put_file(str(part), self._full(path)))

    @contextmanager
    def staging(self, now: datetime) -> Iterator[Path]:
        with self.copies.staging(stamp(now)) as folder:
            yield folder

    @property
    def staged_on(self) -> tuple[str, Path]:
        return "TMPDIR", self.copies.folder.parent

    def place(self, staged: Path, contents: Mapping[str, str]) -> None:
        """Many at once."""
        files, targets = [str(staged / path) for path in contents], [self._full(path) for path in contents]
        if files:
            self._put([*contents], lambda: self._files.put(files, targets))
        self.copies.keep({(path, content): staged / path for path, content in contents.items()})

    def _put(self, paths: Sequence[str], put: Callable[[], object]) -> None:
        def with_folders() -> object:
            try:
                return put()
            except FileNotFoundError:
                if self.url.startswith(BUCKETS):  # there it would make the bucket, for a mistake in a name
                    raise
                for folder in {self._full(path).rpartition("/")[0] for path in paths}:
                    self._files.makedirs(folder, exist_ok=True)
                return put()

        self._asked(with_folders)

    def size(self, path: str) -> int | None:
        with suppress(ObjectMissing):
            return self._asked(lambda: int(self._files.size(self._full(path))), path)
        return None

    def list(self, prefix: str) -> list[str]:
        return sorted(self.sizes(prefix))

    def sizes(self, prefix: str) -> Mapping[str, int]:
        base = self._full("")
        found = self._asked(lambda: self._files.find(self._full(prefix), detail=True))
        return {str(name).removeprefix(base): int(one["size"]) for name, one in found.items()}

    def delete(self, *paths: str) -> None:
        """In bulk."""
        if paths:
            self._asked(lambda: self._removed([self._full(path) for path in paths]))

    def delete_below(self, folder: str) -> None:
        self.delete(*self.sizes(folder))

    def _removed(self, objects: Sequence[str]) -> None:
        if len(objects) > 1:
            with suppress(FileNotFoundError):  # of a storage that minds, one is absent
                self._files.rm([*objects])
            # A bucket may refuse some of them without an error; what is deleted alone raises one.
            folders = {path.rpartition("/")[0] for path in objects}
            left = {str(path) for folder in folders for path in self._files.find(folder)}
            objects = [path for path in objects if path in left]
        for path in objects:
            with suppress(FileNotFoundError):
                self._files.rm_file(path)

    def flush(self) -> None:
        """What a PUT has answered stays."""

    def local_path(self, path: str) -> Path | None:
        return None

    def _asked(self, question: Callable[[], Answer], path: str = "") -> Answer:
        """The storage's answer. Raises ObjectMissing where `path` is named and not there, and StoreUnreachable."""
        try:
            return question()
        except FileExistsError:
            raise
        except FileNotFoundError as error:
            if path:
                raise _absent(self.address, path) from None
            raise self._unreachable(error) from None
        except (MemoryError, TypeError, AttributeError):
            raise
        except Exception as error:  # each storage's package has errors of its own
            if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:  # of this machine
                raise
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> StoreUnreachable | SettingsError:
        """The first may pass by itself."""
        problem = " ".join(_without_secrets(str(error), self.url).split()).rstrip(".")
        passes = isinstance(error, OSError) and not isinstance(error, PermissionError | FileNotFoundError)
        kind = StoreUnreachable if passes or _PASSING.search(type(error).__name__) else SettingsError
        return kind(
            f"{SETTING} {self.address} does not answer as it should ({type(error).__name__}: {problem}): see whether "
            "bucket, credentials and endpoint are right, and the network works; then run again."
        )


def open_store(url: str) -> Store:
    """The store of a local path or an fsspec URL. Raises SettingsError when nothing here speaks its protocol."""
    path = url.removeprefix("file://")
    if "://" not in path:
        return LocalStore(Path(path).absolute())
    try:
        _opened(url)
    except (ValueError, ImportError, OSError) as error:
        address = public_address(url)
        problem = _without_secrets(str(error), url)
        raise SettingsError(
            f"BLUEDOT_DATA is {address!r}, which cannot be opened ({problem}): give a folder, or install the fsspec "
            "package of that storage (for s3:// `pip install bluedot-assets[s3]`)."
        ) from None
    return ObjectStore(url)


def differs(path: str, of: str = "") -> OutputDamaged:
    """Of an object, or of a file `of` in it, that is not what was stored."""
    return OutputDamaged(f"{of}{path} differs from what was stored: {remedy_of(path)}.")


def _absent(address: str, path: str) -> ObjectMissing:
    return ObjectMissing(f"{address}/{path} is missing: {remedy_of(path)}.")


def _opened(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The filesystem, of which fsspec keeps one for each url, and the path in it. What another process writes and
    deletes in a bucket is in no list of ours."""
    options = {"use_listings_cache": False} if url.startswith(BUCKETS) else {}
    filesystem, path = fsspec.core.url_to_fs(url, **options)
    return filesystem, str(path)


def _without_secrets(text: str, url: str) -> str:
    """The text without what the url has of a user and of options."""
    user, query = url.partition("://")[2].rpartition("@")[0], url.partition("?")[2]
    for secret in (url, unquote(url), user, unquote(user), query, unquote(query)):
        if secret:
            text = text.replace(secret, public_address(url) if secret in (url, unquote(url)) else "...")
    return text


def stamp(now: datetime) -> str:
    """The moment, in a name that sorts by it."""
    return now.strftime("%Y%m%dT%H%M%S")
