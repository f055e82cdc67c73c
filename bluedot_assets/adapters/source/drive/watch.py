"""Calls in flight, and the watch that ends those whose time is over: a server that sends a byte now and then keeps
every timeout of a socket from firing, so the connection is cut from outside. Whose time is over is in `calls`."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import google_auth_httplib2  # type: ignore[import-untyped]

TICK_S: Final = 0.25


class Watch:
    """One thread for all calls of a Drive, which lives as long as there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[google_auth_httplib2.AuthorizedHttp, Callable[[], bool]] = {}
        self._at_work = False

    @contextmanager
    def over(self, connection: google_auth_httplib2.AuthorizedHttp, is_over: Callable[[], bool]) -> Iterator[None]:
        """While the block lasts the connection is cut as soon as `is_over` says so."""
        with self._lock:
            self._calls[connection] = is_over
            if not self._at_work:
                self._at_work = True
                threading.Thread(target=self._watch, name="drive-watch", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                del self._calls[connection]

    def _watch(self) -> None:
        while True:
            time.sleep(TICK_S)
            with self._lock:  # so that no connection is cut that another call has taken over
                if not self._calls:
                    self._at_work = False
                    return
                for connection, is_over in self._calls.items():
                    if is_over():
                        _cut(connection)


def _cut(connection: google_auth_httplib2.AuthorizedHttp) -> None:
    """Whoever reads from it gets its end at once. Again at each tick: the client connects anew by itself."""
    for one in list(connection.http.connections.values()):
        if one.sock is not None:
            with suppress(OSError):  # not connected yet, or not any more
                socket.socket.shutdown(one.sock, socket.SHUT_RDWR)  # of TLS as well, below it
