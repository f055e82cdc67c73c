"""Several at once: first runs in a new home, runs of both timeframes or of the same partition, two machines."""

import json
import random
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bluedot_assets.defs.instance.databases import DATABASES
from bluedot_assets_tests.examples.trees import DAY, WEEK, hashes, write_tree
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository, git
from bluedot_assets_tests.servers.processes import start
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.killing import finished, revise
from bluedot_assets_tests.torture.whole import assert_nothing_left, assert_whole, files_of, version_of, whole

GROUP: Final = "Several at once"
STOCKS: Final = 60  # with fewer a publish is so short that two seldom meet
SLOW_PUSH_S: Final = 2
NEWEST: Final = {"daily": DAY, "weekly": WEEK}
ALL: Final = ("bluedot", "run", "--timeframe", "all", "--partition", "all", "--quiet")


def of(timeframe: str) -> tuple[str, ...]:
    return ("bluedot", "run", "--timeframe", timeframe, "--partition", NEWEST[timeframe], "--quiet")


Started = tuple[Path, tuple[str, ...]]


def at_once(started: Sequence[Started], pause_s: float, **more: str) -> None:
    """All of them, the later ones that much later; each ends well."""
    processes: list[subprocess.Popen[bytes]] = []
    for root, words in started:
        (root / "tmp").mkdir(exist_ok=True)
        processes.append(start(root, *words, TMPDIR=str(root / "tmp"), **more))
        time.sleep(pause_s)
    codes = [process.wait(300) for process in processes]
    logs = "".join((root / "processes.log").read_text() for root in dict.fromkeys(root for root, _ in started))
    assert set(codes) == {0}, f"they ended with {codes}: {logs[-300:]}"


def assert_published(status: Any, wanted: Mapping[str, str] = NEWEST) -> None:
    """Each partition once, with its run and without a failure."""
    for timeframe, key in wanted.items():
        found = status["timeframes"][timeframe]
        assert (found["as_of"], set(found["folders"]), found["failures"]) == (key, {key}, {}), found
        assert [one["partition"] for one in found["runs"] if one["outcome"] == "published"], found["runs"]


def assert_home(home: Path) -> None:
    for name in DATABASES:
        with closing(sqlite3.connect(home / name)) as database:
            versions = database.execute("SELECT version_num FROM alembic_version").fetchall()
            assert len(versions) == 1, f"{name} has the versions {versions}"


def series(site: Path) -> dict[str, str]:
    """The fingerprints of what is published. What weekly runs observe of the daily table is no part of them: it may be
    another table by the time that both have ended."""
    return whole(files_of(version_of(site)))


def assert_well(root: Path, published_by: Callable[[Path], dict[str, str]] = hashes) -> None:
    """All is published already, and the next run finds nothing to do."""
    assert_home(root / "home")
    assert_whole(root / "site")
    assert_published(json.loads((root / "site/status.json").read_bytes()))
    published = published_by(root / "site")
    finished(root, *ALL)
    assert published_by(root / "site") == published, "the next run published something else"
    assert_nothing_left(root)


@attack(
    GROUP,
    "two first runs in a new `DAGSTER_HOME`, or one beside a command of Dagster's own, up to 1 s apart",
    long=12,
    short=0,
)
def first_runs(folder: Path) -> Iterator[Once]:
    def once(chance: random.Random) -> Mapping[str, int]:
        root = folder / "here"
        shutil.rmtree(root, ignore_errors=True)
        write_tree(root / "drive", days=1, weeks=1, stocks=STOCKS)
        (root / "home").mkdir()
        other = chance.choice([ALL, ALL, ("dagster", "run", "list")])
        pair = [(root, ALL), (root, other)]
        chance.shuffle(pair)
        at_once(pair, chance.choice([0, chance.random()]))
        assert_well(root)
        return {"first runs": sum(words is ALL for _, words in pair)}

    yield once


