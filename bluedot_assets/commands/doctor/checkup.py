"""How `bluedot doctor` examines an installation: one check after the other, each by itself, and what each found.

What is checked stands in `doctor_checks` and the modules that it names."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.pipeline.platform import Platform

# What is secret by its form, wherever a person has pasted it: a user with a password in a URL, anything before the
# host of a web address (a token may stand there alone) and behind its `?`; tokens of GitHub, Google and Slack; keys.
_SECRET_FORMS: Final = [
    # One slash: what became of a URL that was taken for a path.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*:/{1,2})[^/\s:@]*:[^/\s@]*@|(\bhttps?:/{1,2})[^/\s@]+@"), r"\1\2***@"),
    (re.compile(r"(:/{1,2}[^\s?'\"]*)\?[^\s'\"]+"), r"\1"),
    (re.compile(r"gh[a-z]_\w{20,}|github_pat_\w{20,}|AIza[\w-]{30,}|xox[a-z]-[\w-]{10,}"), "***"),
    (re.compile(r'("private_key(?:_id)?"\s*:\s*)"[^"]*"'), r'\1"***"'),
]
HIDDEN: Final = "***"
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
    """What the checks look at."""

    platform: Platform
    wrong: Mapping[str, str]  # settings that have their default instead, with what is wrong
    environment: Mapping[str, str]
    send: bool = False  # whether messages may be sent

    @property
    def secrets(self) -> list[str]:
        """Every secret that a library's own words might repeat."""
        settings = self.platform.settings
        values = [getattr(settings, name) for name in type(settings).model_fields]
        known = [value.get_secret_value() for value in values if hasattr(value, "get_secret_value")]
        return [one for one in known if len(one) >= SHORTEST_SECRET]


@dataclass(frozen=True)
class Check:
    """One line of the report. `body` may raise BluedotError, OSError and ImportError, which are errors. The check is
    skipped where one of the checks in `needs` found an error, or one of the settings in `reads` is wrong."""

    name: str
    body: Callable[[Checkup], CheckupResult]
    needs: Sequence[str] = ()
    reads: Sequence[str] = ()


def ok(message: str) -> CheckupResult:
    return CheckupResult(ResultLevel.ok, message)


def warning(message: str) -> CheckupResult:
    return CheckupResult(ResultLevel.warning, message)


def skipped(reason: str) -> CheckupResult:
    return CheckupResult(ResultLevel.skipped, reason)


def run_checks(checks: Sequence[Check], examined: Checkup) -> Iterator[CheckupResult]:
    """The finding of each check, in their order, as they come."""
    blocked: dict[str, str] = {}  # check -> the cause why what needs it is skipped
    for check in checks:
        cause = next((blocked[name] for name in check.needs if name in blocked), None)
        wrong = next((name for name in check.reads if name in examined.wrong), None)
        if cause is not None:
            found, blocked[check.name] = skipped(f"Needs what failed above ({cause})."), cause
        elif wrong is not None:
            found, blocked[check.name] = skipped(f"Needs a setting that is wrong ({wrong})."), wrong
        else:
            found = _found(check, examined)
            if found.level is ResultLevel.error:
                blocked[check.name] = check.name
        yield CheckupResult(found.level, _without_secrets(found.message, examined.secrets), check.name)


def _found(check: Check, examined: Checkup) -> CheckupResult:
    try:
        return check.body(examined)
    except BluedotError as error:
        return CheckupResult(ResultLevel.error, str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return CheckupResult(ResultLevel.error, f"{where}{error.strerror or error}.")
    except ImportError as error:
        return CheckupResult(ResultLevel.error, f"{error}: install the package again with all its dependencies.")


def _without_secrets(message: str, secrets: Sequence[str]) -> str:
    """The checks say none; this is for the words of libraries that they pass on. One line, whatever breaks it held."""
    for secret in sorted(secrets, key=len, reverse=True):
        message = message.replace(secret, HIDDEN)
    for form, instead in _SECRET_FORMS:
        message = form.sub(instead, message)
    return " ".join(message.split())
