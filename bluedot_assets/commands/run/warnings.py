"""The warnings of a run, gathered: what the summary says once, however many partitions say it. How they are shown is in
`summary`."""

from collections.abc import Iterable, Sequence

from bluedot_assets.commands.run.outcome import Outcome
from bluedot_assets.kernel.site.freshness import RULE
from bluedot_assets.pipeline.stages.site import NAME as SITE

NAMED = 3  # partitions


def failed_checks(outcomes: Sequence[Outcome], *, without: str = "") -> list[str]:
    """Each check that warns, once for all partitions of its timeframe, but for the rule that is shown elsewhere."""
    return _gathered(
        (check.check, check.check, check.message, outcome.partition)
        for outcome in reversed(outcomes)
        for check in outcome.failed_checks
        if check.severity == "warning" and check.check.rpartition(" ")[2] != without
    )


def warnings_of(outcomes: Sequence[Outcome]) -> list[str]:
    """Each warning, once for all partitions that have it in the same words but for their own name."""
    return _gathered(
        (f"{outcome.timeframe} {text.replace(outcome.partition, '')}", outcome.timeframe, text, outcome.partition)
        for outcome in reversed(outcomes)
        for text in outcome.warnings
    )


def missing_logs(outcomes: Iterable[Outcome]) -> list[str]:
    """That the source has no process log, once; it is no part of a summary that --quiet leaves out."""
    return list(dict.fromkeys(one.log_missing for one in outcomes if one.log_missing))


def leave_last_freshness(outcomes: Sequence[Outcome]) -> None:
    """Of partitions that run one after the other only the last check of what is late counts: before it the others were
    still to come."""
    seen: set[str] = set()
    for outcome in reversed(outcomes):
        late = f"{outcome.timeframe}/{SITE} {RULE.name}"
        outcome.checks = [check for check in outcome.checks if check.check != late or late not in seen]
        seen |= {check.check for check in outcome.checks}


def _gathered(found: Iterable[tuple[str, str, str, str]]) -> list[str]:
    """Of (key, what, message, partition), newest partition first: a sentence for each key, with the newest message."""
    groups: dict[str, tuple[str, str, list[str]]] = {}
    for key, what, message, partition in found:
        partitions = groups.setdefault(key, (what, message, []))[2]
        if partition not in partitions:
            partitions.append(partition)
    return [_sentence(*group) for group in groups.values()]


def _sentence(what: str, message: str, partitions: Sequence[str]) -> str:
    newest, *others = partitions
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    also = f" (also {', '.join(others[:NAMED])}{more})" if others else ""
    return f"{what} {newest}: {message}{also}"
