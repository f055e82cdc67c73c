"""The objects of an object store below one address, through fsspec: many requests at once, no listing cache, an end for
every wait, and sentences for what the store refuses. What they mean is in `record`, when they change in `site`."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar, cast

import fsspec
from fsspec.asyn import AsyncFileSystem

from bluedot_assets.kernel.errors import RepositoryUnreachable, SettingsError
from bluedot_assets.kernel.site.addresses import public_address, without_users

AT_ONCE: Final = 64  # requests
LONGEST_S: Final = 300  # of all requests that are waited for together,
SLOWEST_BPS: Final = 100_000  # beside what their bytes take at so many a second
_CACHE: Final = "no-cache"  # keep it, and ask whether it is still so: any file may change with the next publish
_TEXT: Final = "; charset=utf-8"
# By how a name ends; of our own, for what a machine knows of types is its own.
_TYPES: Final = {
    "html": f"text/html{_TEXT}",
    "css": f"text/css{_TEXT}",
    "js": f"text/javascript{_TEXT}",
    "mjs": f"text/javascript{_TEXT}",
    "csv": f"text/csv{_TEXT}",
    "txt": f"text/plain{_TEXT}",
    "md": f"text/plain{_TEXT}",
    "pine": f"text/plain{_TEXT}",
    "xml": f"application/xml{_TEXT}",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "gz": "application/gzip",
    "parquet": "application/vnd.apache.parquet",
}
_CLIENT: Final = {
    "max_pool_connections": AT_ONCE,
    "retries": {"max_attempts": 2},
    "request_checksum_calculation": "when_required",  # other stores than Amazon's refuse those that nobody requires
    "response_checksum_validation": "when_required",
}
_EXTRAS: Final = {"s3": "s3", "gs": "gcs", "az": "azure"}
_REMEDY: Final = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for another store than Amazon's",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, as gcsfs reads it",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, as adlfs reads them",
}
# What means that a person has to do something, besides PermissionError; and what does not, besides OSError.
_REFUSALS: Final = {
    "s3": [
        f"botocore.exceptions.{name}"
        for name in ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "ParamValidationError")
    ],
    "gs": ["google.auth.exceptions.DefaultCredentialsError"],
    "az": ["azure.core.exceptions.ClientAuthenticationError"],
}
_FAILURES: Final = {
    "s3": ["botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError"],
    "gs": ["aiohttp.ClientError", "gcsfs.retry.HttpError", "google.auth.exceptions.GoogleAuthError"],
    "az": ["azure.core.exceptions.AzureError"],
}
_Answer = TypeVar("_Answer")
_Call = Callable[[], Awaitable[_Answer]]


@dataclass
class Objects:
    """`url` is an address without a slash at its end, `setting` its name. Paths are relative to it."""

    setting: str
    url: str

    @property
    def address(self) -> str:
        return public_address(self.url)

    @property
    def _scheme(self) -> str:
        return self.url.partition(":")[0]

    @cached_property
    def _files(self) -> AsyncFileSystem:
        """Raises SettingsError where nothing here speaks its protocol."""
        options: dict[str, Any] = {"use_listings_cache": False}
        if self._scheme == "s3":
            own = fsspec.config.conf.get("s3", {}).get("config_kwargs", {})
            # An object is read by one request, without one for its size.
            options["max_concurrency"] = 1
            options["config_kwargs"] = {**_CLIENT, **own}
        try:
            return cast(AsyncFileSystem, fsspec.core.url_to_fs(self.url, **options)[0])
        except (ValueError, ImportError, OSError) as error:
            raise SettingsError(
                f"{self.setting} is {self.address}, which cannot be opened ({error}): install what speaks with that "
                f"store (`pip install bluedot-assets[{_EXTRAS[self._scheme]}]`), and give its credentials "
                f"({_REMEDY[self._scheme]})."
            ) from None

    def _full(self, path: str) -> str:
        return f"{self.url.partition('://')[2]}/{path}"

    def get(self, path: str) -> bytes | None:
        """None when it is absent."""
        try:
            return cast(bytes, self._ask(lambda: self._files._cat_file(self._full(path))))
        except FileNotFoundError:
            return None

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Many at once, in no order."""
        with self._in_bucket():
            self._all(
                [self._putting(path, content) for path, content in contents.items()],
                LONGEST_S + sum(map(len, contents.values())) / SLOWEST_BPS,
            )

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
        """In bulk; absent ones are no fault."""
        if paths:
            with suppress(FileNotFoundError):
                self._ask(lambda: self._files._rm([self._full(path) for path in paths]))

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Bytes of every object below the folder, by path."""
        base = self._full(folder).rstrip("/")
        with self._in_bucket():
            found = self._ask(lambda: self._files._find(base, detail=True))
        length = len(self._full(""))
        return {name[length:]: one["size"] for name, one in found.items() if one["type"] == "file"}

    def names(self) -> set[str]:
        """Of the objects and folders at the address itself."""
        base = self._full("")
        try:
            found = self._ask(lambda: self._files._ls(base.rstrip("/"), detail=False))
        except FileNotFoundError:
            return set()
        return {name.rstrip("/").removeprefix(base) for name in found} - {"", base.rstrip("/")}

    def _putting(self, path: str, content: bytes, **more: str) -> _Call[None]:
        headers = _headers(self._scheme, path)
        return lambda: self._files._pipe_file(self._full(path), content, **headers, **more)

    @contextmanager
    def _in_bucket(self) -> Iterator[None]:
        """Raises SettingsError where there is none: a name that is absent is no fault of what is done here."""
        try:
            yield
        except FileNotFoundError:
            raise SettingsError(
                f"{self.setting}: there is no bucket of {self.address} for these credentials: make it, or correct the "
                f"address ({_REMEDY[self._scheme]})."
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

    def _ask(self, call: _Call[_Answer], longest_s: float = LONGEST_S) -> _Answer:
        async def answer() -> _Answer:
            return await asyncio.wait_for(call(), longest_s)

        loop = self._files.loop
        with self._explained(longest_s):
            asked = asyncio.run_coroutine_threadsafe(answer(), loop)
            try:
                return asked.result()
            except BaseException:
                asked.cancel()  # who interrupts this process wants nothing to be written any more
                raise

    @contextmanager
    def _explained(self, longest_s: float) -> Iterator[None]:
        """FileNotFoundError and FileExistsError are answers. Raises SettingsError and RepositoryUnreachable."""
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except TimeoutError:
            raise RepositoryUnreachable(
                f"{self.setting}: {self.address} gave no whole answer within {longest_s:.0f} s: see whether the store "
                "can be reached from here, and run again."
            ) from None
        except _errors(PermissionError, _REFUSALS[self._scheme]) as error:
            raise SettingsError(
                f"{self.setting}: {self.address} refuses what was asked ({_in_words(error)}): see whether the "
                f"credentials ({_REMEDY[self._scheme]}) are right and may list, read, write and delete there."
            ) from None
        except _errors(OSError, _FAILURES[self._scheme]) as error:
            raise RepositoryUnreachable(
                f"{self.setting}: {self.address} cannot be reached ({_in_words(error)}): see whether the store answers "
                f"from here and its address is right ({_REMEDY[self._scheme]}), and run again."
            ) from None


def _in_words(error: BaseException) -> str:
    return without_users(" ".join(str(error).split()).rstrip(".")) or type(error).__name__


def _headers(scheme: str, path: str) -> dict[str, Any]:
    kind = _TYPES.get(path.rpartition(".")[2], "application/octet-stream")
    if scheme == "s3":
        return {"ContentType": kind, "CacheControl": _CACHE}
    if scheme == "gs":
        return {"content_type": kind, "fixed_key_metadata": {"cache_control": _CACHE}}
    return {"content_settings": {"content_type": kind, "cache_control": _CACHE}}


def _errors(general: type[Exception], own: Sequence[str]) -> tuple[type[Exception], ...]:
    """With those of the store's own library, which is here: it was asked."""
    places = (name.rpartition(".") for name in own)
    return general, *(getattr(importlib.import_module(module), name) for module, _, name in places)
