"""Sentences for a person on standard error; where GitHub Actions runs us, also on the page of its run."""

import os
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from bluedot_assets.kernel.alerts.github_annotations import AnnotationLevel, annotation

PREFIX: Final = "bluedot: "
WARNING: Final = "warning: "


def print_warning(said: str) -> None:
    _say("warning", f"{WARNING}{said}", said)


def print_error(said: str) -> None:
    _say("error", said, said)


def _say(level: AnnotationLevel, line: str, said: str) -> None:
    sys.stderr.write(f"{PREFIX}{line}\n")
    annotate(level, said)


def annotate(level: AnnotationLevel, said: str) -> None:
    """For what is said elsewhere already."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(annotation(level, "bluedot", said) + "\n")


def errors_in(said: Path | None) -> list[str]:
    """What a command of ours complained of, by the file that holds its standard error; an absent one holds nothing,
    for its step was never reached."""
    lines = said.read_text("utf-8", "replace").splitlines() if said is not None and said.is_file() else []
    ours = [line.removeprefix(PREFIX) for line in lines if line.startswith(PREFIX)]
    return [line for line in ours if not line.startswith(WARNING)]


WIDTH_OF_LOGS = 140  # where no terminal says how wide it is


def terminal(*, stderr: bool = False) -> Console:
    """A console as wide as its terminal; in a log file no column is cut."""
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=WIDTH_OF_LOGS)


def printable(text: str) -> str:
    """Names come from outside: no control character reaches the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
