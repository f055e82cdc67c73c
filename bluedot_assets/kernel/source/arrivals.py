"""What a sensor makes of what it sees: the trigger file, the folders and what is published, to runs and reports.

People touch the trigger, touch it again, forget it, name a folder that the listing does not show yet, upload late and
correct files; runs fail. Each content of a partition is asked for until it is published, a few times and ever more
patiently; nothing is started while it still grows."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.trigger_file import Trigger

LOOKED_AT: Final = {"daily": 3, "weekly": 2}  # newest partitions that are compared with what is published
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


class Cursor(msgspec.Struct, frozen=True):
    """What a sensor remembers from tick to tick: Dagster's cursor."""

    handled: str = ""  # identity of the trigger that was dealt with
    absent: Seen | None = None  # the trigger that names what the source does not have
    looked: datetime | None = None  # last comparison of the newest folders
    listings: dict[str, Seen] = {}
    asked: dict[str, Requested] = {}  # by partition, until it is published


@dataclass(frozen=True)
class FolderListing:
    """A partition's stock files: how many, and a fingerprint of their names and contents."""

    files: int
    fingerprint: str


@dataclass(frozen=True)
class ArrivalRules:
    """How patient the sensor is."""

    timeframe: Timeframe
    interval: timedelta  # between two listings that count as two
    settle: timedelta  # without a trigger, a listing must have been the same for so long
    keep: int  # dated folders of the site


@dataclass(frozen=True)
class SourceObservation:
    """What there is to see in one tick. `published` maps partitions to the fingerprint that was published."""

    trigger: Trigger | None
    listed: Sequence[str]
    listing_of: Callable[[str], FolderListing]
    published: Mapping[str, str]
    now: datetime


@dataclass(frozen=True)
class RunRequest:
    """A run that should be requested; equal run keys are one run."""

    key: str
    run_key: str
    reason: str


