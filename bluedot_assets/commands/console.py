"""What commands print: JSON, and sentences for a person on standard error; where GitHub Actions runs us, also on the
page of its run. A command of ours that a sentence names in backticks is printed as this one was called, so that it
works as it stands. What a command has to say is in its own module."""

import json
import os
import re
import shlex
import shutil
import sys
import traceback
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bluedot_assets.kernel.alerts.github_annotations import AnnotationLevel, annotation, printable
from bluedot_assets.kernel.errors import BluedotError

if TYPE_CHECKING:
    from rich.console import Console

    from bluedot_assets.settings.fields import Settings

SAMPLE: Final = Path("sample")  # of the folder that `--sample` is given in
OF_SAMPLE: Final = "--sample"
DEBUG: Final = "--debug"
_SECRET_FORMS: Final = [
    # One slash: what became of a URL that was taken for a path.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*:/{1,2})[^/\s:@]*:[^/\s@]*@|(\bhttps?:/{1,2})[^/\s@]+@"), r"\1\2***@"),
    (re.compile(r"(:/{1,2}[^\s?'\"]*)\?[^\s'\"]+"), r"\1"),
    (re.compile(r"gh[a-z]_\w{20,}|github_pat_\w{20,}|AIza[\w-]{30,}|xox[a-z]-[\w-]{10,}"), "***"),
    (re.compile(r'("private_key(?:_id)?"\s*:\s*)"[^"]*"'), r'\1"***"'),
]
HIDDEN: Final = "***"
LONGEST_CAUSE: Final = 300
WIDTH_OF_LOGS: Final = 140  # where no terminal says how wide it is


def program() -> str:
    """What a person types to call this program again from the same folder: `bluedot`, `.venv/bin/bluedot`, `python -m
    bluedot_assets`."""
    called = sys.argv[0]
    if Path(called).name == "__main__.py":
        return shlex.join([sys.orig_argv[0], "-m", "bluedot_assets"])
    name = Path(called).name
    return shlex.quote(name if shutil.which(name) == called else called)


def as_called(sentence: str) -> str:
    """The sentence with its commands in backticks as this one was called, of the sample where this one was."""

    def spelled(command: re.Match[str]) -> str:
        option = OF_SAMPLE if command[1] or (on_sample() and command[2] != "sample") else ""
        return f"`{' '.join(filter(None, [program(), option, command[2]]))}"

    if on_sample():
        sentence = re.sub(r"\b([A-Z_]+) is not set:", rf"\1 is not set in {SAMPLE}/.env, all that is read:", sentence)
    return re.sub(rf"`bluedot ({OF_SAMPLE} )?([a-z]+)", spelled, sentence)


def from_here(path: str) -> str:
    """A path of the settings as it is seen from the folder that the command was called in."""
    return str(SAMPLE / Path(path).expanduser()) if on_sample() else path


def as_named(path: str) -> str:
    """A path as the person gave it who called us: with --sample we work in another folder, and have it whole."""
    here = Path.cwd().parent
    return str(Path(path).relative_to(here)) if on_sample() and Path(path).is_relative_to(here) else path


def on_sample() -> bool:
    """Whether this command works on the sample."""
    return is_given(OF_SAMPLE)


def is_given(option: str) -> bool:
    """Whether it stands before the command."""
    return option in takewhile(lambda word: word.startswith("-"), sys.argv[1:])


def print_json(value: Any) -> None:
    """Our own records and plain values, and nothing else, on standard output."""
    import msgspec  # noqa: PLC0415  help prints no JSON

    sys.stdout.write(json.dumps(msgspec.to_builtins(value), indent=1) + "\n")


def print_warning(sentence: str) -> None:
    sentence = as_called(sentence)
    sys.stderr.write(f"bluedot: warning: {_lines(sentence)}\n")
    annotate("warning", sentence)


def settings_here() -> "Settings":
    """The settings of a command, which says of each mistyped name that it does nothing. Raises SettingsError."""
    from bluedot_assets.settings.load import load_settings, mistyped  # noqa: PLC0415  help needs none

    settings = load_settings()
    for sentence in mistyped(os.environ):
        print_warning(sentence)
    return settings


def print_error(sentence: str) -> None:
    sentence = as_called(sentence)
    sys.stderr.write(f"bluedot: {_lines(sentence)}\n")
    annotate("error", sentence)


def print_traceback(error: BaseException | None, secrets: Iterable[str] = ()) -> None:
    """For who called with --debug."""
    if error is not None and is_given(DEBUG):
        sys.stderr.write(_lines(blotted("".join(traceback.format_exception(error)), secrets)))


def _lines(sentence: str) -> str:
    return "\n".join(map(printable, sentence.split("\n")))


def annotate(level: AnnotationLevel, sentence: str) -> None:
    """For what is printed elsewhere already."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(annotation(level, "bluedot", sentence) + "\n")


def sentence_of(error: BaseException | None) -> str:
    """What it is and what to do, whatever was raised."""
    if isinstance(error, BluedotError):
        return str(error)
    if isinstance(error, OSError | MemoryError):
        from bluedot_assets.adapters.local_folders import explained  # noqa: PLC0415  help needs none

        return str(explained(error))
    if sentence := _of_surroundings(error):
        return sentence
    text = " ".join(blotted(str(getattr(error, "orig", None) or error)).split())[:LONGEST_CAUSE].rstrip(".")
    cause = f"{type(error).__name__}{text and f': {text}'}"
    if isinstance(error, ImportError):
        return (
            f"A library cannot be loaded ({text}): install the package again with all its dependencies, and give the "
            "machine more memory where that is what is missing."
        )
    from bluedot_assets.dagster_home import database_failure, is_of_database  # noqa: PLC0415  help needs none

    if is_of_database(type(error).__module__):
        return database_failure(cause)
    return (
        f"Something that nobody foresaw went wrong ({cause}): call the same with {DEBUG} before the command, as "
        f"`{program()} {DEBUG} ...`, and report the traceback that it shows."
    )


def _of_surroundings(error: BaseException | None) -> str:
    """What the environment of this process lacks; empty where that is not what is wrong."""
    if isinstance(error, RuntimeError) and "home directory" in str(error):  # of pathlib
        return "This user has no home folder, which ~ stands for: write whole paths, or set HOME."
    if isinstance(error, UnicodeError) and sys.getfilesystemencoding() != "utf-8":
        return "The locale has no letters beyond ASCII, and a name of a file or setting has: set PYTHONUTF8=1."
    return ""


def blotted(text: str, secrets: Iterable[str] = ()) -> str:
    """What a library says, without those secrets and what looks like one."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    for form, instead in _SECRET_FORMS:
        text = form.sub(instead, text)
    return text


def terminal(*, stderr: bool = False) -> "Console":
    """A console as wide as its terminal; in a log file no column is cut."""
    from rich.console import Console  # noqa: PLC0415  help draws nothing

    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=WIDTH_OF_LOGS)


def kept_terminal() -> "Console":
    """Standard error, also while a run of Dagster leads that into the file of its logs."""
    from rich.console import Console  # noqa: PLC0415  help draws nothing

    if not sys.stderr.isatty():
        return terminal(stderr=True)
    return Console(file=os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8"), highlight=False)
