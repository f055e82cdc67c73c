"""What `bluedot run` shows a person: a live line for each stage, and the summary at the end. What became of a partition
is in `outcome`; what CI shows, in `commands/github`."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from bluedot_assets.commands.console import kept_terminal, terminal
from bluedot_assets.commands.run.outcome import Outcome
from bluedot_assets.commands.run.warnings import failed_checks, warnings_of
from bluedot_assets.kernel import progress
from bluedot_assets.kernel.alerts.github_annotations import printable
from bluedot_assets.kernel.checks.file_counts import NAMED

REJECTED_SHOWN = 100
MISNAMED_SHOWN = 10
WARNINGS_SHOWN = 20


class LiveProgress(progress.Progress):
    """Partitions and their stages as bars on standard error, while `display` is entered, a line for each partition in a
    log; what came out is in the summary alone, for which this gathers warnings."""

    def __init__(self, *, shown: bool) -> None:
        self.display = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("[yellow]{task.fields[rejected]}"),
            TimeElapsedColumn(),
            console=kept_terminal() if shown else terminal(stderr=True),
            disable=not shown,
            transient=True,
        )
        self._whole: TaskID | None = None
        self._task: TaskID | None = None
        self._rejected = 0
        self._warnings: list[str] = []

    def expect(self, partitions: int) -> None:
        """How many will be run."""
        if partitions > 1:
            self._whole = self.display.add_task("partitions", total=partitions, rejected="")

    def begin(self, stage: str, total: int) -> None:
        self._rejected = 0
        self._task = self.display.add_task(stage, total=total, rejected="")

    def advance(self, files: int, rejected: int = 0) -> None:
        if self._task is None:
            return
        self._rejected += rejected
        rejected_so_far = f"{self._rejected} rejected" if self._rejected else ""
        self.display.update(self._task, advance=files, rejected=rejected_so_far)

    def warn(self, message: str) -> None:
        self._warnings.append(message)

    def finish(self, outcome: Outcome) -> None:
        """Its stages make room for the next one's."""
        whole = [task for task in self.display.tasks if task.id == self._whole]
        for task in self.display.tasks:
            if task not in whole:
                self.display.remove_task(task.id)
        for task in whole:
            self.display.advance(task.id)
            if not self.display.disable and not self.display.console.is_terminal:
                self.display.console.print(f"{task.completed:.0f} of {task.total:.0f}: {outcome.name}")

    def claim(self) -> list[str]:
        """The warnings since the last call."""
        claimed, self._warnings = self._warnings, []
        return claimed


def show_summary(outcomes: Sequence[Outcome], warnings: Sequence[str], places: Sequence[str], *, quiet: bool) -> None:
    """The end of a run, on standard output: what came out, what did not, and what to do next."""
    console = terminal()
    for warning in warnings:
        console.print(f"[yellow]warning[/] {escape(printable(warning))}", soft_wrap=True)
    if quiet:
        for outcome in outcomes:
            console.print(_line(outcome), soft_wrap=True)
            _show_misnamed(console, outcome)
        return
    console.print(_counts(outcomes))
    for outcome in outcomes:
        _show_details(console, outcome)
    _show_warnings(console, outcomes)
    if any(outcome.stages_s for outcome in outcomes):
        console.print(_stages(outcomes))
    _show_outputs(console, outcomes)
    if places:
        console.print()
    for place in places:
        console.print(escape(place), soft_wrap=True)
    if any(not outcome.success and "site" not in outcome.stages_s for outcome in outcomes):
        console.print("[red]Failed partitions published nothing; the site keeps their last good data.[/]")


def _line(outcome: Outcome) -> str:
    return f"{_word(outcome)} {outcome.name}: {_reason(outcome) or _results(outcome)}"


def _word(outcome: Outcome) -> str:
    good = "yellow" if outcome.incomplete or not outcome.kept else "green"
    return f"[{good if outcome.success and outcome.live is not False else 'red'}]{outcome.word}[/]"


def _reason(outcome: Outcome) -> str:
    """Why it is not published, or the world does not see it; empty when it does."""
    if not outcome.success:
        return escape(outcome.error or "see the run in the Dagster UI")
    if outcome.without_room:
        return "BLUEDOT_SITE_BUDGET_MB has no room for a folder so old"
    if not outcome.kept:
        return f"the site keeps the newest {outcome.keeps}"
    return escape(outcome.checks[-1].message) if outcome.live is False else ""


def _results(outcome: Outcome) -> str:
    counts = f"{_stocks(outcome)} stocks, {outcome.series} series, {outcome.bars} bars"
    dropped = f", dropped {', '.join(outcome.dropped)}" if outcome.dropped else ""
    return f"{counts}, {len(outcome.rejected)} rejected{dropped}"


