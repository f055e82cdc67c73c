"""The objects of an object store, or the files of any other filesystem that fsspec reaches, below one address: many
requests at once, no listing cache, an end for every wait, and sentences for what the storage refuses. What the objects
mean is in `object_store` for data and in `adapters/site/bucket` for the site, how storages differ is in `storages`."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar, cast

import fsspec
from fsspec.asyn import AsyncFileSystem
from fsspec.callbacks import Callback

from bluedot_assets.adapters.storage.store.failures import Failures
from bluedot_assets.adapters.storage.store.one_by_one import OneByOne
from bluedot_assets.adapters.storage.store.storages import FILES, STORAGES, Storage
from bluedot_assets.kernel.errors import BluedotError, SettingsError
from bluedot_assets.kernel.site.addresses import public_address

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

AT_ONCE: Final = 64  # requests
LONGEST_S: Final = 300  # of all requests that are waited for together,
SLOWEST_BPS: Final = 100_000  # beside what their bytes take at so many a second
_AHEAD: Final = 5_000_000  # bytes that a reader asks for at once
_IN_BULK: Final = 1000  # objects that S3 deletes by one request
_CLIENT: Final = {
    "max_pool_connections": AT_ONCE,
    "retries": {"max_attempts": 2},
    "request_checksum_calculation": "when_required",  # other stores than Amazon's refuse those that nobody requires
    "response_checksum_validation": "when_required",
}
_Answer = TypeVar("_Answer")
_Call = Callable[[], Awaitable[_Answer]]


def _no_headers(_scheme: str, _path: str) -> dict[str, Any]:
    return {}


class _Parts(io.RawIOBase):
    """An object that is read part by part."""

    def __init__(self, objects: "Objects", path: str, size: int, absent: Exception) -> None:
        self._objects, self._path, self._size, self._absent = objects, path, size, absent
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def readinto(self, into: "WriteableBuffer") -> int:
        view = memoryview(into)
        end = min(self._place + len(view), self._size)
        if end <= self._place:
            return 0
        part = self._objects.get(self._path, self._place, end)
        if part is None:
            raise self._absent
        view[: len(part)] = part
        self._place += len(part)
        return len(part)


@dataclass
class Objects:
    """Paths are relative to `url`, which `setting` has. `unreachable` is raised for what may pass by itself; `headers`
    are those of an object for who reads it by HTTP, by scheme and path."""

    setting: str
    url: str
    unreachable: type[BluedotError]
    headers: Callable[[str, str], dict[str, Any]] = _no_headers

    @property
    def address(self) -> str:
        return public_address(self.url)

    @cached_property
    def _scheme(self) -> str:
        return self.url.partition(":")[0]

    @property
    def _is_s3(self) -> bool:
        return self._scheme in {"s3", "s3a"}

    @cached_property
    def _failures(self) -> Failures:
        return Failures(self.setting, self.url, self.unreachable, self._storage)

    @cached_property
    def _storage(self) -> Storage:
        return STORAGES.get(self._scheme, FILES)

    @cached_property
    def _opened(self) -> tuple[fsspec.AbstractFileSystem, str]:
        """The filesystem, of which fsspec keeps one for each address, and the path in it."""
        options: dict[str, Any] = {"use_listings_cache": False} if self._storage.bucket else {}
        if self._is_s3:
            own = fsspec.config.conf.get("s3", {}).get("config_kwargs", {})
            options["config_kwargs"] = {**_CLIENT, **own}
        try:
            with self._failures.explained():  # some connect at once
                files, path = fsspec.core.url_to_fs(self.url, **options)
        except (ValueError, ImportError, OSError) as error:
            raise SettingsError(
                f"{self.setting} is {self.address}, which cannot be opened ({self._failures.in_words(error)}): correct "
                f"it, or install {self._storage.package} and give its credentials ({self._storage.remedy})."
            ) from None
        return files, str(path).rstrip("/")

    def require_openable(self) -> None:
        """Raises SettingsError where nothing here speaks its protocol; asks for nothing."""
        _ = self._opened

    @cached_property
    def _files(self) -> AsyncFileSystem:
        files = self._opened[0]
        return cast(AsyncFileSystem, files if files.async_impl else OneByOne(files))

    def _full(self, path: str) -> str:
        return f"{self._opened[1]}/{path}"

    def get(self, path: str, start: int | None = None, end: int | None = None) -> bytes | None:
        """All of it or a part; None when it is absent."""
        part = {"start": start, "end": end, **self._storage.at_once}
        with suppress(FileNotFoundError):
            return cast(bytes, self._ask(lambda: self._files._cat_file(self._full(path), **part)))
        return None

    def open(self, path: str, absent: Exception) -> IO[bytes]:
        """A reader that asks for parts as it needs them. Raises `absent` where there is none, or none any more."""
        size = self.size(path)
        if size is None:
            raise absent
        return io.BufferedReader(_Parts(self, path, size, absent), _AHEAD)

    def fetch(self, path: str, file: Path) -> None:
        """Copy an object to a file of this machine. Raises FileNotFoundError."""

        async def fetching() -> None:
            async with asyncio.timeout(LONGEST_S) as limit:
                await self._files._get_file(self._full(path), str(file), callback=_Longer(limit))

        self._ask(fetching, None)

    def put(self, contents: Mapping[str, bytes | Path]) -> None:
        """Many at once, in no order; the content of each, or the file of this machine that has it."""
        size = sum(one.stat().st_size if isinstance(one, Path) else len(one) for one in contents.values())
        with self._in_bucket():
            self._all([self._putting(*one) for one in contents.items()], LONGEST_S + size / SLOWEST_BPS)

    def create(self, path: str, content: bytes) -> bool:
        """Whether it was not there, and is now."""
        try:
            with self._in_bucket():
                self._all([self._putting(path, content, mode="create")])
        except FileExistsError:
            return self.get(path) == content  # the answer to the first try may have been lost
        return True

    def copy(self, moves: Sequence[tuple[str, str]]) -> list[str]:
        """Give each target its source's bytes, many at once, in no order; the targets whose source is not there."""
        absent = []
        # What asks for no size first, where there is such a thing: one request for each object and not two.
        one = getattr(self._files, "_copy_basic", self._files._cp_file)

        def copying(source: str, target: str) -> _Call[None]:
            async def call() -> None:
                try:
                    await one(self._full(source), self._full(target))
                except FileNotFoundError:
                    absent.append(target)

            return call

        self._all([copying(*move) for move in moves])
        return absent

    def delete(self, paths: Sequence[str]) -> None:
        """In bulk where the storage can, else many at once; absent ones are no fault."""
        full = [self._full(path) for path in paths]
        if self._is_s3 and len(full) > 1:
            self._all([partial(self._deleted, full[at : at + _IN_BULK]) for at in range(0, len(full), _IN_BULK)])
        else:
            self._all([partial(self._removed, path) for path in full])

    async def _deleted(self, paths: Sequence[str]) -> None:
        """As s3fs does, which passes over what S3 refuses to delete."""
        bucket = paths[0].partition("/")[0]
        listed = {"Objects": [{"Key": path.partition("/")[2]} for path in paths], "Quiet": True}
        answer = await self._files._call_s3("delete_objects", Bucket=bucket, Delete=listed)
        for error in answer.get("Errors", []):
            raise PermissionError(f"{error['Key']} is not deleted: {error.get('Message') or error.get('Code')}")

    async def _removed(self, path: str) -> None:
        with suppress(FileNotFoundError):
            await self._files._rm_file(path)

    def size(self, path: str) -> int | None:
        """Bytes, or None when it is absent."""
        with suppress(FileNotFoundError):
            return cast(int, self._ask(lambda: self._files._size(self._full(path))))
        return None

    def modified(self, path: str) -> datetime | None:
        """None when it is absent, or the storage does not say."""
        with self._failures.explained(), suppress(FileNotFoundError, NotImplementedError):
            return cast(datetime, self._opened[0].modified(self._full(path)))
        return None

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Bytes of every object below the folder, by path."""
        base = self._full(folder).rstrip("/")
        with self._in_bucket():
            found = self._ask(lambda: self._found(base))
        length = len(self._full(""))
        return {name[length:]: one["size"] for name, one in found.items() if one["type"] != "directory"}

    async def _found(self, base: str) -> dict[str, Any]:
        parent, _, name = base.rpartition("/")
        if self._is_s3 and parent:  # s3fs asks twice more what there is, where it lists nothing below a whole path
            return cast("dict[str, Any]", await self._files._find(parent, prefix=f"{name}/", detail=True))
        found: dict[str, Any] = await self._files._find(base, detail=True)
        if not found and self._storage.silent and not await self._files._exists(base.partition("/")[0]):
            raise FileNotFoundError(base)
        return found

    def names(self) -> set[str]:
        """Of the objects and folders at the address itself."""
        base = self._full("")
        try:
            found = self._ask(lambda: self._files._ls(base.rstrip("/"), detail=False))
        except FileNotFoundError:
            return set()
        return {name.rstrip("/").removeprefix(base) for name in found} - {"", base.rstrip("/")}

    def _putting(self, path: str, content: bytes | Path, **more: str) -> _Call[None]:
        full, more = self._full(path), {**self.headers(self._scheme, path), **more}

        async def put() -> None:
            if isinstance(content, Path):
                await self._files._put_file(str(content), full, **more)
            else:
                await self._files._pipe_file(full, content, **more)

        async def call() -> None:
            try:
                await put()
            except FileNotFoundError:
                if self._storage.bucket:  # there it would make the bucket, for a mistake in a name
                    raise
                await self._files._makedirs(full.rpartition("/")[0], exist_ok=True)
                await put()

        return call

    @contextmanager
    def _in_bucket(self) -> Iterator[None]:
        """Raises SettingsError where there is none: a name that is absent is no fault of what is done here."""
        try:
            yield
        except FileNotFoundError:
            raise SettingsError(
                f"{self.setting}: there is no bucket of {self.address} for these credentials: make it, or correct the "
                f"address ({self._storage.remedy})."
            ) from None

    def _all(self, calls: Sequence[_Call[None]], longest_s: float = LONGEST_S) -> None:
        async def together() -> None:
            room = asyncio.Semaphore(AT_ONCE)

            async def one(call: _Call[None]) -> None:
                async with room:
                    await call()

            # Until the last has ended: nothing may be written after an error was raised.
            ended = await asyncio.gather(*map(one, calls), return_exceptions=True)
            if failed := [error for error in ended if error is not None]:
                raise failed[0]

        if calls:
            self._ask(together, longest_s)

    def _ask(self, call: _Call[_Answer], longest_s: float | None = LONGEST_S) -> _Answer:
        async def answer() -> _Answer:
            return await asyncio.wait_for(call(), longest_s)

        loop = self._files.loop
        with self._failures.explained():
            asked = asyncio.run_coroutine_threadsafe(answer(), loop)
            try:
                return asked.result()
            except BaseException:
                asked.cancel()  # who interrupts this process wants nothing to be written any more
                raise


class _Longer(Callback):  # type: ignore[misc]
    """Gives a download the time that its bytes take, once it is known how many they are."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        super().__init__()
        self._limit, self._loop = limit, asyncio.get_running_loop()

    def set_size(self, size: int | None) -> None:
        self._loop.call_soon_threadsafe(self._reschedule, LONGEST_S + (size or 0) / SLOWEST_BPS)

    def _reschedule(self, longest_s: float) -> None:
        with suppress(RuntimeError):  # it has come already
            self._limit.reschedule(self._loop.time() + longest_s)
