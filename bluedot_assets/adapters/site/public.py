"""The site as the world reads it: over http, past the host that builds it and the caches between. How it is published
is in `folder`, `git_branch` and `bucket`."""

import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Final
from urllib.parse import quote

import msgspec

from bluedot_assets.adapters.workers.time_limits import within
from bluedot_assets.kernel.errors import PublicSiteUnreadable
from bluedot_assets.kernel.site.index import decode_index

_SHORTEST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 15.0
_LARGEST_FILE: Final = 100_000_000  # bytes; no file that a page reads is larger, so more is no site


@dataclass(frozen=True)
class PublicSite:
    """A site by its public URL (http or https, without a slash at its end)."""

    url: str
    timeout_s: float = 30
    longest_s: float = 300  # of a whole answer
    largest: int = _LARGEST_FILE

    def read(self, path: str) -> bytes | None:
        """A file as it is public at this moment, None when it is not there. Raises PublicSiteUnreadable."""
        # A file of a site may be cached for ten minutes under its own address, but not under one never asked for.
        code, reason, _, content = self._answer("GET", f"/{path}", f"/{quote(path)}?fresh={secrets.token_hex(8)}")
        if code == 404:
            return None
        if code >= 300:
            raise PublicSiteUnreadable(f"{self.url}/{path} answers {code} {reason}.")
        return content

    def server_time(self) -> datetime | None:
        """What time it is for the site's server, None where it does not say; a refusal has its time as well."""
        date = self._answer("HEAD", "", "")[2]["Date"]
        try:
            return parsedate_to_datetime(date) if date else None
        except ValueError:
            return None

    def _answer(self, method: str, path: str, asked: str) -> tuple[int, str, Message, bytes]:
        """Code, reason, headers and content. Raises PublicSiteUnreadable where there is no answer."""
        headers = {"Cache-Control": "no-cache", "User-Agent": "bluedot_assets"}
        request = urllib.request.Request(f"{self.url}{asked}", method=method, headers=headers)  # noqa: S310

        def whole() -> tuple[int, str, Message, bytes]:
            with urllib.request.urlopen(request, timeout=self.timeout_s) as answer:  # noqa: S310  settings allow http(s) only
                return answer.status, answer.reason, answer.headers, answer.read(self.largest)

        try:
            return within(self.longest_s, whole)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.reason, error.headers, b""
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise PublicSiteUnreadable(f"{self.url}{path} cannot be read ({reason}).") from None


def wait_for(
    site: PublicSite,
    path: str,
    content: bytes,
    patience: timedelta,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> str | None:
    """None as soon as the public index.json at `path` has exactly that content; after `patience` in words what is
    there instead."""
    until, left_s, pause_s = clock() + patience, patience.total_seconds(), _SHORTEST_PAUSE_S
    while (shown := _difference(site, path, content)) is not None and left_s > 0 and clock() < until:
        sleep(min(pause_s, left_s))
        left_s -= pause_s
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.5)
    return shown


def _difference(site: PublicSite, path: str, content: bytes) -> str | None:
    try:
        found = site.read(path)
    except PublicSiteUnreadable as error:
        return str(error)
    if found == content:
        return None
    if found is None:
        return f"{site.url}/{path} is not there."
    try:
        index = decode_index(found)
    except msgspec.DecodeError:
        return f"{site.url}/{path} is something else than an index of ours."
    return f"{site.url}/{path} still shows {index.as_of} as made {index.made_at:%Y-%m-%d %H:%M} UTC."
