"""Runs that are killed, by the system or by a person, at any moment."""

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bluedot_assets_tests.examples.trees import write_tree
from bluedot_assets_tests.servers.git import TOKEN, GitServer
from bluedot_assets_tests.servers.s3 import BUCKET, s3_server
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.killing import (
    LONGEST_S,
    Reader,
    Victim,
    begun,
    branch_reader,
    finished,
    folder_reader,
    revise,
    with_children,
)
from bluedot_assets_tests.torture.whole import (
    Files,
    assert_all_ended,
    assert_nothing_left,
    assert_same,
    comparable,
    files_of,
    version_of,
    whole,
)

GROUP: Final = "Killed processes"
RUN: Final = ("bluedot", "run", "--timeframe", "all", "--partition", "all", "--quiet")
REVISIONS: Final = 3
EARLIEST: Final = 0.3  # of the CPU of a run: before, it does but import
STOCKS: Final = 6
BATCH: Final = "2"  # stocks a task: three of them, so that workers have something to do
# What a clean run makes of each revision. Where the site is and how many workers there are changes nothing in it.
CLEAN: Final[dict[int, Files]] = {}


@dataclass
class Runs:
    """Runs of everything below `root`, each with a source of other content than the one before: `revisions` of one
    tree below `folder`."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    read_below: Callable[[str], Files] | None = None  # a folder of the bucket that the data are in
    revision: int = 0

    def __post_init__(self) -> None:
        self.root = self.folder / "here"
        self.root.mkdir()
        for number in range(REVISIONS):
            write_tree(self._source(number), stocks=STOCKS, days=2, weeks=1)
            revise(self._source(number), number)
        self.victim = Victim(lambda: self.begin(self.root, **self.settings))
        assert self.victim.left_alone() == 0

    def _source(self, revision: int) -> Path:
        return self.folder / f"source-{revision}"

    def begin(self, root: Path, **settings: str) -> "subprocess.Popen[bytes]":
        return begun(root, *RUN, **self.environment, **settings)

    @property
    def environment(self) -> dict[str, str]:
        return {"BLUEDOT_SOURCE": str(self._source(self.revision)), "BATCH_SIZE": BATCH}

    def revise(self) -> None:
        self.revision = (self.revision + 1) % REVISIONS

    def finish(self) -> None:
        """The run after the attack."""
        finished(self.root, *RUN, **self.environment, **self.settings)

    def assert_as_clean(self, published: Files) -> None:
        """What is stored and published is what an installation makes of that source that nobody ever attacked."""
        made = self._made(published, self.read_below or _reader(self.root))
        assert_same(made, self._made_clean(), "what the run after the attack made")

    def _made_clean(self) -> Files:
        if self.revision not in CLEAN:
            root = self.folder / "clean"
            root.mkdir()
            assert self.begin(root).wait(LONGEST_S) == 0
            CLEAN[self.revision] = self._made(files_of(version_of(root / "site")), _reader(root))
            shutil.rmtree(root)
        return CLEAN[self.revision]

    def _made(self, published: Files, read_below: Callable[[str], Files]) -> Files:
        made = comparable(published)
        for part in ("series", "bars"):
            made |= {f"data/{part}/{path}": content for path, content in read_below(f"data/{part}").items()}
        return made


def _reader(root: Path) -> Callable[[str], Files]:
    return lambda folder: files_of(root / folder)


@attack(GROUP, "`bluedot run` and all of its processes, at a random CPU time; a folder site", long=40, short=0, parts=2)
def killed_folder(folder: Path) -> Iterator[Once]:
    yield _on_folder(Runs(folder))


@attack(GROUP, "The same with the data in a bucket, on an S3 server", long=10, short=0, meets="killed")
def killed_object_store(folder: Path) -> Iterator[Once]:
    with s3_server() as server:
        yield _on_folder(Runs(folder, {**server.environment, "BLUEDOT_DATA": f"s3://{BUCKET}/data"}, server.read_below))


def _on_folder(runs: Runs) -> Once:
    site = runs.root / "site"
    read = folder_reader(site)

    def once(chance: random.Random) -> Mapping[str, int]:
        runs.revise()
        with Reader(read) as reader:
            killed = runs.victim.killed_at(chance.uniform(EARLIEST, 1))
            runs.finish()
        assert_nothing_left(runs.root)
        published = files_of(version_of(site))
        whole(published)
        runs.assert_as_clean(published)
        return {"killed": int(killed), "states read in between": reader.states}

    return once


@attack(
    GROUP,
    "The same with a git site; every git that it started is killed as well",
    long=40,
    short=0,
    parts=2,
    meets="killed",
)
def killed_git(folder: Path) -> Iterator[Once]:
    with GitServer(folder / "server") as server:
        public = server.create("site")
        runs = Runs(folder, {"BLUEDOT_SITE": server.url("site"), "GITHUB_TOKEN": TOKEN})
        read = branch_reader(public)

        def once(chance: random.Random) -> Mapping[str, int]:
            runs.revise()
            with Reader(read, every_s=0.05) as reader:
                killed = runs.victim.killed_at(chance.uniform(EARLIEST, 1))
                runs.finish()
            assert_nothing_left(runs.root)
            published = public.contents(public.tip() or "")
            whole(published)
            runs.assert_as_clean(published)
            return {"killed": int(killed), "commits read in between": reader.states}

        yield once


@attack(
    GROUP,
    "The main process of `bluedot run` alone, while two workers and git work for it",
    long=10,
    short=1,
    meets="killed",
)
def killed_main(folder: Path) -> Iterator[Once]:
    with GitServer(folder / "server") as server:
        public = server.create("site")
        site = {"BLUEDOT_SITE": server.url("site"), "GITHUB_TOKEN": TOKEN}
        runs = Runs(folder, {**site, "PARALLEL_WORKERS": "2"})

        def once(chance: random.Random) -> Mapping[str, int]:
            runs.revise()
            left = 0

            def kill(process: "subprocess.Popen[bytes]") -> None:
                nonlocal left
                left = len(with_children(process)) - 1
                process.kill()

            killed = runs.victim.killed_at(chance.uniform(EARLIEST, 1), kill)
            assert_all_ended(runs.root)
            runs.finish()
            assert_nothing_left(runs.root)
            whole(public.contents(public.tip() or ""))
            runs.assert_as_clean(public.contents(public.tip() or ""))
            return {"killed": int(killed), "processes that it left, and that ended": left}

        yield once
