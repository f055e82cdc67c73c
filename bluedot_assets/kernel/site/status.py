"""`status.json`: the state of the public site, kept in the site itself, and how each event changes it. Pages and
monitors read it, so a run on a bare machine needs nothing else. When each event happens is decided in
`publish_plan`."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, structs

from bluedot_assets.kernel.calendar.due_times import Timetable, due_at, late_after, next_partition
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import NewerVersion, PublishRefused
from bluedot_assets.kernel.site.addresses import without_users
from bluedot_assets.kernel.stored.versions import SchemaVersion, decode

RUNS_KEPT: Final = 60
FAILURES_KEPT: Final = 20
# An empty object and no deletion: a branch without the file counts as somebody else's.
STATUS_REMEDY: Final = (
    "restore it, or write {} into it and run `bluedot run --partition all`; then the list of earlier runs is lost, and "
    "of the dated folders only those are listed that the source still has"
)


Instant = Annotated[datetime, Meta(tz=True)]  # UTC


class SiteFile(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON file in which the site keeps a state, in lines and in the order of its keys, so that git stores little."""

    schema_version: SchemaVersion = 1

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1) + b"\n"


_File = TypeVar("_File", bound=SiteFile)


def cleaned(content: bytes) -> bytes:
    """A state that an earlier version wrote, without the users and passwords of the addresses in it."""
    return without_users(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def decode_file(kind: type[_File], content: bytes | None, name: str, remedy: str) -> _File:
    """An absent file is an empty one; what may be secret is left out, so that the next write cleans it. Raises
    PublishRefused on a broken one, for its content must not be lost, and NewerVersion."""
    try:
        return kind() if content is None else decode(kind, cleaned(content), f"The site's {name}")
    except msgspec.DecodeError as error:
        raise PublishRefused(f"The site's {name} cannot be read ({error}): {remedy}.") from None


class Mirror(msgspec.Struct, frozen=True):
    """A path of the site that is a copy of a subfolder of the dated folder, while `latest` shows that one."""

    folder: Annotated[str, Meta(description="The subfolder of the dated folder.")]
    bytes: Annotated[int, Meta(description="Of all its files.")]


class Accepted(msgspec.Struct, frozen=True):
    """A person let an incomplete folder through."""

    reason: Annotated[str, Meta(description="As the person wrote it.")]
    expected: Annotated[int, Meta(description="Files that the folder should have had.")]
    missing: Annotated[list[str], Meta(description="Names of files, or symbols of the partition before.")]
    unnamed: Annotated[int, Meta(description="Missing ones that nobody knows the names of.")] = 0


class TableEntry(msgspec.Struct, frozen=True):
    """A Parquet file of the site."""

    bytes: Annotated[int, Meta(description="Its size.")]
    sha256: Annotated[str, Meta(description="Of its bytes.")]
    rows: Annotated[int, Meta(description="Of the table.")]


class ShownHistory(msgspec.Struct, frozen=True):
    """What stands in `history/`."""

    files: Annotated[dict[str, TableEntry], Meta(description="Its tables by name, as in history.json.")]
    answers: Annotated[int, Meta(description="Files of the vendor that it is made of: of two the one with more stays.")]
    outcomes: Annotated[str, Meta(description="Digest of all that outcomes.json is made of and by.")]
    rebuilt: Annotated[Instant | None, Meta(description="When a person last had it made anew.")] = None
    version: Annotated[int, Meta(description="Of the files in `history/`: who knows a lower one leaves them.")] = 1

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.files.values())


class Folder(msgspec.Struct, frozen=True):
    """A dated folder of the site."""

    made_at: Annotated[Instant, Meta(description="When its content last changed.")]
    files: Annotated[int, Meta(description="How many it has.")]
    bytes: Annotated[int, Meta(description="Of all of them.")]
    fingerprint: Annotated[
        str, Meta(description="Of its index.json without made-at, of its dashboard.json and its other small files.")
    ]
    listing: Annotated[str, Meta(description="Fingerprint of the source's listing that it was made from.")] = ""
    mirrors: Annotated[
        dict[str, Mirror], Meta(description="By path of the site; a path belongs to one timeframe.")
    ] = {}
    accepted: Annotated[Accepted | None, Meta(description="The next complete publish lifts this.")] = None


class RejectedFile(msgspec.Struct, frozen=True):
    """A file of the source that could not be used."""

    file: Annotated[str, Meta(description="Its name at the source.")]
    reason: Annotated[str, Meta(description="What is wrong with it.")]


