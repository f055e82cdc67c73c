"""What was asked of the server: one entry per request, and how many of which kind.

Here: the record. Not here: any judgement on it; tests make that.
"""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logged:
    """One request. `kind` is list, get, download, create, update, revisions, revision, revisionDownload, token...

    `status` is what was answered, 0 when nothing was (reset, timeout). `time` is the server's clock, epoch seconds.
    `fault` names the misbehaviour that the request met, if any.
    """

    method: str
    path: str
    kind: str
    file_id: str | None
    status: int
    time: float
    caller: str | None = None
    fault: str | None = None


class RequestLog:
    """Entries in the order in which they were answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Logged] = []

    def add(self, entry: Logged) -> None:
        """Note one request."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[Logged]:
        """All since the start or the last reset."""
        with self._lock:
            return list(self._entries)

    def reset(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()

    def count(self, kind: str, status: int | None = None) -> int:
        """How many of a kind, or of a kind with this status."""
        return sum(one.kind == kind and status in {None, one.status} for one in self.entries())
