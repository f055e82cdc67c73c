"""The site as objects of a bucket that any web server or CDN shows (Cloudflare R2, S3, ...).

A publish uploads everything that is new under names that nothing names yet, then switches by copies inside the bucket,
`status.json` last. Until the switch nothing that readers know has changed; from then on whoever comes next finishes it
(docs: decision 6). What changes is decided in `kernel/site/publish_plan`, and put into steps in `change`."""

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import msgspec

from bluedot_assets.adapters.site.bucket.change import Change, Source
from bluedot_assets.adapters.site.bucket.record import (
    OWN,
    Content,
    Entry,
    Record,
    Standing,
    Steps,
    Tree,
    entry_of,
    rank,
    record_path,
    tree_path,
)
from bluedot_assets.adapters.site.bucket.turn import BEAT_S, Turn, newest
from bluedot_assets.adapters.site.port import Decide, Snapshot
from bluedot_assets.adapters.storage.store.objects import Objects
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.adapters.storage.stored_files import StoredFiles
from bluedot_assets.kernel.errors import PublishRefused, SettingsError
from bluedot_assets.kernel.site.publication import STATUS, Plan
from bluedot_assets.kernel.stored.json_reader import decode_json
from bluedot_assets.kernel.stored.manifest import StoredObject

DEAD_AFTER_S: Final = 6 * BEAT_S  # without a sign of life
LONGEST_WAIT_S: Final = 900  # for another publish that lives
POLL_S: Final = 0.5
_BATCH_BYTES: Final = 32_000_000  # in memory
_BATCH_FILES: Final = 1000


class BucketSnapshot:
    """The site as a record describes it; the files themselves are read as they are now."""

    def __init__(self, objects: Objects, standing: Standing, number: int, settled: bool) -> None:
        self.standing, self.number, self.settled = standing, number, settled
        self._objects = objects
        self._read: dict[str, bytes | None] = {}
        self._listed: dict[str, dict[str, int]] = {}

    @property
    def page(self) -> None:
        return None

    def read(self, path: str) -> bytes | None:
        if path not in self._read:
            self._read[path] = self._objects.get(path) if self.standing.may_have(path) else None
        return self._read[path]

    def differing(self, files: Mapping[str, bytes]) -> set[str]:
        return {path for path, content in files.items() if self._entry(path) != entry_of(content)}

    def damaged(self, folder: str, files: Mapping[str, StoredObject]) -> list[str]:
        return [
            name for name, file in files.items() if self._entry(f"{folder}/{name}") != Entry(file.sha256, file.bytes)
        ]

    def _entry(self, path: str) -> Entry | None:
        """A file by the digest with which it was written; None where a person has removed or changed it, as far as was
        read of it, and for a file of a folder as far as the store lists it."""
        entry = self.standing.entry(path)
        if path in self._read:
            content = self._read[path]
            return entry_of(content) if content is not None else None
        folder = self.standing.folder_of(path)
        if entry is None or folder is None:
            return entry
        if folder not in self._listed:
            self._listed[folder] = self._objects.sizes(folder)
        return entry if self._listed[folder].get(path) == entry.bytes else None


