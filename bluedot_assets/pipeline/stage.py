"""A stage of the pipeline: what it makes of a partition, after which others, and which rules judge it; the step of a
run that makes it; and what all stages do alike with what they made.

Each stage itself is in `stages/`; how one becomes a Dagster asset is in `defs/assets`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import Rule, RuleBroken, Verdict
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.pipeline.platform import Platform

if TYPE_CHECKING:
    from bluedot_assets.kernel.bars.tables import Table


@dataclass(frozen=True)
class Work:
    """What a stage's body gets: the partition, and the run that asked for it."""

    platform: Platform
    timeframe: Timeframe
    key: str  # as folders write it, 2024-W31
    run_id: str
    started: datetime
    log: Callable[[str], None]
    accepted: str = ""  # why a person wants it published although it is incomplete

    def warn(self, message: str) -> None:
        """To the run's log and to whoever watches the progress."""
        self.log(message)
        self.platform.progress.warn(message)

    def begin(self, stage: str, files: int) -> None:
        """Tell whoever watches the progress that the stage starts on so many files."""
        self.platform.progress.begin(f"{self.timeframe.name}/{stage}", files)

    def slot(self, stage: str) -> Slot:
        """Where the output of a stage is kept."""
        return Slot(self.timeframe.name, self.key, stage)


@dataclass(frozen=True)
class Rows:
    """Metadata that is shown as a table; the names of the first row are its columns."""

    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Markdown:
    """Metadata that is shown as formatted text."""

    text: str


@dataclass(frozen=True)
class Link:
    """Metadata that leads to a page on the web."""

    url: str


@dataclass(frozen=True)
class Location:
    """Metadata that names a file or folder."""

    path: str


class StoredColumn(NamedTuple):
    """A column of a stored table, as documentation."""

    name: str
    type: str
    meaning: str
    nullable: bool = True


def columns_of(table: "Table") -> tuple[StoredColumn, ...]:
    """Those of a declared table."""
    return tuple(
        StoredColumn(one.name, one.type, one.meaning + (f" ({one.unit})" if one.unit else ""), one.nullable)
        for one in table.columns
    )


@dataclass(frozen=True)
class Done:
    """What a stage's body gives back. `metadata` is for people, what matters most first: numbers, moments, text, Rows,
    Markdown, Link and Location; what is empty is not shown. `record` is for programs."""

    verdicts: Sequence[Verdict]
    metadata: Mapping[str, Any]
    data_version: str | None = None
    record: msgspec.Struct | None = None  # the result for programs; metadata is for people


def commit(work: Work, slot: Slot, staged: Staged, draft: Draft) -> tuple[Manifest, bool]:
    """Store what a stage has staged, if its verdicts let it in: the manifest, and whether anything is new. Raises
    RuleBroken."""
    manifest, changed, damaged = work.platform.outputs.commit(slot, staged, draft)
    if damaged:
        work.warn(f"{damaged} was damaged or gone, and is made anew.")
    return manifest, changed


def commit_output(work: Work, slot: Slot, staged: Staged, draft: Draft, metadata: Mapping[str, Any], path: str) -> Done:
    """The same, as what a stage gives back. Raises RuleBroken."""
    manifest, changed = commit(work, slot, staged, draft)
    return stored_output(work, manifest, metadata, path, changed=changed)


def stored_output(work: Work, made: Manifest, metadata: Mapping[str, Any], path: str, *, changed: bool = False) -> Done:
    """What a stage gives back of an output that is stored."""
    place = f"{work.platform.outputs.store.address}/{path}"
    uri = {"dagster/uri": place} if "://" in place else {}
    all_metadata = {**metadata, "changed": changed, "dagster/size_bytes": made.size, "path": Location(place), **uri}
    return Done(made.verdicts, all_metadata, made.fingerprint)


def store_files(
    work: Work, stage: str, files: Mapping[str, tuple[bytes, int]], draft: Draft, metadata: Mapping[str, Any]
) -> Done:
    """Store small files, each with its number of rows, as the output of a stage, one zip. Raises RuleBroken."""
    slot = work.slot(stage)
    work.begin(stage, len(files))
    with work.platform.outputs.staging() as staged:
        members = [(name, content, rows, "") for name, (content, rows) in files.items()]
        staged.write_zip(f"{slot.folder}/{stage}.zip", members, compress=work.platform.settings.compression)
        done = commit_output(work, slot, staged, draft, metadata, slot.folder)
    work.platform.progress.advance(len(files))
    return done


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline: the asset `<timeframe>/<name>`."""

    name: str
    description: str
    after: Sequence[str]
    checks: Sequence[Rule]
    published_verdicts: Callable[[Work], Sequence[Verdict]] | None = None  # of a stage that stores nothing here
    kinds: frozenset[str] = frozenset()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    columns: Sequence[StoredColumn] = ()  # of the stored table
    publishes: bool = False  # so its freshness tells whether anything runs
    waits_for_others: bool = False  # of two stages that could go on, the other goes first

    @property
    def stored_as(self) -> str:
        """The stage whose outputs say which partitions can be judged: of one that stores nothing here, that before."""
        return self.name if self.published_verdicts is None else self.after[-1]

    def stored_verdicts(self, work: Work) -> Sequence[Verdict]:
        """The verdicts on what there is of the partition. Raises OutputAbsent."""
        if self.published_verdicts is not None:
            return self.published_verdicts(work)
        return work.platform.outputs.require(work.slot(self.name)).verdicts


Made = Iterator[tuple[Stage, Done | RuleBroken]]


@dataclass(frozen=True)
class Step:
    """One step of a run. It makes one stage, or several in one pass over their input: `body` gets those that are
    wanted, and gives each with what became of it, a RuleBroken where its rules did not let it in."""

    name: str
    stages: Sequence[Stage]
    body: Callable[[Work, Sequence[Stage]], Made]
    module: str  # where its body is


def kept_or_refused(make: Callable[[], Done]) -> Done | RuleBroken:
    """What a stage's rules refuse is a result like any other: the step goes on with its other stages."""
    try:
        return make()
    except RuleBroken as broken:
        return broken


def step_of(stage: Stage, body: Callable[[Work], Done], module: str = "") -> Step:
    """The step of a stage that is made by itself; `module` where another is what its results depend on."""

    def make(work: Work, wanted: Sequence[Stage]) -> Made:
        for one in wanted:
            yield one, kept_or_refused(partial(body, work))

    return Step(stage.name, [stage], make, module or body.__module__)
