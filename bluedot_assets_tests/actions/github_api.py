"""What we ask of GitHub's REST API: a workflow's state, enabling it, pull requests, and until when a token is good."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

REPOSITORY: Final = "user/bluedot"
_ROOT: Final = f"/repos/{REPOSITORY}"


@dataclass
class Api:
    """The states of workflows by file name, as `Actions` shows them, and the open pull requests, newest first."""

    token: str
    states: dict[str, str]
    port: int = 0
    pulls: list[dict[str, Any]] = field(default_factory=list)
    may_open_pulls: bool = True  # Settings > Actions > General
    refused: list[str] = field(default_factory=list)
    token_ends: str = ""  # as the header says it
    asked: list[str] = field(default_factory=list)  # paths of requests with the token

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open_pull(self, head: str, title: str, body: str, base: str, repository: str = REPOSITORY) -> dict[str, Any]:
        number = len(self.pulls) + 1
        made = {
            "number": number,
            "title": title,
            "body": body,
            "html_url": f"https://github.com/{REPOSITORY}/pull/{number}",
            "head": {"ref": head, "repo": {"full_name": repository}},
            "base": {"ref": base},
        }
        self.pulls.insert(0, made)
        return made


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: Api


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/rate_limit":
            if self._known():
                self._api.asked.append(self.path)
                self._answer(200, {})
            return
        if asked.path == f"{_ROOT}/pulls" and self._known():
            base = parse_qs(asked.query)["base"][0]
            self._answer(200, [one for one in self._api.pulls if one["base"]["ref"] == base])
        elif asked.path != f"{_ROOT}/pulls" and (name := self._workflow(self.path)):
            self._answer(200, {"state": self._api.states[name]})

    def do_PUT(self) -> None:
        if name := self._workflow(self.path.removesuffix("/enable")):
            self._api.states[name] = "active"
            self._answer(204, None)

    def do_POST(self) -> None:
        if self.path != f"{_ROOT}/pulls":
            self._refuse()
        elif self._known():
            given = self._given()
            if not self._api.may_open_pulls:
                message = "GitHub Actions is not permitted to create or approve pull requests."
                self._answer(403, {"message": message})
            elif any(one["head"]["ref"] == given["head"] for one in self._api.pulls):
                self._answer(422, {"message": "A pull request already exists for it."})
            else:
                self._answer(201, self._api.open_pull(**given))

    def do_PATCH(self) -> None:
        found = re.fullmatch(rf"{_ROOT}/pulls/(\d+)", self.path)
        if found is None:
            self._refuse()
        elif self._known():
            (pull,) = [one for one in self._api.pulls if one["number"] == int(found[1])]
            given = self._given()
            pull |= {name: given[name] for name in ("title", "body")}
            self._answer(200, pull)

    @property
    def _api(self) -> Api:
        return cast(_Server, self.server).api

    def _workflow(self, path: str) -> str | None:
        name = path.removeprefix(f"{_ROOT}/actions/workflows/")
        if name not in self._api.states:
            self._refuse()
            return None
        return name if self._known() else None

    def _known(self) -> bool:
        """Whether the caller has the token; who has not is answered."""
        known = self.headers.get("Authorization") == f"Bearer {self._api.token}"
        if not known:
            self._refuse()
        return known

    def _refuse(self) -> None:
        self._api.refused.append(self.path)
        self._answer(404, {})

    def _given(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, status: int, content: object) -> None:
        text = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        if self._api.token_ends:
            self.send_header("github-authentication-token-expiration", self._api.token_ends)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def github_api(token: str, *, token_ends: str = "", **states: str) -> Iterator[Api]:
    """Serves until the block ends; `daily_pipeline="active"` is the state of daily-pipeline.yml."""
    server = _Server(("127.0.0.1", 0), _Handler)
    named = {f"{name.replace('_', '-')}.yml": state for name, state in states.items()}
    server.api = Api(token, named, server.server_port, token_ends=token_ends)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
