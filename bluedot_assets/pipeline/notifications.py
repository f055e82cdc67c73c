"""Telling people what is new: reads the site, asks the kernel what to say, sends it, and lets the site remember it.

`bluedot run`, `notify`, `monitor` and the Dagster sensors all end here, so nothing is told twice. No failure to notify
ever fails who called."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

import msgspec
from filelock import FileLock, Timeout

from bluedot_assets.adapters.notifier import MOST_TRIES, Notifier
from bluedot_assets.adapters.storage.layout import PENDING_LEDGER
from bluedot_assets.kernel.alerts.incidents import CallerFacts, Problem
from bluedot_assets.kernel.alerts.ledger import (
    LEDGER,
    Ledger,
    PendingLedger,
    decode_ledger,
    decode_pending,
    plan_ledger,
    with_deliveries,
    with_pending,
)
from bluedot_assets.kernel.alerts.message import Message
from bluedot_assets.kernel.alerts.reconcile import SiteObservation, reconcile
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.site.dashboard import Dashboard, decode_dashboard
from bluedot_assets.kernel.site.publication import DASHBOARD, STATUS
from bluedot_assets.kernel.site.status import TimeframeStatus, decode_status
from bluedot_assets.kernel.tradingview.symbol_lists import watched_symbols
from bluedot_assets.pipeline.platform import Platform

LONGEST_WAIT_S: Final = 30  # for another process that is telling


class Reader(Protocol):
    """Small files of a site; a snapshot of one, or the public site over http."""

    def read(self, path: str) -> bytes | None: ...


class Public(Reader, Protocol):
    """The site as the world sees it."""

    @property
    def url(self) -> str: ...


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
    public: Mapping[str, Public] | None = None,
    tries: int = MOST_TRIES,
) -> NotificationResult | None:
    """Tell what is to be told of those timeframes, each message with so many tries; None where no address is set.
    `public` are the readers of a monitor by timeframe; without them the sites of the settings are read."""
    notifier = platform.patient_notifier(tries)
    if notifier is None:
        return None
    telling = NotificationResult()
    try:
        with _alone(platform):
            _notify(platform, notifier, facts or CallerFacts(), timeframes, public, telling)
    except Timeout:
        telling.problems.append("Another process is telling people at this moment: nothing was told by this one.")
    return telling


def _notify(
    platform: Platform,
    notifier: Notifier,
    facts: CallerFacts,
    timeframes: Sequence[Timeframe],
    public: Mapping[str, Public] | None,
    telling: NotificationResult,
) -> None:
    memory = LedgerStore(platform, telling)
    told = memory.recall()
    sight = _sight(platform, facts, timeframes, public, telling)
    messages, after = reconcile(sight, told)
    waiting = {id: one.message for id, one in told.undelivered.items()}
    outgoing = [*waiting.values(), *(one for one in messages if one.id not in waiting)]
    failed: dict[str, Mapping[str, str]] = {}
    for message in outgoing:
        known = told.undelivered.get(message.id)
        receivers = list(known.receivers) if known else notifier.receivers(message.topic)
        if problems := notifier.send(message, receivers):
            failed[message.id] = telling.failed[message.title] = problems
        else:
            telling.sent.append(message)
    memory.remember(with_deliveries(after, outgoing, failed, sight.now), outgoing)


def _sight(
    platform: Platform,
    facts: CallerFacts,
    timeframes: Sequence[Timeframe],
    public: Mapping[str, Public] | None,
    telling: NotificationResult,
) -> SiteObservation:
    states: dict[str, TimeframeStatus] = {}
    readers: dict[str, Reader] = {}
    problems = list(facts.problems)
    for timeframe in timeframes:
        try:
            reader = public[timeframe.name] if public else platform.site_of(timeframe).snapshot()
            state = decode_status(reader.read(STATUS)).of(timeframe.name)
        except (BluedotError, OSError, KeyError) as error:
            telling.site_was_read = False
            if public is None:
                problems.append(_unreadable(platform.site_of(timeframe).address, error))
        else:
            readers[timeframe.name], states[timeframe.name] = reader, state
    if problems and facts.failures and public is None:
        problems = list(facts.problems)  # the failure of the run is the same news
    looked = facts.looked | ({"site"} if public is None and len(states) == len(timeframes) else set())
    notes, watched = _watched(platform)
    telling.problems += notes

    def dashboard_of(timeframe: str, key: str) -> Dashboard | None:
        content = readers[timeframe].read(f"{timeframe}/{key}/{DASHBOARD}")
        try:
            return decode_dashboard(content) if content is not None else None
        except msgspec.DecodeError as error:
            telling.problems.append(f"{timeframe}/{key}/{DASHBOARD} cannot be read ({error}): run {key} again.")
            return None

    return SiteObservation(
        now=platform.clock(),
        states=states,
        dashboard_of=dashboard_of,
        facts=replace(facts, problems=_unique(problems), looked=frozenset(looked)),
        urls=_urls(platform, timeframes, public),
        watched=watched,
        notes=notes,
    )


def _urls(platform: Platform, timeframes: Sequence[Timeframe], public: Mapping[str, Public] | None) -> dict[str, str]:
    if public is not None:
        return {name: reader.url for name, reader in public.items()}
    return {timeframe.name: platform.public_url(timeframe) or "" for timeframe in timeframes}


def _unique(problems: Sequence[Problem]) -> list[Problem]:
    return list({one.id: one for one in problems}.values())


def _unreadable(address: str, error: Exception) -> Problem:
    return Problem(
        "site:unreadable",
        "The site cannot be read",
        f"{address}: {error}",
        "see whether the place of the site (BLUEDOT_SITE) can be reached from where this runs, and whether its "
        "credentials are still good. Until then nothing is published.",
    )


def _watched(platform: Platform) -> tuple[list[str], frozenset[str]]:
    path = platform.settings.watchlist
    if path is None:
        return [], frozenset()
    try:
        return [], watched_symbols(path.expanduser().read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return [
            f"BLUEDOT_WATCHLIST ({path.name}) cannot be read, so no stock is marked: correct the setting."
        ], frozenset()


class LedgerStore:
    """What was told: in the site, or in the store while the site cannot be written."""

    def __init__(self, platform: Platform, telling: NotificationResult) -> None:
        self._platform, self._telling = platform, telling
        self._site = Ledger()
        self._told = Ledger()
        self._writable = False
        self._aside: PendingLedger | None = None

    def recall(self) -> Ledger:
        try:
            site = self._platform.site.snapshot()
            self._site = decode_ledger(site.read(LEDGER))
            # A place that was never a site is not made one by this: a monitor has none of its own.
            self._writable = site.read(STATUS) is not None
        except (BluedotError, OSError) as error:
            self._telling.problems.append(f"What was told cannot be read from the site: {error}")
        self._aside = self._read_aside()
        self._told = with_pending(self._site, self._aside)
        return self._told

    def remember(self, told: Ledger, messages: Sequence[Message]) -> None:
        if told == self._told and self._aside is None:
            return
        if self._writable:
            try:
                self._platform.site.publish(lambda site: plan_ledger(self._site, told, messages, site))
            except (BluedotError, OSError) as error:
                self._telling.problems.append(f"The site cannot remember what was told: {error}")
            else:
                self._forget_aside()
                return
        if told != self._told:
            self._write_aside(PendingLedger(self._site, told))

    def _read_aside(self) -> PendingLedger | None:
        store = self._platform.outputs.store
        try:
            return decode_pending(store.read(PENDING_LEDGER)) if store.size(PENDING_LEDGER) is not None else None
        except (BluedotError, OSError, msgspec.DecodeError) as error:
            self._telling.problems.append(f"What was told while the site could not be written is lost: {error}")
            return None

    def _write_aside(self, aside: PendingLedger) -> None:
        try:
            self._platform.outputs.store.write(PENDING_LEDGER, aside.encoded())
        except (BluedotError, OSError) as error:
            self._telling.problems.append(f"What was told cannot be remembered, and is told again: {error}")

    def _forget_aside(self) -> None:
        if self._aside is not None:
            self._platform.outputs.store.delete(PENDING_LEDGER)


@contextmanager
def _alone(platform: Platform) -> Iterator[None]:
    """One process of this machine tells at a time; of two machines both may notify the same once. Raises Timeout."""
    name = hashlib.sha256(platform.site.address.encode()).hexdigest()[:16]
    lock = FileLock(Path(tempfile.gettempdir()) / f"bluedot-telling-{name}.lock", mode=0o666)
    try:
        lock.acquire(timeout=LONGEST_WAIT_S)
    except PermissionError:  # another user's file: the site's own memory must do
        yield
        return
    try:
        yield
    finally:
        lock.release()
