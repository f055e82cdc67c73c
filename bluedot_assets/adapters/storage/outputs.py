"""Outputs of stages in the store: staged first, judged, then given their names; read back with their digests.

An output consists of objects and one manifest. The manifest is removed before the objects change and written after
them, so a partition's output is whole or absent, whenever the process dies or the power fails. While they change, a
journal names all objects that may be there, so that the next commit removes what a dead one left. Where all of these
lie is in `layout`, what a stage puts into them in `pipeline/stages`."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

from bluedot_assets.adapters.storage.layout import (
    Slot,
    attempts,
    manifest_slots,
    manifests,
    remedy_of,
    series_folder,
)
from bluedot_assets.adapters.storage.leftovers import remove_outdated_parts
from bluedot_assets.adapters.storage.run_memory import RunMemory
from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.adapters.storage.store.port import SETTING, STAGED_FOR, Store
from bluedot_assets.adapters.storage.store.version import StoreVersion
from bluedot_assets.adapters.storage.stored_files import Sizes, StoredFiles, damaged, open_stored
from bluedot_assets.adapters.storage.stored_partition import StoredPartition
from bluedot_assets.kernel.checks.verdict import RuleBroken, Verdict, blocking_messages
from bluedot_assets.kernel.errors import ObjectMissing, OutputAbsent, OutputDamaged, OutputOutdated
from bluedot_assets.kernel.stored.json_reader import decode_json
from bluedot_assets.kernel.stored.manifest import VERSION, Manifest, StoredObject
from bluedot_assets.kernel.stored.versions import decode

if TYPE_CHECKING:
    import polars as pl

    from bluedot_assets.kernel.bars.tables import Table


@dataclass(frozen=True)
class Draft:
    """What a stage says of the objects that it has staged, before its verdicts let them in. `facts` are stored with
    them; `made_from` are fingerprints of the outputs that they were made from, by stage; `inputs` is a digest of all
    that decides on them, empty where it is not known."""

    verdicts: Sequence[Verdict]
    facts: msgspec.Struct
    made_from: Mapping[str, str] = field(default_factory=dict)
    inputs: str = ""


class Committed(NamedTuple):
    """An output that is stored now, and whether its objects are new; `damaged` is the path of what was stored of the
    same content and had to be made anew."""

    manifest: Manifest
    changed: bool
    damaged: str = ""


@dataclass
class Outputs:
    """All outputs of a store."""

    store: Store
    clock: Callable[[], datetime]
    _memory: RunMemory = field(default_factory=RunMemory, init=False, repr=False, compare=False)

    @cached_property
    def _version(self) -> StoreVersion:
        return StoreVersion(self.store)

    def begin(self, run_id: str) -> None:
        """A step of that run begins: what another run knew may have changed since."""
        self._memory.begin(run_id)

    def require_known(self) -> int:
        """The version of the whole store, 0 before anything is stored. Raises NewerVersion, SettingsError."""
        return self._version.require_known()

    def manifest(self, slot: Slot) -> Manifest | None:
        """The manifest of a verified output, None when there is no such output. Raises NewerVersion."""
        if slot in self._memory.ours:
            return self._memory.ours[slot]
        content = self._content(slot)
        return self._decoded(slot, content) if content is not None else None

    def _content(self, slot: Slot) -> bytes | None:
        try:
            return self.store.read(slot.manifest_path)
        except ObjectMissing:
            return None

    def _decoded(self, slot: Slot, content: bytes) -> Manifest:
        try:
            return decode(Manifest, content, f"{self.store.address}/{slot.manifest_path}", VERSION)
        except msgspec.DecodeError as error:
            remedy = remedy_of(slot.manifest_path)
            raise OutputDamaged(f"{slot.manifest_path} cannot be read ({error}): {remedy}.") from None

    def require(self, slot: Slot, source: Manifest | None = None) -> Manifest:
        """The manifest of an output that must be there, and made from `source` as it is stored now. Raises
        OutputAbsent, OutputOutdated."""
        manifest = self.manifest(slot)
        if manifest is None:
            raise self._absent(slot)
        if source is not None and manifest.made_from.get(source.stage) != source.fingerprint:
            raise OutputOutdated(
                f"{slot} was made from another {source.timeframe}/{source.stage} than is stored now: "
                f"materialize {slot.timeframe}/{slot.stage} again."
            )
        return manifest

    def _absent(self, slot: Slot) -> OutputAbsent:
        """Names the setting where nothing of the timeframe is stored: the folder may be another, or removed."""
        nothing = not self.store.list(manifests(slot.timeframe))
        see = (
            f", and see whether {SETTING} {self.store.address} is the right folder, for it has none" if nothing else ""
        )
        return OutputAbsent(
            f"There is no verified output of {slot}: materialize {slot.timeframe}/{slot.stage} first{see}."
        )

    def unchanged(self, slot: Slot, inputs: str) -> Manifest | None:
        """The manifest of what is stored, where it was made of exactly these inputs and every byte is there; None
        where it has to be made again."""
        return self.all_unchanged({slot: inputs})[slot]

    def all_unchanged(self, inputs: Mapping[Slot, str]) -> dict[Slot, Manifest | None]:
        """The same of several at once."""
        sizes = cache(self.store.sizes)
        return {slot: self._unchanged(slot, made_of, sizes) for slot, made_of in inputs.items()}

    def _unchanged(self, slot: Slot, inputs: str, sizes: Sizes) -> Manifest | None:
        self._memory.forget(slot)
        content = self._memory.found.pop(slot, None) or self._content(slot)
        before = self._readable(slot, content)
        if before is None or before.checksum != before.checksum_with(inputs):
            return None
        if content != before.encoded() or damaged(self.store, before, sizes):
            return None
        return self._memory.remember(slot, before, unchanged=True)

    @contextmanager
    def staging(self) -> Iterator[Staged]:
        """A folder for objects that have no names yet; gone when the block ends."""
        now = self.clock()
        remove_outdated_parts(self.store, now - STAGED_FOR)
        with self.store.staging(now) as folder:
            yield Staged(self.store, folder)

    def commit(self, slot: Slot, staged: Staged, draft: Draft) -> Committed:
        """Give the staged objects their names. Equal content keeps its made-at and moves nothing. Raises RuleBroken
        when a verdict blocks: then nothing is stored, and what was stored stays, unless it was let in by an earlier
        rule or setting and fails the present one."""
        made = Manifest(
            stage=slot.stage,
            timeframe=slot.timeframe,
            partition=slot.partition,
            made_at=self.clock(),
            made_from=dict(draft.made_from),
            objects=staged.objects,
            verdicts=list(draft.verdicts),
            facts=msgspec.to_builtins(draft.facts),
            schema_version=VERSION,
        )
        if (ours := self._memory.take_unchanged(slot)) and _is_again(ours, made, draft):
            return Committed(ours, changed=False)
        content, before = self._before(slot)
        if blocking := blocking_messages(draft.verdicts):
            if before is not None and _judged_again(before, made):
                self._drop(slot)
            raise RuleBroken(f"{' '.join(blocking)} ({slot} is not stored.)", draft.verdicts)
        same = before is not None and before.fingerprint == made.fingerprint
        unreadable = before is None and content is not None
        spoiled = damaged(self.store, before) if before and same else slot.manifest_path if unreadable else ""
        if before and same and not spoiled:
            self.store.delete(slot.journal_path)
            # Their zips may differ where another machine has packed them: those of before stay.
            made = msgspec.structs.replace(made, made_at=before.made_at, objects=before.objects)
            made = _with_checksum(made, draft)
            if content != made.encoded():
                self.store.write(slot.manifest_path, made.encoded())
            return Committed(self._memory.remember(slot, made), changed=False)
        made = _with_checksum(made, draft)
        self._exchange(slot, staged, before, made, replaced=content is not None)
        return Committed(self._memory.remember(slot, made), changed=True, damaged=spoiled)

    def _exchange(self, slot: Slot, staged: Staged, before: Manifest | None, made: Manifest, *, replaced: bool) -> None:
        new_paths = {stored.path for stored in made.objects}
        old_paths = self._owned(slot, before)
        self._version.state()
        self._require_kept(slot, staged)
        self.store.write(slot.journal_path, msgspec.json.encode(sorted(old_paths | new_paths)))
        if replaced:
            self._memory.forget(slot)
            self.store.delete(slot.manifest_path)
        self.store.delete(*sorted(old_paths - new_paths))
        self.store.place(staged.folder, staged.contents())
        self.store.flush()  # no manifest over objects that the machine's power takes away
        self.store.write(slot.manifest_path, made.encoded())
        self.store.flush()
        self.store.delete(slot.journal_path)

    def _require_kept(self, slot: Slot, staged: Staged) -> None:
        """Raises OutputOutdated where another run has removed what this one has not to store again."""
        there = {path for folder in {one.rpartition("/")[0] for one in staged.kept} for path in self.store.list(folder)}
        if gone := sorted(staged.kept - there):
            raise _replaced(slot, f"{gone[0]} is gone")

    def require_stored(self) -> None:
        """Raises OutputOutdated where another run has replaced what this run has made or found unchanged."""
        for slot, ours in self._memory.ours.items():
            _, now = self._before(slot)
            if now is None or now.fingerprint != ours.fingerprint:
                raise _replaced(slot, "other content is stored now")

    def drop(self, *slots: Slot) -> bool:
        """Remove outputs with their objects, and what dead commits left of them; whether there was anything. Raises
        NewerVersion."""
        folders = {manifests(slot.timeframe, slot.partition) for slot in slots}
        there = {slot for folder in folders for slot, _ in manifest_slots(self.store.list(folder))}
        return bool([slot for slot in slots if slot in there and self._drop(slot)])

    def _drop(self, slot: Slot) -> bool:
        self.require_known()
        self._memory.forget(slot)
        content, manifest = self._before(slot)
        owned = self._owned(slot, manifest)
        if content is None and not owned:
            return False
        self.store.write(slot.journal_path, msgspec.json.encode(sorted(owned)))
        self.store.delete(slot.manifest_path)
        self.store.delete(*sorted(owned))
        self.store.delete(slot.journal_path)
        return True

    def delete_unnamed(self, slot: Slot, paths: Collection[str]) -> None:
        """Delete those objects that had their names before their verdicts, and were not let in."""
        if not paths:
            return
        _, manifest = self._before(slot)
        named = {one.path for one in manifest.objects} if manifest else set()
        self.store.delete(*sorted({*paths} - named))

    def delete_abandoned(self, timeframe: str, partition: str) -> None:
        """Delete those series to which a worker of a killed run gave their names, once no run that could name them in
        a manifest is at work any more. Raises NewerVersion."""
        found = self.store.list(series_folder(timeframe, partition))  # before it is seen which of them have been named
        named: set[str] = set()
        for slot, whole in manifest_slots(self.store.list(manifests(timeframe, partition))):
            if whole and slot.folder == series_folder(timeframe, partition):
                known = self._memory.ours.get(slot) or self._before(slot)[1]
                named.update(one.path for one in (known.objects if known else ()))
            elif not whole:
                named |= self._owned(slot, None)
        before = self.clock() - STAGED_FOR
        times = {path: self.store.modified(path) for path in found if path not in named}
        self.store.delete(*(path for path, time in times.items() if time and time < before))

    def partitions(self, timeframe: str, stage: str | None = None, *, without: str | None = None) -> list[str]:
        """Keys of which anything is stored, or was begun; with `stage`, those with an output of it, but for those with
        one of the stage `without`. Oldest first."""
        found = list(manifest_slots(self.store.list(manifests(timeframe))))
        begun = self.store.list(attempts(timeframe)) if stage is None else []
        keys = {slot.partition for slot, whole in found if stage is None or (whole and slot.stage == stage)}
        left_out = {slot.partition for slot, whole in found if whole and slot.stage == without}
        return sorted((keys - left_out) | {path.split("/")[2] for path in begun if path.count("/") > 2})

    def slots(self, timeframe: str, partition: str) -> set[Slot]:
        """Of which anything of a partition is stored. Raises NewerVersion where one of them is of a newer version, so
        that nothing is done with the others."""
        found = {slot for slot, _ in manifest_slots(self.store.list(manifests(timeframe, partition)))}
        contents = {slot: self._content(slot) for slot in found}
        for slot, content in contents.items():
            self._readable(slot, content)
        self._memory.found = {slot: content for slot, content in contents.items() if content is not None}
        return found

    def partition(self, timeframe: str, partition: str) -> StoredPartition:
        """All outputs of a partition. Raises NewerVersion."""
        self.require_known()
        for slot in self.slots(timeframe, partition):
            self._memory.forget(slot)
        return StoredPartition(self.store, Slot(timeframe, partition, "raw_json"))

    def _before(self, slot: Slot) -> tuple[bytes | None, Manifest | None]:
        """What is to be replaced, as it is stored and read."""
        content = self._content(slot)
        return content, self._readable(slot, content)

    def _readable(self, slot: Slot, content: bytes | None) -> Manifest | None:
        """A manifest that cannot be read is none: materializing again is its remedy."""
        try:
            return self._decoded(slot, content) if content is not None else None
        except OutputDamaged:
            return None

    def _owned(self, slot: Slot, manifest: Manifest | None) -> set[str]:
        """Paths that the slot's objects may have: those of its manifest and of a commit that died."""
        owned = {stored.path for stored in manifest.objects} if manifest else set()
        with suppress(ObjectMissing, msgspec.DecodeError):  # a journal that cannot be read names nothing
            owned.update(decode_json(self.store.read(slot.journal_path), list[str]))
        return owned

    def read(self, stored: StoredObject) -> bytes:
        """The object's bytes. Raises OutputDamaged when they are not what was stored."""
        return StoredFiles(self.store).read(stored)

    def read_files(self, made: Manifest) -> dict[str, bytes]:
        """The bytes of all objects of an output, by their files' own names. For small ones."""
        files = StoredFiles(self.store)
        return {name: files.read(stored) for name, stored in made.files.items()}

    @contextmanager
    def open(self, stored: StoredObject) -> Iterator[IO[bytes]]:
        """The same for an object that is too large for memory: a seekable reader of verified bytes."""
        with open_stored(self.store, stored) as file:
            yield file

    def verify(self, stored: StoredObject) -> None:
        """Raises OutputDamaged when the object's bytes are not what was stored."""
        with self.open(stored):
            pass

    def read_table(self, made: Manifest, table: "Table", columns: Sequence[str] = ()) -> "pl.DataFrame":
        """A stored table, or some columns of it. Raises OutputDamaged when its bytes are not what was stored, or no
        such table."""
        stored = made.table(table.name)
        with _as_damaged(stored):
            return table.read(self.read(stored), columns)

    def read_parts(self, made: Manifest, table: "Table", columns: Sequence[str]) -> "Iterator[pl.DataFrame]":
        """The same of a table that is too large for memory, a row group at a time."""
        stored = made.table(table.name)
        with self.open(stored) as file, _as_damaged(stored):
            yield from table.read_parts(file, columns)


@contextmanager
def _as_damaged(stored: StoredObject) -> Iterator[None]:
    """Raises OutputDamaged for a table that is none."""
    try:
        yield
    except ValueError as error:
        raise OutputDamaged(f"{stored.path} cannot be read ({error}): {remedy_of(stored.path)}.") from error


def _replaced(slot: Slot, how: str) -> OutputOutdated:
    return OutputOutdated(
        f"Another run has replaced {slot} while this one was at work ({how}): "
        f"materialize {slot.timeframe}/{slot.stage} again."
    )


def _is_again(ours: Manifest, made: Manifest, draft: Draft) -> bool:
    """Whether it is, to the byte, what was found unchanged just before."""
    return _with_checksum(msgspec.structs.replace(made, made_at=ours.made_at), draft) == ours


def _with_checksum(made: Manifest, draft: Draft) -> Manifest:
    return msgspec.structs.replace(made, checksum=made.checksum_with(draft.inputs)) if draft.inputs else made


def _judged_again(before: Manifest, made: Manifest) -> bool:
    """Whether `made` is the stored output once more: the same objects, or made from the same input."""
    return before.objects == made.objects or (bool(made.made_from) and before.made_from == made.made_from)
