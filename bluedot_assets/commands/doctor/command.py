"""`bluedot doctor`: is everything set up, and can everything be reached? A line for each check."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.markup import escape

from bluedot_assets.commands.console import print_json, printable, terminal
from bluedot_assets.commands.doctor.checks import all_checks
from bluedot_assets.commands.doctor.checkup import Checkup, CheckupResult, ResultLevel, run_checks
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.load import default_settings, documented, usable_settings

COLOURS: Mapping[ResultLevel, str] = {
    ResultLevel.ok: "green",
    ResultLevel.warning: "yellow",
    ResultLevel.error: "red",
    ResultLevel.skipped: "dim",
}
TRIES_AGAIN = 1  # a doctor who waits for minutes is not asked twice


def run_doctor(*, send: bool, as_json: bool) -> int:
    """Examine this installation; the exit code is 1 when a check found an error."""
    examined = _examined(send)
    findings = []
    with _silent_logs():
        checks = all_checks(examined)
        width = max(len(check.name) for check in checks)
        for finding in run_checks(checks, examined):
            findings.append(finding)
            if not as_json:
                _show(finding, width)
    success = not any(finding.level is ResultLevel.error for finding in findings)
    if as_json:
        print_json({"success": success, "checks": findings})
    else:
        terminal().print(_counts(findings))
    return 0 if success else 1


def _examined(send: bool) -> Checkup:
    try:
        settings, wrong = usable_settings()
    except SettingsError as error:  # .env cannot be read: what it says of any of them is unknown
        settings, wrong = default_settings(), {name: str(error) for name, _, _ in documented()}
    tries = min(settings.retry_attempts, TRIES_AGAIN)
    platform = Platform(settings.model_copy(update={"retry_attempts": tries}))
    return Checkup(platform, wrong, os.environ, send)


def _show(finding: CheckupResult, width: int) -> None:
    colour = COLOURS[finding.level]
    name = escape(f"{finding.check:<{width}}")
    message = escape(printable(finding.message))
    terminal().print(f"[{colour}]{finding.level:<7}[/]  {name}  {message}", soft_wrap=True)


def _counts(findings: Sequence[CheckupResult]) -> str:
    numbers = {level: sum(finding.level is level for finding in findings) for level in ResultLevel}
    plural = {ResultLevel.error: "errors", ResultLevel.warning: "warnings"}
    return ", ".join(
        f"{numbers[level]} {plural.get(level, level) if numbers[level] != 1 else level}"
        for level in (ResultLevel.error, ResultLevel.warning, ResultLevel.ok, ResultLevel.skipped)
        if numbers[level]
    )


@contextmanager
def _silent_logs() -> Iterator[None]:
    """What libraries log of a failure, some with addresses and secrets in it, is said in the check's one sentence."""
    before = logging.root.handlers
    logging.root.handlers = [logging.NullHandler()]
    try:
        yield
    finally:
        logging.root.handlers = before
