"""How far a trip through our own code is: calls from module to module while a tiny partition runs, is stored as raw
and is published.

Run by `python -m benchmarks.trips`. A call counts when it enters another module of ours than the one that called; a
return counts when the module that it enters was entered and left before on the same trip."""

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

PACKAGE: Final = "bluedot_assets"
END: Final = date(2024, 8, 2)
TRIPS: Final = {
    "one publish": ("bluedot_assets.pipeline.stages.site", "publish"),
    "one make_raw": ("bluedot_assets.pipeline.stages.raw_json", "make_raw"),
    "one run": ("bluedot_assets.commands.run.command", "run_partitions"),
}


@dataclass
class Trip:
    """What one call of an entry function went through; `first` keeps the first such call."""

    module: str
    function: str
    calls: int = 0
    returns: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    modules: set[str] = field(default_factory=set)
    depth: int = 0
    done: bool = False

    def enter(self, caller: str, callee: str) -> None:
        if caller == callee:
            return
        self.calls += 1
        self.returns += callee in self.modules
        self.pairs[caller, callee] += 1
        self.modules.add(callee)


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
        code = frame.f_code
        name = str(frame.f_globals.get("__name__", ""))
        # Neither an import nor the next item of a generator is a call.
        if event not in {"call", "return"} or not name.startswith(f"{PACKAGE}.") or code.co_name == "<module>":
            return
        if event == "call" and code.co_flags & inspect.CO_GENERATOR:
            if frame in generators:
                return
            generators.append(frame)
        for trip in trips:
            if trip.done:
                continue
            entry = name == trip.module and code.co_name == trip.function
            if event == "call":
                if trip.depth:
                    trip.enter(module_of(frame.f_back), name)
                elif entry:
                    trip.modules.add(name)
                trip.depth += entry
            elif entry:
                trip.depth -= 1
                trip.done = trip.depth == 0

    return profile


@contextlib.contextmanager
def tiny_installation() -> Iterator[Path]:
    """A sample of two stocks and one day, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ |= {
            "BLUEDOT_SOURCE": str(root / "drive"),
            "BLUEDOT_DATA": str(root / "data"),
            "BLUEDOT_SITE": str(root / "site"),
            "DAGSTER_HOME": str(root / "dagster"),
            "PARALLEL_WORKERS": "1",
        }
        yield root


def main() -> None:
    """Print a row for each trip."""
    with tiny_installation() as root:
        from bluedot_assets.commands.run.command import run_partitions  # noqa: PLC0415  settings come first
        from bluedot_assets.commands.sample import make_sample  # noqa: PLC0415

        silent = io.StringIO()
        with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
            make_sample(root / "drive", stocks=2, days=1, weeks=0, seed=1, end=END, exchange="india", fault_kinds=())
            trips = [Trip(module, function) for module, function in TRIPS.values()]
            sys.setprofile(traced(trips))
            try:
                code = run_partitions("daily", "latest", accept=None, quiet=True, as_json=False, wait=False)
            finally:
                sys.setprofile(None)
        assert code == 0, silent.getvalue()
    for name, trip in zip(TRIPS, trips, strict=True):
        print(f"{name:<14} {trip.calls:>6} calls {len(trip.modules):>4} modules {trip.returns:>6} returns")
        if "-v" in sys.argv:
            for (caller, callee), count in trip.pairs.most_common(15):
                print(f"    {count:>5}  {caller} -> {callee}")


if __name__ == "__main__":
    main()
