"""Notifying people of what is new: reads the site, asks the kernel what to send, sends it, and keeps the ledger in the
site. `bluedot run`, `notify`, `monitor` and the Dagster sensors all end here, so nothing is sent twice; no failure to
notify ever fails who called. Which messages, and when, is decided in `kernel/alerts`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
from filelock import Timeout

from bluedot_assets.adapters.notifier import MOST_TRIES, Notifier
from bluedot_assets.adapters.site.port import Site, Snapshot
from bluedot_assets.adapters.site.public_timed import TimedSite
from bluedot_assets.adapters.storage.layout import PENDING_LEDGER
from bluedot_assets.adapters.storage.owned_folders import machine_lock
from bluedot_assets.adapters.user_files import load_symbols
from bluedot_assets.kernel.alerts.incidents import CallerFacts, Problem
from bluedot_assets.kernel.alerts.ledger import (
    LEDGER,
    Ledger,
    PendingLedger,
    decode_ledger,
    merged,
    plan_ledger,
    with_deliveries,
)
from bluedot_assets.kernel.alerts.message import Message
from bluedot_assets.kernel.alerts.reconcile import SiteObservation, reconcile
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError, NewerVersion, SettingsError
from bluedot_assets.kernel.site.addresses import is_address
from bluedot_assets.kernel.site.dashboard import Dashboard, decode_dashboard
from bluedot_assets.kernel.site.publication import DASHBOARD, STATUS, Readable
from bluedot_assets.kernel.site.status import TimeframeStatus, cleaned, decode_state
from bluedot_assets.kernel.stored.versions import decode
from bluedot_assets.pipeline.platform import Platform

LONGEST_WAIT_S: Final = 30  # for another process that notifies


@dataclass
class NotificationResult:
    """What became of it. `failed` has, by the title of a message, the receivers that did not take it; `problems` are
    sentences for whoever started this."""

    sent: list[Message] = field(default_factory=list)
    failed: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    site_was_read: bool = True

    def sentences(self) -> list[str]:
        """What did not go as it should."""
        failed = [
            f"The message “{title}” was not delivered to {name}: {why}. It is tried again the next time."
            for title, receivers in self.failed.items()
            for name, why in receivers.items()
        ]
        return [*failed, *self.problems]


def notify(
    platform: Platform,
    facts: CallerFacts | None = None,
    timeframes: Sequence[Timeframe] = tuple(TIMEFRAMES.values()),
    *,
    public: Mapping[str, TimedSite] | None = None,
    tries: int = MOST_TRIES,
) -> NotificationResult | None:
    """Send what is new of those timeframes, each message with so many tries; None where no address is set. `public`
    are the readers of a monitor by timeframe; without them the sites of the settings are read."""
    notifier = platform.notifier(tries)
    if notifier is None:
        return None
    result = NotificationResult()
    snapshots: dict[str, Snapshot] = {}

    def snapshot_of(site: Site) -> Snapshot:  # one of each site serves the ledger and all timeframes
        return snapshots.get(site.address) or snapshots.setdefault(site.address, site.snapshot())

    try:
        with _alone(platform):
            kept = _read_ledgers(platform, snapshot_of, result)
            observation = _observe_site(platform, facts or CallerFacts(), timeframes, public, snapshot_of, result)
            messages, after = reconcile(observation, kept.ledger)
            outgoing, failed = _send(notifier, messages, kept.ledger, result)
            # Only now: after a crash in between people are notified twice rather than never.
            now = with_deliveries(after, outgoing, failed, observation.now)
            _keep_ledger(platform, kept, now, outgoing, result)
    except NewerVersion as error:  # who knows more is to notify: all would be sent once more
        result.site_was_read = False
        result.problems.append(f"Nobody is notified from here: {error}")
    except Timeout:
        result.problems.append("Another process notifies people at this moment: this one did not.")
    return result


@contextmanager
def _alone(platform: Platform) -> Iterator[None]:
    """One process of this machine at a time; of two machines both may notify of the same once. Raises Timeout."""
    lock = machine_lock("notifying", platform.site.address, LONGEST_WAIT_S)
    with ExitStack() as stack:
        with suppress(PermissionError):  # another user's file: the site's own ledger must do
            stack.enter_context(lock)
        yield


def _send(
    notifier: Notifier, messages: Sequence[Message], ledger: Ledger, result: NotificationResult
) -> tuple[list[Message], dict[str, Mapping[str, str]]]:
    """What was to be sent: first what still waits for some receivers; and who did not take it, by a message's id."""
    waiting = ledger.undelivered
    outgoing = [*(one.message for one in waiting.values()), *(one for one in messages if one.id not in waiting)]
    failed: dict[str, Mapping[str, str]] = {}
    for message in outgoing:
        known = waiting.get(message.id)
        receivers = list(known.receivers) if known else notifier.receivers(message.topic)
        if problems := notifier.send(message, receivers):
            failed[message.id] = result.failed[message.title] = problems
        else:
            result.sent.append(message)
    return outgoing, failed


