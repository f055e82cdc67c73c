"""What a sensor makes of what it sees: the trigger file, the folders and what is published, to runs and reports.

People touch the trigger, touch it again, forget it, name a folder that the listing does not show yet, upload late and
correct files. Each content of a partition is asked for once; nothing is started while it still grows."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from bluedot_assets.kernel.timeframes import Timeframe
from bluedot_assets.kernel.triggers import Trigger

LOOKED_AT: Final = {"daily": 3, "weekly": 2}  # newest partitions that are compared with what is published
ABSENT_FOR: Final = timedelta(minutes=30)  # Drive's listings can be that stale


class Seen(msgspec.Struct, frozen=True):
    """A listing, and since when it has been the same."""

    fingerprint: str
    since: datetime


class Memory(msgspec.Struct, frozen=True):
    """What a sensor remembers from tick to tick: Dagster's cursor."""

    handled: str = ""  # identity of the trigger that was dealt with
    waiting_since: datetime | None = None  # for what the present trigger names
    looked: datetime | None = None  # last comparison of the newest folders
    listings: dict[str, Seen] = {}
    asked: dict[str, str] = {}  # partition -> fingerprint of the listing that a run was requested for


@dataclass(frozen=True)
class Listing:
    """A partition's stock files: how many, and a fingerprint of their names and contents."""

    files: int
    fingerprint: str


@dataclass(frozen=True)
class Rules:
    """How patient the sensor is."""

    timeframe: Timeframe
    interval: timedelta  # between two listings that count as two
    settle: timedelta  # without a trigger, a listing must have been the same for so long


@dataclass(frozen=True)
class Sight:
    """What there is to see in one tick. `published` maps partitions to the fingerprint that was published."""

    trigger: Trigger | None
    listed: Sequence[str]
    listing_of: Callable[[str], Listing]
    published: Mapping[str, str]
    now: datetime


@dataclass(frozen=True)
class Wish:
    """A run that should be requested; equal run keys are one run."""

    key: str
    run_key: str
    reason: str


@dataclass
class Decision:
    """The outcome of a tick: runs, sentences for a person (each said once), why nothing is done, and the memory."""

    memory: Memory
    wishes: list[Wish] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def listing_fingerprint(files: Iterable[tuple[str, str]]) -> str:
    """Of (name, content) pairs in any order; content is the md5, or whatever stands for it at the source."""
    return sha256(repr(sorted(files)).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def decide(memory: Memory | None, sight: Sight, rules: Rules) -> Decision:
    """One tick. `memory` None is the first sight ever: an old trigger then runs only what the site lacks."""
    decision = Decision(memory or Memory())
    trigger = sight.trigger
    if trigger is not None and trigger.identity != decision.memory.handled:
        key = trigger.key or max(sight.listed, default="")
        if memory is None and not trigger.problem and key in sight.published:
            _handled(decision, trigger)
        else:
            _on_trigger(decision, trigger, key, sight, rules)
    _on_folders(decision, sight, rules)
    return decision


def _on_trigger(decision: Decision, trigger: Trigger, key: str, sight: Sight, rules: Rules) -> None:
    name = f"triggers/{rules.timeframe.name}_ready.txt"
    if trigger.problem:
        decision.reports.append(f"{name} is not understood: {trigger.problem}. Correct it and touch it again.")
        _handled(decision, trigger)
    elif key not in sight.listed:
        since = decision.memory.waiting_since or sight.now
        decision.memory = msgspec.structs.replace(decision.memory, waiting_since=since)
        what = f"{name} names {key}, which the source does not have" if key else f"{name}: there is no folder at all"
        if sight.now - since >= ABSENT_FOR:
            decision.reports.append(f"{what}: upload the folder or correct the file, and touch it again.")
            _handled(decision, trigger)
        else:
            decision.waiting.append(f"{what} yet; looked at again until {since + ABSENT_FOR:%H:%M} UTC.")
    else:
        listing, same_for = _observe(decision, key, sight)
        told = trigger.expected is not None and listing.files >= trigger.expected
        if told or same_for >= (rules.interval if trigger.expected is None else rules.settle):
            _ask(decision, Wish(key, f"{rules.timeframe.name}:{key}:{trigger.identity}", "trigger"), listing)
            _handled(decision, trigger)
        else:
            of = f" of {trigger.expected}" if trigger.expected is not None else ""
            decision.waiting.append(f"{key} has {listing.files}{of} files and may still grow.")


def _on_folders(decision: Decision, sight: Sight, rules: Rules) -> None:
    """Folders without a trigger, and files that came or changed after they were published."""
    memory = decision.memory
    if memory.looked is not None and sight.now - memory.looked < min(rules.settle / 4, timedelta(minutes=5)):
        return
    newest_published = max(sight.published, default="")
    trigger = sight.trigger
    awaited = None
    if trigger is not None and trigger.identity != memory.handled:
        awaited = trigger.key or max(sight.listed, default=None)
    newest = sorted(sight.listed)[-LOOKED_AT[rules.timeframe.name] :]
    for key in newest:
        if key == awaited or (key not in sight.published and key < newest_published):
            continue  # the trigger's business, or an old gap: the schedule's
        listing, same_for = _observe(decision, key, sight)
        known = sight.published.get(key)
        if listing.fingerprint in {known, decision.memory.asked.get(key)} or known == "" or not listing.files:
            continue
        reason = "without trigger" if known is None else "files changed since it was published"
        if same_for >= rules.settle:
            run_key = f"{rules.timeframe.name}:{key}:{listing.fingerprint}"
            _ask(decision, Wish(key, run_key, reason), listing)
        else:
            decision.waiting.append(f"{key} ({reason}) is watched until it stays the same.")
    _forget(decision, {*newest, awaited, *(wish.key for wish in decision.wishes)}, sight.now)


def _observe(decision: Decision, key: str, sight: Sight) -> tuple[Listing, timedelta]:
    """The partition's listing, and for how long it has been the same."""
    listing = sight.listing_of(key)
    seen = decision.memory.listings.get(key)
    if seen is None or seen.fingerprint != listing.fingerprint:
        seen = Seen(listing.fingerprint, sight.now)
        listings = {**decision.memory.listings, key: seen}
        decision.memory = msgspec.structs.replace(decision.memory, listings=listings)
    return listing, sight.now - seen.since


def _ask(decision: Decision, wish: Wish, listing: Listing) -> None:
    decision.wishes.append(wish)
    asked = {**decision.memory.asked, wish.key: listing.fingerprint}
    decision.memory = msgspec.structs.replace(decision.memory, asked=asked)


def _handled(decision: Decision, trigger: Trigger) -> None:
    decision.memory = msgspec.structs.replace(decision.memory, handled=trigger.identity, waiting_since=None)


def _forget(decision: Decision, kept: Collection[str | None], now: datetime) -> None:
    memory = decision.memory
    decision.memory = msgspec.structs.replace(
        memory,
        looked=now,
        listings={key: seen for key, seen in memory.listings.items() if key in kept},
        asked={key: fingerprint for key, fingerprint in memory.asked.items() if key in kept},
    )
