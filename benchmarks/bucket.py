"""A run whose data are in a bucket, of a server on this machine that answers after 30 ms, against the same run on a
local disk: requests and seconds."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure
from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.kernel.sample.tree import SamplePlan
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server, s3_server

STOCKS: Final = 1000
LATENCY_S: Final = 0.03
END: Final = date(2024, 8, 2)
ROUNDS: Final = 2


def measure() -> list[Figure]:
    """Figures of the newest of two days, the least of some rounds."""
    with tempfile.TemporaryDirectory() as folder, s3_server(LATENCY_S) as server:
        source = Path(folder) / "drive"
        write_sample(SamplePlan(stocks=STOCKS, days=1, weeks=0, seed=1, end=END), source)
        local, bucket, again = [], [], []
        requests = requests_again = 0
        for number in range(ROUNDS):
            root = Path(folder) / str(number)
            local.append(_seconds(root / "local", source, {"BLUEDOT_DATA": "data"}))
            settings = {**server.environment, "BLUEDOT_DATA": f"s3://{BUCKET}/{number}"}
            server.requests()
            bucket.append(_seconds(root / "bucket", source, settings))
            requests = _counted(server)
            again.append(_seconds(root / "bucket", source, settings))
            requests_again = _counted(server)
    run = f"Run of {STOCKS:,} stocks with the data in a bucket"
    note = f"{min(bucket):.1f} s against {min(local):.1f} s"
    return [
        Figure(f"{run}, against a local disk", min(bucket) / min(local), "times", at_most=2, note=note),
        Figure(f"{run}: requests", requests, "requests", at_most=150),
        Figure("The same, unchanged: requests", requests_again, "requests", at_most=40, note=f"{min(again):.1f} s"),
    ]


def _counted(server: S3Server) -> int:
    return sum(server.requests().values())


def _seconds(root: Path, source: Path, settings: Mapping[str, str]) -> float:
    """Of a run as a process."""
    root.mkdir(parents=True, exist_ok=True)
    places = {"BLUEDOT_SOURCE": str(source), "BLUEDOT_SITE": "site", "DAGSTER_HOME": str(root / "home")}
    command = [str(Path(sys.executable).parent / "bluedot"), "run", "--timeframe", "daily", "--quiet"]
    began = time.perf_counter()
    subprocess.run(command, cwd=root, env={**os.environ, **places, **settings}, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
