"""Outputs of stages in the store: staged first, judged, then given their names; read back with their digests.

An output consists of objects and one manifest. The manifest is removed before the objects change and written after
them, so a partition's output is whole or absent, whenever the process dies or the power fails. While they change, a
journal names all objects that may be there, so that the next commit removes what a dead one left. Where all of these
lie is in `layout`, what a stage puts into them in `pipeline/stages`."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

from bluedot_assets.adapters.storage.layout import (
    FORMAT,
    STAGING,
    Slot,
    attempts,
    manifest_slots,
    manifests,
    remedy_of,
    staging_folder,
)
from bluedot_assets.adapters.storage.leftovers import remove_outdated_parts
from bluedot_assets.adapters.storage.store import SETTING, Store
from bluedot_assets.kernel.checks.verdict import RuleBroken, Verdict, blocking_messages
from bluedot_assets.kernel.errors import ObjectMissing, OutputAbsent, OutputDamaged, OutputOutdated, SettingsError
from bluedot_assets.kernel.stored.json_reader import decode_json
from bluedot_assets.kernel.stored.manifest import VERSION, Manifest, StoredObject, Within
from bluedot_assets.kernel.stored.versions import Stated, decode, require_known, stated_version

if TYPE_CHECKING:
    import polars as pl

    from bluedot_assets.kernel.bars.tables import Table

STAGED_FOR = timedelta(days=1)  # no stage works that long: where nobody knows more, older folders are of the dead
OBJECTS_KEPT = 8  # a shard's of every indicator: a reader goes by stock or by indicator
_BLOCK = 1 << 20


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


@dataclass(frozen=True)
class Staged:
    """The objects of an output that have no names yet, described by the paths that they will have."""

    store: Store
    folder: str
    objects: list[StoredObject] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)  # paths of those that are stored already

    def write(self, files: Iterable[tuple[str, bytes, int, str]]) -> None:
        """Stage small objects: path, content, rows, and of a series CSV its symbol."""
        for path, content, rows, symbol in files:
            self.store.write(self.place(path), content)
            digest = hashlib.sha256(content).hexdigest()
            self.objects.append(StoredObject(path, len(content), digest, rows, symbol))

    def keep(self, stored: StoredObject) -> None:
        """Take over an object of the stored output as it is."""
        self.objects.append(stored)
        self.kept.add(stored.path)

    def write_together(self, path: str, files: Iterable[tuple[str, bytes, int, str]]) -> None:
        """Stage files as one object, for thousands of small objects cost more than their bytes: the name of each,
        content, rows and symbol."""
        offset = 0
        with self.writer(path) as into:
            for name, content, rows, symbol in files:
                into.write(content)
                digest = hashlib.sha256(content).hexdigest()
                self.objects.append(StoredObject(path, len(content), digest, rows, symbol, Within(name, offset)))
                offset += len(content)

    def writer(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A file to stage a large object with, which is described by `add`."""
        return self.store.writer(self.place(path))

    def add(self, path: str, rows: int) -> None:
        """Describe an object that was written, by reading it back."""
        with self.store.open(self.place(path)) as file:
            sha256, size = _digest(file)
        self.objects.append(StoredObject(path, size, sha256, rows))

    def place(self, path: str) -> str:
        """Where an object waits for its name `path`."""
        return f"{self.folder}/{path}"


