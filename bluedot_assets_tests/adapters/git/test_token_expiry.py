"""Until when a token is good, asked of a server that stands in for GitHub."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bluedot_assets.adapters.git.token_expiry import HEADER, token_expiry
from bluedot_assets.kernel.errors import RepositoryUnreachable

GOOD_UNTIL = "2026-12-24 10:22:33 UTC"


@contextmanager
def api(status: int, location: str = "") -> Iterator[tuple[str, list[str | None]]]:
    """Its address, and the tokens that it was sent."""
    tokens: list[str | None] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers["Authorization"])
            self.send_response(status)
            self.send_header(HEADER, GOOD_UNTIL)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", tokens
        server.shutdown()


def asked_of(address: str) -> datetime | None:
    return token_expiry(
        "https://github.example/me/site.git",
        "SECRET",
        {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_API_URL": address},
    )


def test_the_answer_says_until_when() -> None:
    with api(200) as (address, tokens):
        assert asked_of(address) == datetime(2026, 12, 24, 10, 22, 33, tzinfo=UTC)
        assert tokens == ["Bearer SECRET"]


def test_a_token_follows_no_redirect_to_another_host() -> None:
    refused = pytest.raises(RepositoryUnreachable, match="302")
    with api(200) as (other, stolen), api(302, other) as (address, _tokens), refused:
        asked_of(address)
    assert stolen == []
