"""GitServer: bare repositories over smart HTTP, with tokens, byte counts, hooks and faults, and their Pages.

The protocol is git's own http-backend; here stands only what a hosting service puts before it."""

import base64
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TOKEN = "test-token-7f3a"  # noqa: S105  of this server alone
BLOCK = 65536


@dataclass(frozen=True)
class Request:
    """One request as the server met it."""

    method: str
    path: str
    status: int
    received: int  # bytes of the body
    sent: int


@dataclass(frozen=True)
class Trouble:
    """What one request meets. `status`: that answer; `hang`: none for so many seconds; `drip`: a byte now and then for
    so many seconds; `upload`, `answer`: the connection ends after about so many bytes of either; `lost`: what is asked
    for is carried out, and not answered."""

    kind: str
    amount: int = 0


@dataclass
class Faults:
    """What goes wrong, for requests whose path contains the key."""

    status: dict[str, int] = field(default_factory=dict)  # answered with it instead
    cut_once: dict[str, int] = field(default_factory=dict)  # one connection ends after so many bytes of the answer
    before: Callable[[str], None] = lambda path: None  # called with each request's path
    meets: Callable[[str], Trouble | None] = lambda path: None  # the same, with what that request meets


class GitServer:
    """Serves `root` on http://127.0.0.1 while it is entered as a context. Fetching needs the token only when
    `private`; pushing always does, and `readers` are tokens that may not push."""

    def __init__(self, root: Path, *, token: str = TOKEN, private: bool = False, port: int = 0) -> None:
        self.root = root
        self.token, self.private = token, private
        self.readers: set[str] = set()
        self.faults = Faults()
        self.log: list[Request] = []
        self.ended = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self._http.git = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/user/{name}.git"

    def pages(self, name: str) -> str:
        """Where the branch gh-pages of a repository is public, as GitHub Pages serves it."""
        return f"http://127.0.0.1:{self.port}/pages/{name}"

    def create(self, name: str) -> "Repository":
        """A new, empty repository with what hosting services allow."""
        path = self.root / "user" / f"{name}.git"
        git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
        for key, value in (
            ("http.receivepack", "true"),
            ("uploadpack.allowFilter", "true"),
            ("uploadpack.allowAnySHA1InWant", "true"),
            ("gc.auto", "0"),
        ):
            git("config", key, value, folder=path)
        return Repository(path)

    def traffic(self) -> tuple[int, int]:
        """Bytes of bodies (uploaded, downloaded) since the last call."""
        taken, self.log = self.log, []
        return sum(one.received for one in taken), sum(one.sent for one in taken)


def git(*words: str, folder: Path | None = None, content: bytes | None = None) -> bytes:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, input=content).stdout


