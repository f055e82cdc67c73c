"""Loading the settings of this installation from the environment and `.env`, and their documentation. Which there are
is declared in `fields`."""

import ast
import inspect
import re
from collections.abc import Mapping
from datetime import time
from difflib import get_close_matches
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, get_args

from dotenv import dotenv_values
from dotenv.parser import Original, parse_stream
from pydantic import SecretStr, ValidationError

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site.addresses import public_address
from bluedot_assets.settings.fields import GROUPS, Settings
from bluedot_assets.settings.forms import ALL_STORED

PREFIX: Final = "BLUEDOT_"
# How much a name without it must resemble a setting's to be a mistyped one, as difflib measures it.
OF_FILE: Final = 0.85
OF_ENVIRONMENT: Final = 0.9
_ASSIGNS: Final = re.compile(r"(export\s+)?[\w.-]+\s*=")


def load_settings() -> Settings:
    """The settings of the environment and of `.env` in the current folder. Raises SettingsError, one sentence."""
    settings, wrong = usable_settings()
    if wrong:
        raise SettingsError(" ".join(dict.fromkeys(wrong.values())))
    return settings


def usable_settings() -> tuple[Settings, dict[str, str]]:
    """The settings, with the default in place of each that is wrong, and a sentence for each of those by its name.
    Where `.env` cannot be read, all of them are: what it says of any is unknown."""
    try:
        return _written_settings()
    except SettingsError as error:
        return default_settings(), dict.fromkeys(FIELDS, str(error))


def _written_settings() -> tuple[Settings, dict[str, str]]:
    """Those of a `.env` that can be read. Raises SettingsError for one that cannot."""
    try:
        _require_readable_lines(Path(".env"))
        return Settings(), {}
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for one in error.errors():
            wrong.setdefault(str(one["loc"][0]), _sentence(one))
        return Settings(**{name: value for name, value in _defaults().items() if name in wrong}), wrong
    except UnicodeDecodeError as error:
        raise SettingsError(f".env is not UTF-8 text (byte {error.start}): save it as UTF-8.") from None
    except OSError as error:
        raise _unreadable(error) from None


def _require_readable_lines(env_file: Path) -> None:
    """dotenv leaves out a line that it does not understand, and only logs it; a colon it takes for part of a name."""
    text = env_file.read_text("utf-8") if env_file.is_file() else ""
    for one in parse_stream(StringIO(text)):
        if one.error or ":" in (one.key or ""):
            unclosed = one.error and _ASSIGNS.match(one.original.string.lstrip())
            remedy = "close its quote" if unclosed else "an equals sign stands between the two"
            raise SettingsError(f".env, line {_line(one.original)}, is not written as NAME=value: {remedy}.")


def _line(original: Original) -> int:
    """Of its first word: the blank lines before a broken one count as part of it."""
    blank = original.string[: len(original.string) - len(original.string.lstrip())]
    return original.line + blank.count("\n")


def _unreadable(error: OSError) -> SettingsError:
    return SettingsError(f".env cannot be read ({error.strerror or error}): make it readable for this user.")


def _sentence(error: Any) -> str:
    name = str(error["loc"][0])
    problem = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] not in {"value_error", "literal_error"}:
        problem = f"{problem.rstrip('.')}, such as {_example(name)}"
    # A secret that is wrong is still a secret.
    value = "not usable" if name in SECRETS else repr(public_address(_written(error["input"])))
    end = "" if problem.endswith("?") else "."
    return f"{name} is {value}: {problem[0].lower()}{problem[1:].rstrip('.')}{end}"


def _example(name: str) -> str:
    field = FIELDS[name]
    return _written(field.examples[0] if field.examples else field.get_default(call_default_factory=True))


FIELDS: Final = {str(field.validation_alias): field for field in Settings.model_fields.values()}
SECRETS: Final = frozenset(
    name for name, field in FIELDS.items() if SecretStr in (field.annotation, *get_args(field.annotation))
)


def default_settings() -> Settings:
    """Every setting as it is when nothing sets it."""
    return Settings(_env_file=None, **_defaults())


def _defaults() -> dict[str, Any]:
    return {name: field.get_default(call_default_factory=True) for name, field in FIELDS.items()}


def named_in_file(env_file: Path = Path(".env")) -> set[str]:
    """Names that the file gives a value."""
    return {name for name, value in _assigned(env_file).items() if value}


def value_in_file(name: str, env_file: Path = Path(".env")) -> str:
    """What the file gives a name that is no setting of ours, "" for nothing. Raises SettingsError."""
    try:
        return (_assigned(env_file).get(name) or "").strip()
    except OSError as error:
        raise _unreadable(error) from None


def _assigned(env_file: Path) -> dict[str, str | None]:
    # That it is not UTF-8 is an error where the settings are loaded.
    return dotenv_values(stream=StringIO(env_file.read_text("utf-8", "replace"))) if env_file.is_file() else {}


def mistyped(environment: Mapping[str, str], env_file: Path = Path(".env")) -> list[str]:
    """A sentence for each name of the environment or of `env_file` that looks like a setting of ours and is none. Those
    of the file were meant for us; the environment has those of other programs too, which must resemble ours closely."""
    likeness = dict.fromkeys(environment, OF_ENVIRONMENT) | dict.fromkeys(_assigned(env_file), OF_FILE)
    found = []
    for name, least in sorted(likeness.items()):
        ours = name.startswith(PREFIX)
        near = get_close_matches(name.upper(), FIELDS, 1, 0.6 if ours else least)
        if (ours or near) and name.upper() not in FIELDS:  # they are read in small letters as well
            found.append(f"{name} is no setting{f': did you mean {near[0]}?' if near else '.'}")
    return found


def documented() -> list[tuple[str, str, str]]:
    """(name, default, meaning) of every setting, in the order of declaration."""
    # Pydantic can read these texts too, at every start, which costs 0.04 s.
    declared: Any = ast.parse(inspect.getsource(Settings)).body[0]
    meanings = {
        ast.unparse(field.target): " ".join(ast.literal_eval(below.value).split())
        for field, below in pairwise(declared.body)
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr)
    }
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default is None else _written(field.default)
        rows.append((str(field.validation_alias), default, field.description or meanings[name]))
    return rows


def documented_groups() -> dict[str, list[tuple[str, str, str]]]:
    """The same by the heading of their group."""
    begins = {first: heading for heading, first in GROUPS.items()}
    groups: dict[str, list[tuple[str, str, str]]] = {}
    heading = ""
    for field, row in zip(Settings.model_fields, documented(), strict=True):
        heading = begins.get(field, heading)
        groups.setdefault(heading, []).append(row)
    return groups


def _written(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}={_written(one)}" for name, one in value.items())
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, float):
        return f"{value:g}"
    if value == ALL_STORED:
        return "all"
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)
