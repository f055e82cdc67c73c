"""`status.json`: the state of the public site, kept in the site itself, and how each event changes it. Pages and
monitors read it, so a run on a bare machine needs nothing else. When each event happens is decided in
`publish_plan`."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, Literal, TypeVar

import msgspec
from msgspec import structs

from bluedot_assets.kernel.calendar.due_times import Timetable, due_at, late_after, next_partition
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import PublishRefused

RUNS_KEPT: Final = 60
FAILURES_KEPT: Final = 20


class SiteFile(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON file in which the site keeps a state, in lines and in the order of its keys, so that git stores little."""

    schema_version: int = 1

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1) + b"\n"


_File = TypeVar("_File", bound=SiteFile)


def decode_file(kind: type[_File], content: bytes | None, name: str, remedy: str) -> _File:
    """An absent file is an empty one. Raises PublishRefused on a broken one: its content must not be lost."""
    try:
        return kind() if content is None else msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise PublishRefused(f"The site's {name} cannot be read ({error}): {remedy}.") from None


class Mirror(msgspec.Struct, frozen=True):
    """A path of the site that is a copy of a subfolder of the dated folder, while `latest` shows that one."""

    folder: str
    bytes: int


class Accepted(msgspec.Struct, frozen=True):
    """A person let an incomplete folder through."""

    reason: str
    expected: int  # files that it should have had
    missing: list[str]  # files, or stocks of the partition before
    unnamed: int = 0  # missing ones that nobody knows the names of


class Folder(msgspec.Struct, frozen=True):
    """A dated folder of the site."""

    made_at: datetime
    files: int
    bytes: int
    fingerprint: str  # of its index.json without made-at, of its dashboard.json and its other small files
    listing: str = ""  # fingerprint of the source's listing that it was made from
    mirrors: dict[str, Mirror] = {}  # by path of the site; a path belongs to one timeframe
    accepted: Accepted | None = None  # its next complete publish lifts this


class RejectedFile(msgspec.Struct, frozen=True):
    file: str
    reason: str


class CheckResult(msgspec.Struct, frozen=True):
    check: str  # asset and rule, `daily/bars accepted`
    passed: bool
    severity: str
    message: str


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the history: a publish that changed something, or a failure."""

    partition: str
    outcome: Literal["published", "incomplete", "failed"]
    at: datetime
    run_id: str
    duration_s: float | None = None
    stocks: int = 0
    csvs: int = 0
    rejected: int = 0
    reason: str = ""


class RolledBack(msgspec.Struct, frozen=True, kw_only=True):
    """A person let `latest` show an earlier folder."""

    to: str
    withdrawn: str  # the folder that was newest then; it stays in its place, and a newer publish or its own lifts this
    at: datetime
    reason: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says of the folder that `latest` shows."""

    complete: bool = False
    stocks: int = 0
    csvs: int = 0
    expected: int = 0
    sample: bool = False
    bulk: str | None = None  # sha256 of the bars table beside the folders
    bulk_bytes: int = 0
    rejected: list[RejectedFile] = []
    checks: list[CheckResult] = []


class TimeframeStatus(Shown, frozen=True, kw_only=True):
    """One timeframe of the site. `latest` shows the folder `as_of`: the newest one unless it was rolled back."""

    as_of: str | None = None
    updated_at: datetime | None = None  # when what `latest` shows last changed
    due: str | None = None  # the partition that should follow the newest folder
    due_at: datetime | None = None  # the scheduled run that should publish it
    late_after: datetime | None = None  # from then on whoever reads this calls the site late
    calendars: dict[str, date | None] = {}  # up to when the holidays of those in use are known; None: no end
    rolled_back: RolledBack | None = None
    budget_floor: str = ""  # this folder and older ones had no room in the budget: they are not due
    failures: dict[str, Run] = {}  # the last one of each partition, newest first, until that one is published
    folders: dict[str, Folder] = {}
    runs: list[Run] = []  # newest first

    @property
    def mirrors(self) -> dict[str, Mirror]:
        """Those that stand on the site: of the folder that `latest` shows."""
        shown = self.folders.get(self.as_of or "")
        return shown.mirrors if shown else {}

    def published(self, listed: Iterable[str]) -> dict[str, str]:
        """What counts as published where the source has `listed`, with the fingerprint of its listing; "" is nothing
        to compare with, as of those that the budget had no room for."""
        without_room = {key: "" for key in listed if key <= self.budget_floor}
        return without_room | {key: folder.listing for key, folder in self.folders.items()}