def _observe_site(
    platform: Platform,
    facts: CallerFacts,
    timeframes: Sequence[Timeframe],
    public: Mapping[str, TimedSite] | None,
    snapshot_of: Callable[[Site], Snapshot],
    result: NotificationResult,
) -> SiteObservation:
    states: dict[str, TimeframeStatus] = {}
    readers: dict[str, Readable] = {}
    unreadable: list[Problem] = []
    for timeframe in timeframes:
        try:
            reader = public[timeframe.name] if public else snapshot_of(platform.site_of(timeframe))
            states[timeframe.name] = decode_state(reader.read(STATUS), timeframe.name)
            readers[timeframe.name] = reader
        except NewerVersion:
            raise
        except (BluedotError, OSError, KeyError) as error:
            result.site_was_read = False
            # Beside a failed run it is the same news; a monitor has words of its own for it.
            if public is None and not facts.failures:
                unreadable.append(_unreadable(platform.site_of(timeframe).address, error))
    checkers = facts.checkers | ({"site"} if public is None and len(states) == len(timeframes) else set())
    notes, watched = _watched(platform)
    result.problems += notes

    def dashboard_of(timeframe: str, key: str) -> Dashboard | None:
        content = readers[timeframe].read(f"{timeframe}/{key}/{DASHBOARD}")
        try:
            return decode_dashboard(content) if content is not None else None
        except msgspec.DecodeError as error:
            result.problems.append(f"{timeframe}/{key}/{DASHBOARD} cannot be read ({error}): run {key} again.")
            return None

    problems = {one.id: one for one in (*facts.problems, *unreadable)}
    return SiteObservation(
        now=platform.clock(),
        states=states,
        dashboard_of=dashboard_of,
        facts=replace(facts, problems=list(problems.values()), checkers=checkers),
        urls={one.name: public[one.name].url if public else platform.public_url(one) or "" for one in timeframes},
        watched=watched,
        notes=notes,
    )


def _unreadable(address: str, error: Exception) -> Problem:
    return Problem(
        "site:unreadable",
        "The site cannot be read",
        # A message that is not delivered is published, and the folder of a site is nobody's business.
        f"{address}: {error}" if is_address(address) else str(error).replace(address, "the folder of the site"),
        "see whether the place of the site (BLUEDOT_SITE) can be reached from where this runs, and whether its "
        "credentials are still good. Until then nothing is published.",
    )


def _watched(platform: Platform) -> tuple[list[str], frozenset[str]]:
    path = platform.settings.watchlist
    if path is None:
        return [], frozenset()
    try:
        return [], frozenset(load_symbols(path))
    except SettingsError:
        problem = f"BLUEDOT_WATCHLIST ({path.name}) cannot be read, so no stock is marked: correct the setting."
        return [problem], frozenset()


@dataclass
class _Ledgers:
    """The site's ledger, and the one that is pending in the store while the site cannot be written. A place that was
    never a site is not made one by a ledger: a monitor has none of its own. `unclean` is one that holds a secret."""

    site: Ledger = field(default_factory=Ledger)
    pending: PendingLedger | None = None
    writable: bool = False
    unclean: bool = False

    @property
    def ledger(self) -> Ledger:
        """All that is known."""
        return merged(self.pending.site, self.pending.ours, self.site) if self.pending else self.site


def _read_ledgers(platform: Platform, snapshot_of: Callable[[Site], Snapshot], result: NotificationResult) -> _Ledgers:
    kept, store = _Ledgers(), platform.outputs.store
    try:
        site = snapshot_of(platform.site)
        content = site.read(LEDGER)
        kept.site, kept.unclean = decode_ledger(content), content is not None and cleaned(content) != content
        kept.writable = site.read(STATUS) is not None
    except NewerVersion:
        raise
    except (BluedotError, OSError) as error:
        result.problems.append(f"What people were notified of cannot be read from the site: {error}")
    try:
        if store.size(PENDING_LEDGER) is not None:
            pending = cleaned(store.read(PENDING_LEDGER))
            kept.pending = decode(PendingLedger, pending, f"{store.address}/{PENDING_LEDGER}")
    except NewerVersion:
        raise
    except (BluedotError, OSError, msgspec.DecodeError) as error:
        result.problems.append(f"What people were notified of while the site could not be written is lost: {error}")
    return kept


def _keep_ledger(
    platform: Platform, kept: _Ledgers, now: Ledger, messages: Sequence[Message], result: NotificationResult
) -> None:
    store, changed = platform.outputs.store, now != kept.ledger
    if kept.writable and (changed or kept.pending or kept.unclean):
        try:
            platform.site.publish(lambda site: plan_ledger(kept.site, now, messages, site))
        except (BluedotError, OSError) as error:
            result.problems.append(f"The site cannot remember what people were notified of: {error}")
        else:
            if kept.pending:
                store.delete(PENDING_LEDGER)
            return
    if changed:
        try:
            store.write(PENDING_LEDGER, msgspec.json.encode(PendingLedger(kept.site, now), order="sorted"))
            store.flush()
        except (BluedotError, OSError) as error:
            result.problems.append(f"Notifications cannot be remembered, and are sent again: {error}")
