"""Annotations of GitHub Actions: lines of a job's log that GitHub shows on the run's page and in its mail
(GitHub, workflow commands). Messages to people are in `wording` and `digest`."""

from typing import Final, Literal

AnnotationLevel = Literal["error", "warning", "notice"]
MOST: Final = 10  # of each level that GitHub shows of one step


def annotation(level: AnnotationLevel, title: str, message: str) -> str:
    """One line. Names and reasons come from outside: none of them can end it and begin a command of its own."""
    return f"::{level} title={_data(title).replace(':', '%3A').replace(',', '%2C')}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
