"""The words of trouble and of its end: what happened, to which partition, why, what to do, and where to read on.
Whether there is trouble is in `incidents`, the digest of new dots in `digest`."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bluedot_assets.kernel.alerts.message import Item, Message, Topic, link, plain
from bluedot_assets.kernel.site.status import CheckResult, RolledBack, Run

MOST_CHECKS: Final = 30


def failed(timeframe: str, run: Run, shown: str | None, *, url: str, log: str) -> Message:
    """A run that published nothing."""
    kept = f"the site goes on showing {timeframe} {shown}" if shown else "the site has no data of it yet"
    return _trouble(
        f"failed:{timeframe}:{run.partition}",
        f"{timeframe} {run.partition} failed",
        f"The run of {timeframe} {run.partition} at {moment(run.at)} published nothing; {kept}.",
        f"Why: {plain(run.reason) or 'the run ended without a word; its log may say more.'}",
        f"What to do: if files are wrong or missing, put them right at the source and touch "
        f"triggers/{timeframe}_ready.txt. Then, or if the cause was a passing one, run it again: "
        f"{_again(timeframe, run.partition)}",
        after=_where(url, log, f"Run {run.run_id}"),
    )


def many_failed(timeframe: str, failures: Sequence[tuple[str, Message]]) -> Message:
    """Failed partitions of a batch, oldest first, each with the message of its own: people need one."""
    keys, last = [key for key, _ in failures], failures[-1][1]
    return _trouble(
        f"{last.id}:{len(keys)}:{keys[0]}",
        f"{timeframe}: {len(keys)} partitions failed",
        f"The runs of {len(keys)} {timeframe} partitions from {keys[0]} to {keys[-1]} published nothing.",
        f"What to do: put right what is wrong, and run them again: {_again(timeframe, f'{keys[0]}..{keys[-1]}')}",
        after=last.after,
        items=[Item(f"{one.title}. {one.paragraphs[1]}", key) for key, one in failures],
    )


def late(timeframe: str, newest: str, due: str | None, due_at: datetime, now: datetime, *, url: str) -> Message:
    """A publish that has not come: `due` is the partition that should be there (None: not known)."""
    what = f"{timeframe} {due}" if due else f"The {timeframe} publish after {newest}"
    return _trouble(
        f"late:{timeframe}:{newest}",
        f"{timeframe} is late",
        f"{what} was due {moment(due_at)} and has not come, {span(now - due_at)} later. The site goes on showing "
        f"{newest}.",
        "Why: either the vendor's folder is not there yet, or nothing runs.",
        f"What to do: look whether the source has it (bluedot partitions --timeframe {timeframe}). If it has, see why "
        "no run took it up (the Dagster daemon or the scheduled workflow); if not, ask who uploads. On a holiday that "
        "the exchange's calendar does not know, nothing.",
        after=_where(url),
    )


def rolled_back(timeframe: str, back: RolledBack, *, url: str) -> Message:
    """A person took a publish back: who acted on its digest must know."""
    return _trouble(
        f"rolled_back:{timeframe}:{back.to}:{back.withdrawn}",
        f"{timeframe} {back.withdrawn} was withdrawn",
        f"At {moment(back.at)} a person let the site show {timeframe} {back.to} again instead of {back.withdrawn}.",
        f"Why: {plain(back.reason) or 'no reason was given'}.",
        f"What to do: do not rely on what was said of {back.withdrawn}. A newer publish, or a corrected one of that "
        "date, ends this.",
        after=_where(url),
        topic="digest",
    )


def checks(timeframe: str, partition: str, broken: Sequence[CheckResult], *, url: str) -> Message:
    """Checks that did not pass and did not keep the partition from being published, all in one message."""
    what = "failed check" if any(check.severity == "error" for check in broken) else "warning"
    these = "this was" if len(broken) == 1 else "these were"
    digest = hashlib.sha256(repr([(check.check, check.message) for check in broken]).encode()).hexdigest()
    lines = [Item(f"{_linked(check, url)}: {plain(check.message)}", plain(check.check, 100)) for check in broken]
    return _trouble(
        f"checks:{timeframe}:{partition}:{digest[:12]}",
        f"{timeframe} {partition}: {len(broken)} {what}{'' if len(broken) == 1 else 's'}",
        f"{timeframe} {partition} is published, and {these} found:",
        after=[
            "What to do: look at the stocks that are named before you rely on them. If files are wrong, put them right "
            f"at the source; a correction is taken up by itself, or with {_again(timeframe, partition)}",
            *_where(url),
        ],
        items=lines[:MOST_CHECKS],
    )


def _linked(check: CheckResult, url: str) -> str:
    """The check's name, which leads to its place in the runbook (`docs_site/docs/checks.md`) that the site carries."""
    rule = check.check.rpartition(" ")[2]
    return link(plain(check.check, 100), f"{url}/docs/checks/#{rule}" if url and rule.isidentifier() else "")


def problem(id: str, title: str, why: str, todo: str, *, url: str) -> Message:
    """What a checker found wrong."""
    return _trouble(id, plain(title, 120), f"Why: {_ended(why)}", f"What to do: {_ended(todo)}", after=_where(url))


def _ended(text: str) -> str:
    """With its full stop."""
    text = plain(text)
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def back_again(timeframe: str, sentences: Sequence[str], at: datetime, *, url: str) -> Message:
    """The end of one or more incidents of a timeframe."""
    id = f"back:{timeframe}:{at:%Y%m%dT%H%M%S}"
    return _trouble(id, f"{timeframe} is back", *sentences, "Nothing is to be done.", after=_where(url))


def problem_is_over(id: str, title: str, since: datetime, at: datetime, *, url: str) -> Message:
    """The same check finds the problem no more."""
    over = f"It was over when this was looked at {moment(at)}, {span(at - since)} after it was first seen."
    title = f"Over: {plain(title, 120)}"
    return _trouble(f"over:{id}:{at:%Y%m%dT%H%M%S}", title, over, "Nothing is to be done.", after=_where(url))


def _trouble(
    id: str, title: str, *paragraphs: str, after: list[str], items: Sequence[Item] = (), topic: Topic = "trouble"
) -> Message:
    return Message(id=id, topic=topic, title=title, paragraphs=list(paragraphs), items=list(items), after=after)


def published_after_all(timeframe: str, partition: str, failed_at: datetime, at: datetime) -> str:
    return f"{timeframe} {partition} is published, {span(at - failed_at)} after its run failed."


def late_is_over(timeframe: str, partition: str, due_at: datetime, at: datetime) -> str:
    return f"{timeframe} is back: {partition} is published, {span(at - due_at)} late."


def moment(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def span(passed: timedelta) -> str:
    """A length of time as people say it: `40 min`, `3 h`, `2 days`."""
    minutes = max(0, round(passed.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"


def _again(timeframe: str, partition: str) -> str:
    return f"bluedot run --timeframe {timeframe} --partition {partition}"


def _where(url: str, *others: str) -> list[str]:
    page = f"The state of everything: {url}/index.html" if url else ""
    return [part for part in (page, *others) if part]