@dataclass
class Decision:
    """The outcome of a tick: runs, sentences for a person (each said once), why nothing is done, and the memory."""

    memory: Cursor
    wishes: list[RunRequest] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def listing_fingerprint(files: Iterable[tuple[str, str]]) -> str:
    """Of (name, content) pairs in any order; content is the md5, or whatever stands for it at the source."""
    return sha256(repr(sorted(files)).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def decide(memory: Cursor | None, sight: SourceObservation, rules: ArrivalRules) -> Decision:
    """One tick. `memory` None is the first sight ever: an old trigger then runs only what the site lacks."""
    decision = Decision(_not_ahead(memory or Cursor(), sight.now))
    trigger = sight.trigger
    if trigger is not None and trigger.identity != decision.memory.handled:
        key = trigger.key or max(sight.listed, default="")
        if memory is None and not trigger.problem and key in sight.published:
            _handled(decision, trigger)
        else:
            _on_trigger(decision, trigger, key, sight, rules)
    _on_folders(decision, sight, rules)
    return decision


def _on_trigger(decision: Decision, trigger: Trigger, key: str, sight: SourceObservation, rules: ArrivalRules) -> None:
    name = f"triggers/{rules.timeframe.name}_ready.txt"
    if trigger.problem:
        decision.reports.append(f"{name} is not understood: {trigger.problem}. Correct it and touch it again.")
        _handled(decision, trigger)
    elif key not in sight.listed:
        absent = decision.memory.absent
        since = absent.since if absent and absent.fingerprint == trigger.identity else sight.now
        decision.memory = msgspec.structs.replace(decision.memory, absent=Seen(trigger.identity, since))
        what = f"{name} names {key}, which the source does not have" if key else f"{name}: there is no folder at all"
        if sight.now - since >= ABSENT_FOR:
            decision.reports.append(f"{what}: upload the folder or correct the file, and touch it again.")
            _handled(decision, trigger)
        else:
            decision.waiting.append(f"{what} yet; looked at again until {since + ABSENT_FOR:%H:%M} UTC.")
    else:
        decision.memory = msgspec.structs.replace(decision.memory, absent=None)
        listing, same_for = _observe(decision, key, sight)
        told = trigger.expected is not None and listing.files >= trigger.expected
        if told or same_for >= (rules.interval if trigger.expected is None else rules.settle):
            wish = RunRequest(key, f"{rules.timeframe.name}:{key}:{trigger.identity}", "trigger")
            _ask(decision, wish, Requested(listing.fingerprint, sight.now))
            _handled(decision, trigger)
        else:
            of = f" of {trigger.expected}" if trigger.expected is not None else ""
            decision.waiting.append(f"{key} has {listing.files}{of} files and may still grow.")


def _on_folders(decision: Decision, sight: SourceObservation, rules: ArrivalRules) -> None:
    """Folders without a trigger, files that came or changed after they were published, and runs that failed."""
    memory = decision.memory
    if memory.looked is not None and sight.now - memory.looked < min(rules.settle / 4, timedelta(minutes=5)):
        return
    newest_published = max(sight.published, default="")
    trigger = sight.trigger
    awaited = None
    if trigger is not None and trigger.identity != memory.handled:
        awaited = trigger.key or max(sight.listed, default=None)
    newest = sorted(sight.listed)[-LOOKED_AT[rules.timeframe.name] :]
    pending = {key for key in memory.asked if key in sight.listed and _stays(key, sight, rules)}
    for key in sorted({*newest, *pending}):
        if key == awaited or (key not in sight.published and key < newest_published and key not in pending):
            continue  # the trigger's business, or an old gap: the schedule's
        _on_folder(decision, key, sight, rules)
    open_requests = {key for key in pending if (asked := decision.memory.asked.get(key)) and not asked.given_up}
    _forget(decision, {*newest, awaited, *open_requests}, sight.now)


def _on_folder(decision: Decision, key: str, sight: SourceObservation, rules: ArrivalRules) -> None:
    listing, same_for = _observe(decision, key, sight)
    known = sight.published.get(key)
    asked = decision.memory.asked.get(key)
    if listing.fingerprint == known:
        _record(decision, key, None)  # if this content is ever replaced and comes back, it is asked for anew
    elif not listing.files:
        return
    elif asked is not None and asked.fingerprint == listing.fingerprint:
        _ask_again(decision, key, asked, sight, rules)
    elif known != "":  # published before listings were remembered: nothing to compare with
        reason = "without trigger" if known is None else "files changed since it was published"
        if same_for >= max(rules.settle, rules.interval):
            run_key = _run_key(decision, key, rules)
            _ask(decision, RunRequest(key, run_key, reason), Requested(listing.fingerprint, sight.now))
        else:
            decision.waiting.append(f"{key} ({reason}) is watched until it stays the same.")


def _ask_again(decision: Decision, key: str, asked: Requested, sight: SourceObservation, rules: ArrivalRules) -> None:
    """What was asked for is not published: its run goes on, waits, or failed."""
    final = asked.requests >= MOST_REQUESTS
    due = asked.at + (BACKOFF[0] if final else BACKOFF[asked.requests - 1])
    name = f"triggers/{rules.timeframe.name}_ready.txt"
    if asked.given_up:
        decision.waiting.append(f"{key} is given up until its files change or {name} is touched.")
    elif sight.now < due:
        until = "given up" if final else "asked for again"
        decision.waiting.append(f"{key} was asked for, and is {until} if it is not published by {due:%H:%M} UTC.")
    elif final:
        decision.reports.append(
            f"{key} was asked for {asked.requests} times and is still not published as the source has it. Look at why "
            f"its runs failed; then correct its files, or write {key} into {name}."
        )
        _record(decision, key, msgspec.structs.replace(asked, given_up=True))
    else:
        again = msgspec.structs.replace(asked, at=sight.now, requests=asked.requests + 1)
        reason = f"not published after {asked.requests} of {MOST_REQUESTS} requests"
        _ask(decision, RunRequest(key, f"{_run_key(decision, key, rules)}:{again.requests}", reason), again)


def _stays(key: str, sight: SourceObservation, rules: ArrivalRules) -> bool:
    """Whether the site would keep its folder: an older one is never published, however often it is run."""
    return key in sorted({*sight.published, key})[-rules.keep :]


def _run_key(decision: Decision, key: str, rules: ArrivalRules) -> str:
    """Of the partition's present content. Dagster runs a run_key once for ever, and a correction may be taken back:
    so the moment since which the content stands belongs to it. Asking again after a crash gives the same key."""
    seen = decision.memory.listings[key]
    return f"{rules.timeframe.name}:{key}:{seen.fingerprint}:{seen.since.timestamp():.0f}"


def _observe(decision: Decision, key: str, sight: SourceObservation) -> tuple[FolderListing, timedelta]:
    """The partition's listing, and for how long it has been the same."""
    listing = sight.listing_of(key)
    seen = decision.memory.listings.get(key)
    if seen is None or seen.fingerprint != listing.fingerprint:
        seen = Seen(listing.fingerprint, sight.now)
        listings = {**decision.memory.listings, key: seen}
        decision.memory = msgspec.structs.replace(decision.memory, listings=listings)
    return listing, sight.now - seen.since


def _ask(decision: Decision, wish: RunRequest, asked: Requested) -> None:
    decision.wishes.append(wish)
    _record(decision, wish.key, asked)


def _record(decision: Decision, key: str, asked: Requested | None) -> None:
    others = {other: one for other, one in decision.memory.asked.items() if other != key}
    everything = others if asked is None else {**others, key: asked}
    decision.memory = msgspec.structs.replace(decision.memory, asked=everything)


def _handled(decision: Decision, trigger: Trigger) -> None:
    decision.memory = msgspec.structs.replace(decision.memory, handled=trigger.identity, absent=None)


def _forget(decision: Decision, kept: Collection[str | None], now: datetime) -> None:
    memory = decision.memory
    decision.memory = msgspec.structs.replace(
        memory,
        looked=now,
        listings={key: seen for key, seen in memory.listings.items() if key in kept},
        asked={key: asked for key, asked in memory.asked.items() if key in kept},
    )


def _not_ahead(memory: Cursor, now: datetime) -> Cursor:
    """`memory` without moments that are still to come: the clock was ahead, and all would wait for it."""

    def seen(one: Seen) -> Seen:
        return msgspec.structs.replace(one, since=min(one.since, now))

    return msgspec.structs.replace(
        memory,
        absent=seen(memory.absent) if memory.absent else None,
        looked=min(memory.looked, now) if memory.looked else None,
        listings={key: seen(one) for key, one in memory.listings.items()},
        asked={key: msgspec.structs.replace(one, at=min(one.at, now)) for key, one in memory.asked.items()},
    )


MOST_AT_ONCE: Final = 10


def partitions_in_reach(listed: Iterable[str], timeframe: Timeframe, start: date, today: date) -> list[str]:
    """Those of the source's folders that are partitions here: from the one that holds `start` to the current one.
    Dagster refuses a whole tick for one key that it does not know."""
    return [key for key in listed if timeframe.end(key) >= start and timeframe.start(key) <= today]


def partitions_due(listed: Collection[str], published: Collection[str], keep: int, floor: str = "") -> list[str]:
    """Keys that the source has and the site should have but has not, oldest first: partitions newer than the newest
    published, or absent within the window of the newest `keep` (older ones the site would drop again at once), but
    for `floor` and older ones, for which its budget had no room."""
    window = sorted({*listed, *published})[-keep:]
    return [key for key in window if key in listed and key not in published and key > floor]
