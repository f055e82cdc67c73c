"""The rows of one run as a report: printed at its end, kept as JSON. The page that is made of it is in `page.py`."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

import msgspec

from benchmarks.figures import aligned, commit, machine
from bluedot_assets_tests.torture.attack import Row


class Report(msgspec.Struct, frozen=True):
    """One run of the attacks; `took_s` in seconds of wall time."""

    date: date
    commit: str
    machine: str
    seed: str
    took_s: float
    rows: list[Row]

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def report_of(rows: Iterable[Row], order: Iterable[str], seed: str, took_s: float) -> Report:
    """With the parts of each attack as one row, in that order, and with what is known of machine and commit."""
    whole: dict[str, Row] = {}
    for row in rows:
        whole[row.name] = whole[row.name] + row if row.name in whole else row
    ordered = [whole[name] for name in order if name in whole]
    return Report(datetime.now(UTC).date(), commit(), machine(), seed, round(took_s, 1), ordered)


def merged(reports: Sequence[Report]) -> Report:
    """One of several: of each attack the row of the last that tried it."""
    rows = {row.name: row for report in reports for row in report.rows}
    commits = dict.fromkeys(report.commit for report in reports)
    took_s = sum(report.took_s for report in reports)
    return msgspec.structs.replace(reports[-1], commit="`, `".join(commits), took_s=took_s, rows=[*rows.values()])


def text(report: Report) -> str:
    """The table as it is printed."""
    heads = ("attack", "tries", "failed", "seconds", "observed")
    rows = [
        (row.name, f"{row.tries:,}", f"{len(row.lost):,}", f"{row.seconds:,.0f}", observations(row))
        for row in report.rows
    ]
    lost = [f"  {row.name}: {sentence}\n" for row in report.rows for sentence in row.lost]
    return aligned([heads, *rows]) + "".join(["\nWhat was lost\n", *lost] if lost else ["\nNothing was lost.\n"])


def observations(row: Row) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in row.observed.items() if number)
