"""Which partitions should run now: the one decider of the sensor, the schedules, CI and `bluedot partitions`. People
touch triggers twice, forget them, upload late and correct files; runs fail. So each content of a partition is requested
until it is published, a few times and ever more patiently, and nothing is started while it still grows. What the source
and the site show is observed in `pipeline/source_observation`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.tree_names import IgnoredName, in_a_sentence
from bluedot_assets.kernel.source.trigger_file import Trigger

COMPARED: Final = {"daily": 3, "weekly": 2}  # newest partitions that are compared with what is published
ABSENT_FOR: Final = timedelta(minutes=30)  # Drive's listings can be that stale
# From each request to the next for the same content. The first is longer than a run, so that none is started twice.
BACKOFF: Final = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
MOST_REQUESTS: Final = 1 + len(BACKOFF)


class Seen(msgspec.Struct, frozen=True):
    """What was seen, a listing or a trigger, and since when it has been the same."""

    fingerprint: str
    since: datetime


class Requested(msgspec.Struct, frozen=True):
    """The content that runs were requested for, how often, and when last."""

    fingerprint: str
    at: datetime
    requests: int = 1
    given_up: bool = False


class Cursor(msgspec.Struct):
    """What a sensor keeps from tick to tick: Dagster's cursor, as JSON."""

    handled: str = ""  # identity of the trigger that was dealt with
    absent: Seen | None = None  # the trigger that names what the source does not have
    compared: datetime | None = msgspec.field(default=None, name="looked")  # last comparison of the newest folders
    listings: dict[str, Seen] = {}
    requested: dict[str, Requested] = msgspec.field(default_factory=dict, name="asked")  # until it is published
    ignored: dict[str, str] = {}  # partition -> its files that are ignored, in a sentence
    schema_version: int = 1


@dataclass(frozen=True)
class FolderListing:
    """A partition's stock files: how many, a fingerprint of their names and contents, the newest modification, their
    bytes. And what lies beside them and is ignored."""

    files: int
    fingerprint: str
    modified: datetime | None = None
    ignored: Sequence[IgnoredName] = ()
    bytes: int = 0


@dataclass(frozen=True)
class ArrivalRules:
    """How patient a caller is."""

    timeframe: Timeframe
    interval: timedelta  # between two listings that count as two
    settle: timedelta  # without a trigger, a listing must have been the same for so long
    keep: int  # dated folders of the site


@dataclass(frozen=True)
class SourceObservation:
    """What source and site show at one moment. `published` maps partitions to the fingerprint of the listing that was
    published; "" is nothing to compare with."""

    trigger: Trigger | None
    listed: Sequence[str]
    listing_of: Callable[[str], FolderListing]
    published: Mapping[str, str]
    now: datetime
    ignored: Sequence[IgnoredName] = ()  # outside of the partitions' folders

    def newest(self, timeframe: Timeframe) -> list[str]:
        """Those of the source whose files are compared with what is published."""
        return sorted(self.listed)[-COMPARED[timeframe.name] :]

    def comparable(self, timeframe: Timeframe) -> list[str]:
        """Those of the newest that were published from a listing that is known."""
        return [key for key in self.newest(timeframe) if self.published.get(key)]

    def is_news(self, key: str, listing: FolderListing) -> bool:
        """Whether the source has another content than was published; nothing was published is another, too."""
        return self.published.get(key) not in {"", listing.fingerprint}


@dataclass(frozen=True)
class RunRequest:
    """A run that should be requested; equal run keys are one run."""

    key: str
    run_key: str
    reason: str


@dataclass
class Decision:
    """The outcome of a tick: runs, sentences for a person (each once), why nothing is done, what of the source is
    ignored, the listings that it read, and the next cursor."""

    cursor: Cursor
    requests: list[RunRequest] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    listings: dict[str, FolderListing] = field(default_factory=dict)


@dataclass
class Ready:
    """What of the wanted partitions can run now, oldest first, and what cannot yet."""

    keys: list[str] = field(default_factory=list)
    growing: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)  # among the others: with fewer files than the trigger expects
    absent: str | None = None  # the trigger names it, and the source does not have it
    ignored: list[IgnoredName] = field(default_factory=list)  # beside the partitions' folders and above
    misnamed: dict[str, Sequence[IgnoredName]] = field(default_factory=dict)  # of what is empty: its ignored files

    @property
    def final(self) -> bool:
        """Whether waiting brings nothing more."""
        return not (self.growing or self.short or self.absent)


def partitions_in_reach(listed: Iterable[str], timeframe: Timeframe, start: date, today: date) -> list[str]:
    """Those of the source's folders that are partitions here: from the one that holds `start` to the current one.
    Dagster refuses a whole tick for one key that it does not know."""
    return [key for key in listed if timeframe.end(key) >= start and timeframe.start(key) <= today]


