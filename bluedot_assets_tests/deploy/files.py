"""The deployment files as tests read them. No test belongs here."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from bluedot_assets_tests import REPOSITORY

DEPLOY: Final = REPOSITORY / "deploy"
INSTANCE: Final = DEPLOY / "dagster.yaml"
WORKSPACE: Final = DEPLOY / "workspace.yaml"
HEALTHY: Final = {"condition": "service_healthy"}


def compose() -> Any:
    return yaml.safe_load((DEPLOY / "docker-compose.yml").read_text("utf-8"))


@dataclass(frozen=True)
class Instruction:
    """One instruction of the Dockerfile, its continued lines joined."""

    stage: int
    word: str
    text: str


def dockerfile() -> list[Instruction]:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    found: list[Instruction] = []
    stage = -1
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            stage += word == "FROM"
            found.append(Instruction(stage, word, rest.strip()))
    return found


def command_of(service: str) -> list[str]:
    """What a service runs: its own command, or the image's."""
    own = compose()["services"][service].get("command")
    words: list[str] = own or json.loads(next(one.text for one in reversed(dockerfile()) if one.word == "CMD"))
    return words


def health_check_of(service: str) -> list[str]:
    test: list[str] = compose()["services"][service]["healthcheck"]["test"]
    assert test[0] == "CMD"
    return test[1:]


def needs_of(service: str) -> set[str]:
    """The services that must be healthy before this one starts."""
    return {name for name, need in compose()["services"][service]["depends_on"].items() if need == HEALTHY}
