"""What is wrong with a site now, from its public state and from what a run or a monitor saw itself: each incident with
its message. Whether people were notified of it already is the business of `reconcile`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Literal

import msgspec

from bluedot_assets.kernel.alerts import wording
from bluedot_assets.kernel.alerts.message import Message
from bluedot_assets.kernel.site.freshness import RULE, is_late
from bluedot_assets.kernel.site.status import CheckResult, Run, TimeframeStatus

Kind = Literal["failed", "late", "checks", "rolled_back", "problem"]


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that people were notified of and that is not over. `names` are the findings of the message, `on_site`
    says whether the site itself knows of it (a site that could not be written does not)."""

    kind: Kind
    since: datetime
    timeframe: str = ""
    partition: str = ""
    title: str = ""
    due_at: datetime | None = None
    names: list[str] = []
    on_site: bool = False


@dataclass(frozen=True)
class OpenIncident:
    """An incident that stands now, with its message."""

    id: str
    incident: Incident
    message: Message


@dataclass(frozen=True)
class Problem:
    """What a checker found wrong; `id` begins with the checker's word (`site`, `public`)."""

    id: str
    title: str
    why: str
    todo: str


def is_found_by(problem: str, checkers: Collection[str]) -> bool:
    """Whether a problem of that id is one of theirs."""
    return any(problem.startswith(f"{checker}:") for checker in checkers)


@dataclass(frozen=True)
class CallerFacts:
    """What the caller saw itself, beside the public state: failed runs and checks of its own run, and problems.
    `checkers` are the words of those who checked: only their old problems can be over. `log` is where the run's log
    is."""

    failures: Mapping[str, Sequence[Run]] = field(default_factory=dict)  # by timeframe
    checks: Mapping[tuple[str, str], Sequence[CheckResult]] = field(default_factory=dict)  # by timeframe and partition
    problems: Sequence[Problem] = ()
    checkers: frozenset[str] = frozenset()
    log: str = ""


def seeds_checker(timeframe: str) -> str:
    """The checker's word, when a run pushes to the seed repositories of a timeframe."""
    return f"{timeframe} seeds"


def seeds_problem(timeframe: str, partition: str, why: str) -> Problem:
    """A run that published, and could not push to the seed repositories: nothing is missing from the site."""
    todo = (
        "the site is not affected. Look up these words on the documentation's page on seed repositories; then "
        f"bluedot run --timeframe {timeframe} --partition {partition} pushes what is missing."
    )
    return Problem(f"{seeds_checker(timeframe)}:failed", f"{timeframe} {partition}: no push to the seeds", why, todo)


def open_incidents(
    states: Mapping[str, TimeframeStatus], facts: CallerFacts, now: datetime, urls: Mapping[str, str]
) -> list[OpenIncident]:
    """All that is wrong, the gravest first. `urls` are the public addresses by timeframe, as far as they are known."""
    found: list[OpenIncident] = []
    for timeframe in {**states, **facts.failures}:
        state, url = states.get(timeframe), urls.get(timeframe, "")
        # Oldest first; what the site says of a partition wins, for it keeps the last one.
        own = {run.partition: run for run in facts.failures.get(timeframe, ())}
        failures = dict(sorted((own | (state.failures if state else {})).items()))
        found += [_failed(timeframe, run, state, url, facts.log) for run in failures.values()]
        if state is not None:
            found += _late_or_rolled_back(timeframe, state, now, failures, url)
            found += _checks(timeframe, state, facts, now, failures, url)
    anywhere = next((url for url in urls.values() if url), "")
    for one in facts.problems:
        message = wording.problem(one.id, one.title, one.why, one.todo, url=anywhere)
        found.append(OpenIncident(one.id, Incident(kind="problem", since=now, title=one.title), message))
    return found


def _failed(timeframe: str, run: Run, state: TimeframeStatus | None, url: str, log: str) -> OpenIncident:
    known = state is not None and run.partition in state.failures
    incident = Incident(kind="failed", since=run.at, timeframe=timeframe, partition=run.partition, on_site=known)
    message = wording.failed(timeframe, run, state.as_of if state else None, url=url, log=log)
    return OpenIncident(message.id, incident, message)


def _late_or_rolled_back(
    timeframe: str, state: TimeframeStatus, now: datetime, failures: Collection[str], url: str
) -> Iterator[OpenIncident]:
    newest, due_at = max(state.folders, default=state.as_of or ""), state.due_at or now
    # A newer partition that failed has its own message: one cause, one message.
    if is_late(state, now) and not any(key > newest for key in failures):
        incident = Incident(kind="late", since=now, timeframe=timeframe, partition=newest, due_at=due_at)
        message = wording.late(timeframe, newest, state.due, due_at, now, url=url)
        yield OpenIncident(message.id, incident, message)
    if back := state.rolled_back:
        incident = Incident(kind="rolled_back", since=back.at, timeframe=timeframe, partition=back.to)
        message = wording.rolled_back(timeframe, back, url=url)
        yield OpenIncident(message.id, incident, message)


def _checks(
    timeframe: str, state: TimeframeStatus, facts: CallerFacts, now: datetime, failures: Collection[str], url: str
) -> Iterator[OpenIncident]:
    """The checks that did not pass, of the partition that is shown and of those that the caller ran; those of a failed
    run stand in its own message. What goes on from partition to partition (a stock that nothing maps to a ticker) is
    one incident."""
    by_partition = {key: list(checks) for (name, key), checks in facts.checks.items() if name == timeframe}
    if state.as_of:
        by_partition.setdefault(state.as_of, []).extend(state.checks)
    for key, checks in sorted(by_partition.items()):
        # Lateness is an incident of its own.
        broken = {
            check.check: check for check in checks if not check.passed and not check.check.endswith(f" {RULE.name}")
        }
        if not broken or key in failures:
            continue
        ordered = [broken[name] for name in sorted(broken)]
        # The check and what it found, short: the same words about the next partition are no news.
        names = [f"{one.check} {sha256(one.message.encode()).hexdigest()[:12]}" for one in ordered]
        incident = Incident(kind="checks", since=now, timeframe=timeframe, partition=key, names=names)
        id = f"checks:{timeframe}" if key == state.as_of else f"checks:{timeframe}:{key}"
        yield OpenIncident(id, incident, wording.checks(timeframe, key, ordered, url=url))
