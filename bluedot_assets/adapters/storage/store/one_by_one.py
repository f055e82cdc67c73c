"""Filesystems of fsspec that know no asyncio, as if they did. fsspec's own wrapper, which earlier versions lack, has
threads that the end of a process waits for, though their server never answers."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import fsspec
from fsspec.asyn import get_loop

from bluedot_assets.adapters.workers.time_limits import begun


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
                return await asyncio.wrap_future(begun(partial(work, *words, **more)))

        return call
