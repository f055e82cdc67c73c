"""A history in a store: files whose names nobody uses twice, and numbered lists of those that belong together. The list
with the greatest number counts. It is made only where no other has that number, so of two writers at once one begins
again on what the other left; nothing waits for a lock, and whoever is killed leaves files that no list names."""

import random
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bluedot_assets.adapters.history.port import READ_FOR, Decide, copied
from bluedot_assets.adapters.storage.layout import DIGITS, history_folder
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import ObjectMissing, OutputDamaged, StoreUnreachable
from bluedot_assets.kernel.history.files import FileList, entry_of
from bluedot_assets.kernel.stored.manifest import PARQUET, StoredObject
from bluedot_assets.kernel.stored.versions import decode

RACES: Final = 20
STRAY_FOR: Final = timedelta(days=1)  # then no writer is at work that could still name it
_LONGEST_PAUSE_S: Final = 2.0
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
    outdated: tuple[str, ...] = ()  # of what was replaced, what nobody reads any more

    def read(self, name: str) -> bytes:
        entry = self.listed.files[name]
        path = f"{self.store.address}/{self.folder}/{entry.path}"
        try:
            with self.store.open(f"{self.folder}/{entry.path}", entry.sha256) as file:
                content = file.read()
        except ObjectMissing:
            raise ObjectMissing(
                f"{path} is gone: run again, for the history may have changed meanwhile; where it stays so, "
                "`bluedot history rebuild`."
            ) from None
        if entry_of(content, entry.rows, entry.path) != entry:
            raise OutputDamaged(f"{path} differs from what was stored: run `bluedot history rebuild`.")
        return content

    def in_store(self, name: str, store: Store) -> StoredObject:
        if store is not self.store:
            return copied(self, name, self.folder.rpartition("/")[2], store)
        entry = self.listed.files[name]
        return StoredObject(f"{self.folder}/{entry.path}", entry.bytes, entry.sha256, entry.rows)


@dataclass(frozen=True)
class StoredHistory:
    """The histories below one store."""

    store: Store
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]  # seconds

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

    def change(self, timeframe: str, decide: Decide, *, sample: bool = False, rebuilt: bool = False) -> StoredSnapshot:
        for race in range(RACES):
            if race:  # two that lost to each other at the same pace would go on doing so
                self.sleep(random.uniform(0, min(_LONGEST_PAUSE_S, 0.1 * 2**race)))  # noqa: S311
            before = self.snapshot(timeframe)
            try:
                changes = decide(before)
            except ObjectMissing:
                if max(self._numbers(before.folder), default=0) == before.number:
                    raise
                continue  # others have removed meanwhile what this one would read
            if not (changes or rebuilt):
                return before
            marked = before.listed.marked(sample=sample, rebuilt=self.clock() if rebuilt else None)
            made = self._written(before, changes, marked)
            if numbers := self._won(made):
                self._clear(made, numbers)
                return made
            new = {one.path for one in made.listed.files.values()} - {one.path for one in before.listed.files.values()}
            self.store.delete(*(f"{made.folder}/{path}" for path in sorted(new)))
        raise StoreUnreachable(
            f"{self.store.address}/{history_folder(timeframe)}: {RACES} writers were faster: run again."
        )

    def _written(
        self, before: StoredSnapshot, changes: Mapping[str, tuple[bytes, int] | None], marked: FileList
    ) -> StoredSnapshot:
        """With the files of the changes, and no list of them yet."""
        files, me = {name: one for name, one in before.listed.files.items() if name not in changes}, uuid.uuid4().hex
        with self.store.staging(self.clock()) as staged:
            written = {}
            for name, change in changes.items():
                if change is not None:
                    content, rows = change
                    files[name] = entry_of(content, rows, f"{name.removesuffix(PARQUET)}-{me[:DIGITS]}{PARQUET}")
                    path = f"{before.folder}/{files[name].path}"
                    (staged / path).parent.mkdir(parents=True, exist_ok=True)
                    (staged / path).write_bytes(content)
                    written[path] = files[name].sha256
            self.store.place(staged, written)
        self.store.flush()  # no list of files that the machine's power takes away
        named, now = {one.path for one in files.values()}, self.clock()
        gone = sorted({one.path for one in before.listed.files.values()} - named)
        replaced = {**before.listed.replaced, **dict.fromkeys(gone, now)}
        strays = self._strays(before, named | replaced.keys())
        young = {path: at for path, at in replaced.items() if at >= now - READ_FOR}
        listed = msgspec.structs.replace(
            marked, files=dict(sorted(files.items())), replaced=young, strays=strays, written_by=me
        )
        outdated = tuple(path for path in replaced if path not in young)
        return StoredSnapshot(self.store, before.folder, before.number + 1, listed, outdated)

    def _strays(self, before: StoredSnapshot, known: Collection[str]) -> dict[str, datetime]:
        """Files that no list names, with the moment at which that was met first."""
        there = {path.removeprefix(f"{before.folder}/") for path in self.store.list(before.folder)}
        lone = {path for path in there.difference(known) if not path.startswith(_LIST)}
        return {path: before.listed.strays.get(path, self.clock()) for path in sorted(lone)}

    def _won(self, made: StoredSnapshot) -> Sequence[int]:
        """The numbers of all lists where this one counts, none where somebody was faster."""
        path, content = _path(made.folder, made.number), msgspec.json.encode(made.listed)
        if self.store.write_first(path, content) != content:
            return ()
        self.store.flush()
        if max(numbers := self._numbers(made.folder)) < made.number + KEPT_LISTS:
            return numbers
        self.store.delete(path)  # another had that number and is gone
        return ()

    def _clear(self, made: StoredSnapshot, numbers: Sequence[int]) -> None:
        """Remove old lists, and files that nobody can want any more."""
        old = [_path(made.folder, one) for one in numbers if one <= made.number - KEPT_LISTS]
        strays = [path for path, met in made.listed.strays.items() if met < self.clock() - STRAY_FOR]
        named = {one.path for one in made.listed.files.values()} | made.listed.replaced.keys()
        replaced = [path for path in made.outdated if path not in named]
        self.store.delete(*old, *(f"{made.folder}/{path}" for path in sorted({*strays, *replaced})))

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