@dataclass(frozen=True)
class Repository:
    """A repository as its owner sees it, on the server's disk."""

    path: Path

    def git(self, *words: str) -> str:
        return git(*words, folder=self.path).decode()

    def tip(self, branch: str = "gh-pages") -> str | None:
        found = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip()
        return found or None

    def tree(self, path: str, branch: str = "gh-pages") -> str:
        """The id of a tree or blob of the branch."""
        return self.git("rev-parse", f"{branch}:{path}").strip()

    def get(self, path: str, branch: str = "gh-pages") -> bytes | None:
        done = subprocess.run(
            ["git", "cat-file", "blob", f"{branch}:{path}"], cwd=self.path, capture_output=True, check=False
        )
        return done.stdout if done.returncode == 0 else None

    def paths(self, branch: str = "gh-pages") -> set[str]:
        if self.tip(branch) is None:
            return set()
        return set(self.git("ls-tree", "-r", "--name-only", "-z", branch).split("\0")) - {""}

    def contents(self, commit: str) -> dict[str, bytes]:
        """All files of a commit, by path."""
        listed = (line.partition("\t") for line in self.git("ls-tree", "-r", "-z", commit).split("\0") if line)
        ids = {path: head.split()[2] for head, _, path in listed}
        output = git("cat-file", "--batch", folder=self.path, content="\n".join(ids.values()).encode())
        found, place = {}, 0
        for path in ids:
            start = output.index(b"\n", place) + 1
            size = int(output[place:start].split()[2])
            found[path], place = output[start : start + size], start + size + 1
        return found

    def commits(self, branch: str = "gh-pages") -> int:
        return int(self.git("rev-list", "--count", branch))

    def hook(self, name: str, script: str) -> None:
        """A hook of the server, `pre-receive` for one; an empty script takes it away."""
        path = self.path / "hooks" / name
        path.unlink(missing_ok=True)
        if script:
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    @property
    def _git(self) -> GitServer:
        return self.server.git  # type: ignore[attr-defined, no-any-return]

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        self._git.faults.before(self.path)
        trouble = self._git.faults.meets(self.path) or Trouble("none")
        if trouble.kind in {"hang", "drip", "upload"}:
            self.close_connection = True
            return self._break(trouble)
        body = b"".join(self._body())
        status = next((one for key, one in self._git.faults.status.items() if key in self.path), None)
        status = trouble.amount if trouble.kind == "status" else status
        if path.startswith("/pages/"):
            status, headers, content = self._page(path) if status is None else (status, [], b"")
        elif status is None and (status := self._refusal(path, query)) is None:
            status, headers, content = self._backend(path, query, body)
        else:
            challenge = [("WWW-Authenticate", 'Basic realm="git"')] if status == 401 else []
            headers, content = challenge, b"refused\n"
        self._send(status, headers, content, {"answer": trouble.amount, "lost": -1}.get(trouble.kind))
        self._git.log.append(Request(self.command, self.path, status, len(body), len(content)))

    def _break(self, trouble: Trouble) -> None:
        """Take a part of what is sent, and answer nothing, or a byte now and then."""
        if self.command == "POST":
            self.rfile.read1(trouble.amount if trouble.kind == "upload" else BLOCK)
        until = time.monotonic() + (0 if trouble.kind == "upload" else trouble.amount)
        if trouble.kind == "drip":
            self.send_response(200)
            self.send_header("Content-Length", str(BLOCK))
            self.end_headers()
        with suppress(ConnectionError):
            while time.monotonic() < until and not self._git.ended.wait(0.2):
                self.wfile.write(b"0" if trouble.kind == "drip" else b"")

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes, cut: int | None) -> None:
        """`cut`: after so many bytes of the content; -1: without an answer."""
        key = next((key for key in self._git.faults.cut_once if key in self.path), None)
        cut = cut if key is None else self._git.faults.cut_once.pop(key)
        self.close_connection = self.close_connection or cut is not None
        if cut == -1:
            return
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content if cut is None else content[:cut])

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _refusal(self, path: str, query: str) -> int | None:
        """As GitHub: 401 without or with an unknown token, 403 where a token may not push, 404 where nothing is."""
        given = self._token()
        pushes = "git-receive-pack" in path or "git-receive-pack" in query
        if (pushes or self._git.private or given) and given != self._git.token and given not in self._git.readers:
            return 401
        if pushes and given in self._git.readers:
            return 403
        repository = path.lstrip("/").partition(".git")[0] + ".git"
        return None if (self._git.root / repository).is_dir() else 404

    def _token(self) -> str | None:
        kind, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        user, _, token = base64.b64decode(encoded).decode().partition(":")
        return token if user == "x-access-token" else ""

    def _backend(self, path: str, query: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "GIT_PROJECT_ROOT": str(self._git.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",  # the repositories may belong to another user than the server's
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "x-access-token",
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False, timeout=120
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if line]
        found: dict[str, Any] = dict(headers)  # type: ignore[arg-type]
        status = int(found.pop("Status", "200 OK").split()[0])
        return status, list(found.items()), content

    def _page(self, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
        name, _, file = path.removeprefix("/pages/").partition("/")
        content = Repository(self._git.root / "user" / f"{name}.git").get(file or "index.html")
        return (404, [], b"not found") if content is None else (200, [("Cache-Control", "max-age=600")], content)