def partitions_due(listed: Collection[str], published: Collection[str], keep: int) -> list[str]:
    """Keys that the source has and the site should have but has not, oldest first: partitions newer than the newest
    published, or absent within the window of the newest `keep` (older ones the site would drop again at once)."""
    window = sorted({*listed, *published})[-keep:]
    return [key for key in window if key in listed and key not in published]


def ready_now(
    observation: SourceObservation, rules: ArrivalRules, wanted: Iterable[str], listings: dict[str, Seen]
) -> Ready:
    """Of those wanted, what can run: the number of files that the trigger expects is there, or the listing is the same
    as in `listings`, an interval ago. `listings` is brought up to date."""
    trigger, ready = observation.trigger, Ready(ignored=[*observation.ignored])
    if trigger is not None and trigger.problem:
        trigger = None
    for key in sorted(wanted):
        listing, same_for = _observed(listings, key, observation)
        if not observation.is_news(key, listing):
            continue
        expected = trigger.expected_of(key, observation.listed, listing.modified) if trigger else None
        if expected is not None and listing.files < expected:
            ready.short.append(key)
        if not _has_ended(listing, same_for, expected, rules.interval):
            ready.growing.append(key)
        elif listing.files:
            ready.keys.append(key)
        else:
            ready.empty.append(key)
            ready.misnamed[key] = listing.ignored
    named = trigger.key if trigger else None
    # An old name that the source no longer has promises nothing.
    if named and named not in observation.listed and named > max(observation.published, default=""):
        ready.absent = named
    return ready


def _has_ended(listing: FolderListing, same_for: timedelta, expected: int | None, patience: timedelta) -> bool:
    """Whether an upload has: all files that the trigger expects are there, or nothing changed for so long."""
    return (expected is not None and listing.files >= expected) or same_for >= patience


def _observed(listings: dict[str, Seen], key: str, observation: SourceObservation) -> tuple[FolderListing, timedelta]:
    """The partition's listing, and for how long it has been the same; `listings` remembers it."""
    listing = observation.listing_of(key)
    seen = listings.get(key)
    if seen is None or seen.fingerprint != listing.fingerprint:
        seen = listings[key] = Seen(listing.fingerprint, observation.now)
    return listing, observation.now - seen.since


def decide(cursor: Cursor | None, observation: SourceObservation, rules: ArrivalRules) -> Decision:
    """One tick of the sensor. `cursor` None is the first ever: an old trigger then runs only what is missing from the
    site."""
    tick = _Tick(_not_ahead(cursor or Cursor(), observation.now), observation=observation, rules=rules)
    trigger, awaited = observation.trigger, None
    if trigger is not None and trigger.identity != tick.cursor.handled:
        key = trigger.key_among(observation.listed)
        if cursor is None and not trigger.problem and key in observation.published:
            tick.handle(trigger)
        else:
            tick.on_trigger(trigger, key)
        awaited = key if trigger.identity != tick.cursor.handled else None
    tick.on_folders(awaited)
    beside = [in_a_sentence(observation.ignored)] if observation.ignored else []
    tick.ignored = [*beside, *tick.cursor.ignored.values()]
    return tick