class CheckResult(msgspec.Struct, frozen=True):
    """What a check found (docs: Checks)."""

    check: Annotated[str, Meta(description="Asset and rule, `daily/bars accepted`.")]
    passed: Annotated[bool, Meta(description="False is a finding.")]
    severity: Annotated[str, Meta(description="`error` or `warning`.")]
    message: Annotated[str, Meta(description="A sentence.")]


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the history: a publish that changed something, or a failure."""

    partition: Annotated[str, Meta(description="2024-08-02 or 2024-W31.")]
    outcome: Annotated[
        Literal["published", "incomplete", "failed"],
        Meta(description="`incomplete` is published with fewer stocks than files."),
    ]
    at: Annotated[Instant, Meta(description="When it ended.")]
    run_id: Annotated[str, Meta(description="Dagster's.")]
    duration_s: Annotated[float | None, Meta(description="Seconds; null where nobody measured.")] = None
    stocks: Annotated[int, Meta(description="Published ones.")] = 0
    csvs: Annotated[int, Meta(description="Published ones.")] = 0
    rejected: Annotated[int, Meta(description="Files that could not be used.")] = 0
    reason: Annotated[str, Meta(description="Why it failed, or why a person let it through.")] = ""


class RolledBack(msgspec.Struct, frozen=True, kw_only=True):
    """A person let `latest` show an earlier folder."""

    to: Annotated[str, Meta(description="The folder that `latest` shows.")]
    withdrawn: Annotated[
        str, Meta(description="The folder that was newest then; a newer publish, or its own again, lifts this.")
    ]
    at: Annotated[Instant, Meta(description="When a person did it.")]
    reason: Annotated[str, Meta(description="As the person wrote it.")] = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says of the folder that `latest` shows."""

    complete: Annotated[bool, Meta(description="No file is missing and every one gave a stock.")] = False
    stocks: Annotated[int, Meta(description="In `latest`.")] = 0
    csvs: Annotated[int, Meta(description="In `latest`.")] = 0
    expected: Annotated[int, Meta(description="Files that the partition should have.")] = 0
    sample: Annotated[bool, Meta(description="Made-up data.")] = False
    bulk: Annotated[
        str | None,
        Meta(description="sha256 of the table that earlier versions put beside the folders: it goes with a publish."),
    ] = None
    rejected: Annotated[list[RejectedFile], Meta(description="Files that could not be used.")] = []
    checks: Annotated[list[CheckResult], Meta(description="Of the run that published it.")] = []


class TimeframeStatus(Shown, frozen=True, kw_only=True):
    """One timeframe of the site. `latest` shows the folder `as_of`: the newest one unless it was rolled back."""

    as_of: Annotated[str | None, Meta(description="The folder that `latest` shows; null before the first publish.")] = (
        None
    )
    updated_at: Annotated[Instant | None, Meta(description="When what `latest` shows last changed.")] = None
    due: Annotated[str | None, Meta(description="The partition that should follow the newest folder.")] = None
    due_at: Annotated[Instant | None, Meta(description="The scheduled run that should publish it.")] = None
    late_after: Annotated[Instant | None, Meta(description="From then on whoever reads this calls the site late.")] = (
        None
    )
    calendars: Annotated[
        dict[str, date | None],
        Meta(description="By market code: up to when the holidays of those in use are known; null is without end."),
    ] = {}
    rolled_back: Annotated[
        RolledBack | None, Meta(description="Null unless a person let `latest` show an earlier folder.")
    ] = None
    budget_floor: Annotated[
        str, Meta(description="This folder and older ones had no room in the budget: they are not due.")
    ] = ""
    history: Annotated[ShownHistory, Meta(description="What stands in `history/`.")] = ShownHistory({}, 0, "")
    failures: Annotated[
        dict[str, Run], Meta(description="The last one of each partition, newest first, until that one is published.")
    ] = {}
    folders: Annotated[dict[str, Folder], Meta(description="The dated folders by their names, newest first.")] = {}
    runs: Annotated[list[Run], Meta(description="The newest first, 60 at most.")] = []

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

    title: Annotated[str, Meta(description="Of the message.")]
    since: Annotated[Instant, Meta(description="The first try.")]
    receivers: Annotated[dict[str, str], Meta(description="By name (`Slack 1`), with the reason.")]


class Status(SiteFile, frozen=True, kw_only=True):
    """The state of the site: what stands on it, what is due, what failed."""

    timeframes: Annotated[
        dict[str, TimeframeStatus], Meta(description="`daily` and `weekly`, as far as they are published.")
    ] = {}
    undelivered: Annotated[list[FailedDelivery], Meta(description="Messages that some receivers did not take.")] = []

    def __post_init__(self) -> None:
        """Raises ValueError, which is a DecodeError to who reads a file: every publish asks when each folder ends; and
        NewerVersion for a timeframe that this installation does not know."""
        for name, state in self.timeframes.items():
            if name not in TIMEFRAMES:
                raise NewerVersion(
                    f"The site's status.json has the timeframe {name!r}, which this bluedot does not know: upgrade "
                    "this installation (documentation: Upgrading). Nothing was changed."
                )
            if bad := [key for key in state.folders if not TIMEFRAMES[name].is_key(key)]:
                raise ValueError(f"{bad[0]!r} is no {name} partition")

    def of(self, timeframe: str) -> TimeframeStatus:
        return self.timeframes.get(timeframe) or TimeframeStatus()

    def replaced(self, timeframe: str, state: TimeframeStatus) -> "Status":
        return structs.replace(self, timeframes={**self.timeframes, timeframe: state})

    def without(self, timeframes: Sequence[str]) -> "Status":
        left = {name: state for name, state in self.timeframes.items() if name not in timeframes}
        return structs.replace(self, timeframes=left)


def decode_status(content: bytes | None) -> Status:
    """An absent file is an empty site. Raises PublishRefused on a broken one."""
    return decode_file(Status, content, "status.json", STATUS_REMEDY)


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
