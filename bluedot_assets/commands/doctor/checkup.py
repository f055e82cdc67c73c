"""The checkup of an installation: one check after the other, each by itself, and what each found. What is checked
stands in `checks` and the modules that it names, the printing in `command`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Final

from pydantic import SecretStr

from bluedot_assets.commands.console import blotted, print_traceback, sentence_of
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings

# What is secret by its form, wherever a person has pasted it: a user with a password in a URL, anything before the
# host of a web address (a token may stand there alone) and behind its `?`; tokens of GitHub, Google and Slack; keys.
SHORTEST_SECRET: Final = 4  # characters; less would blot out words


class ResultLevel(StrEnum):
    ok = "ok"
    warning = "warning"
    error = "error"
    skipped = "skipped"


@dataclass(frozen=True)
class CheckupResult:
    """What a check found. `message` is a sentence that ends in the remedy where there is something to mend."""

    level: ResultLevel
    message: str
    check: str = ""


@dataclass(frozen=True)
class Checkup:
    """The installation that is checked."""

    platform: Platform
    wrong: Mapping[str, str]  # settings that have their default instead, with what is wrong
    environment: Mapping[str, str]
    send: bool = False  # whether messages may be sent

    @property
    def settings(self) -> Settings:
        return self.platform.settings

    @property
    def secrets(self) -> list[str]:
        """Every secret that a library's own words might repeat, the longest first."""
        values = [getattr(self.settings, name) for name in type(self.settings).model_fields]
        known = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return sorted((one for one in known if len(one) >= SHORTEST_SECRET), key=len, reverse=True)


@dataclass(frozen=True)
class Check:
    """One line of the report. What `body` raises is an error of this check, whatever it is. The check is skipped where
    one of the checks in `needs` found an error, or one of the settings in `reads` is wrong."""

    name: str
    body: Callable[[Checkup], CheckupResult]
    needs: Sequence[str] = ()
    reads: Sequence[str] = ()


ok = partial(CheckupResult, ResultLevel.ok)
warning = partial(CheckupResult, ResultLevel.warning)
error = partial(CheckupResult, ResultLevel.error)
skipped = partial(CheckupResult, ResultLevel.skipped)


def run_checks(checks: Iterable[Check], checkup: Checkup) -> Iterator[CheckupResult]:
    """The result of each check, in their order, as they come."""
    blocked: dict[str, str] = {}  # check -> the cause why what needs it is skipped
    for check in checks:
        cause = next((blocked[name] for name in check.needs if name in blocked), None)
        wrong = next((name for name in check.reads if name in checkup.wrong), None)
        if cause is not None:
            result = skipped(f"Needs what failed above ({cause}).")
        elif wrong is not None:
            result, cause = skipped(f"Needs a setting that is wrong ({wrong})."), wrong
        else:
            result = _result(check, checkup)
            cause = check.name if result.level is ResultLevel.error else None
        if cause is not None:
            blocked[check.name] = cause
        yield replace(result, message=_without_secrets(result.message, checkup.secrets), check=check.name)


def _result(check: Check, checkup: Checkup) -> CheckupResult:
    try:
        return check.body(checkup)
    except Exception as failed:  # noqa: BLE001  a check that fails in a way that nobody foresaw ends no other
        print_traceback(failed, checkup.secrets)
        return error(sentence_of(failed))


def _without_secrets(message: str, secrets: Sequence[str]) -> str:
    """The checks name none; this is for what libraries report. One line, whatever line breaks that had."""
    return " ".join(blotted(message, secrets).split())
