"""Sentences for a person on standard error; where GitHub Actions runs us, also on the page of its run."""

import os
import sys

from bluedot_assets.kernel.annotations import Level, annotation


def warn(said: str) -> None:
    _say("warning", f"warning: {said}", said)


def complain(said: str) -> None:
    _say("error", said, said)


def _say(level: Level, line: str, said: str) -> None:
    sys.stderr.write(f"bluedot: {line}\n")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(annotation(level, "bluedot", said) + "\n")
