"""The public site within a time limit: many files at once, and none waited for longer than what is left.

A server that sends a byte now and then keeps every timeout of a socket from firing, so the waiting is by the clock. How
one file is read is in `public`."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final

from bluedot_assets.adapters.site.public import PublicSite
from bluedot_assets.kernel.errors import PublicSiteUnreadable

CONNECTIONS: Final = 8


@dataclass
class TimedSite:
    """`site` read until `within_s` seconds after this was made or renewed. What was read once is not read again."""

    site: PublicSite
    within_s: float
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, bytes | PublicSiteUnreadable | None] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.renew()

    @property
    def url(self) -> str:
        return self.site.url

    def read(self, path: str) -> bytes | None:
        """A file, None when it is not there. Raises PublicSiteUnreadable, also when the time is over."""
        found = self.read_all([path])[path]
        if isinstance(found, PublicSiteUnreadable):
            raise found
        return found

    def renew(self) -> None:
        """Read everything anew from now on, with as much time again."""
        self._known.clear()
        self._until = self.clock() + self.within_s

    def read_all(self, paths: Sequence[str]) -> Mapping[str, bytes | PublicSiteUnreadable | None]:
        """Several files at once; errors stand in the place of what could not be read."""
        unknown = [path for path in paths if path not in self._known]
        wanted: SimpleQueue[str] = SimpleQueue()
        answers: SimpleQueue[tuple[str, bytes | PublicSiteUnreadable | None]] = SimpleQueue()
        for path in unknown:
            wanted.put(path)
        for _ in range(min(CONNECTIONS, len(unknown))):
            # Nobody waits at the end for those that hang.
            threading.Thread(target=self._work, args=(wanted, answers), daemon=True).start()
        for _ in unknown:
            try:
                path, answer = answers.get(timeout=max(0.0, self._until - self.clock()))
            except Empty:
                break
            self._known[path] = answer
        late = PublicSiteUnreadable(f"{self.url} did not answer within {self.within_s:g} s.")
        return {path: self._known.get(path, late) for path in paths}

    def _work(
        self, wanted: "SimpleQueue[str]", answers: "SimpleQueue[tuple[str, bytes | PublicSiteUnreadable | None]]"
    ) -> None:
        while self.clock() < self._until:
            try:
                path = wanted.get_nowait()
            except Empty:
                return
            try:
                answers.put((path, self.site.read(path)))
            except PublicSiteUnreadable as error:
                answers.put((path, error))
