"""A history in a store: files whose names nobody uses twice, and numbered lists of those that belong together. The list
with the greatest number counts. It is made only where no other has that number, so of two writers at once one begins
again on what the other left; nothing waits for a lock, and whoever is killed leaves files that no list names."""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bluedot_assets.adapters.history.port import Decide
from bluedot_assets.adapters.storage.layout import DIGITS, history_folder
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import ObjectMissing, OutputDamaged
from bluedot_assets.kernel.history.files import Entry, FileList, entry_of
from bluedot_assets.kernel.stored.manifest import PARQUET
from bluedot_assets.kernel.stored.versions import decode

RACES: Final = 20
STRAY_FOR: Final = timedelta(days=1)  # then no writer is at work that could still name it
KEPT_LISTS: Final = 50  # so that nobody who began long ago takes a number which was somebody's
_LIST: Final = "list-"
_NUMBER_DIGITS: Final = 9


@dataclass(frozen=True)
class StoredSnapshot:
    """The files that one list names."""

    store: Store
    folder: str
    number: int
    listed: FileList

    def read(self, name: str) -> bytes:
        entry = self.listed.files[name]
        content = self.store.read(f"{self.folder}/{entry.path}")
        if entry_of(content, entry.rows, entry.path) != entry:
            raise OutputDamaged(
                f"{self.store.address}/{self.folder}/{entry.path} differs from what was stored: run `bluedot history "
                "rebuild`."
            )
        return content


@dataclass(frozen=True)
class StoredHistory:
    """The histories below one store."""

    store: Store
    clock: Callable[[], datetime]

    @property
    def address(self) -> str:
        return self.store.address

    def snapshot(self, timeframe: str) -> StoredSnapshot:
        folder = history_folder(timeframe)
        for _ in range(RACES):
            number = max(self._numbers(folder), default=0)
            if not number:
                return StoredSnapshot(self.store, folder, 0, FileList())
            try:
                return StoredSnapshot(self.store, folder, number, self._decoded(_path(folder, number)))
            except ObjectMissing:
                continue  # its successors have come meanwhile, and it is gone
        raise ObjectMissing(f"{self.store.address}/{folder} changes faster than it can be read: run again.")

    def change(self, timeframe: str, decide: Decide) -> StoredSnapshot:
        for _ in range(RACES):
            before = self.snapshot(timeframe)
            try:
                changes = decide(before)
            except ObjectMissing:
                if max(self._numbers(before.folder), default=0) == before.number:
                    raise
                continue  # others have removed meanwhile what this one would read
            if not changes:
                return before
            made = self._written(before, changes)
            if self._won(made):
                self._clear(before, made)
                return made
        raise OutputDamaged(
            f"{self.store.address}/{history_folder(timeframe)}: {RACES} writers were faster: run again."
        )

    def _written(self, before: StoredSnapshot, changes: Mapping[str, tuple[bytes, int] | None]) -> StoredSnapshot:
        """With the files of the changes, and no list of them yet."""
        files, me = {name: one for name, one in before.listed.files.items() if name not in changes}, uuid.uuid4().hex
        for name, change in changes.items():
            if change is not None:
                content, rows = change
                files[name] = entry_of(content, rows, f"{name.removesuffix(PARQUET)}-{me[:DIGITS]}{PARQUET}")
                self.store.write(f"{before.folder}/{files[name].path}", content)
        self.store.flush()  # no list of files that the machine's power takes away
        listed = FileList(files=dict(sorted(files.items())), strays=self._strays(before, files), written_by=me)
        return StoredSnapshot(self.store, before.folder, before.number + 1, listed)

    def _strays(self, before: StoredSnapshot, files: Mapping[str, Entry]) -> dict[str, datetime]:
        """Files that neither list names, with the moment at which that was met first."""
        there = {path.removeprefix(f"{before.folder}/") for path in self.store.list(before.folder)}
        named = {one.path for one in (*files.values(), *before.listed.files.values())}
        now = self.clock()
        lone = {path for path in there - named if not path.startswith(_LIST)}
        return {path: before.listed.strays.get(path, now) for path in sorted(lone)}

    def _won(self, made: StoredSnapshot) -> bool:
        """Whether nobody was faster."""
        path, content = _path(made.folder, made.number), msgspec.json.encode(made.listed)
        if self.store.write_first(path, content) != content:
            return False
        self.store.flush()
        if max(self._numbers(made.folder)) < made.number + KEPT_LISTS:
            return True
        self.store.delete(path)  # another had that number and is gone
        return False

    def _clear(self, before: StoredSnapshot, made: StoredSnapshot) -> None:
        """Remove old lists, the files that only the list before the last names, and what has been stray for long."""
        old = [_path(made.folder, one) for one in self._numbers(made.folder) if one <= made.number - KEPT_LISTS]
        since = self.clock() - STRAY_FOR
        gone = {path for path, met in made.listed.strays.items() if met < since}
        with suppress(ObjectMissing):
            gone |= {one.path for one in self._decoded(_path(made.folder, before.number - 1)).files.values()}
        gone -= {one.path for one in (*before.listed.files.values(), *made.listed.files.values())}
        self.store.delete(*old, *(f"{made.folder}/{path}" for path in sorted(gone)))

    def _numbers(self, folder: str) -> list[int]:
        names = (path.rpartition("/")[2].removesuffix(".json") for path in self.store.list(folder))
        return [int(number) for name in names if (number := name.removeprefix(_LIST)) != name and number.isdecimal()]

    def _decoded(self, path: str) -> FileList:
        name = f"{self.store.address}/{path}"
        try:
            return decode(FileList, self.store.read(path), name)
        except msgspec.DecodeError as error:
            raise OutputDamaged(
                f"{name} cannot be read ({error}): delete it, then the list before it counts, and run again."
            ) from None


def _path(folder: str, number: int) -> str:
    return f"{folder}/{_LIST}{number:0{_NUMBER_DIGITS}}.json"
