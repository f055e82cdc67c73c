"""TODO."""

from collections.abc import Sequence

from bluedot_assets.kernel.checks.verdict import MAX_ROWS, Verdict
from bluedot_assets.kernel.series_rules import Violation


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
