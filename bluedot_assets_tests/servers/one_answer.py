"""A host that gives one answer to whatever it is asked, and keeps what it was sent: the other end of a redirect."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class OneAnswer:
    """Its address, and of each request the path, the headers and the body."""

    url: str
    paths: list[str] = field(default_factory=list)
    headers: list[Message] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def sent(self) -> str:
        """All that it was sent, as text."""
        return "\n".join(
            [*self.paths, *map(str, self.headers), *(body.decode("utf-8", "replace") for body in self.bodies)]
        )


@contextmanager
def one_answer(status: int, headers: Mapping[str, str] | None = None, to: str = "") -> Iterator[OneAnswer]:
    """`to` is where it sends whoever asks, with the path that was asked for."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.paths.append(self.path)
            host.headers.append(self.headers)
            host.bodies.append(self.rfile.read(int(self.headers["Content-Length"] or 0)))
            self.send_response(status)
            for name, value in {**(headers or {}), **({"Location": f"{to}{self.path}"} if to else {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PATCH = do_GET

        def log_message(self, *_words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        host = OneAnswer(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield host
        server.shutdown()
