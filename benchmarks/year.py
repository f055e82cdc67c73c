"""A year of days: made in one batch, then published day after day to a git server, once with each kind of history. What
a publish costs as the year goes on, and what repository and site have by then. `python -m benchmarks.year --publishes
250 --stocks 100` writes it as JSON.

The days are made by `bluedot run --partition all`; each is published by the stage `site` with a clone of its own, as
the run of a new day does."""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, Literal

import msgspec

from benchmarks.figures import ROOT
from benchmarks.run.processes import cost_of, settings
from benchmarks.run.whole_run import BLUEDOT, bytes_below, days_of
from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.sample.tree import SamplePlan
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stages.site import publish
from bluedot_assets.settings.load import load_settings
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository

END: Final = date(2025, 8, 1)
JOBS: Final = 2
SAMPLED: Final = (1, 10, 25, 50, 100, 150, 200, 250)  # publishes after which the server's sizes are taken
History = Literal["keep", "squash"]


class Publish(msgspec.Struct, frozen=True):
    """One publish: seconds of the publisher with its git processes, and bytes as the server counts them."""

    wall_s: float
    cpu_s: float
    up: int
    down: int


class Size(msgspec.Struct, frozen=True):
    """Bytes after so many publishes: of the repository after `git gc`, which a hosting service does now and then, of
    the site, each file in full, and of the largest file of a date."""

    publishes: int
    repository: int
    site: int
    largest: int


class Published(msgspec.Struct, frozen=True):
    """A year of publishes with one kind of history."""

    history: History
    publishes: list[Publish]
    sizes: list[Size]


class Batch(msgspec.Struct, frozen=True):
    """All days in one go, published to git as well. Bytes are those in the end; `peak_bytes` of all processes."""

    days: int
    stocks: int
    wall_s: float
    cpu_s: float
    commits: int
    source_bytes: int
    data_bytes: int
    home_bytes: int
    peak_bytes: int | None


class Year(msgspec.Struct, frozen=True):
    batch: Batch
    years: list[Published]


def measure(publishes: int, stocks: int) -> Year:
    with TemporaryDirectory() as folder, GitServer(Path(folder) / "git") as server:
        scratch = Path(folder)
        plan = SamplePlan(stocks=stocks, days=publishes, weeks=0, seed=1, end=END, exchange="us")
        write_sample(plan, scratch / "tree")
        batch = _batch(scratch, stocks, server)
        keys = days_of(scratch / "tree")
        return Year(batch, [_published(scratch, keys, server, history) for history in ("keep", "squash")])


def _batch(scratch: Path, stocks: int, server: GitServer) -> Batch:
    repository, home = server.create("batch"), scratch / "home"
    environment = _settings(scratch, server.url("batch"), "keep")
    words = [BLUEDOT, "run", "--timeframe", "daily", "--partition", "all", "--jobs", f"{JOBS}", "--json"]
    cost = cost_of(words, environment, home, watched=True)
    outcomes = msgspec.json.decode(cost.output)["runs"]
    assert all(one["success"] for one in outcomes), outcomes
    sizes = [bytes_below(folder) for folder in (scratch / "tree", home / "data", home / "dagster")]
    days, commits = len(outcomes), repository.commits()
    return Batch(days, stocks, cost.wall_s, cost.cpu_s, commits, sizes[0], sizes[1], sizes[2], cost.peak_bytes)


def _published(scratch: Path, keys: list[str], server: GitServer, history: History) -> Published:
    repository, url = server.create(history), server.url(history)
    publishes: list[Publish] = []
    sizes: list[Size] = []
    with _publisher(_settings(scratch, url, history), scratch / "home") as (ask, answers):
        for number, key in enumerate(keys, 1):
            server.traffic()
            ask.write(f"{key}\n")
            ask.flush()
            wall_s, cpu_s = map(float, answers.readline().split())
            publishes.append(Publish(wall_s, cpu_s, *server.traffic()))
            if number in {*SAMPLED, len(keys)}:
                sizes.append(_sizes(number, repository))
    return Published(history, publishes, sizes)


def _sizes(number: int, repository: Repository) -> Size:
    repository.git("gc", "--quiet", "--prune=now")
    listed = repository.git("ls-tree", "-r", "-l", "gh-pages").splitlines()
    files = {line.split("\t")[1]: int(line.split()[3]) for line in listed}
    largest = max(size for path, size in files.items() if path.startswith("daily/latest/"))
    return Size(number, bytes_below(repository.path), sum(files.values()), largest)


@contextmanager
def _publisher(environment: dict[str, str], folder: Path) -> Iterator[tuple[IO[str], IO[str]]]:
    """A process that publishes the partitions it is asked for."""
    words = [sys.executable, "-m", "benchmarks.year", "--answer"]
    with subprocess.Popen(
        words, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        yield process.stdin, process.stdout


def _answer() -> None:
    """Publish each partition that a line of the input names, as a new run would; the answer is its seconds of wall and
    CPU."""
    own = load_settings()
    for line in sys.stdin:
        key, started = line.strip(), datetime.now(UTC)
        began, used = time.perf_counter(), _cpu_s()
        publish(Work(Platform(own), DAILY, key, f"publish-{key}", started, lambda text: None))
        sys.stdout.write(f"{time.perf_counter() - began:.3f} {_cpu_s() - used:.3f}\n")
        sys.stdout.flush()


def _settings(scratch: Path, url: str, history: History) -> dict[str, str]:
    git = {"BLUEDOT_SITE": url, "BLUEDOT_SITE_HISTORY": history, "GITHUB_TOKEN": TOKEN}
    return settings(scratch / "tree", scratch / "home", PYTHONPATH=str(ROOT), **git)


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.year", description="A year of publishes by git.")
    words.add_argument("--publishes", type=int, default=250)
    words.add_argument("--stocks", type=int, default=100)
    words.add_argument("--out", type=Path, default=ROOT / "build" / "year.json")
    words.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.answer:
        return _answer()
    found = measure(given.publishes, given.stocks)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


if __name__ == "__main__":
    main()
