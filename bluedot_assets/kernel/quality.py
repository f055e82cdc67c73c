"""The rules that decide whether a stage's output may be stored, as verdicts over counts and tables."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.tables import Table
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, Severity, Verdict
from bluedot_assets.kernel.series_rules import Violation
from bluedot_assets.kernel.site_index import Changes

FEW_DROPPED: Final = 0.01  # share of bars, values or dots
MANY_DROPPED: Final = 0.20  # beyond it nothing is published


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
    rule: str,
    what: str,
    share: Share,
    least_percent: float,
    missing: Sequence[dict[str, object]],
    accepted: Callable[[], str] = str,
) -> Verdict:
    """Blocking below `least_percent`, a warning below 100 %. `accepted` is asked for a person's reason to let pass what
    would block; nothing at all is let pass by nobody."""
    if share.expected and share.part >= share.expected:
        return Verdict(rule, True, f"{share} {what}.")
    if share.expected and share.percent >= least_percent:
        return Verdict(
            rule, False, f"{share} {what}; {share.expected - share.part} did not.", "warning", list(missing[:MAX_ROWS])
        )
    said = f"{share} {what}, less than the {least_percent:g} % of BLUEDOT_MIN_COMPLETE"
    if share.part and (reason := accepted()):
        said = f"{said}; published all the same, because a person accepted it: {reason}"
        return Verdict(rule, False, said, "warning", list(missing[:MAX_ROWS]), reason)
    return Verdict(rule, False, f"{said}: nothing of it is published.", "error", list(missing[:MAX_ROWS]))


def schema_verdict(tables: Sequence[tuple[Table, pl.DataFrame]]) -> Verdict:
    """Every table against its declaration."""
    broken = [violation for table, frame in tables for violation in table.violations(frame)]
    if broken:
        return Verdict(
            "schema", False, "; ".join(broken[:5]), "error", [{"violation": one} for one in broken[:MAX_ROWS]]
        )
    return Verdict("schema", True, f"{', '.join(table.name for table, _ in tables)} are as declared.")


def dots_verdict(off_bar: pl.DataFrame) -> Verdict:
    """Every dot inside a stock's price window lies on a bar (columns: `dots.OFF_BAR`)."""
    if off_bar.is_empty():
        return Verdict("dots_on_bars", True, "Every blue dot inside a stock's price window lies on a bar.", "warning")
    stocks = off_bar["symbol"].n_unique()
    rows = [
        {"symbol": symbol, "date": day.isoformat(), "why": why} for symbol, day, why in off_bar.head(MAX_ROWS).rows()
    ]
    return Verdict("dots_on_bars", False, f"{off_bar.height} dots of {stocks} stocks lie on no bar.", "warning", rows)


def uncompared_verdict(rule: str, problem: str | None) -> Verdict:
    """Where there is no earlier partition; a `problem` that kept it from being read is a warning."""
    return Verdict(rule, problem is None, problem or "There is no earlier partition to compare with.", "warning")


def absences(now: Collection[str], history: Sequence[tuple[str, Collection[str]]]) -> dict[str, int]:
    """The stocks that are absent, and were so in the partition before too: for how many partitions, this one included.
    `history` are earlier partitions' keys and symbols, newest first; who is in none of them is taken for delisted."""
    seen = set(now)
    absent: dict[str, int] = {}
    for times, (_, symbols) in enumerate(history, 1):
        absent |= dict.fromkeys(sorted(set(symbols) - seen), times)
        seen |= set(symbols)
    return {symbol: times for symbol, times in absent.items() if times > 1}


def continuity_verdict(
    before: str | None, changes: Changes | None, problem: str | None = None, absent: Mapping[str, int] | None = None
) -> Verdict:
    """The partition's stocks against those of the partition `before`; a vanished stock is a warning, one that is still
    `absent` (for so many partitions) too, and so is a `problem` that kept them from being compared."""
    rule, absent = "stocks_as_before", absent or {}
    if before is None or changes is None:
        return uncompared_verdict(rule, problem)
    rows = [
        *({"symbol": symbol, "change": "vanished"} for symbol in changes.went),
        *({"symbol": symbol, "change": f"absent {times} times"} for symbol, times in absent.items()),
        *({"symbol": symbol, "change": "new"} for symbol in changes.came),
    ]
    still = f", {len(absent)} are absent for longer" if absent else ""
    said = f"Against {before}: {len(changes.went)} stocks vanished{still}, {len(changes.came)} are new."
    return Verdict(rule, not changes.went and not absent, said, "warning", rows[:MAX_ROWS])


def values_verdict(dropped: Mapping[str, int], bars: int, dots: int) -> Verdict:
    """How much of the accepted files was dropped or taken as null (counts as in the stocks table). A vendor that
    changes its format spoils all of a field at once, which no single file shows."""
    shares = {
        "bars": (dropped["dropped_bars"] + dropped["duplicate_bars"], bars),
        "rlst, bc or volume values": (dropped["nulled_values"], bars),
        "dots": (dropped["dropped_dots"], dots),
    }
    lost = {name: (part, part / (part + kept)) for name, (part, kept) in shares.items() if part}
    said = ", ".join(f"{part} {name} ({share:.1%})" for name, (part, share) in lost.items())
    worst = max((share for _, share in lost.values()), default=0.0)
    if worst <= FEW_DROPPED:
        return Verdict("values_kept", True, f"Dropped or taken as null: {said or 'nothing'}.")
    severity: Severity = "error" if worst > MANY_DROPPED else "warning"
    return Verdict(
        "values_kept", False, f"Dropped or taken as null: {said}. Has the vendor's format changed?", severity
    )


def series_verdict(violations: Sequence[Violation], files: int) -> Verdict:
    """Every CSV obeys TradingView's rules for rows, and there is at least one."""
    if not files and not violations:
        said = "No stock has a single value of it. If that is right, leave it out of BLUEDOT_INDICATORS."
        return Verdict("tradingview_rows", False, said)
    rows = [{"file": one.file, "line": one.line, "rule": one.rule} for one in violations[:MAX_ROWS]]
    if violations:
        return Verdict(
            "tradingview_rows", False, f"{len(violations)} broken rules, first: {violations[0]}.", "error", rows
        )
    return Verdict("tradingview_rows", True, f"{files} CSVs obey TradingView's rules for rows.")
