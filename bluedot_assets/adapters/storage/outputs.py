"""Outputs of stages in the store: staged first, judged, then given their names; read back with their digests.

An output consists of objects and one manifest. The manifest is removed before the objects change and written after
them, so a partition's output is whole or absent, whenever the process dies. While they change, a journal names all
objects that may be there, so that the next commit removes what a dead one left."""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bluedot_assets.adapters.storage.store import Store
from bluedot_assets.kernel.checks.verdict import RuleBroken, Verdict
from bluedot_assets.kernel.errors import OutputAbsent, OutputDamaged, OutputOutdated
from bluedot_assets.kernel.manifest import Manifest, StoredObject, decode_manifest

STAGING = ".staging"
STAGED_FOR = timedelta(days=1)  # no stage works that long: older folders are of processes that died
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Draft:
    """What a stage made, before its verdicts let it in. `objects` name their final paths."""

    objects: list[StoredObject]
    verdicts: list[Verdict]
    facts: dict[str, Any]
    made_from: dict[str, str]


@dataclass(frozen=True)
class Slot:
    """The place of one stage's output for one partition."""

    timeframe: str
    partition: str
    stage: str

    @property
    def manifest_path(self) -> str:
        return f"manifests/{self.timeframe}/{self.partition}/{self.stage}.json"

    @property
    def journal_path(self) -> str:
        return f"manifests/{self.timeframe}/{self.partition}/{self.stage}.unfinished"

    def __str__(self) -> str:
        return f"{self.timeframe}/{self.stage} of {self.partition}"


