"""The ledger of what people were notified of: open incidents, digests, and messages that wait for a receiver. It is
kept in the site (`notices.json`). What it leads to is in `reconcile`; when it is written, in
`pipeline/notifications`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from msgspec import structs

from bluedot_assets.kernel.alerts.incidents import Incident
from bluedot_assets.kernel.alerts.message import Message
from bluedot_assets.kernel.site.new_dots import Dot
from bluedot_assets.kernel.site.publication import STATUS, Plan, Published
from bluedot_assets.kernel.site.status import FailedDelivery, SiteFile, decode_file, decode_status
from bluedot_assets.kernel.stored.versions import SchemaVersion

LEDGER: Final = "notices.json"
MOST_UNDELIVERED: Final = 20


class Digested(msgspec.Struct, frozen=True):
    """The newest partition that had a digest, and the dots on its as-of bar as they were then: symbols by session."""

    partition: str
    fingerprint: str  # of its folder then
    dots: dict[str, list[str]] = {}

    def __post_init__(self) -> None:
        """Raises ValueError, which is a DecodeError to who reads a file, for a session that is no date."""
        self.known()

    def known(self) -> set[Dot]:
        return {(symbol, date.fromisoformat(day)) for day, symbols in self.dots.items() for symbol in symbols}


class Undelivered(msgspec.Struct, frozen=True, kw_only=True):
    """A message that some receivers (`Slack 1`) did not take; they get it the next time."""

    message: Message
    receivers: dict[str, str]  # to why not
    since: datetime


class Ledger(SiteFile, frozen=True, kw_only=True):
    incidents: dict[str, Incident] = msgspec.field(default_factory=dict)
    digests: dict[str, Digested] = msgspec.field(default_factory=dict)  # by timeframe
    undelivered: dict[str, Undelivered] = msgspec.field(default_factory=dict)  # by the message's id


def decode_ledger(content: bytes | None) -> Ledger:
    """An absent file is an empty ledger. Raises PublishRefused on a broken one, for all would be sent again."""
    return decode_file(Ledger, content, LEDGER, "delete it; people are then notified of open incidents once more")


def merged(base: Ledger, ours: Ledger, theirs: Ledger) -> Ledger:
    """The ledger when both `ours` and `theirs` were made of `base`, by two who notified at the same time."""
    gone = base.incidents.keys() - ours.incidents.keys()
    incidents = {id: one for id, one in theirs.incidents.items() if id not in gone}
    changed = {id: one for id, one in ours.incidents.items() if base.incidents.get(id) != one}
    digests = dict(theirs.digests)
    for timeframe, mine in ours.digests.items():
        other = digests.get(timeframe)
        if mine != base.digests.get(timeframe) and (other is None or mine.partition >= other.partition):
            digests[timeframe] = mine
    delivered = base.undelivered.keys() - ours.undelivered.keys()
    waiting = {id: one for id, one in theirs.undelivered.items() if id not in delivered}
    return structs.replace(
        theirs, incidents={**incidents, **changed}, digests=digests, undelivered={**waiting, **ours.undelivered}
    )


def with_deliveries(
    after: Ledger, messages: Sequence[Message], failed: Mapping[str, Mapping[str, str]], now: datetime
) -> Ledger:
    """`after` once `messages` were tried: `failed` has, for a message's id, the receivers that did not take it, with
    the reason. The oldest of too many are given up."""
    waiting = dict(after.undelivered)
    for message in messages:
        known = waiting.pop(message.id, None)
        if receivers := failed.get(message.id):
            since = known.since if known else now
            waiting[message.id] = Undelivered(message=message, receivers=dict(receivers), since=since)
    newest = sorted(waiting.items(), key=lambda one: one[1].since, reverse=True)[:MOST_UNDELIVERED]
    return structs.replace(after, undelivered=dict(newest))


class PendingLedger(msgspec.Struct, frozen=True):
    """The ledger while the site could not be written: kept elsewhere, beside what the site's was then."""

    site: Ledger
    ours: Ledger = msgspec.field(name="told")
    schema_version: SchemaVersion = 1


def plan_ledger(base: Ledger, ours: Ledger, messages: Sequence[Message], site: Published) -> Plan | None:
    """The change that brings the site to `ours`, which was made of `base`; None when it is there already. Its
    `status.json` shows what was not delivered."""
    theirs = decode_ledger(site.read(LEDGER))
    now = ours if theirs == base else merged(base, ours, theirs)
    waiting = [
        FailedDelivery(one.message.title, one.since, one.receivers)
        for _, one in sorted(now.undelivered.items(), key=lambda pair: pair[1].since)
    ]
    status = structs.replace(decode_status(site.read(STATUS)), undelivered=waiting)
    wanted = {LEDGER: now.encoded(), STATUS: status.encoded()}
    files = {path: wanted[path] for path in sorted(site.differing(wanted))}
    title = f"notified: {messages[0].title}" if messages else "incidents that are over"
    more = f" and {len(messages) - 1} more" if len(messages) > 1 else ""
    return Plan(f"{title}{more}", files=files) if files else None
