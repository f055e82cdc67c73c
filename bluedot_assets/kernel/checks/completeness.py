"""How many of the expected files arrived and were accepted: the two shares, and what may be published of them. How many
files are usual is in `file_counts`, who may accept fewer in `site/accepted_incomplete`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bluedot_assets.kernel.checks.verdict import ErrorRule, Numbers, Verdict

RECEIVED: Final = ErrorRule(
    "received", "All files that were expected arrived and could be read; blocks below BLUEDOT_MIN_COMPLETE."
)
ACCEPTED: Final = ErrorRule(
    "accepted", "All files that were expected gave a stock's series; blocks below BLUEDOT_MIN_COMPLETE."
)


@dataclass(frozen=True)
class Share:
    """A part of the files that were expected. An expectation of nothing is met by nothing (0 of 0 is 0 %)."""

    part: int
    expected: int

    @property
    def percent(self) -> float:
        return 100 * self.part / self.expected if self.expected else 0.0

    def __str__(self) -> str:
        # Floored, so that 999 of 1,000 never reads as 100 %.
        return f"{self.part} of {self.expected} files ({int(self.percent * 10) / 10:g} %)"


def share_verdict(
    rule: ErrorRule,
    what: str,
    part: int,
    expected: int,
    least_percent: float,
    missing: Sequence[dict[str, object]],
    accepted: Callable[[], str] = str,
) -> Verdict:
    """Blocking below `least_percent`, a warning below 100 %. `accepted` is asked for a person's reason to let pass what
    would block; nothing at all is let pass by nobody."""
    share, lacking = Share(part, expected), max(0, expected - part)
    numbers = Numbers(lacking, expected, share=share.percent / 100, least_share=least_percent / 100)
    if expected and part >= expected:
        return rule.passes(f"{share} {what}.", numbers)
    first = f" First: {missing[0]['file']}, {str(missing[0]['reason']).rstrip('.')}." if missing else ""
    if expected and share.percent >= least_percent:
        return rule.warns(f"{share} {what}; {lacking} did not.{first}", missing, numbers)
    message = f"{share} {what}, less than the {least_percent:g} % of BLUEDOT_MIN_COMPLETE"
    if part and (reason := accepted()):
        message = f"{message}; published all the same, because a person accepted it: {reason}"
        return rule.warns(message, missing, numbers, reason)
    return rule.fails(f"{message}: nothing of it is published.{first}", missing, numbers)
