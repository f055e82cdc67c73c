"""Until when a token of GitHub is good: GitHub says so in a header of every answer of its API. A token goes to no other
host than that of its repository."""

import os
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

from bluedot_assets.adapters.workers.time_limits import within
from bluedot_assets.kernel.errors import RepositoryUnreachable

HEADER: Final = "github-authentication-token-expiration"
GITHUB: Final = ("https://github.com", "https://api.github.com")
ANSWER_S: Final = 15


def token_expiry(repository: str, token: str, environment: Mapping[str, str] = os.environ) -> datetime | None:
    """None where it has no end, and for a repository that is not on GitHub (or on the server of GITHUB_SERVER_URL).
    Raises RepositoryUnreachable where that is not known, as of a token that is not accepted any more."""
    api = _api_of(repository, environment)
    if api is None:
        return None
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "bluedot_assets"}
    request = urllib.request.Request(f"{api}/rate_limit", headers=headers)  # noqa: S310  asking this counts for nothing

    def header() -> str:
        # What answers with another address gets no second request: urllib would send the token along.
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=ANSWER_S) as answer:
            return str(answer.headers.get(HEADER))

    try:
        return _parsed(within(2 * ANSWER_S, header))
    except (OSError, HTTPException) as error:
        raise RepositoryUnreachable(f"{api} does not say until when the token is good: {error}.") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_words: object) -> None:
        return None


def _api_of(repository: str, environment: Mapping[str, str]) -> str | None:
    own = (environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_API_URL", ""))
    for server, api in (own, GITHUB):
        if server and api and _host(repository) == _host(server):
            return api.rstrip("/")
    return None


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2].lower()


def _parsed(text: str) -> datetime | None:
    """`2026-12-24 10:22:33 UTC`, or with an offset in place of UTC."""
    try:
        return datetime.strptime(text.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None
