"""Where the seconds of one `bluedot run` go, and how much memory it takes: of one run that is timed for nothing else.

The moments around the steps are noted by `marked_run`, those of the steps are in Dagster's log."""

import sys
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import dagster as dg
import msgspec

from benchmarks.figures import ROOT, Figure, Part
from benchmarks.run.processes import cost_of, settings
from benchmarks.run.whole_run import days_of, run_words
from bluedot_assets.kernel.calendar.timeframes import DAILY

BEGIN: Final = dg.DagsterEventType.STEP_START
END: Final = dg.DagsterEventType.STEP_SUCCESS


def measure(tree: Path, stocks: int, home: Path, cache: Path) -> tuple[list[Part], Figure]:
    """All the seconds of a run of a partition that is new, in order, and its peak of memory; its calendars are in
    `cache`."""
    key, file = days_of(tree)[0], home / "marks.json"
    command = [sys.executable, "-m", "benchmarks.run.marked_run", str(file), *run_words(key)]
    environment = settings(tree, home, PYTHONPATH=str(ROOT), XDG_CACHE_HOME=str(cache))
    started = time.time()
    cost = cost_of(command, environment, home, watched=True)
    (outcome,) = msgspec.json.decode(cost.output)["runs"]
    marks = msgspec.json.decode(file.read_bytes(), type=dict[str, float])
    steps = _steps(home / "dagster", outcome["run_id"])
    work = f"Peak memory of all processes, {stocks:,} stocks"
    if cost.peak_bytes is None:
        return _parts(started, cost.wall_s, marks, steps), Figure(work, None, "GB", 0.6, note="measured on Linux only")
    return _parts(started, cost.wall_s, marks, steps), Figure(work, cost.peak_bytes / 1e9, "GB", 0.6)


def _steps(home: Path, run_id: str) -> list[tuple[str, float, float]]:
    """What each step of the run is called, when it began and when it ended, in order."""
    moments: dict[str, dict[Any, float]] = {}
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for entry in instance.all_logs(run_id, {BEGIN, END}):
            event = entry.dagster_event
            assert event is not None
            name = str(event.step_key).removeprefix(DAILY.name).strip("_")
            moments.setdefault(name, {})[event.event_type] = entry.timestamp
    return sorted(((name, at[BEGIN], at[END]) for name, at in moments.items()), key=lambda step: step[1])


def _parts(
    started: float, wall_s: float, marks: Mapping[str, float], steps: list[tuple[str, float, float]]
) -> list[Part]:
    between = sum(max(0.0, after[1] - before[2]) for before, after in pairwise(steps))
    last = max(end for _, _, end in steps)
    parts = [
        ("Python starts", marks["began"] - started),
        ("imports", marks["imported"] - marks["began"]),
        ("settings, listing of the source, calendars, access to the site", marks["building"] - marks["imported"]),
        ("definitions", marks["built"] - marks["building"]),
        ("Dagster opens its instance", marks["executing"] - marks["built"]),
        ("Dagster before the first step", steps[0][1] - marks["executing"]),
        *((f"step {name}", end - begin) for name, begin, end in steps),
        ("Dagster between the steps", between),
        ("Dagster after the last step", marks["executed"] - last),
        ("record of the run, notifications, summary", marks["ended"] - marks["executed"]),
        ("workers and Python end", started + wall_s - marks["ended"]),
    ]
    return [Part(name, round(seconds, 2)) for name, seconds in parts]