def changing_tree(root: Path, **more: int) -> None:
    """One whose ratings no later revision changes: a weekly run takes ratings from the daily table that it finds, so
    what it makes beside a daily run would be another with the other order."""
    write_tree(root, **more)
    revise(root, 10**6)


def together(folder: Path, one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[Once]:
    """Two runs of an installation whose files have all changed."""
    changing_tree(folder / "drive", days=1, weeks=1, stocks=STOCKS)
    finished(folder, *ALL)

    def once(chance: random.Random) -> Mapping[str, int]:
        revise(folder / "drive", chance.randrange(10**6))
        at_once([(folder, one), (folder, other)], chance.choice([0, 0.5 * chance.random()]))
        assert_well(folder, hashes if one == other else series)
        return {"runs": 2}

    yield once


@attack(GROUP, "a daily and a weekly run; a folder site", long=10, short=0)
def both_timeframes(folder: Path) -> Iterator[Once]:
    yield from together(folder, of("daily"), of("weekly"))


@attack(GROUP, "the same partitions twice; a folder site", long=10, short=1)
def same_partition(folder: Path) -> Iterator[Once]:
    yield from together(folder, ALL, ALL)


@attack(GROUP, "a daily and a weekly run of one machine; a git site", long=8, short=0)
def both_timeframes_git(folder: Path) -> Iterator[Once]:
    root = folder / "here"
    changing_tree(root / "drive", days=1, weeks=1, stocks=STOCKS)
    with GitServer(folder / "git") as server:
        public, site = server.create("site"), {"BLUEDOT_SITE": server.url("site"), "GITHUB_TOKEN": TOKEN}
        finished(root, *ALL, **site)
        public.hook("pre-receive", f"sleep {SLOW_PUSH_S}")  # so that two publishes meet

        def once(chance: random.Random) -> Mapping[str, int]:
            revise(root / "drive", chance.randrange(10**6))
            at_once([(root, of(name)) for name in NEWEST], 2 * chance.random(), **site)  # a daily run takes longer
            assert_branch(public, folder / "seen", tuple(NEWEST))
            published = whole(public.contents(public.tip() or ""))
            finished(root, *ALL, **site)
            assert whole(public.contents(public.tip() or "")) == published, "the next run published other series"
            assert_nothing_left(root)
            return {"runs": 2}

        yield once


@attack(
    GROUP,
    "two machines, each with data and a home of its own, one new git branch: a daily and a weekly run, or the same one",
    long=12,
    short=0,
)
def two_machines(folder: Path) -> Iterator[Once]:
    """The branch's first commit is made by both; then each publishes changed files."""
    with GitServer(folder / "git") as server:

        def once(chance: random.Random) -> Mapping[str, int]:
            name = f"site-{chance.randrange(10**9)}"
            public, timeframes = server.create(name), chance.choice([("daily", "weekly"), ("daily", "daily")])
            machines = [folder / "one", folder / "two"]
            for root in machines:
                shutil.rmtree(root, ignore_errors=True)
                write_tree(root / "drive", days=1, weeks=1, stocks=STOCKS)
            pair = [(root, of(timeframe)) for root, timeframe in zip(machines, timeframes, strict=True)]
            for _ in range(2):
                at_once(pair, chance.choice([0, chance.random()]), BLUEDOT_SITE=server.url(name), GITHUB_TOKEN=TOKEN)
                assert_branch(public, folder / "seen", timeframes)
                number = chance.randrange(10**6)
                for root in machines:
                    revise(root / "drive", number)
            for root in machines:
                assert_nothing_left(root)
            return {"publishes": 4}

        yield once


def assert_branch(public: Repository, seen: Path, timeframes: Sequence[str]) -> None:
    shutil.rmtree(seen, ignore_errors=True)
    git("clone", "--quiet", "--branch", "gh-pages", str(public.path), str(seen))
    assert_whole(seen)
    wanted = {name: NEWEST[name] for name in timeframes}
    assert_published(json.loads((seen / "status.json").read_bytes()), wanted)
