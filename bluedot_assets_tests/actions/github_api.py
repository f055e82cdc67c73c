"""The two answers of GitHub's REST API that our workflows ask for: a workflow's state, and enabling it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast


@dataclass
class Api:
    """The states of workflows by file name, as `Actions` shows them."""

    token: str
    states: dict[str, str]
    port: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: Api


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self._workflow(self.path)
        if name is not None:
            self._answer(200, json.dumps({"state": cast(_Server, self.server).api.states[name]}).encode())

    def do_PUT(self) -> None:
        name = self._workflow(self.path.removesuffix("/enable"))
        if name is not None:
            cast(_Server, self.server).api.states[name] = "active"
            self._answer(204, b"")

    def _workflow(self, path: str) -> str | None:
        api = cast(_Server, self.server).api
        name = path.removeprefix("/repos/user/bluedot/actions/workflows/")
        if name in api.states and self.headers.get("Authorization") == f"Bearer {api.token}":
            return name
        api.refused.append(self.path)
        self._answer(404, b"{}")
        return None

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def github_api(token: str, **states: str) -> Iterator[Api]:
    """Serves until the block ends; `daily_pipeline="active"` is the state of daily-pipeline.yml."""
    server = _Server(("127.0.0.1", 0), _Handler)
    named = {f"{name.replace('_', '-')}.yml": state for name, state in states.items()}
    server.api = Api(token, named, server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