class StoredFiles:
    """The bytes of small stored files, verified as they are read. The objects that hold several are kept for those
    that follow."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._whole = lru_cache(OBJECTS_KEPT)(store.read)

    def read(self, stored: StoredObject) -> bytes:
        """Raises OutputDamaged when the bytes are not what was stored, or gone."""
        if stored.within:
            content = self._whole(stored.path)[stored.within.offset : stored.within.offset + stored.bytes]
        else:
            content = self._store.read(stored.path)
        _require_digest(stored, hashlib.sha256(content).hexdigest())
        return content


@dataclass(frozen=True)
class Outputs:
    """All outputs of a store."""

    store: Store
    clock: Callable[[], datetime]

    def require_known(self) -> int:
        """The version of the whole store, 0 before anything is stored. Raises NewerVersion, and SettingsError where it
        cannot be read: what is written then could be over a newer one."""
        name = f"{self.store.address}/{FORMAT}"
        try:
            return require_known(name, stated_version(self.store.read(FORMAT)), VERSION)
        except (ObjectMissing, NotADirectoryError):
            return 0
        except OSError as error:
            raise SettingsError(
                f"BLUEDOT_DATA: {name} cannot be read ({error.strerror or error}): make it readable for this user, and "
                "run again."
            ) from None

    def manifest(self, slot: Slot) -> Manifest | None:
        """The manifest of a verified output, None when there is no such output. Raises NewerVersion."""
        try:
            content = self.store.read(slot.manifest_path)
            return decode(Manifest, content, f"{self.store.address}/{slot.manifest_path}", VERSION)
        except ObjectMissing:
            return None
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
        before = self._before(slot)
        if before is None or before.checksum != before.checksum_with(inputs):
            return None
        as_written = self.store.read(slot.manifest_path) == before.encoded()
        finished = self.store.size(slot.journal_path) is None
        return before if as_written and finished and not self._damaged(before) else None

    @contextmanager
    def staging(self) -> Iterator[Staged]:
        """A folder of the store for objects that have no names yet; gone when the block ends."""
        now = self.clock()
        eldest = f"{STAGING}/{_stamp(now - STAGED_FOR)}"
        for folder in {staging_folder(path) for path in self.store.list(STAGING)}:
            self.store.delete_abandoned(folder, outdated=folder < eldest)
        remove_outdated_parts(self.store, now - STAGED_FOR)
        folder = f"{STAGING}/{_stamp(now)}-{uuid.uuid4().hex}"
        with self.store.owned(folder):
            try:
                yield Staged(self.store, folder)
            finally:
                self.store.delete(folder)

    def commit(self, slot: Slot, staged: Staged, draft: Draft) -> Committed:
        """Give the staged objects their names. Equal content keeps its made-at and moves nothing. Raises RuleBroken
        when a verdict blocks: then nothing is stored, and what was stored stays, unless it was let in by an earlier
        rule or setting and fails the present one."""
        before = self._before(slot)
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
        if blocking := blocking_messages(draft.verdicts):
            if before is not None and _judged_again(before, made):
                self.drop(slot)
            raise RuleBroken(f"{' '.join(blocking)} ({slot} is not stored.)", draft.verdicts)
        same = before is not None and before.fingerprint == made.fingerprint
        unreadable = before is None and self.store.size(slot.manifest_path) is not None
        damaged = self._damaged(before) if before and same else slot.manifest_path if unreadable else ""
        if before and same and not damaged:
            self.store.delete(slot.journal_path)
            made = _with_checksum(msgspec.structs.replace(made, made_at=before.made_at), draft)
            if self.store.read(slot.manifest_path) != made.encoded():
                self.store.write(slot.manifest_path, made.encoded())
            return Committed(made, changed=False)
        made = _with_checksum(made, draft)
        self._exchange(slot, staged, before, made)
        return Committed(made, changed=True, damaged=damaged)

    def _exchange(self, slot: Slot, staged: Staged, before: Manifest | None, made: Manifest) -> None:
        new_paths = {stored.path for stored in made.objects}
        old_paths = self._owned(slot, before)
        if self.require_known() < VERSION:
            self.store.write(FORMAT, msgspec.json.encode(Stated(VERSION)) + b"\n")
        self.store.write(slot.journal_path, msgspec.json.encode(sorted(old_paths | new_paths)))
        self.store.delete(slot.manifest_path)
        for path in sorted(old_paths - new_paths):
            self.store.delete(path)
        for path in dict.fromkeys(stored.path for stored in made.objects if stored.path not in staged.kept):
            self.store.move(staged.place(path), path)
        self.store.flush()  # no manifest over objects that the machine's power takes away
        self.store.write(slot.manifest_path, made.encoded())
        self.store.flush()
        self.store.delete(slot.journal_path)

    def drop(self, slot: Slot) -> bool:
        """Remove an output with its objects, and what a dead commit left of it; whether there was anything. Raises
        NewerVersion."""
        self.require_known()
        manifest = self._before(slot)
        owned = self._owned(slot, manifest)
        if self.store.size(slot.manifest_path) is None and not owned:
            return False
        self.store.write(slot.journal_path, msgspec.json.encode(sorted(owned)))
        self.store.delete(slot.manifest_path)
        for path in sorted(owned):
            self.store.delete(path)
        self.store.delete(slot.journal_path)
        return True

    def partitions(self, timeframe: str, stage: str | None = None) -> list[str]:
        """Keys of which anything is stored, or was begun; with `stage`, those with an output of it. Oldest first."""
        found = manifest_slots(self.store.list(manifests(timeframe)))
        begun = self.store.list(attempts(timeframe)) if stage is None else []
        keys = {slot.partition for slot, whole in found if stage is None or (whole and slot.stage == stage)}
        return sorted(keys | {path.split("/")[2] for path in begun if path.count("/") > 2})

    def slots(self, timeframe: str, partition: str) -> set[Slot]:
        """Of which anything of a partition is stored. Raises NewerVersion where one of them is of a newer version, so
        that nothing is done with the others."""
        found = {slot for slot, _ in manifest_slots(self.store.list(manifests(timeframe, partition)))}
        for slot in found:
            self._before(slot)
        return found

    def bytes_of(self, timeframe: str, partition: str) -> int:
        """What dropping a partition frees."""
        paths: set[str] = set()
        for slot in self.slots(timeframe, partition):
            paths |= {slot.manifest_path, *self._owned(slot, self._before(slot))}
        paths.update(self.store.list(Slot(timeframe, partition, "raw_json").attempt))
        return sum(self.store.size(path) or 0 for path in paths)

    def drop_partition(self, timeframe: str, partition: str) -> None:
        """Remove all outputs of a partition. Raises NewerVersion."""
        for slot in self.slots(timeframe, partition):
            self.drop(slot)
        self.store.delete(manifests(timeframe, partition))
        self.store.delete(Slot(timeframe, partition, "raw_json").attempt)

    def _before(self, slot: Slot) -> Manifest | None:
        """What is to be replaced. A manifest that cannot be read is none: materializing again is its remedy."""
        try:
            return self.manifest(slot)
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
        with self.store.open(stored.path) as file:
            _require_digest(stored, _digest(file)[0])
            file.seek(0)
            yield file

    def verify(self, stored: StoredObject) -> None:
        """Raises OutputDamaged when the object's bytes are not what was stored."""
        with self.open(stored):
            pass

    def read_table(self, made: Manifest, table: "Table", columns: Sequence[str] = ()) -> "pl.DataFrame":
        """A stored table, or some columns of it. Raises OutputDamaged when its bytes are not what was stored, or no
        such table."""
        stored = made.table(table.name)
        try:
            return table.read(self.read(stored), columns)
        except ValueError as error:
            raise OutputDamaged(f"{stored.path} cannot be read ({error}): {remedy_of(stored.path)}.") from error

    def _damaged(self, manifest: Manifest) -> str:
        """The path of its first object that is not what was stored, or gone; empty where all are whole."""
        files = StoredFiles(self.store)
        for stored in manifest.objects:
            try:
                if stored.within:
                    files.read(stored)
                else:
                    self.verify(stored)
            except OutputDamaged:
                return stored.path
        return ""


def _with_checksum(made: Manifest, draft: Draft) -> Manifest:
    return msgspec.structs.replace(made, checksum=made.checksum_with(draft.inputs)) if draft.inputs else made


def _judged_again(before: Manifest, made: Manifest) -> bool:
    """Whether `made` is the stored output once more: the same objects, or made from the same input."""
    return before.objects == made.objects or (bool(made.made_from) and before.made_from == made.made_from)


def _stamp(now: datetime) -> str:
    return now.strftime("%Y%m%dT%H%M%S")


def _require_digest(stored: StoredObject, sha256: str) -> None:
    if sha256 != stored.sha256:
        of = f"{stored.name} in " if stored.within else ""
        raise OutputDamaged(f"{of}{stored.path} differs from what was stored: {remedy_of(stored.path)}.")


def _digest(file: IO[bytes]) -> tuple[str, int]:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest(), file.tell()
