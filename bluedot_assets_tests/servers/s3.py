"""An S3 server on this machine: moto's, as a process of its own, with a latency of each request where one is asked for.
What was asked of it is counted."""

import http.client
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, Popen
from typing import Any, Final

import fsspec
from werkzeug.wrappers import Response

from bluedot_assets_tests.servers.processes import end, free_port, wait_until

LATENCY: Final = "S3_LATENCY_S"
CONTROL: Final = "/_requests"
SENT: Final = "/_sent"
BUCKET: Final = "bluedot"


class S3Server:
    """A running server with the bucket BUCKET."""

    def __init__(self, port: int) -> None:
        self._port = port

    @property
    def environment(self) -> dict[str, str]:
        """By which every client of AWS finds it."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def ask(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.request(method, path)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status < 300, f"{method} {path}: {answer.status} {content[:200]!r}"
        return content

    def answers(self) -> bool:
        try:
            self.ask("GET", CONTROL)
        except OSError:
            return False
        return True

    def requests(self) -> Counter[str]:
        """How many were made since the last call, by what they do."""
        return Counter(json.loads(self.ask("DELETE", CONTROL)))

    def read_below(self, folder: str) -> dict[str, bytes]:
        """All objects of a folder of the bucket, by their paths in it."""
        options = {"endpoint_url": self.environment["AWS_ENDPOINT_URL"], "key": "testing", "secret": "testing-secret"}
        files, base = fsspec.filesystem("s3", use_listings_cache=False, **options), f"{BUCKET}/{folder}/"
        return {path.removeprefix(base): files.cat_file(path) for path in files.find(base)}

    def sent(self) -> int:
        """Bytes of what was asked for since the last call."""
        return int(self.ask("DELETE", SENT))


@contextmanager
def s3_server(latency_s: float = 0) -> Iterator[S3Server]:
    """With an empty bucket."""
    port = free_port()
    process = Popen(
        [sys.executable, "-m", __name__, str(port)],
        env={**os.environ, LATENCY: str(latency_s)},
        stdout=DEVNULL,
        stderr=DEVNULL,
        start_new_session=True,
    )
    try:
        server = S3Server(port)
        wait_until(server.answers, 20, "the S3 server answers")
        server.ask("PUT", f"/{BUCKET}")
        yield server
    finally:
        end(process)


Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Counted:
    """Counts, and waits before, each request of `app`."""

    def __init__(self, app: Wsgi, latency_s: float) -> None:
        self._app, self._latency_s = app, latency_s
        self._counts: Counter[str] = Counter()
        self._sent = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == CONTROL:
            with self._lock:
                content = json.dumps(self._counts)
                if environ["REQUEST_METHOD"] == "DELETE":
                    self._counts.clear()
            return Response(content)(environ, start_response)
        if environ["PATH_INFO"] == SENT:
            with self._lock:
                sent, self._sent = self._sent, 0
            return Response(str(sent))(environ, start_response)
        with self._lock:
            self._counts[_kind(environ)] += 1
        time.sleep(self._latency_s)

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if environ["REQUEST_METHOD"] == "GET":
                with self._lock:
                    self._sent += int(dict(headers).get("Content-Length", 0))
            return start_response(status, headers, *more)

        return self._app(environ, started)


def _kind(environ: dict[str, Any]) -> str:
    method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
    if method == "GET" and "list-type" in query:
        return "LIST"
    if method == "PUT" and "HTTP_X_AMZ_COPY_SOURCE" in environ:
        return "COPY"
    return "BULK DELETE" if method == "POST" and query.startswith("delete") else str(method)


def _serve(port: int) -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    WSGIRequestHandler.protocol_version = "HTTP/1.1"  # clients keep their connections
    app = _Counted(DomainDispatcherApplication(create_backend_app), float(os.environ[LATENCY]))
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
