"""The words of a job's summary and annotations on GitHub Actions: what its runs made, refused and found. How they are
read is in `summary`; what the terminal shows, in `commands/run/summary`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bluedot_assets.commands.console import printable
from bluedot_assets.commands.run.outcome import Outcome
from bluedot_assets.kernel.alerts.github_annotations import AnnotationLevel, annotation
from bluedot_assets.kernel.site.dashboard import StockRow

ROWS: Final = 50  # of one table; a summary may have 1 MB, and nobody reads as much


@dataclass(frozen=True)
class Made:
    """What became of one partition: its dots that the folder before did not show, or why nobody can say."""

    outcome: Outcome
    dots: Sequence[StockRow] = ()
    dots_unknown: str = ""


def summary_of(made: Sequence[Made], site: str) -> str:
    """Markdown for $GITHUB_STEP_SUMMARY."""
    if not made:
        return "### Nothing ran\n\nThe site has every partition of the source, or a step before the runs failed.\n"
    parts = [_partitions([one.outcome for one in made]), *[part for one in made for part in _details(one)]]
    if site:
        parts.append(f"[The site]({site}/)")
    return "\n\n".join(parts) + "\n"


def annotations_of(outcomes: Iterable[Outcome]) -> list[str]:
    """Errors for what failed, warnings for checks that a person should look at."""
    lines = []
    for one in outcomes:
        if not one.success:
            lines.append(annotation("error", f"{one.name} {one.word}", _error(one)))
        for check in one.failed_checks:
            level: AnnotationLevel = "warning" if check.severity == "warning" else "error"
            lines.append(annotation(level, f"{one.name}: {check.check}", check.message or "failed"))
    return lines


def _partitions(outcomes: Sequence[Outcome]) -> str:
    rows = [
        (
            one.name,
            one.word,
            f"{one.stocks:,} of {one.expected:,}",
            f"{one.series:,}",
            f"{one.bars:,}",
            f"{len(one.rejected):,}",
            f"{sum(one.stages_s.values()):.0f} s",
        )
        for one in outcomes
    ]
    heads = ("partition", "outcome", "stocks", "CSVs", "bars", "rejected", "time")
    return "### Partitions\n\n" + _table(heads, rows)


def _details(made: Made) -> list[str]:
    one, name, parts = made.outcome, made.outcome.name, []
    if not one.success:
        parts.append(f"**{_cell(f'{name} {one.word}')}**: {_cell(_error(one))}")
    elif made.dots_unknown:
        parts.append(f"**New blue dots of {_cell(name)}**: {_cell(made.dots_unknown)}")
    else:
        dots = [(row.symbol, row.name or "", f"{row.close:g}", _number(row.rlst)) for row in made.dots]
        title = f"New blue dots of {name}: {len(dots)}"
        parts.append(_section(title, ("symbol", "name", "close", "RLST"), dots))
    if one.dropped:
        parts.append(f"Dropped from the site (BLUEDOT_KEEP, BLUEDOT_SITE_BUDGET_MB): {_cell(', '.join(one.dropped))}")
    if one.rejected:
        rejected = [(row["file"], row["reason"]) for row in one.rejected]
        parts.append(_section(f"Rejected files of {name}: {len(rejected)}", ("file", "reason"), rejected))
    failed = [(check.check, check.severity, check.message) for check in one.failed_checks]
    title = f"Checks of {name}: {len(one.checks) - len(failed)} passed, {len(failed)} failed"
    parts.append(_section(title, ("check", "severity", "message"), failed))
    return parts


def _error(one: Outcome) -> str:
    return one.error or "the run ended without a word: see the log of its step"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _section(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    more = f"\n\nand {len(rows) - ROWS:,} more." if len(rows) > ROWS else ""
    return f"### {_cell(title)}" + (f"\n\n{_table(heads, rows[:ROWS])}{more}" if rows else "")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *[[_cell(text) for text in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """Names and reasons come from outside: text, never Markdown or markup."""
    shown = printable(text.replace("\n", " "))
    return "".join(f"&#{ord(character)};" if character in "|<>&*_`[]~\\" else character for character in shown)
