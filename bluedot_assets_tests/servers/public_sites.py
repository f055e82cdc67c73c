"""A folder site as a public host serves it, or fails to: down, slow, half there. No test belongs here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from bluedot_assets.commands.serve.site import SiteHandler


@dataclass
class Host:
    """`url` serves the folder; paths in `slow` send a byte a second and never end, those in `failing` answer 503;
    `once` has what the first answer holds instead of the file."""

    url: str = ""
    slow: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    once: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


class _Handler(SiteHandler):
    def do_GET(self) -> None:
        host = cast("_Server", self.server).host
        path = urlsplit(self.path).path.lstrip("/")
        host.asked.append(path)
        if path in host.failing or "*" in host.failing:
            self.send_error(503)
        elif path in host.slow or "*" in host.slow:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            while not host.ended.wait(0.2):
                self.wfile.write(b" ")
        elif path in host.once:
            content = host.once.pop(path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        else:
            super().do_GET()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    host: Host

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a reader that gave up


@contextmanager
def served(folder: Path) -> Iterator[Host]:
    server = _Server(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    server.host = Host(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.host
    finally:
        server.host.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