@dataclass
class BucketSite:
    """`store` is where the files of a plan come from."""

    objects: Objects
    store: Store
    sleep: Callable[[float], None] = time.sleep
    dead_after_s: float = DEAD_AFTER_S
    _trees: dict[str, Tree] = field(default_factory=dict, init=False)
    _known: tuple[int, Record] | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        return self.objects.address

    def require_usable(self) -> None:
        """Raises SettingsError where a publish would be refused or could not be kept apart from another, and
        RepositoryUnreachable."""
        probe = f"{OWN}/probe-{uuid.uuid4().hex}"
        try:
            made = self.objects.create(probe, b"1") and not self.objects.create(probe, b"2")
            self.objects.delete([probe])
            gone = self.objects.get(probe) is None
            self.snapshot()
        except PublishRefused as refused:
            raise SettingsError(str(refused)) from None
        if not made:
            raise SettingsError(
                f"{self.objects.setting}: the store of {self.address} overwrites an object that it was asked to create "
                "only if it is absent (If-None-Match), so two publishes at once would mix: use another store."
            )
        if not gone:
            raise SettingsError(
                f"{self.objects.setting}: {self.address} keeps what it was asked to delete: let these credentials "
                "delete there."
            )

    def snapshot(self) -> BucketSnapshot:
        self._known = newest(self.objects, self._known)
        if self._known is None:
            return self._snapshot(self._adopted(), 0, settled=True)
        number, record = self._known
        return self._snapshot(record.final, number, settled=record.phase == "done")

    def publish(self, decide: Decide, known: Snapshot | None = None) -> Plan | None:
        now = known if isinstance(known, BucketSnapshot) and known.settled else self._settled()
        while (plan := decide(now)) is not None and not self._carry_out(plan, now):
            now = self._settled()
        return plan

    def _snapshot(self, content: Content, number: int, *, settled: bool) -> BucketSnapshot:
        return BucketSnapshot(self.objects, Standing(content, self._tree), number, settled)

    def _tree(self, tree_id: str) -> Tree:
        """Empty where it is gone: then nothing of its folder is known, and all of it is written again."""
        if tree_id not in self._trees:
            content = self.objects.get(tree_path(tree_id))
            self._trees[tree_id] = decode_json(content, Tree) if content is not None else {}
        return self._trees[tree_id]

    def _adopted(self) -> Content:
        """Of a site without a record: empty, or ours of which a person has removed it. Raises PublishRefused."""
        names = self.objects.names() - {OWN}
        if not names:
            return Content()
        if STATUS not in names:
            raise PublishRefused(
                f"{self.address} holds something else than a site of ours ({', '.join(sorted(names)[:5])}): name a new "
                f"or an empty folder of the bucket with {self.objects.setting}."
            )
        sizes = self.objects.sizes()
        return Content(files={path: Entry("", size) for path, size in sizes.items() if not path.startswith(f"{OWN}/")})

    def _settled(self) -> BucketSnapshot:
        """The site while nobody publishes: waits for who lives, and finishes what a dead one began."""
        began, seen, since = time.monotonic(), None, time.monotonic()
        while not (now := self.snapshot()).settled and self._known:
            number, record = self._known
            if self._known != seen:
                seen, since = self._known, time.monotonic()
            if record.beat < 0 or time.monotonic() - since > self.dead_after_s:
                self._take_over(number, record)
            elif time.monotonic() - began > LONGEST_WAIT_S:
                raise PublishRefused(
                    f"Another process ({record.publisher}) has published to {self.address} for "
                    f"{LONGEST_WAIT_S // 60} minutes: see whether it hangs, end it, and run again."
                )
            else:
                self.sleep(POLL_S)
        return now

    def _take_over(self, number: int, record: Record) -> None:
        turn = Turn(self.objects, number + 1, msgspec.structs.replace(record, publisher=_me(), beat=0))
        if turn.begin():
            with turn.lived():
                self._finish(turn)

    def _carry_out(self, plan: Plan, now: BucketSnapshot) -> bool:
        """Whether the turn was ours; False where somebody else published since."""
        change = Change(now.standing)
        change.carry_out(plan)
        number = now.number + 1
        work = f"{OWN}/new/{number:012d}-{uuid.uuid4().hex}"
        record = Record(
            phase="writing", content=now.standing.content, following=change.content, work=work, publisher=_me()
        )
        turn = Turn(self.objects, number, record)
        if not turn.begin():
            return False
        with turn.lived():
            try:
                self._upload(turn, change)
            except BaseException:
                self._finish(turn)
                raise
            turn.write(phase="switching")
            self._finish(turn)
        return True

    def _upload(self, turn: Turn, change: Change) -> None:
        work = turn.record.work
        steps, uploads = change.steps(work, self.objects.sizes)
        self.objects.put({_steps_path(work): msgspec.json.encode(steps)})
        self.objects.put({tree_path(tree_id): encoded for tree_id, encoded in change.trees.items()})
        for batch in self._batches(uploads):
            turn.require()
            self.objects.put(batch)
        turn.require()

    def _batches(self, uploads: Mapping[str, Source]) -> Iterator[dict[str, bytes]]:
        stored = StoredFiles(self.store)
        for _, group in groupby(sorted(uploads.items(), key=lambda one: rank(one[0])), lambda one: rank(one[0])):
            batch: dict[str, bytes] = {}
            size = 0
            for place, source in group:
                batch[place] = source if isinstance(source, bytes) else stored.read(source)
                size += len(batch[place])
                if size > _BATCH_BYTES or len(batch) == _BATCH_FILES:
                    yield batch
                    batch, size = {}, 0
            yield batch

    def _finish(self, turn: Turn) -> None:
        """Give up what was not switched yet, or switch; remove what nobody needs. May be done again at any point."""
        turn.require()
        content = self.objects.get(_steps_path(turn.record.work))
        steps = decode_json(content, Steps) if content is not None else Steps([], [], [], [])
        if turn.record.phase == "switching":
            self._switch(turn, steps)
        else:
            self.objects.delete(steps.uploads)
        final = turn.record.final
        needed = {record_path(turn.number), *map(tree_path, final.folders.values())}
        turn.require()
        self.objects.delete([_steps_path(turn.record.work)])  # before the bytes that they would take
        self.objects.delete([path for path in self.objects.sizes(OWN) if path not in needed])
        turn.write(phase="done", content=final, following=None, work="")

    def _switch(self, turn: Turn, steps: Steps) -> None:
        """Who slept and wakes repeats copies that another has made since, and must delete nothing."""
        self._open(turn, steps)
        for _, moves in groupby(steps.moves, lambda move: rank(move[1])):
            for batch in _cut(moves, _BATCH_FILES):
                turn.require()
                if absent := self.objects.copy(batch):
                    turn.require()
                    self.objects.delete(absent)  # as a person has removed their sources: then found as damaged
        turn.require()
        self.objects.delete(steps.deletes)

    def _open(self, turn: Turn, steps: Steps) -> None:
        """Remove the indexes of the folders that change. Who slept after making sure of the turn, and took away what
        another has written since, puts it back."""
        sources = {target: source for source, target in steps.moves}
        contents = {path: self.objects.get(sources[path]) for path in steps.opened}
        turn.require()
        self.objects.delete(steps.opened)
        try:
            turn.require()
        except PublishRefused:
            standing = self._settled().standing
            known = {path: content for path, content in contents.items() if content is not None}
            self.objects.put({path: one for path, one in known.items() if standing.entry(path) == entry_of(one)})
            raise


def _steps_path(work: str) -> str:
    return f"{work}/steps.json"


def _cut(moves: Iterable[tuple[str, str]], most: int) -> Iterator[list[tuple[str, str]]]:
    every = list(moves)
    for start in range(0, len(every), most):
        yield every[start : start + most]


def _me() -> str:
    """For people, and different of any two publishes."""
    return f"process {os.getpid()} of {socket.gethostname()}, {uuid.uuid4().hex[:8]}"
