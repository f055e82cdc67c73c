"""`bluedot github summary`: what a job's runs made, refused and found, from its Dagster instance and from the site, as
Markdown and annotations. What the terminal shows is in `commands/run/summary`."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bluedot_assets.commands.run.outcome import Outcome, outcomes_here
from bluedot_assets.commands.run.warnings import missing_logs
from bluedot_assets.kernel.alerts.github_annotations import AnnotationLevel, annotation, printable
from bluedot_assets.kernel.bars.price_text import price_text
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.site.dashboard import Dashboard, StockRow, decode_dashboard
from bluedot_assets.kernel.site.new_dots import shown_dots, unseen_dots
from bluedot_assets.kernel.site.publication import DASHBOARD, STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.kernel.tradingview.same_stock import dots_now
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.load import load_settings

ROWS: Final = 50  # of one table; a summary may have 1 MB, and nobody reads as much


def write_summary() -> None:
    """What the runs of this Dagster home became: Markdown to $GITHUB_STEP_SUMMARY (else to standard output), and
    annotations to the log."""
    platform = Platform(load_settings())
    outcomes = outcomes_here(platform)
    text = summary_of(outcomes, platform.settings.site_url or "", lambda outcome: _new_dots(outcome, platform))
    if file := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(text)
    else:
        sys.stdout.write(text)
    sys.stdout.writelines(f"{line}\n" for line in annotations_of(outcomes))


def summary_of(outcomes: Sequence[Outcome], site: str, dots_of: Callable[[Outcome], str]) -> str:
    """Markdown for $GITHUB_STEP_SUMMARY; `dots_of` gives the part on a partition's new dots."""
    if not outcomes:
        return "### Nothing ran\n\nThe site has every partition of the source, or a step before the runs failed.\n"
    missing = [f"**Process log**: {_cell(sentence)}" for sentence in missing_logs(outcomes)]
    parts = [_partitions(outcomes), *missing, *[part for one in outcomes for part in _details(one, dots_of)]]
    if site:
        parts.append(f"[The site]({site}/)")
    return "\n\n".join(parts) + "\n"


def annotations_of(outcomes: Sequence[Outcome]) -> list[str]:
    """Errors for what failed, warnings for checks that a person should see and for a process log that is not there."""
    lines = []
    for one in outcomes:
        if not one.success:
            lines.append(annotation("error", f"{one.name} {one.word}", _error(one)))
        for check in one.failed_checks:
            level: AnnotationLevel = "warning" if check.severity == "warning" else "error"
            lines.append(annotation(level, f"{one.name}: {check.check}", check.message or "failed"))
    return [*lines, *[annotation("warning", "process log", sentence) for sentence in missing_logs(outcomes)]]


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


def _details(one: Outcome, dots_of: Callable[[Outcome], str]) -> list[str]:
    failure = f"**{_cell(f'{one.name} {one.word}')}**: {_cell(_error(one))}"
    parts = [dots_of(one) if one.success else failure]
    if one.dropped:
        parts.append(f"Dropped from the site (BLUEDOT_KEEP, BLUEDOT_SITE_BUDGET_MB): {_cell(', '.join(one.dropped))}")
    if one.rejected:
        rejected = [(row["file"], row["reason"]) for row in one.rejected]
        parts.append(_section(f"Rejected files of {one.name}: {len(rejected)}", ("file", "reason"), rejected))
    failed = [(check.check, check.severity, check.message) for check in one.failed_checks]
    title = f"Checks of {one.name}: {len(one.checks) - len(failed)} passed, {len(failed)} failed"
    return [*parts, _section(title, ("check", "severity", "message"), failed)]


def _new_dots(outcome: Outcome, platform: Platform) -> str:
    """The dots that the folder before did not show, or why nobody can say."""
    found: Sequence[StockRow] = ()
    try:
        if outcome.kept:
            now, before = _dashboards(outcome, platform)
            found = unseen_dots(now, dots_now(shown_dots(before), now) if before else ())
    except (BluedotError, msgspec.DecodeError, OSError) as error:
        return f"**New blue dots of {_cell(outcome.name)}**: {_cell(f'the site could not be asked for them ({error})')}"
    rows = [
        (row.symbol, row.name or "", price_text(row.close), "" if row.rlst is None else f"{row.rlst:g}")
        for row in found
    ]
    return _section(f"New blue dots of {outcome.name}: {len(rows)}", ("symbol", "name", "close", "RLST"), rows)


def _dashboards(outcome: Outcome, platform: Platform) -> tuple[Dashboard, Dashboard | None]:
    """That of the partition, and of the folder before it; None where there is none."""
    name, key = outcome.timeframe, outcome.partition
    site = platform.site_of(TIMEFRAMES[name]).snapshot()
    earlier = [one for one in decode_status(site.read(STATUS)).of(name).folders if one < key]
    keys = [key, *([max(earlier)] if earlier else [])]
    shown, *before = [decode_dashboard(site.read(f"{name}/{one}/{DASHBOARD}") or b"") for one in keys]
    return shown, before[0] if before else None


def _error(one: Outcome) -> str:
    return one.error or "the run ended without a word: see the log of its step"


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
