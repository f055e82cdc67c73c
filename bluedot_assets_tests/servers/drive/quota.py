"""The quota: units per minute and caller, as a sliding window.

Source: Drive API usage limits since May 2026: list 100, download 200, get 5, update 50.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from bluedot_assets_tests.servers.drive.errors import DriveError

UNITS = {
    "list": 100,
    "revisions": 100,
    "download": 200,
    "revisionDownload": 200,
    "get": 5,
    "revision": 5,
    "create": 50,
    "update": 50,
}
_WINDOW_S = 60.0


class Quota:
    """`units_per_minute` None means no limit. `clock` in seconds."""

    def __init__(self, units_per_minute: int | None, clock: Callable[[], float]) -> None:
        self.units_per_minute = units_per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)

    def spend(self, kind: str, caller: str) -> None:
        """Count a request. Raises DriveError, 403 rateLimitExceeded, when the last minute's units are used up."""
        units = UNITS.get(kind, 0)
        if self.units_per_minute is None or not units:
            return
        now = self._clock()
        with self._lock:
            spent = self._spent[caller]
            while spent and spent[0][0] <= now - _WINDOW_S:
                spent.popleft()
            if sum(one for _, one in spent) + units > self.units_per_minute:
                raise quota_exceeded()
            spent.append((now, units))


def quota_exceeded() -> DriveError:
    """403 rateLimitExceeded in the words of the project's quota."""
    message = (
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
        "'drive.googleapis.com' for consumer 'project_number:100000000001'."
    )
    return DriveError(
        403,
        "rateLimitExceeded",
        message,
        domain="usageLimits",
        status="PERMISSION_DENIED",
        detail={"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"service": "drive.googleapis.com"}},
    )