class FailedDelivery(msgspec.Struct, frozen=True):
    """A message to people that some receivers did not take: those by name, with the reason."""

    title: str
    since: datetime
    receivers: dict[str, str]


class Status(SiteFile, frozen=True, kw_only=True):
    timeframes: dict[str, TimeframeStatus] = {}
    undelivered: list[FailedDelivery] = []

    def of(self, timeframe: str) -> TimeframeStatus:
        return self.timeframes.get(timeframe) or TimeframeStatus()

    def replaced(self, timeframe: str, state: TimeframeStatus) -> "Status":
        return structs.replace(self, timeframes={**self.timeframes, timeframe: state})

    def without(self, timeframes: Sequence[str]) -> "Status":
        left = {name: state for name, state in self.timeframes.items() if name not in timeframes}
        return structs.replace(self, timeframes=left)


def decode_status(content: bytes | None) -> Status:
    """An absent file is an empty site. Raises PublishRefused on a broken one."""
    return decode_file(Status, content, "status.json", "restore it, or publish to a new place (BLUEDOT_SITE)")


def decode_state(content: bytes | None, timeframe: str) -> TimeframeStatus:
    """The same of one timeframe."""
    return decode_status(content).of(timeframe)


def with_failure(status: Status, timeframe: str, failure: Run) -> Status:
    """`status` after a failed run; unchanged when that run is known already."""
    state = status.of(timeframe)
    if any(run.run_id == failure.run_id and run.partition == failure.partition for run in state.runs):
        return status
    failures = sorted({**state.failures, failure.partition: failure}.items(), reverse=True)[:FAILURES_KEPT]
    return status.replaced(
        timeframe, structs.replace(state, runs=[failure, *state.runs][:RUNS_KEPT], failures=dict(failures))
    )


def with_publication(
    status: Status,
    timeframe: str,
    run: Run,
    folder: Folder,
    shown: Shown,
    dropped: Sequence[str],
    rolled_back: RolledBack | None = None,
) -> Status:
    """`status` after `run` published `folder`, without what there is of `dropped` partitions; `rolled_back` is in
    force. Equal content adds no run and keeps every time; it still lifts the partition's failure."""
    state = status.of(timeframe)
    known = state.folders.get(run.partition)
    folders = {key: value for key, value in state.folders.items() if key not in dropped}
    changed = known is None or known.fingerprint != folder.fingerprint
    folders[run.partition] = (
        folder if known is None or changed else structs.replace(known, listing=folder.listing, accepted=folder.accepted)
    )
    newest = max(folders)
    showing = rolled_back.to if rolled_back else newest
    after = structs.replace(
        state,
        folders=dict(sorted(folders.items(), reverse=True)),
        failures={key: one for key, one in state.failures.items() if key not in {run.partition, *dropped}},
        runs=[run, *state.runs][:RUNS_KEPT] if changed else state.runs,
        rolled_back=rolled_back,
    )
    if showing == run.partition:
        after = structs.replace(
            after,
            as_of=showing,
            updated_at=run.at if changed or state.as_of != showing else state.updated_at,
            **structs.asdict(shown),
        )
    return status.replaced(timeframe, after)


def with_due_times(status: Status, timeframe: str, published: str, timetable: Timetable) -> Status:
    """`status` with what comes after its newest folder, and how far the calendars reach that say so; an older date that
    is `published` moves nothing, for its exchanges may be others than the newest one's."""
    state, frame = status.of(timeframe), TIMEFRAMES[timeframe]
    newest = max(state.folders)
    if newest != published and state.due_at is not None:
        return status
    after = structs.replace(
        state,
        due=next_partition(frame, newest, timetable.days),
        due_at=due_at(frame, newest, timetable),
        late_after=late_after(frame, newest, timetable),
        calendars=timetable.days.ends,
    )
    return status.replaced(timeframe, after)
