"""Annotations of GitHub Actions: lines of a job's log that GitHub shows on the run's page and in its mail
(GitHub, workflow commands). Messages to people are in `wording` and `digest`."""

import re
from typing import Final, Literal

AnnotationLevel = Literal["error", "warning", "notice"]
MOST: Final = 10  # of each level that GitHub shows of one step


def printable(text: str) -> str:
    """One line of a log: names come from outside, and no control character of theirs reaches a terminal, no command of
    theirs the runner of GitHub: it begins with `::` where the line does."""
    return re.sub("^( *):(?=:)", r"\1: ", _shown(text))


def _shown(text: str) -> str:
    """The same within a line of ours, where the runner takes `##[` alone for a command, wherever it stands."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return shown.replace("##[", "## [")


def annotation(level: AnnotationLevel, title: str, message: str) -> str:
    """One line. Names and reasons come from outside: none of them can end it and begin a command of its own."""
    return f"::{level} title={_data(title).replace(':', '%3A').replace(',', '%2C')}::{_data(message)}"


def _data(text: str) -> str:
    lines = re.split("(\r\n|\r|\n)", text.replace("%", "%25"))
    ends = {"\r\n": "%0D%0A", "\r": "%0D", "\n": "%0A"}
    return "".join(ends.get(line) or _shown(line) for line in lines)