@dataclass(kw_only=True)
class _Tick(Decision):
    """A decision in the making; its cursor is a copy."""

    observation: SourceObservation
    rules: ArrivalRules

    @property
    def trigger_name(self) -> str:
        return f"triggers/{self.rules.timeframe.name}_ready.txt"

    def handle(self, trigger: Trigger) -> None:
        self.cursor.handled, self.cursor.absent = trigger.identity, None

    def on_trigger(self, trigger: Trigger, key: str) -> None:
        """A touch that was not dealt with yet."""
        now, absent = self.observation.now, self.cursor.absent
        if trigger.problem:
            problem = f"{self.trigger_name} is not understood: {trigger.problem}. Correct it and touch it again."
            self.reports.append(problem)
            self.handle(trigger)
        elif key not in self.observation.listed:
            if absent is None or absent.fingerprint != trigger.identity:
                absent = self.cursor.absent = Seen(trigger.identity, now)
            names = f" names {key}, which the source does not have" if key else ": there is no folder at all"
            if now - absent.since >= ABSENT_FOR:
                remedy = "upload the folder or correct the file, and touch it again."
                self.reports.append(f"{self.trigger_name}{names}: {remedy}")
                self.handle(trigger)
            else:
                until = f"{absent.since + ABSENT_FOR:%H:%M}"
                self.waiting.append(f"{self.trigger_name}{names} yet; looked at again until {until} UTC.")
        else:
            self.cursor.absent = None
            listing, same_for = self._observed(key)
            expected = trigger.expected
            patience = self.rules.interval if expected is None else self.rules.settle
            if _has_ended(listing, same_for, expected, patience):
                self._request(key, trigger.identity, "trigger", Requested(listing.fingerprint, now))
                self.handle(trigger)
            else:
                of = f" of {expected}" if expected is not None else ""
                self.waiting.append(f"{key} has {listing.files}{of} files and may still grow.")

    def on_folders(self, awaited: str | None) -> None:
        """Folders without a trigger, files that came or changed after they were published, and runs that failed;
        `awaited` is the trigger's business, and an old gap the schedule's."""
        seen, rules, cursor = self.observation, self.rules, self.cursor
        if cursor.compared is not None and seen.now - cursor.compared < min(rules.settle / 4, timedelta(minutes=5)):
            return
        newest, newest_published = seen.newest(rules.timeframe), max(seen.published, default="")
        # An older one than the site would keep is never published, however often it is run.
        kept = {key for key in cursor.requested if key in sorted({*seen.published, key})[-rules.keep :]}
        pending = kept & {*seen.listed}
        for key in sorted({*newest, *pending}):
            if key != awaited and (key in seen.published or key >= newest_published or key in pending):
                self._on_folder(key)
        unanswered = {key for key in pending if key in cursor.requested and not cursor.requested[key].given_up}
        remembered = {*newest, awaited, *unanswered}
        cursor.compared = seen.now
        cursor.listings = {key: one for key, one in cursor.listings.items() if key in remembered}
        cursor.requested = {key: one for key, one in cursor.requested.items() if key in remembered}
        cursor.ignored = {key: one for key, one in cursor.ignored.items() if key in remembered}

    def _observed(self, key: str) -> tuple[FolderListing, timedelta]:
        """As `_observed`; what is ignored is remembered for the ticks that do not compare."""
        listing, same_for = _observed(self.cursor.listings, key, self.observation)
        self.listings[key] = listing
        self.cursor.ignored.pop(key, None)
        if listing.ignored:
            self.cursor.ignored[key] = in_a_sentence(listing.ignored)
        return listing, same_for

    def _on_folder(self, key: str) -> None:
        listing, same_for = self._observed(key)
        known, requested = self.observation.published.get(key), self.cursor.requested.get(key)
        if listing.fingerprint == known:
            self.cursor.requested.pop(key, None)  # if this content is replaced and comes back, it is requested anew
        elif not listing.files:
            return
        elif requested is not None and requested.fingerprint == listing.fingerprint:
            self._request_again(key, requested)
        elif self.observation.is_news(key, listing):
            reason = "without trigger" if known is None else "files changed since it was published"
            if _has_ended(listing, same_for, None, max(self.rules.settle, self.rules.interval)):
                self._request(key, self._content(key), reason, Requested(listing.fingerprint, self.observation.now))
            else:
                self.waiting.append(f"{key} ({reason}) is watched until it stays the same.")

    def _request_again(self, key: str, last: Requested) -> None:
        """What was requested is not published: its run goes on, waits, or failed."""
        final, now = last.requests >= MOST_REQUESTS, self.observation.now
        due = last.at + (BACKOFF[0] if final else BACKOFF[last.requests - 1])
        if last.given_up:
            self.waiting.append(f"{key} is given up until its files change or {self.trigger_name} is touched.")
        elif now < due:
            until = "given up" if final else "asked for again"
            self.waiting.append(f"{key} was asked for, and is {until} if it is not published by {due:%H:%M} UTC.")
        elif final:
            self.reports.append(
                f"{key} was asked for {last.requests} times and is still not published as the source has it. Look at "
                f"why its runs failed; then correct its files, or write {key} into {self.trigger_name}."
            )
            self.cursor.requested[key] = msgspec.structs.replace(last, given_up=True)
        else:
            again = msgspec.structs.replace(last, at=now, requests=last.requests + 1)
            reason = f"not published after {last.requests} of {MOST_REQUESTS} requests"
            self._request(key, f"{self._content(key)}:{again.requests}", reason, again)

    def _content(self, key: str) -> str:
        """The partition's present content, for a run_key. Dagster runs one once for ever, and a correction may be
        taken back: so the moment since which it stands belongs to it. A tick repeated after a crash says the same."""
        seen = self.cursor.listings[key]
        return f"{seen.fingerprint}:{seen.since.timestamp():.0f}"

    def _request(self, key: str, version: str, reason: str, record: Requested) -> None:
        self.requests.append(RunRequest(key, f"{self.rules.timeframe.name}:{key}:{version}", reason))
        self.cursor.requested[key] = record


def _not_ahead(cursor: Cursor, now: datetime) -> Cursor:
    """A copy without moments that are still to come: the clock was ahead, and all would wait for it."""

    def seen(one: Seen) -> Seen:
        return msgspec.structs.replace(one, since=min(one.since, now))

    return msgspec.structs.replace(
        cursor,
        absent=seen(cursor.absent) if cursor.absent else None,
        compared=min(cursor.compared, now) if cursor.compared else None,
        listings={key: seen(one) for key, one in cursor.listings.items()},
        ignored=dict(cursor.ignored),
        requested={key: msgspec.structs.replace(one, at=min(one.at, now)) for key, one in cursor.requested.items()},
    )
