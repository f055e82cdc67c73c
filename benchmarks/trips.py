"""How far a trip through our own code is: calls from module to module while a tiny partition runs, is stored as raw
and is published; `python -m benchmarks.trips` names them. How long it takes is measured in the other benchmarks.

A call counts when it enters another module of ours than the one that called; a return counts when the module that it
enters was entered and left before on the same trip."""

import contextlib
import inspect
import io
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any, Final
from unittest.mock import patch

from benchmarks.figures import Figure
from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.kernel.sample.tree import SamplePlan

PACKAGE: Final = "bluedot_assets"
END: Final = date(2024, 8, 2)
TRIPS: Final = {
    "one publish": ("bluedot_assets.pipeline.stages.site", "publish"),
    "one make_raw": ("bluedot_assets.pipeline.stages.raw_json", "make_raw"),
    "one run": ("bluedot_assets.commands.run.command", "run_partitions"),
}


@dataclass
class Trip:
    """What the first call of an entry function, (module, name), went through."""

    entry: tuple[str, str]
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)  # from module to module
    modules: set[str] = field(default_factory=set)
    returns: int = 0
    depth: int = 0
    done: bool = False

    def called(self, caller: str, function: tuple[str, str]) -> None:
        if self.depth and caller != function[0]:
            self.calls[caller, function[0]] += 1
            self.returns += function[0] in self.modules
        if self.depth or function == self.entry:
            self.modules.add(function[0])
        self.depth += function == self.entry

    def left(self, function: tuple[str, str]) -> None:
        self.depth -= function == self.entry
        self.done = function == self.entry and self.depth == 0


def module_of(frame: FrameType | None) -> str:
    """The nearest module of ours on the way up, `` where there is none; comprehensions and closures are their own."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(f"{PACKAGE}."):
            return name
        frame = frame.f_back
    return ""


def traced(trips: list[Trip]) -> Callable[[FrameType, str, Any], None]:
    """A profile function that fills the trips."""
    generators: list[FrameType] = []

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        function = (str(frame.f_globals.get("__name__", "")), frame.f_code.co_name)
        # Neither an import nor the next item of a generator is a call.
        if event not in {"call", "return"} or not function[0].startswith(f"{PACKAGE}.") or function[1] == "<module>":
            return
        if event == "call" and frame.f_code.co_flags & inspect.CO_GENERATOR:
            if frame in generators:
                return
            generators.append(frame)
        for trip in trips:
            if event == "call" and not trip.done:
                trip.called(module_of(frame.f_back), function)
            elif not trip.done:
                trip.left(function)

    return profile


@contextlib.contextmanager
def tiny_installation() -> Iterator[Path]:
    """A folder of its own, which is the current one, with settings that name its parts."""
    parts = {"BLUEDOT_SOURCE": "drive", "BLUEDOT_DATA": "data", "BLUEDOT_SITE": "site", "DAGSTER_HOME": "dagster"}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        settings = {name: str(Path(folder) / part) for name, part in parts.items()}
        with patch.dict(os.environ, {**settings, "PARALLEL_WORKERS": "1"}):
            yield Path(folder)


def measure() -> list[Figure]:
    """The calls of each trip."""
    return [
        Figure(name, trip.calls.total(), "calls", note=f"{len(trip.modules)} modules, {trip.returns} returns")
        for name, trip in trips().items()
    ]


def trips() -> dict[str, Trip]:
    """All of them, by name."""
    silent = io.StringIO()
    made = {name: Trip(entry) for name, entry in TRIPS.items()}
    with tiny_installation() as root, contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
        from bluedot_assets.commands.run.command import run_partitions  # noqa: PLC0415  settings come first

        write_sample(SamplePlan(stocks=2, days=1, weeks=0, seed=1, end=END, exchange="india"), root / "drive")
        sys.setprofile(traced(list(made.values())))
        try:
            code = run_partitions("daily", "latest", accept=None, quiet=True, as_json=False, wait=False)
        finally:
            sys.setprofile(None)
        assert code == 0, silent.getvalue()
    return made


if __name__ == "__main__":
    for title, trip in trips().items():
        print(f"{title}: {trip.calls.total()} calls")
        for (caller, called), count in trip.calls.most_common(15):
            print(f"  {count:>6}  {caller} -> {called}")
