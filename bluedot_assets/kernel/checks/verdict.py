"""What a rule is, the outcome of one over an output, and the error of a rule that blocks. Each rule is declared in the
module of what it judges. Verdicts are stored by `adapters/storage`, and reported by `defs`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from bluedot_assets.kernel.errors import BluedotError

if TYPE_CHECKING:
    import polars as pl

MAX_ROWS: Final = 200  # offenders listed with a verdict
Severity = Literal["error", "warning"]


class Numbers(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rule counted, to be plotted over the partitions. Shares are from 0 to 1, of the worst exchange where each
    is judged by itself: one that must not fall below `least_share`, or not rise above `most_share`."""

    offenders: int  # files, stocks, bars or dots: what the rule's message counts
    judged: int | None = None  # of so many
    share: float | None = None
    least_share: float | None = None
    most_share: float | None = None


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of one rule. A failed one with severity `error` kept the output from being stored; of one that passed
    the severity says how grave its failure can be. Only a `Rule` makes verdicts."""

    rule: str
    passed: bool
    message: str
    severity: Severity = "error"
    rows: list[dict[str, Any]] = []  # the offenders, as a table; cut to MAX_ROWS
    accepted: str = ""  # the reason of a person who let it pass as a warning
    numbers: Numbers | msgspec.UnsetType = msgspec.UNSET  # so that manifests of earlier versions keep their fingerprint

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "error"


def blocking_messages(verdicts: Sequence[Verdict]) -> list[str]:
    """What the rules say that let nothing through."""
    return [verdict.message for verdict in verdicts if verdict.blocks]


@dataclass(frozen=True)
class Rule:
    """A rule that warns and cannot block: it has no way to make a verdict that does. `meaning` says in a sentence what
    is so when it passes."""

    name: str
    meaning: str
    blocking: bool = field(default=False, init=False)

    @property
    def severity(self) -> Severity:
        """The gravest that a failure can be."""
        return "warning"

    @property
    def description(self) -> str:
        return f"{self.meaning} A warning."

    def passes(self, message: str, numbers: Numbers | None = None) -> Verdict:
        """All is well, or there is nothing to judge."""
        return self._verdict(True, message, self.severity, (), numbers)

    def unjudged(self, what: str) -> Verdict:
        """No series that is published is made of it: that files do not have it is no fault."""
        return self.passes(f"Not judged: no series of BLUEDOT_INDICATORS is made of {what}.")

    def warns(
        self, message: str, rows: Sequence[Mapping[str, Any]] = (), numbers: Numbers | None = None, accepted: str = ""
    ) -> Verdict:
        """Something that can be the truth; `rows` are the offenders."""
        return self._verdict(False, message, "warning", rows, numbers, accepted)

    def judged(
        self, passed: bool, message: str, rows: Sequence[Mapping[str, Any]] = (), numbers: Numbers | None = None
    ) -> Verdict:
        """`passes` or `warns`; one that passes may list what is no offence."""
        return self._verdict(passed, message, self.severity if passed else "warning", rows, numbers)

    def _verdict(
        self,
        passed: bool,
        message: str,
        severity: Severity,
        rows: Sequence[Mapping[str, Any]],
        numbers: Numbers | None,
        accepted: str = "",
    ) -> Verdict:
        listed = [dict(row) for row in rows[:MAX_ROWS]]
        return Verdict(self.name, passed, message, severity, listed, accepted, numbers or msgspec.UNSET)


@dataclass(frozen=True)
class ErrorRule(Rule):
    """A rule whose failure can be an error. What comes after waits for it (`blocking`), but for one that is judged when
    all is done."""

    blocking: bool = True

    @property
    def severity(self) -> Severity:
        return "error"

    @property
    def description(self) -> str:
        return self.meaning

    def fails(self, message: str, rows: Sequence[Mapping[str, Any]] = (), numbers: Numbers | None = None) -> Verdict:
        """The output must not be stored."""
        return self._verdict(False, message, "error", rows, numbers)


def rows_of(offenders: "pl.DataFrame") -> list[dict[str, Any]]:
    """The first MAX_ROWS offenders as a verdict lists them, dates as text."""
    import polars as pl  # noqa: PLC0415  who reads a verdict needs no tables
    import polars.selectors as cs  # noqa: PLC0415

    return offenders.head(MAX_ROWS).with_columns(cs.date().cast(pl.String)).rows(named=True)


class RuleBroken(BluedotError):
    """A blocking rule failed; nothing of the output is stored. `verdicts` are those of all its rules."""

    def __init__(self, message: str, verdicts: Sequence[Verdict]) -> None:
        super().__init__(message)
        self.verdicts = verdicts
