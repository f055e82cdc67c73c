"""A stage of the pipeline: what it makes of a partition, after which others, and which rules judge it.

How a stage becomes a Dagster asset is in `defs/assets`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.pipeline.platform import Platform


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


@dataclass(frozen=True)
class Rows:
    """Metadata that is shown as a table; the names of the first row are its columns."""

    rows: Sequence[Mapping[str, Any]]


class StoredColumn(NamedTuple):
    """A column of a stored table, as documentation."""

    name: str
    type: str
    meaning: str
    nullable: bool = True


@dataclass(frozen=True)
class Done:
    """What a stage's body gives back."""

    verdicts: Sequence[Verdict]
    metadata: Mapping[str, Any]
    data_version: str | None = None
    record: msgspec.Struct | None = None  # the result for programs; metadata is for people


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline: the asset `<timeframe>/<name>`."""

    name: str
    description: str
    after: Sequence[str]
    checks: Mapping[str, str]  # rule -> what it says
    body: Callable[[Work], Done]
    stored_verdicts: Callable[[Work], Sequence[Verdict]]
    kinds: frozenset[str] = frozenset()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    columns: Sequence[StoredColumn] = ()  # of the stored table
    publishes: bool = False  # so its freshness tells whether anything runs
    waits_for_others: bool = False  # of two stages that could go on, the other goes first
    timeframes: frozenset[str] = frozenset(TIMEFRAMES)  # whose graph has it
    after_in: Mapping[str, Sequence[str]] = field(default_factory=dict)  # more that it comes after, by timeframe

    def after_of(self, timeframe: Timeframe) -> list[str]:
        """The stages of that timeframe that it comes after."""
        return [*self.after, *self.after_in.get(timeframe.name, ())]
