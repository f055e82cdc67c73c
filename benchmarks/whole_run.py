"""`bluedot run` for one daily partition of 1,000 stocks: from the start of the process to its exit."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def measure(tree: Path, scratch: Path) -> list[str]:
    """Lines of figures: a first run, and one with nothing changed."""
    environment = {
        **os.environ,
        "BLUEDOT_SOURCE": str(tree),
        "BLUEDOT_DATA": str(scratch / "data"),
        "BLUEDOT_SITE": str(scratch / "site"),
        "DAGSTER_HOME": str(scratch / "dagster"),
    }
    command = [str(Path(sys.executable).with_name("bluedot")), "run", "--timeframe", "daily", "--json"]
    lines = []
    for name in ("first run", "run again, nothing changed"):
        started = time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
        wall = time.perf_counter() - started
        (outcome,) = json.loads(done.stdout)["runs"]
        stages = ", ".join(f"{stage} {seconds}" for stage, seconds in outcome["stages_s"].items())
        rest = wall - sum(outcome["stages_s"].values())
        lines.append(f"{name}: {wall:.1f} s (aim: 15); {stages}; start-up, Dagster and summary {rest:.1f}")
    return lines
