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
from bluedot_assets_tests.servers.processes import wait_until
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.killing import (
    Reader,
    Victim,
    begun,
    branch_reader,
    read_folder,
    revise,
    with_children,
)
from bluedot_assets_tests.torture.whole import (
    Files,
    assert_nothing_left,
    assert_same,
    comparable,
    files_of,
    processes_of,
    whole,
)

GROUP: Final = "Killed processes"
RUN: Final = ("bluedot", "run", "--timeframe", "all", "--partition", "all", "--quiet")
REVISIONS: Final = 3
EARLIEST: Final = 0.3  # of the CPU of a run: before, it does but import
LONGEST_S: Final = 180
Kept = Callable[[], Files]  # what is published now


@dataclass
class Runs:
    """Runs of everything below `root`, each with a source of other content than the one before: `revisions` of one
    tree below `folder`."""

    folder: Path
    public: dict[str, str] = field(default_factory=dict)  # settings of its site
    settings: dict[str, str] = field(default_factory=dict)  # others
    stocks: int = 4
    revision: int = 0
    _clean: dict[int, Files] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self.folder / "here"
        self.root.mkdir()
        for number in range(REVISIONS):
            write_tree(self._source(number), stocks=self.stocks, days=2, weeks=1)
            revise(self._source(number), number)
        self.victim = Victim(lambda: self.begin(self.root, **self.public))
        assert self.victim.left_alone() == 0

    def _source(self, revision: int) -> Path:
        return self.folder / f"source-{revision}"

    def begin(self, root: Path, **site: str) -> "subprocess.Popen[bytes]":
        return begun(root, *RUN, BLUEDOT_SOURCE=str(self._source(self.revision)), **self.settings, **site)

    def revised(self, chance: random.Random) -> None:
        self.revision = chance.choice([one for one in range(REVISIONS) if one != self.revision])

    def finish(self) -> None:
        """The run after the attack."""
        code = self.begin(self.root, **self.public).wait(LONGEST_S)
        assert code == 0, f"the run after the attack ended with {code}: {log_of(self.root)}"

    def assert_as_clean(self, published: Files) -> None:
        """What is stored and published is what an installation makes of that source that nobody ever attacked."""
        assert_same(self._made(self.root, published), self._made_clean(), "what the run after the attack made")

    def _made_clean(self) -> Files:
        if self.revision not in self._clean:
            root = self.folder / "clean"
            root.mkdir()
            assert self.begin(root).wait(LONGEST_S) == 0
            self._clean[self.revision] = self._made(root, files_of((root / "site").resolve()))
            shutil.rmtree(root)
        return self._clean[self.revision]

    def _made(self, root: Path, published: Files) -> Files:
        made = comparable(published)
        for part in ("series", "bars"):
            made |= {f"data/{part}/{path}": content for path, content in files_of(root / "data" / part).items()}
        return made


def log_of(root: Path) -> str:
    """The end of what its processes printed."""
    return (root / "processes.log").read_text("utf-8", "replace")[-300:]


@attack(
    GROUP, "`bluedot run` and all of its processes, at a random CPU time; a folder site", long=100, short=1, parts=2
)
def killed_folder(folder: Path) -> Iterator[Once]:
    runs = Runs(folder)
    site = runs.root / "site"

    def once(chance: random.Random) -> Mapping[str, int]:
        runs.revised(chance)
        with Reader(lambda: read_folder(site)) as reader:
            killed = runs.victim.killed_at(chance.uniform(EARLIEST, 1))
            read_folder(site)
            runs.finish()
        assert_nothing_left(runs.root)
        published = files_of(site.resolve())
        whole(published)
        runs.assert_as_clean(published)
        return {"killed": int(killed), "states read in between": reader.states}

    yield once


@attack(GROUP, "The same with a git site; every git that it started is killed as well", long=100, short=1, parts=2)
def killed_git(folder: Path) -> Iterator[Once]:
    with GitServer(folder / "server") as server:
        public = server.create("site")
        runs = Runs(folder, {"BLUEDOT_SITE": server.url("site"), "GITHUB_TOKEN": TOKEN})
        read = branch_reader(public)

        def once(chance: random.Random) -> Mapping[str, int]:
            runs.revised(chance)
            with Reader(read) as reader:
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
    long=20,
    short=1,
)
def killed_main(folder: Path) -> Iterator[Once]:
    with GitServer(folder / "server") as server:
        public = server.create("site")
        workers = {"PARALLEL_WORKERS": "2", "BATCH_SIZE": "2"}
        runs = Runs(folder, {"BLUEDOT_SITE": server.url("site"), "GITHUB_TOKEN": TOKEN}, workers, stocks=12)

        def once(chance: random.Random) -> Mapping[str, int]:
            runs.revised(chance)
            left = 0

            def kill(process: "subprocess.Popen[bytes]") -> None:
                nonlocal left
                left = len(with_children(process)) - 1
                process.kill()

            killed = runs.victim.killed_at(chance.uniform(EARLIEST, 1), kill)
            wait_until(lambda: not processes_of(runs.root), 10, "what the main process had started has ended")
            runs.finish()
            assert_nothing_left(runs.root)
            whole(public.contents(public.tip() or ""))
            runs.assert_as_clean(public.contents(public.tip() or ""))
            return {"killed": int(killed), "processes that it left, and that ended": left}

        yield once
