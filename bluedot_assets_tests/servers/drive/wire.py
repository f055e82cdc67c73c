"""HTTP/1.1 on a socket: keep-alive connections, a thread each.

Written on socketserver, because http.server spends more time on parsing headers than the rest of a request takes.
Here: bytes in, bytes out, and the misbehaviour of a connection. Not here: what is answered (service.py).
"""

import select
import socket
import socketserver
import struct
import threading
import time
from http.client import responses
from urllib.parse import parse_qsl, unquote

from bluedot_assets_tests.servers.drive.faults import DRIPS
from bluedot_assets_tests.servers.drive.message import Request, Response
from bluedot_assets_tests.servers.drive.service import Delivery, Service

_LONGEST_LINE = 65_536
_NO_BODY = {204, 304}


class Connection(socketserver.StreamRequestHandler):
    """One connection, for as many requests as the client sends."""

    disable_nagle_algorithm = True
    server: "DriveSocketServer"

    def handle(self) -> None:
        """Answer until either side is done; a client that goes away is no error."""
        try:
            while (request := self._read()) is not None:
                if not self._send(self.server.service.deliver(request), request):
                    return
        except ConnectionError:
            return

    def _read(self) -> Request | None:
        """The next request; None at the end of the connection."""
        line = self.rfile.readline(_LONGEST_LINE)
        words = line.decode("latin-1").split()
        if len(words) != 3:
            return None
        headers = {}
        while (line := self.rfile.readline(_LONGEST_LINE)) not in {b"\r\n", b"\n", b""}:
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(headers.get("content-length", "0")))
        path, _, query = words[1].partition("?")
        method = words[0]
        if method == "POST" and headers.get("x-http-method-override") == "GET":
            method, query = "GET", body.decode("latin-1")  # how the client sends a GET over 2048 characters
        params = dict(parse_qsl(query, keep_blank_values=True))
        return Request(method, unquote(path), params, headers, body)

    def _send(self, delivery: Delivery, request: Request) -> bool:
        """Send the answer; whether the connection lives on."""
        if delivery.manner == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket(fileno=self.connection.detach()).close()
            return False
        if delivery.manner == "hang":
            self._hang(delivery.hang_s)
            return False
        response = delivery.response
        head = _head(response)
        if delivery.manner == "truncated":
            self.connection.sendall(head + response.body[: len(response.body) // 2])
            return False
        if delivery.manner in DRIPS:
            dripping = head + response.body if delivery.manner == "drippingHead" else response.body
            self.connection.sendall((head + response.body).removesuffix(dripping))
            for number in range(len(dripping)):
                self.connection.sendall(dripping[number : number + 1])
                self._hang(delivery.hang_s)
            return False
        self.connection.sendall(head + response.body)
        return request.headers.get("connection", "").lower() != "close"

    def _hang(self, seconds: float) -> None:
        """Say nothing until the client gives up, the time is over, or the server stops."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.server.service.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.5))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return


def _head(response: Response) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if response.status not in _NO_BODY:
        lines.append(f"Content-Length: {len(response.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class DriveSocketServer(socketserver.ThreadingTCPServer):
    """Listens on loopback; closes its connections when it is closed."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Connection)
        self.service: Service
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Give a new connection its thread."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Wake every thread that waits for a client, and let it end."""
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already closed from the other side
