"""Calls in flight, and the watch that ends those whose time is over: a server that sends a byte now and then keeps
every timeout of a socket from firing, so the connection is cut from outside. Whose time is over is in `calls`."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import google_auth_httplib2  # type: ignore[import-untyped]

TICK_S: Final = 0.25


class Watch:
    """One thread for all calls of a Drive, which lives as long as there are any: one that woke while its process ends
    would crash it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: dict[google_auth_httplib2.AuthorizedHttp, Callable[[], bool]] = {}
        self._at_work = False

    @contextmanager
    def over(self, connection: google_auth_httplib2.AuthorizedHttp, is_over: Callable[[], bool]) -> Iterator[None]:
        """While the block lasts the connection is cut as soon as `is_over` says so."""
        with self._changed:
            self._calls[connection] = is_over
            if not self._at_work:
                self._at_work = True
                threading.Thread(target=self._watch, name="drive-watch").start()
        try:
            yield
        finally:
            with self._changed:
                del self._calls[connection]
                if not self._calls:
                    self._changed.notify()

    def _watch(self) -> None:
        with self._changed:  # so that no connection is cut that another call has taken over
            while self._calls:
                self._changed.wait(TICK_S)
                for connection, is_over in self._calls.items():
                    if is_over():
                        _cut(connection)
            self._at_work = False


def _cut(connection: google_auth_httplib2.AuthorizedHttp) -> None:
    """Whoever reads from it gets its end at once. Again at each tick: the client connects anew by itself."""
    for one in list(connection.http.connections.values()):
        if one.sock is not None:
            with suppress(OSError):  # not connected yet, or not any more
                socket.socket.shutdown(one.sock, socket.SHUT_RDWR)  # of TLS as well, below it
