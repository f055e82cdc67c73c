"""The reconciler: from what the site shows, what its callers saw and the ledger of what people were notified of to the
messages to send now, and to the ledger then. So an incident is one message and a partition one digest, whoever runs
where. Which incidents there are is in `incidents`, what messages say in `wording` and `digest`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Final

from msgspec import structs

from bluedot_assets.kernel.alerts import wording
from bluedot_assets.kernel.alerts.digest import correction_message, digest_message
from bluedot_assets.kernel.alerts.incidents import CallerFacts, Incident, OpenIncident, is_found_by, open_incidents
from bluedot_assets.kernel.alerts.ledger import Digested, Ledger
from bluedot_assets.kernel.alerts.message import Message, plain
from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.new_dots import Dot, shown_dots, unseen_dots
from bluedot_assets.kernel.site.status import Run, TimeframeStatus
from bluedot_assets.kernel.tradingview.same_stock import dots_now

MOST_DIGESTS: Final = 3  # at once; of a longer catch-up the newest
MOST_FAILED: Final = 3  # partitions of a timeframe with a message each


@dataclass(frozen=True)
class SiteObservation:
    """What the site shows and its callers saw. `states` has the timeframes that were read, and no others: of what
    could not be read nothing is judged. `dashboard_of` gives a dated folder's dashboard, None when the site has
    none."""

    now: datetime
    states: Mapping[str, TimeframeStatus]
    dashboard_of: Callable[[str, str], Dashboard | None]
    facts: CallerFacts = field(default_factory=CallerFacts)
    urls: Mapping[str, str] = field(default_factory=dict)
    watched: Collection[str] = frozenset()
    notes: Sequence[str] = ()  # sentences for each digest


def reconcile(seen: SiteObservation, ledger: Ledger) -> tuple[list[Message], Ledger]:
    """The messages to send, trouble first, and the ledger when they are sent."""
    found = open_incidents(seen.states, seen.facts, seen.now, seen.urls)
    messages, incidents = _opened(found, ledger)
    over, kept = _closed({one.id for one in found}, seen, ledger)
    digests = dict(ledger.digests)
    for timeframe, state in seen.states.items():
        made, digested = _digests_of(timeframe, state, seen, digests.get(timeframe))
        over += made
        if digested is not None:
            digests[timeframe] = digested
    return [*messages, *over], structs.replace(ledger, incidents={**kept, **incidents}, digests=digests)


def _opened(found: Sequence[OpenIncident], ledger: Ledger) -> tuple[list[Message], dict[str, Incident]]:
    """News among what is found, and all of it as incidents; a known one keeps the time since when it stands."""
    news, incidents = [], {}
    for one in found:
        known = ledger.incidents.get(one.id)
        if known is None or not set(one.incident.names) <= set(known.names):
            news.append(one)
        incidents[one.id] = one.incident if known is None else _continued(known, one.incident)
    return _few(news), incidents


def _few(news: Sequence[OpenIncident]) -> list[Message]:
    """Their messages; where more partitions of a timeframe failed than anybody reads one by one, one of all of them."""
    failed: dict[str, list[tuple[str, Message]]] = {}
    for one in news:
        if one.incident.kind == "failed":
            failed.setdefault(one.incident.timeframe, []).append((one.incident.partition, one.message))
    many = {name: sorted(ones, key=itemgetter(0)) for name, ones in failed.items() if len(ones) > MOST_FAILED}
    others = [one.message for one in news if one.incident.kind != "failed" or one.incident.timeframe not in many]
    return [*(wording.many_failed(name, ones) for name, ones in many.items()), *others]


def _continued(known: Incident, now: Incident) -> Incident:
    """Of the same partition what one caller alone saw stays known; of the next one its own findings count."""
    names = {*known.names, *now.names} if known.partition == now.partition else {*now.names}
    partition, on_site = now.partition, known.on_site or now.on_site
    return structs.replace(known, names=sorted(names), on_site=on_site, due_at=now.due_at, partition=partition)


def _closed(
    standing: Collection[str], seen: SiteObservation, ledger: Ledger
) -> tuple[list[Message], dict[str, Incident]]:
    """Messages on what is over, one for a timeframe and for each problem, and the incidents that cannot be judged by
    what was seen."""
    ends: dict[str, list[str]] = {}
    kept, messages = {}, []
    anywhere = next((url for url in seen.urls.values() if url), "")
    for id, incident in ledger.incidents.items():
        state = seen.states.get(incident.timeframe)
        if id in standing:
            continue
        if incident.kind == "problem" and is_found_by(id, seen.facts.checkers):
            messages.append(wording.problem_is_over(id, incident.title, incident.since, seen.now, url=anywhere))
        elif state is None or (end := _end_of(id, incident, state, seen.now)) is None:
            kept[id] = incident
        elif end:
            ends.setdefault(incident.timeframe, []).append(end)
    messages += [
        wording.back_again(timeframe, sentences, seen.now, url=seen.urls.get(timeframe, ""))
        for timeframe, sentences in ends.items()
    ]
    return messages, kept


def _end_of(id: str, incident: Incident, state: TimeframeStatus, now: datetime) -> str | None:
    """How an incident of a timeframe that does not stand any more ended: None when that cannot be known, "" when
    nobody needs to be notified of it."""
    if incident.kind == "failed":
        return _end_of_failure(incident, state, now)
    if incident.kind == "late":
        later = sorted(key for key in state.folders if key > incident.partition)
        if not later:
            return None if incident.partition not in state.folders else ""  # due later than was thought
        made_at = state.folders[later[0]].made_at
        return wording.late_is_over(incident.timeframe, later[0], incident.due_at or incident.since, made_at)
    # The site forgets what a check of an older folder found, and what a run alone saw of it: once is enough.
    shown = incident.partition >= (state.as_of or "") or id != f"checks:{incident.timeframe}"
    return None if incident.kind == "checks" and incident.partition in state.folders and shown else ""


def _end_of_failure(incident: Incident, state: TimeframeStatus, now: datetime) -> str | None:
    folder = state.folders.get(incident.partition)
    if folder is not None and (incident.on_site or folder.made_at > incident.since):
        at = max(folder.made_at, incident.since) if folder.made_at > incident.since else now
        return wording.published_after_all(incident.timeframe, incident.partition, incident.since, at)
    # What the site does not know of it cannot take back, unless it has gone on to newer partitions.
    gone_on = incident.partition < max(state.folders, default="")
    return "" if incident.on_site or gone_on else None


def _digests_of(
    timeframe: str, state: TimeframeStatus, seen: SiteObservation, last: Digested | None
) -> tuple[list[Message], Digested | None]:
    """A digest for each partition that is newer than the last digest's, oldest first; else news of a correction. An
    old date that is filled in is neither, nor is what a person withdrew."""
    shown = sorted(key for key in state.folders if not state.rolled_back or key <= state.rolled_back.to)
    new = [key for key in shown if last is None or key > last.partition][-(MOST_DIGESTS if last else 1) :]
    if not new and last is not None and last.partition in shown:
        return _correction(timeframe, state, seen, last)
    messages: list[Message] = []
    url, watched = seen.urls.get(timeframe, ""), seen.watched
    for key in new:
        now, accepted = seen.dashboard_of(timeframe, key), state.folders[key].accepted
        if now is None:
            break  # a damaged folder is written again, and has its digest then
        then, notes = _before(timeframe, key, shown, seen, last)
        known = dots_now(then, now)
        if accepted is not None:  # too much is missing: so dots may be missing as well
            missing, reason = len(accepted.missing) + accepted.unnamed, plain(accepted.reason)
            notes.append(f"Incomplete, {missing} stocks are missing; published by hand, because: {reason}.")
        notes += seen.notes
        rows, run = unseen_dots(now, known), _run(state, key)
        messages.append(digest_message(now, rows, run=run, url=url, watched=watched, notes=notes))
        last = _digested(now, state.folders[key].fingerprint)
    return messages, last


def _before(
    timeframe: str, key: str, shown: Sequence[str], seen: SiteObservation, last: Digested | None
) -> tuple[Collection[Dot], list[str]]:
    """The dots that the publish before `key` showed. They are remembered, for the site may have dropped its folder; at
    the first digest of all they are read."""
    if last is not None:
        return last.known(), []
    earlier = [one for one in shown if one < key]
    if not earlier:
        return (), ["This is the first publish: every dot of its as-of bar is listed."]
    before = seen.dashboard_of(timeframe, earlier[-1])
    if before is None:
        return (), [f"The publish before, {earlier[-1]}, cannot be read: every dot of the as-of bar is listed."]
    return shown_dots(before), []


def _correction(
    timeframe: str, state: TimeframeStatus, seen: SiteObservation, last: Digested
) -> tuple[list[Message], Digested | None]:
    folder = state.folders[last.partition]
    now = seen.dashboard_of(timeframe, last.partition) if folder.fingerprint != last.fingerprint else None
    if now is None:
        return [], last
    known, run, url = dots_now(last.known(), now), _run(state, last.partition), seen.urls.get(timeframe, "")
    new, withdrawn = unseen_dots(now, known), known - shown_dots(now)
    message = correction_message(now, new, withdrawn, run=run, url=url, watched=seen.watched)
    return [message] if message else [], _digested(now, folder.fingerprint)


def _digested(now: Dashboard, fingerprint: str) -> Digested:
    dots: dict[str, list[str]] = {}
    for symbol, day in sorted(shown_dots(now)):
        dots.setdefault(day.isoformat(), []).append(symbol)
    return Digested(now.as_of, fingerprint, dots)


def _run(state: TimeframeStatus, key: str) -> Run:
    """The last publish of the partition; the history is long, but not endless."""
    runs = (run for run in state.runs if run.partition == key and run.outcome != "failed")
    folder = state.folders[key]
    return next(runs, Run(key, "published", folder.made_at, "", csvs=folder.files))