@dataclass(frozen=True)
class Outputs:
    """All outputs of a store."""

    store: Store
    clock: Callable[[], datetime]

    def manifest(self, slot: Slot) -> Manifest | None:
        """The manifest of a verified output, None when there is no such output."""
        if self.store.size(slot.manifest_path) is None:
            return None
        try:
            return decode_manifest(self.store.read(slot.manifest_path))
        except msgspec.DecodeError as error:
            raise OutputDamaged(f"{slot.manifest_path} cannot be read ({error}): materialize {slot} again.") from None

    def require(self, slot: Slot) -> Manifest:
        """The manifest of an output that must be there. Raises OutputAbsent."""
        manifest = self.manifest(slot)
        if manifest is None:
            raise OutputAbsent(
                f"There is no verified output of {slot}: materialize {slot.timeframe}/{slot.stage} first."
            )
        return manifest

    def require_current(self, slot: Slot, source: Manifest) -> Manifest:
        """The same, made from `source` as it is stored now. Raises OutputAbsent, OutputOutdated."""
        manifest = self.require(slot)
        if manifest.made_from.get(source.stage) != source.fingerprint:
            raise OutputOutdated(
                f"{slot} was made from another {source.timeframe}/{source.stage} than is stored now: "
                f"materialize {slot.timeframe}/{slot.stage} again."
            )
        return manifest

    @contextmanager
    def staging(self) -> Iterator[str]:
        """A folder of the store for objects that have no names yet; gone when the block ends."""
        self._remove_staged_by_the_dead()
        prefix = f"{STAGING}/{_stamp(self.clock())}-{uuid.uuid4().hex}"
        try:
            yield prefix
        finally:
            self.store.delete(prefix)

    def _remove_staged_by_the_dead(self) -> None:
        eldest = _stamp(self.clock() - STAGED_FOR)
        for name in {path.split("/")[1] for path in self.store.list(STAGING)}:
            if name < eldest:
                self.store.delete(f"{STAGING}/{name}")

    def commit(self, slot: Slot, staged: str, draft: Draft) -> tuple[Manifest, bool]:
        """Give the objects below `staged` their names. Equal content keeps its made-at and moves nothing. Returns the
        manifest and whether the content is new. Raises RuleBroken when a verdict blocks: then nothing is stored, and
        what was stored stays, unless it was let in by an earlier rule or setting and fails the present one."""
        before = self._before(slot)
        if blocking := [verdict for verdict in draft.verdicts if verdict.blocks]:
            if before is not None and _judged_again(before, draft):
                self.drop(slot)
            reasons = " ".join(verdict.message for verdict in blocking)
            raise RuleBroken(f"{reasons} ({slot} is not stored.)", draft.verdicts)
        made = Manifest(
            stage=slot.stage,
            timeframe=slot.timeframe,
            partition=slot.partition,
            made_at=self.clock(),
            made_from=draft.made_from,
            objects=draft.objects,
            verdicts=draft.verdicts,
            facts=draft.facts,
        )
        if before is not None and before.fingerprint == made.fingerprint and self._whole(before):
            self.store.delete(slot.journal_path)
            if before.made_from != made.made_from:
                made = msgspec.structs.replace(made, made_at=before.made_at)
                self.store.write(slot.manifest_path, made.encoded())
                return made, False
            return before, False
        self._exchange(slot, staged, before, made)
        return made, True

    def _exchange(self, slot: Slot, staged: str, before: Manifest | None, made: Manifest) -> None:
        new_paths = {stored.path for stored in made.objects}
        old_paths = self._owned(slot, before)
        self.store.write(slot.journal_path, msgspec.json.encode(sorted(old_paths | new_paths)))
        self.store.delete(slot.manifest_path)
        for path in sorted(old_paths - new_paths):
            self.store.delete(path)
        for stored in made.objects:
            self.store.move(staged_path(staged, stored.path), stored.path)
        self.store.write(slot.manifest_path, made.encoded())
        self.store.delete(slot.journal_path)

    def drop(self, slot: Slot) -> bool:
        """Remove an output with its objects, and what a dead commit left of it; whether there was anything."""
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

    def partitions(self, timeframe: str) -> list[str]:
        """Keys of which anything is stored, or was begun; oldest first."""
        return sorted({path.split("/")[2] for path in self.store.list(f"manifests/{timeframe}")})

    def drop_partition(self, timeframe: str, partition: str) -> None:
        """Remove all outputs of a partition."""
        folder = f"manifests/{timeframe}/{partition}"
        for stage in {path.rpartition("/")[2].rpartition(".")[0] for path in self.store.list(folder)}:
            self.drop(Slot(timeframe, partition, stage))
        self.store.delete(folder)
        self.store.delete(f"attempts/{timeframe}/{partition}")

    def _before(self, slot: Slot) -> Manifest | None:
        """What is to be replaced. A manifest that cannot be read is none: materializing again is its remedy."""
        try:
            return self.manifest(slot)
        except OutputDamaged:
            return None

    def _owned(self, slot: Slot, manifest: Manifest | None) -> set[str]:
        """Paths that the slot's objects may have: those of its manifest and of a commit that died."""
        owned = {stored.path for stored in manifest.objects} if manifest else set()
        if self.store.size(slot.journal_path):
            with suppress(msgspec.DecodeError):  # a journal that cannot be read names nothing
                owned.update(msgspec.json.decode(self.store.read(slot.journal_path), type=list[str]))
        return owned

    def read(self, stored: StoredObject) -> bytes:
        """The object's bytes. Raises OutputDamaged when they are not what was stored."""
        content = self.store.read(stored.path)
        if hashlib.sha256(content).hexdigest() != stored.sha256:
            raise OutputDamaged(f"{stored.path} differs from what was stored: materialize its partition again.")
        return content

    def verify(self, stored: StoredObject) -> None:
        """The same for an object that is too large to be held in memory."""
        if _digest(self.store, stored.path)[0] != stored.sha256:
            raise OutputDamaged(f"{stored.path} differs from what was stored: materialize its partition again.")

    def _whole(self, manifest: Manifest) -> bool:
        return all(
            self.store.size(stored.path) == stored.bytes and _digest(self.store, stored.path)[0] == stored.sha256
            for stored in manifest.objects
        )


def _judged_again(before: Manifest, draft: Draft) -> bool:
    """Whether a draft is the stored output once more: the same objects, or made from the same input."""
    return before.objects == draft.objects or (bool(draft.made_from) and before.made_from == draft.made_from)


def _stamp(now: datetime) -> str:
    return now.strftime("%Y%m%dT%H%M%S")


def staged_path(staged: str, path: str) -> str:
    """Where an object waits for its name `path`."""
    return f"{staged}/{path}"


def stored_object(store: Store, staged: str, path: str, rows: int) -> StoredObject:
    """Describe an object that was written below `staged`, by reading it back."""
    sha256, size = _digest(store, staged_path(staged, path))
    return StoredObject(path, size, sha256, rows)


def _digest(store: Store, path: str) -> tuple[str, int]:
    digest = hashlib.sha256()
    with store.open(path) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        return digest.hexdigest(), file.tell()
