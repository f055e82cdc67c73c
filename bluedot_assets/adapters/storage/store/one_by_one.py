"""Filesystems of fsspec that know no asyncio, as if they did. fsspec's own wrapper, which earlier versions lack, has
threads that the end of a process waits for, though their server never answers."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import fsspec
from fsspec.asyn import get_loop


class OneByOne:
    """Does one thing at a time, each in a thread of its own."""

    def __init__(self, files: fsspec.AbstractFileSystem) -> None:
        self._files = files
        self._turn = asyncio.Lock()
        self.loop = get_loop()

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Asynchronous methods of fsspec begin with an underscore."""
        work = getattr(self._files, name.removeprefix("_"))

        async def call(*words: Any, **more: Any) -> Any:
            async with self._turn:
                return await asyncio.wrap_future(_begun(partial(work, *words, **more)))

        return call


def _begun(work: Callable[[], Any]) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()

    def carry_out() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            future.set_exception(error)

    threading.Thread(target=carry_out, daemon=True).start()
    return future
