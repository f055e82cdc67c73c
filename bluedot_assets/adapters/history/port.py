"""The contract of a place where a history is kept. `bluedot_assets_tests/contracts/history.py` says it as tests."""

from collections.abc import Callable, Mapping
from typing import Protocol

from bluedot_assets.kernel.history.files import FileList


class HistorySnapshot(Protocol):
    """The files of a timeframe's history at one moment."""

    @property
    def listed(self) -> FileList: ...

    def read(self, name: str) -> bytes:
        """A file that is listed. Raises OutputDamaged where its bytes are not what was written."""
        ...


# From what is there to what becomes other: contents by name with their rows, None for a file that goes; empty: nothing.
Decide = Callable[[HistorySnapshot], Mapping[str, tuple[bytes, int] | None]]


class HistoryPlace(Protocol):
    """All timeframes' histories. A change is there whole or not at all, and of two at once the later one is decided on
    what the earlier one left."""

    @property
    def address(self) -> str:
        """For people: never with a password."""
        ...

    def snapshot(self, timeframe: str) -> HistorySnapshot:
        """As it stands now; nothing is listed where there is no history yet. Raises NewerVersion."""
        ...

    def change(self, timeframe: str, decide: Decide) -> HistorySnapshot:
        """Carry out what `decide` finds due, which may be asked several times; as it stands then."""
        ...
