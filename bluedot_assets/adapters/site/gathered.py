"""A site whose publishes are gathered and carried out as one: of a batch of partitions only what stands on the site in
the end is written. How plans follow each other is in `kernel/site/publication`; who gathers, in
`pipeline/stages/batch`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from bluedot_assets.adapters.local_folders import explained
from bluedot_assets.adapters.site.port import Decide, Site, Snapshot
from bluedot_assets.kernel.errors import BluedotError, PublishRefused
from bluedot_assets.kernel.site.publication import STATUS, Plan, Planned, followed, is_below
from bluedot_assets.kernel.site.rollback_file import ROLLBACK
from bluedot_assets.kernel.stored.manifest import StoredObject

DECIDED_BY: Final = (STATUS, ROLLBACK)  # a plan that was made of these as they stand is still right


@dataclass(frozen=True)
class PlannedSnapshot(Planned):
    """A snapshot of the site as it will stand."""

    site: Snapshot

    @property
    def page(self) -> None:
        return None

    def damaged(self, folder: str, files: Mapping[str, StoredObject]) -> list[str]:
        source = self.source_of(folder)
        return [] if is_below(source, self.plan.folders) else self.site.damaged(source, files)


@dataclass
class GatheredSite:
    """`site` is not asked again from one flush to the next, and neither is its network."""

    site: Site
    _base: Snapshot | None = field(default=None, init=False)
    _plan: Plan | None = field(default=None, init=False)
    _decisions: list[Decide] = field(default_factory=list, init=False)

    @property
    def address(self) -> str:
        return self.site.address

    def require_usable(self) -> None:
        self.site.require_usable()

    @property
    def public(self) -> Snapshot:
        """The site as it stood after the last flush."""
        self._base = self._base or self.site.snapshot()
        return self._base

    def snapshot(self) -> Snapshot:
        """The site as it will stand."""
        return PlannedSnapshot(self.public, self._plan) if self._plan else self.public

    def publish(self, decide: Decide, known: Snapshot | None = None) -> Plan | None:
        """Gather it. `decide` is asked again when somebody else has published before the flush."""
        plan = decide(known or self.snapshot())
        self._decisions.append(decide)
        if plan is not None:
            self._plan = followed(self._plan, plan) if self._plan else plan
        return plan

    def flush(self, message: str) -> Plan | None:
        """Carry out what was gathered, in one plan; the plan. Raises what publishing raises: what may go well another
        time stays gathered, anything else is gone."""
        base, plan, decisions = self.public, self._plan, self._decisions
        if plan is None:
            self._forget()
            return None

        def decide(now: Snapshot) -> Plan | None:
            same = all(now.read(path) == base.read(path) for path in DECIDED_BY)
            whole = plan if same else _decided(decisions, now)
            return replace(whole, message=message) if whole else None

        try:
            done = self.site.publish(decide, base)
        except (BluedotError, OSError, MemoryError) as error:
            if not explained(error).retryable:
                self._forget()
            raise
        self._forget()
        return done

    def _forget(self) -> None:
        self._base, self._plan, self._decisions = None, None, []


def _decided(decisions: list[Decide], now: Snapshot) -> Plan | None:
    whole: Plan | None = None
    for decide in decisions:
        plan = decide(PlannedSnapshot(now, whole) if whole else now)
        if plan is not None:
            whole = followed(whole, plan) if whole else plan
    return whole


class Ahead(msgspec.Struct, frozen=True):
    """What a gathered site will have of small files, for other processes; `flushes` changes with what is public."""

    flushes: int = 0
    files: dict[str, bytes] = {}

    def write(self, file: Path) -> None:
        part = file.with_suffix(".part")
        part.write_bytes(msgspec.msgpack.encode(self))
        part.replace(file)


@dataclass
class AheadSite:
    """A site to read, as the process that gathers its publishes writes it into `file`."""

    site: Site
    file: Path
    _flushes: int = field(default=-1, init=False)
    _base: Snapshot | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        return self.site.address

    def require_usable(self) -> None:
        self.site.require_usable()

    def snapshot(self) -> Snapshot:
        ahead = msgspec.msgpack.decode(self.file.read_bytes(), type=Ahead)
        if self._base is None or ahead.flushes != self._flushes:
            self._base, self._flushes = self.site.snapshot(), ahead.flushes
        return PlannedSnapshot(self._base, Plan("ahead", files=ahead.files))

    def publish(self, decide: Decide, known: Snapshot | None = None) -> Plan | None:
        raise PublishRefused("A process of a batch publishes nothing: the one that started it does.")
