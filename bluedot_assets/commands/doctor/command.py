"""`bluedot doctor`: is everything set up, and can everything be reached? A line for each check; what is checked is in
`checks`."""

import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.markup import escape

from bluedot_assets.commands.console import as_called, print_json, terminal
from bluedot_assets.commands.doctor.checks import all_checks
from bluedot_assets.commands.doctor.checkup import Checkup, CheckupResult, ResultLevel, run_checks
from bluedot_assets.kernel.alerts.github_annotations import printable
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.load import usable_settings

COLOURS = {
    ResultLevel.error: "red",
    ResultLevel.warning: "yellow",
    ResultLevel.ok: "green",
    ResultLevel.skipped: "dim",
}
TRIES_AGAIN = 1  # a doctor who waits for minutes is not asked twice


def run_doctor(*, send: bool, as_json: bool) -> int:
    """Check this installation; the exit code is 1 when a check found an error."""
    checkup = _checkup(send)
    results = []
    with _silent_logs():
        checks = list(all_checks(checkup))
        width = max(len(check.name) for check in checks)
        for result in run_checks(checks, checkup):
            results.append(result)
            if not as_json:
                _show(result, width)
    success = not any(result.level is ResultLevel.error for result in results)
    if as_json:
        print_json({"success": success, "checks": results})
    else:
        terminal().print(_counts(Counter(result.level for result in results)))
        for result in results:  # again, for between all the others they are not seen
            if result.level is ResultLevel.error:
                _show(result, len(result.check))
    return 0 if success else 1


def _checkup(send: bool) -> Checkup:
    settings, wrong = usable_settings()
    tries = min(settings.retry_attempts, TRIES_AGAIN)
    platform = Platform(settings.model_copy(update={"retry_attempts": tries}))
    return Checkup(platform, wrong, os.environ, send)


def _show(result: CheckupResult, width: int) -> None:
    name, message = escape(f"{result.check:<{width}}"), escape(printable(as_called(result.message)))
    terminal().print(f"[{COLOURS[result.level]}]{result.level:<7}[/]  {name}  {message}", soft_wrap=True)


def _counts(numbers: Mapping[ResultLevel, int]) -> str:
    many = {ResultLevel.error: "errors", ResultLevel.warning: "warnings"}
    counted = [(numbers[level], level) for level in COLOURS if numbers[level]]
    return ", ".join(f"{number} {level if number == 1 else many.get(level, level)}" for number, level in counted)


@contextmanager
def _silent_logs() -> Iterator[None]:
    """What libraries log of a failure, some with addresses and secrets in it, is in the check's one sentence."""
    before = logging.root.handlers
    logging.root.handlers = [logging.NullHandler()]
    try:
        yield
    finally:
        logging.root.handlers = before
