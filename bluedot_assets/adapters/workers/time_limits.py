"""An end for every wait on somebody else's server: one that sends a byte now and then keeps each timeout of a socket
from firing. Calls of Drive are cut in `source/drive/watch`, git is ended in `git/process`."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """What `work` returns or raises. Raises TimeoutError when the time is over: then its thread is left to itself, and
    ends with this process at the latest."""
    future = begun(work)
    try:
        return future.result(seconds)
    except TimeoutError:
        if future.done():
            raise
        raise TimeoutError(f"no whole answer within {seconds:g} s") from None


def begun(work: Callable[[], Result]) -> "Future[Result]":
    """What `work` will return or raise, from a thread that keeps no process from its end."""
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()

    def carry_out() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            future.set_exception(error)

    threading.Thread(target=carry_out, daemon=True).start()
    return future