def _stocks(outcome: Outcome) -> str:
    return f"{outcome.stocks:,}" + (f" of {outcome.expected:,}" if outcome.incomplete else "")


def _counts(outcomes: Sequence[Outcome]) -> Table:
    numbers = [Column(name, justify="right") for name in ("bars", "stocks", "series", "rejected", "seconds")]
    table = Table("timeframe", "partition", "outcome", *numbers, title="Partitions", title_justify="left")
    for one in outcomes:
        series, rejected = f"{one.series:,}", f"{len(one.rejected):,}"
        counts = [f"{one.bars:,}", _stocks(one), series, rejected, f"{sum(one.stages_s.values()):.1f}"]
        table.add_row(one.timeframe, one.partition, _word(one), *counts)
    return table


def show_errors(outcomes: Sequence[Outcome]) -> None:
    """All that is shown of a run that somebody interrupted."""
    for outcome in outcomes:
        _show_error(terminal(), outcome)


def _show_error(console: Console, outcome: Outcome) -> None:
    if outcome.error:
        console.print(f"[red]error[/] {outcome.name}: {escape(printable(outcome.error))}", soft_wrap=True)


def _show_details(console: Console, outcome: Outcome) -> None:
    name = outcome.name
    if not outcome.kept:
        console.print(_line(outcome))
    _show_error(console, outcome)
    if outcome.live is not None:
        word = "public" if outcome.live else "[red]not public[/]"
        console.print(f"{word} {name}: {escape(printable(outcome.checks[-1].message))}", soft_wrap=True)
    if outcome.dropped:
        console.print(f"dropped {', '.join(outcome.dropped)} (BLUEDOT_KEEP, BLUEDOT_SITE_BUDGET_MB)", soft_wrap=True)
    for pushed in outcome.seeds:
        console.print(f"[cyan]seeds[/] {name}: {escape(printable(pushed))}")
    _show_misnamed(console, outcome)
    misnamed = {row["file"] for row in outcome.misnamed}
    if others := [file for file in outcome.ignored if file not in misnamed]:
        console.print(f"ignored {name}: {escape(printable(', '.join(others[:REJECTED_SHOWN])))}", soft_wrap=True)
    if not outcome.rejected:
        return
    names = ("file", "reason", "field")
    columns = [Column(one, overflow="fold") for one in names]
    table = Table(*columns, title=f"Rejected files of {name}", title_justify="left")
    for row in outcome.rejected[:REJECTED_SHOWN]:
        table.add_row(*[escape(printable(row[one] or "")) for one in names])
    console.print(table)
    if len(outcome.rejected) > REJECTED_SHOWN:
        console.print(f"and {len(outcome.rejected) - REJECTED_SHOWN} more: --json lists all")


def _show_misnamed(console: Console, outcome: Outcome) -> None:
    """What was meant to be read, with the remedy."""
    rows, more = outcome.misnamed[:MISNAMED_SHOWN], len(outcome.misnamed) - MISNAMED_SHOWN
    named = "; ".join(f"{row['file']} ({row['reason']}): {row['remedy']}" for row in rows)
    if rows:
        end = f"; and {more} more" if more > 0 else ""
        console.print(f"[yellow]ignored[/] {outcome.name}: {escape(printable(named + end))}.", soft_wrap=True)


def _show_warnings(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Warnings and checks of all partitions, each once."""
    warnings = warnings_of(outcomes)
    for word, found in (("warning", warnings[:WARNINGS_SHOWN]), ("check", failed_checks(outcomes, without=NAMED.name))):
        for one in found:
            console.print(f"[yellow]{word}[/] {escape(printable(one))}", soft_wrap=True)
    if len(warnings) > WARNINGS_SHOWN:
        console.print(f"and {len(warnings) - WARNINGS_SHOWN} more warnings: --json lists all")


def _show_outputs(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Where the newest partition of each timeframe lies; a folder that holds two kinds is named once."""
    newest = {outcome.timeframe: outcome for outcome in outcomes if outcome.success}
    for timeframe, outcome in newest.items():
        names: dict[str, list[str]] = {}
        for name, path in outcome.outputs.items():
            names.setdefault(path, []).append(name)
        for path, kinds in names.items():
            console.print(f"{timeframe:<6} {', '.join(kinds):<12} {escape(path)}", soft_wrap=True)


def _stages(outcomes: Sequence[Outcome]) -> Table:
    seconds = [Column(outcome.partition, justify="right") for outcome in outcomes]
    table = Table("stage", *seconds, title="Seconds in each stage", title_justify="left")
    for stage in dict.fromkeys(stage for outcome in outcomes for stage in outcome.stages_s):
        table.add_row(stage, *[f"{one.stages_s[stage]:.2f}" if stage in one.stages_s else "" for one in outcomes])
    return table
