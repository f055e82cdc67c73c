"""Whether what should be published by now is: `is_late` is the one decider, and the page's `isLate` is tested with the
same cases. When it is late was decided at the publish (`calendar/due_times`); whether anything runs at all, Dagster
says (`FreshnessPolicy`); whether each stock is current is a check of bars."""

from datetime import datetime
from typing import Final

from bluedot_assets.kernel.checks.verdict import Rule, Verdict
from bluedot_assets.kernel.site.status import TimeframeStatus

RULE: Final = Rule(
    "newest_expected_is_there", "The newest partition that should be public by now is, holidays considered."
)


def is_late(state: TimeframeStatus, now: datetime) -> bool:
    """Whether the partition after the newest published one should be public by `now` and is not."""
    return state.late_after is not None and now > state.late_after


def freshness_verdict(timeframe: str, state: TimeframeStatus, now: datetime) -> Verdict:
    """A warning when the newest partition that should be there is not, or when nothing is published at all."""
    if not state.folders or state.due_at is None or state.late_after is None:
        return RULE.warns(f"Nothing of {timeframe} is published yet.")
    newest, due_at = max(state.folders), _moment(state.due_at)
    if not is_late(state, now):
        due = f"{state.due or 'the next'} is due {due_at}, late after {_moment(state.late_after)}."
        return RULE.passes(f"{newest} is the newest that should be there; {due}")
    message = (
        f"{state.due or 'The next partition'} was due {due_at} and is not there; the newest is {newest}. Has the "
        "vendor uploaded it (bluedot partitions --due), and did its run fail?"
    )
    return RULE.warns(message, [{"partition": state.due, "due_at": due_at, "newest": newest}])


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
