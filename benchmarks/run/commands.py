"""How long a person waits for the commands that are to answer at once."""

import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure
from benchmarks.run.processes import cost_of, settings
from benchmarks.run.whole_run import BLUEDOT

ROUNDS: Final = 5


def measure(tree: Path, home: Path) -> list[Figure]:
    """The least of some rounds, on an installation that has published a partition."""
    environment = settings(tree, home)

    def whole(word: str) -> float:
        return cost_of([BLUEDOT, word], environment, home).wall_s

    return [
        Figure("`bluedot --help`", _least(lambda: whole("--help")), "s", at_most=0.2),
        Figure("`bluedot partitions`", _least(lambda: whole("partitions")), "s", at_most=0.8),
        Figure("First line of `bluedot doctor`", _least(lambda: _first_line_s(environment, home)), "s", at_most=0.5),
    ]


def _least(seconds: Callable[[], float]) -> float:
    return min(seconds() for _ in range(ROUNDS))


def _first_line_s(environment: Mapping[str, str], folder: Path) -> float:
    started = time.perf_counter()
    with subprocess.Popen([BLUEDOT, "doctor"], env=environment, cwd=folder, stdout=subprocess.PIPE) as doctor:
        assert doctor.stdout is not None
        assert doctor.stdout.readline()
        took_s = time.perf_counter() - started
        doctor.kill()
    return took_s
