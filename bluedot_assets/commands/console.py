"""What commands print: JSON, and sentences for a person on standard error; where GitHub Actions runs us, also on the
page of its run. What a command has to say is in its own module."""

import json
import os
import sys
from typing import Any, Final

import msgspec
from rich.console import Console

from bluedot_assets.kernel.alerts.github_annotations import AnnotationLevel, annotation
from bluedot_assets.kernel.errors import BluedotError

WIDTH_OF_LOGS: Final = 140  # where no terminal says how wide it is


def print_json(value: Any) -> None:
    """Our own records and plain values, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(msgspec.to_builtins(value), indent=1) + "\n")


def print_warning(sentence: str) -> None:
    sys.stderr.write(f"bluedot: warning: {sentence}\n")
    annotate("warning", sentence)


def print_error(sentence: str) -> None:
    sys.stderr.write(f"bluedot: {sentence}\n")
    annotate("error", sentence)


def annotate(level: AnnotationLevel, sentence: str) -> None:
    """For what is printed elsewhere already."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(annotation(level, "bluedot", sentence) + "\n")


def sentence_of(error: BluedotError | OSError) -> str:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}."
    return str(error)


def terminal(*, stderr: bool = False) -> Console:
    """A console as wide as its terminal; in a log file no column is cut."""
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=WIDTH_OF_LOGS)


def printable(text: str) -> str:
    """Names come from outside: no control character reaches the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
