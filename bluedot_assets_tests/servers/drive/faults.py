"""Misbehaviour on request: which fault a request meets.

A fault with a rate is drawn from the seed, the request and how often that request came before, so the same run
meets the same faults whatever order its threads take. Here: the choice. Not here: doing it (service.py, wire.py).
"""

import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from bluedot_assets_tests.servers.drive import errors
from bluedot_assets_tests.servers.drive.errors import DriveError
from bluedot_assets_tests.servers.drive.message import Request

Match = str | Collection[str] | Callable[[Request], bool]
_USAGE = "usageLimits"


def _limit(code: int, reason: str, message: str) -> DriveError:
    return DriveError(code, reason, message, domain=_USAGE)


def _too_many_requests(fault: "Fault") -> DriveError:
    seconds = 1.0 if fault.seconds is None else fault.seconds
    return DriveError(
        429,
        "rateLimitExceeded",
        "Rate Limit Exceeded",
        domain=_USAGE,
        status="RESOURCE_EXHAUSTED",
        headers=(("Retry-After", str(math.ceil(seconds))),),  # whole seconds, RFC 9110
    )


def _unavailable(fault: "Fault") -> DriveError:
    return DriveError(503, "backendError", "The service is currently unavailable.", status="UNAVAILABLE")


# Faults that answer with an error, whatever the request asked.
ERROR_ANSWERS: dict[str, Callable[["Fault"], DriveError]] = {
    "rateLimitExceeded": lambda fault: _limit(403, "rateLimitExceeded", "Rate Limit Exceeded"),
    "userRateLimitExceeded": lambda fault: _limit(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
    "dailyLimitExceeded": lambda fault: _limit(403, "dailyLimitExceeded", "Daily Limit Exceeded"),
    "downloadQuotaExceeded": lambda fault: DriveError(
        403, "downloadQuotaExceeded", "The download quota for this file has been exceeded."
    ),
    "cannotDownloadAbusiveFile": lambda fault: errors.abusive_file(),
    "storageQuotaExceeded": lambda fault: errors.storage_quota_exceeded(),
    "insufficientFilePermissions": lambda fault: errors.insufficient_file_permissions(""),
    "authError": lambda fault: errors.invalid_credentials(),
    "notFound": lambda fault: errors.not_found(""),
    "keyInvalid": lambda fault: _limit(400, "keyInvalid", "Bad Request"),  # as Drive answered before 2020
    "accessNotConfigured": lambda fault: _limit(
        403,
        "accessNotConfigured",
        "Google Drive API has not been used in project 100000000001 before or it is disabled. Enable it by visiting "
        "https://console.developers.google.com/apis/api/drive.googleapis.com/overview?project=100000000001 then retry.",
    ),
    "408": lambda fault: DriveError(408, "backendError", "Request Timeout"),
    "429": _too_many_requests,
    "500": lambda fault: errors.internal_error(),
    "502": lambda fault: DriveError(502, "backendError", "Bad Gateway"),
    "502html": lambda fault: errors.HtmlError(502, "Server Error"),
    "503": _unavailable,
    "redirect": lambda fault: DriveError(302, "found", "Found", headers=(("Location", fault.to),)),
}
_DOWNLOADS = frozenset({"download", "revisionDownload"})
_ON_DOWNLOADS = {
    "downloadQuotaExceeded",
    "cannotDownloadAbusiveFile",
    "truncated",
    "short",
    "corrupt",
    "anotherFile",
    "changedFile",
}
DRIPS = frozenset({"drippingHead", "drippingBody"})
FAULT_KINDS = frozenset(
    {*ERROR_ANSWERS, *_ON_DOWNLOADS, "latency", "reset", "timeout", "staleListing", "revokedToken", *DRIPS}
)


@dataclass(slots=True, eq=False)
class Fault:
    """One kind of misbehaviour: met by a share `rate` of the matching requests, at most `times` in all.

    `seconds`: latency's length, Retry-After of 429, how long a timeout hangs, how old a stale listing is, the pause
    after each byte of a dripping answer.
    `as_of` (epoch seconds): the time that a stale listing shows, instead of `seconds` ago. `hits` counts.
    `number` tells two faults of one kind apart. One request is refused at most `in_a_row` times before it passes.
    `to` is the address that a redirect names.
    """

    kind: str
    rate: float
    times: int | None
    match: Callable[[Request], bool]
    number: int
    seconds: float | None = None
    as_of: float | None = None
    in_a_row: int | None = None
    to: str = ""
    hits: int = 0
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    row: Counter[tuple[str, str]] = field(default_factory=Counter)


class Faults:
    """The faults that a server has to make. Several may be set; one request meets latencies and one other."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._added = 0

    def add(
        self,
        kind: str,
        *,
        rate: float = 1.0,
        times: int | None = None,
        match: Match | None = None,
        seconds: float | None = None,
        as_of: float | None = None,
        in_a_row: int | None = None,
        to: str = "",
    ) -> Fault:
        """Make `kind` happen from now on.

        `match` is a request kind ("list", "download", ...), several, or a function of the request; without it,
        faults of a body or a download meet downloads, staleListing lists, storageQuotaExceeded creates, and the
        others every request but that for a token. changedFile with match="update" is another writer who comes between
        a reading and a writing. Raises ValueError for an unknown kind or a rate outside 0..1.
        """
        if kind not in FAULT_KINDS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(sorted(FAULT_KINDS))}")
        if not 0 <= rate <= 1:
            raise ValueError(f"the rate of {kind} is {rate}, not within 0..1")
        with self._lock:
            fault = Fault(kind, rate, times, _matcher(kind, match), self._added, seconds, as_of, in_a_row, to)
            self._added += 1
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Make it happen no more."""
        with self._lock:
            self._faults.remove(fault)

    def clear(self, seed: int | None = None) -> None:
        """Behave again; with a seed, what is added afterwards is drawn from it, whatever was before."""
        with self._lock:
            self._faults.clear()
            if seed is not None:
                self._seed, self._added = seed, 0

    def draw(self, request: Request) -> tuple[float, Fault | None]:
        """What this request meets: seconds of latency, all that hit it together, and the first other fault."""
        delay_s, met = 0.0, None
        if not self._faults:
            return delay_s, met
        with self._lock:
            for fault in self._faults:
                if (fault.kind != "latency" and met is not None) or not self._hits(fault, request):
                    continue
                fault.hits += 1
                if fault.kind == "latency":
                    delay_s += fault.seconds or 0.0
                else:
                    met = fault
        return delay_s, met

    def _hits(self, fault: Fault, request: Request) -> bool:
        if (fault.times is not None and fault.hits >= fault.times) or not fault.match(request):
            return False
        if fault.rate >= 1:
            return True
        subject = (request.kind, request.file_id or request.params.get("q", ""))
        fault.seen[subject] += 1
        name = f"{self._seed}/{fault.number}/{subject}/{fault.seen[subject]}"
        hit = random.Random(name).random() < fault.rate and fault.row[subject] != fault.in_a_row
        fault.row[subject] = fault.row[subject] + 1 if hit else 0
        return hit


def _matcher(kind: str, match: Match | None) -> Callable[[Request], bool]:
    if callable(match):
        return match
    if match is not None:
        kinds = {match} if isinstance(match, str) else set(match)
        return lambda request: request.kind in kinds
    if kind in _ON_DOWNLOADS:
        return lambda request: request.kind in _DOWNLOADS
    if kind == "staleListing":
        return lambda request: request.kind == "list"
    if kind == "storageQuotaExceeded":
        return lambda request: request.kind == "create"
    return lambda request: request.kind != "token"
