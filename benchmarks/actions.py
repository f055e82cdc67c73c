"""What a month costs in GitHub Actions: the daily workflow over 1,000 stocks, its steps run here one by one against a
Drive and a git server of this machine."""

import math
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figures import ROOT, Figure
from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.kernel.sample.tree import SamplePlan
from bluedot_assets_tests.actions.runner import Event, Job, Runner
from bluedot_assets_tests.servers.git import TOKEN, GitServer

STOCKS: Final = 1000
END: Final = date(2024, 8, 2)
LATENCY_MS: Final = 50
CLOCK: Final = Event("schedule")
# A runner's own work: it starts, fetches the actions, restores and saves 0.4 GB of caches.
ALLOWANCE_S: Final = 45
SESSIONS, DAYS, WEEKS, LOOKS = 22, 30, 4.4, 122  # of a month; the monitor looks every six hours


def measure() -> list[Figure]:
    """What each run takes, and the month."""
    with TemporaryDirectory() as folder:
        scratch = Path(folder)
        tree, tomorrow = scratch / "tree", scratch / "tomorrow"
        write_sample(SamplePlan(stocks=STOCKS, days=2, weeks=0, seed=1, end=END), tree)
        (tree / "daily" / END.isoformat()).rename(tomorrow)
        shutil.rmtree(tree / "triggers", ignore_errors=True)
        with _drive(tree) as (endpoint, root_id, key), GitServer(scratch / "git") as git:
            git.create("bluedot")
            runner = Runner(ROOT, scratch / "machine", f"http://127.0.0.1:{git.port}", "", "user/bluedot", TOKEN)
            runner.secrets = {"GOOGLE_DRIVE_API_KEY": key, "BLUEDOT_SOURCE": f"gdrive:{root_id}"}
            runner.variables = {"BLUEDOT_DRIVE_ENDPOINT": endpoint, "BLUEDOT_POLL_SECONDS": "30"}
            first = _run("The first run", runner)[0]
            tomorrow.rename(tree / "daily" / END.isoformat())
            day, working = _run("The next day", runner)
            idle, looking = _run("Nothing due", runner)
    return [first, day, idle, _month(working, looking)]


def _run(title: str, runner: Runner) -> tuple[Figure, Job]:
    before = _cpu_s()
    job = runner.run("daily-pipeline.yml", CLOCK)
    assert job.conclusion == "success", job.log
    steps = ", ".join(f"{step.name} {step.seconds:.0f}" for step in job.steps if step.seconds)
    return Figure(title, _seconds(job), "s", note=f"of CPU {_cpu_s() - before:.0f} s ({steps})"), job


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seconds(job: Job) -> float:
    return sum(step.seconds for step in job.steps)


def _month(day: Job, idle: Job) -> Figure:
    """GitHub counts each job in whole minutes; a private repository has 2,000."""
    working, looking = (math.ceil((_seconds(job) + ALLOWANCE_S) / 60) for job in (day, idle))
    pipelines = (SESSIONS + WEEKS) * working + (DAYS + WEEKS) * looking
    monitor = LOOKS * looking + 2
    note = (
        f"{SESSIONS} days and {WEEKS:g} weeks by trigger at {working} min, {DAYS + WEEKS:g} fallbacks and "
        f"{LOOKS} looks of the monitor at {looking} min"
    )
    return Figure("A month", pipelines + monitor, "min", at_most=2000, note=note)


@contextmanager
def _drive(tree: Path) -> Iterator[tuple[str, str, str]]:
    """Endpoint, root id and API key of a server in a process of its own."""
    command = [sys.executable, "-m", "bluedot_assets_tests.servers.drive", "--tree", str(tree), "--link-public"]
    command += ["--latency-ms", str(LATENCY_MS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            facts = dict(server.stdout.readline().strip().split("=", 1) for _ in range(4))
            yield facts["endpoint"], facts["root_id"], facts["api_key"]
        finally:
            server.terminate()
