"""The `bluedot` command as tests call it, and what it gave back; and what make would run."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bluedot_assets_tests import REPOSITORY


@dataclass(frozen=True)
class Called:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


Bluedot = Callable[..., Called]


def recipe(here: Path, target: str) -> str:
    """What make would run for a target in that folder, where the environment is installed."""
    command = ["make", "--dry-run", "--file", str(REPOSITORY / "Makefile"), "--old-file", ".venv/ready", target]
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=True).stdout.strip()
