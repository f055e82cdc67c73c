"""The outcome of one rule over an output, and the error of a rule that blocks. Each rule stands in the module of what
it judges. Verdicts are stored by `adapters/storage`, and reported by `defs`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from bluedot_assets.kernel.errors import BluedotError

if TYPE_CHECKING:
    import polars as pl

MAX_ROWS: Final = 200  # offenders listed with a verdict
Severity = Literal["error", "warning"]


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of one rule. A failed rule with severity `error` kept the output from being stored."""

    rule: str
    passed: bool
    message: str
    severity: Severity = "error"
    rows: list[dict[str, Any]] = []  # the offenders, as a table; cut to MAX_ROWS
    accepted: str = ""  # the reason of a person who let it pass as a warning

    @property
    def blocks(self) -> bool:
        return not self.passed and self.severity == "error"


def blocking_messages(verdicts: Sequence[Verdict]) -> list[str]:
    """What the rules say that let nothing through."""
    return [verdict.message for verdict in verdicts if verdict.blocks]


def warning(rule: str, passed: bool, message: str, rows: Sequence[Mapping[str, Any]] = ()) -> Verdict:
    """The verdict of a rule that never blocks, with its offenders."""
    return Verdict(rule, passed, message, "warning", [dict(row) for row in rows[:MAX_ROWS]])


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
