"""The contract of a place where a history is kept. `bluedot_assets_tests/contracts/history.py` says it as tests."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from bluedot_assets.adapters.storage.layout import history_copies, named_by_content
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.history.files import FileList
from bluedot_assets.kernel.stored.manifest import PARQUET, StoredObject

READ_FOR: Final = timedelta(minutes=10)  # what is replaced stays so long for who reads it


class HistoryFiles(Protocol):
    """The files of a timeframe's history at one moment, to who reads them."""

    @property
    def listed(self) -> FileList: ...

    def read(self, name: str) -> bytes:
        """A file that is listed. Raises OutputDamaged where its bytes are not what was written."""
        ...


class HistorySnapshot(HistoryFiles, Protocol):
    """The same of a place of ours."""

    def in_store(self, name: str, store: Store) -> StoredObject:
        """A file that is listed, as an object of that store: a copy where it is kept elsewhere."""
        ...


# From what is there to what becomes other: contents by name with their rows, None for a file that goes; empty: nothing.
Decide = Callable[[HistorySnapshot], Mapping[str, tuple[bytes, int] | None]]


class HistoryReader(Protocol):
    """All timeframes' histories, to who reads them."""

    @property
    def address(self) -> str:
        """For people: never with a password."""
        ...

    def snapshot(self, timeframe: str) -> HistoryFiles:
        """As it stands now; nothing is listed where there is no history yet. Raises NewerVersion."""
        ...


class HistoryPlace(HistoryReader, Protocol):
    """A place of ours. A change is there whole or not at all, and of two at once the later one is decided on what the
    earlier one left."""

    def snapshot(self, timeframe: str) -> HistorySnapshot:
        """As it stands now; nothing is listed where there is no history yet. Raises NewerVersion."""
        ...

    def change(self, timeframe: str, decide: Decide, *, sample: bool = False, rebuilt: bool = False) -> HistorySnapshot:
        """Carry out what `decide` finds due, which may be asked several times; as it stands then. A history that begins
        with it is one of made-up data where `sample` says so; `rebuilt` marks it as made anew by a person."""
        ...


def copied(snapshot: HistorySnapshot, name: str, timeframe: str, store: Store) -> StoredObject:
    """A file in that store, in place of copies of what it was long before."""
    entry, folder = snapshot.listed.files[name], history_copies(timeframe)
    path = named_by_content(f"{folder}/{name}", entry.sha256)
    there = {one for one in store.list(folder) if one.startswith(f"{folder}/{name.removesuffix(PARQUET)}-")}
    if path not in there:
        store.write(path, snapshot.read(name))
    now = datetime.now(UTC)
    old = [one for one in sorted(there - {path}) if (at := store.modified(one)) and at < now - READ_FOR]
    store.delete(*old)  # another run may be at publishing what is younger
    return StoredObject(path, entry.bytes, entry.sha256, entry.rows)
