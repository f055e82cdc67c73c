"""A git host that misbehaves, and a branch that others change, at any request of a whole `bluedot run`. What the server
can make is in `servers/git.py`; publishers that race are in `faults/test_git_publishers.py`."""

import base64
import hashlib
import io
import random
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets_tests.examples.trees import DAY, stock_files, write_tree
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository, Trouble, git
from bluedot_assets_tests.servers.processes import start
from bluedot_assets_tests.torture.attack import Deal, Once, attack
from bluedot_assets_tests.torture.killing import revise
from bluedot_assets_tests.torture.whole import assert_nothing_left, assert_sentence, assert_whole

GROUP: Final = "Git"
BRANCH: Final = "refs/heads/gh-pages"
CHANGES: Final = (
    *("branches moved", "branches deleted", "branches filled with something else", "repositories replaced"),
    *("pushes refused by a hook", "disks full"),
)
SECRETS: Final = (TOKEN, base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode())
LONGEST_S: Final = 150.0  # of a run whose deadlines are some seconds, on a machine that is busy
HANGS_S: Final = 1000  # whoever waits for such an answer is caught
# git itself ends a transfer that is slower; these are its own variables for what we configure as 60 seconds.
SOON: Final = {"GIT_HTTP_LOW_SPEED_LIMIT": "1000", "GIT_HTTP_LOW_SPEED_TIME": "2"}
STATUSES: Final = (401, 403, 404, 429, 500, 502, 503, 507)
FOREIGN: Final = "somebody else's branch"


@dataclass
class Host:
    """A repository on a server, and the installation that publishes into it."""

    server: GitServer
    public: Repository
    root: Path
    requests: int = 0  # of the run that is at work, or was last
    usual: int = 0  # of the last run that nothing disturbed
    whole: list[str] = field(default_factory=list)  # commits that were one whole publish each

    def run(self, **more: str) -> tuple[int, str]:
        """`bluedot run` as a process: its exit code, and what it printed."""
        self.requests = 0
        log = self.root / "processes.log"
        log.unlink(missing_ok=True)
        site = {"BLUEDOT_SITE": self.server.url("site"), "GITHUB_TOKEN": TOKEN, "TMPDIR": str(self.root / "tmp")}
        words = ("bluedot", "run", "--timeframe", "daily", "--partition", DAY)
        began = time.monotonic()
        code = start(self.root, *words, RETRY_ATTEMPTS="1", **site, **more).wait(HANGS_S)
        assert (took_s := time.monotonic() - began) < LONGEST_S, f"the run took {took_s:.0f} s"
        return code, log.read_text()

    def at(self, number: int, act: Callable[[str], Trouble | None], *, on: bool = False) -> None:
        """Act at the request of that number, or with `on` from it on."""

        def meets(path: str) -> Trouble | None:
            self.requests += 1
            return act(path) if self.requests == number or (on and self.requests > number) else None

        self.server.faults.meets = meets

    def published(self) -> bool:
        """Whether the branch is there; then it is one whole publish."""
        place, tip = self.root / "branch", self.public.tip()
        shutil.rmtree(place, ignore_errors=True)
        if tip is not None:
            with tarfile.open(fileobj=io.BytesIO(git("archive", tip, folder=self.public.path))) as archive:
                archive.extractall(place, filter="data")
            assert assert_whole(place) > 0
        return tip is not None

    def assert_published(self) -> None:
        """The branch shows what the source has now."""
        assert self.published()
        index = decode_index((self.root / "branch" / "daily" / "latest" / "index.json").read_bytes())
        files = stock_files(self.root / "drive" / "daily" / DAY)
        md5s = [hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() for path in files]
        assert sorted(one.md5 for one in index.stocks) == sorted(md5s), "the branch is not what the source has"

    def keep(self) -> None:
        """The publish that is on the branch now, for a later attack to bring back."""
        tip = self.public.tip()
        assert tip is not None
        self.public.git("update-ref", f"refs/kept/{len(self.whole)}", tip)
        self.whole.append(tip)

    def heal(self) -> None:
        """A run without any fault publishes what the source has, and leaves nothing behind."""
        self.at(0, lambda path: None)
        code, printed = self.run()
        assert code == 0, printed
        self.usual = self.requests
        self.assert_published()
        assert_nothing_left(self.root)
        self.keep()


@contextmanager
def hosting(root: Path) -> Iterator[Host]:
    """Where the day is published."""
    (root / "tmp").mkdir()
    write_tree(root / "drive", days=1, weeks=0)
    with GitServer(root / "git") as server:
        host = Host(server, server.create("site"), root)
        host.heal()
        yield host


def judged(host: Host, code: int, printed: str) -> dict[str, int]:
    """What came of a run under attack: a whole publish or none, a sentence, and no folder."""
    assert code in {0, 1, 2}, f"exit code {code}: {printed[-500:]}"
    assert_sentence(printed if code else f"{printed}.", *SECRETS)
    left = sorted(path.name for path in (host.root / "tmp").glob("*"))
    assert not left, f"left behind: {', '.join(left)}"
    return {"runs that ended with a sentence" if code else "runs that published all the same": 1}


def trouble(kind: str, chance: random.Random) -> Trouble:
    amounts = {"status": STATUSES, "upload": (1, 100, 2000, 20_000), "answer": (0, 1, 4, 50, 500)}
    return Trouble(kind, chance.choice(amounts.get(kind, (HANGS_S,))))


@attack(
    GROUP,
    "401, 403, 404, 429, 5xx, no answer, a byte now and then, cut in either direction, done and not answered: at "
    "each request of `bluedot run`, once or from there on",
    long=25,
    short=1,
)
def git_requests(folder: Path) -> Iterator[Once]:
    kinds = Deal(("status", "status", "hang", "drip", "upload", "answer", "lost"))
    with hosting(folder) as host:

        def once(chance: random.Random) -> Mapping[str, int]:
            revise(folder / "drive", chance.randrange(10**6))
            met = trouble(kinds(chance), chance)
            host.at(chance.randint(1, host.usual), lambda path: met, on=chance.random() < 0.5)
            code, printed = host.run(**SOON)
            came = judged(host, code, printed)
            host.published()
            if code == 0:
                host.assert_published()
            host.heal()
            return came

        yield once


@attack(
    GROUP,
    "Branch moved, set to another history, deleted, filled with something else, repository replaced by an empty one; "
    "hooks that refuse, a full disk there: at any request of `bluedot run`",
    long=12,
    short=0,
)
def git_changes(folder: Path) -> Iterator[Once]:
    named = Deal(CHANGES)
    with hosting(folder) as host:
        public = host.public

        def replace() -> None:
            shutil.rmtree(public.path)
            host.server.create("site")
            host.whole.clear()

        def fill() -> None:
            tree = git("hash-object", "-w", "--stdin", folder=public.path, content=b"not ours\n").decode().strip()
            made = git("mktree", folder=public.path, content=f"100644 blob {tree}\tthesis.tex\n".encode()).decode()
            identity = ("-c", "user.name=x", "-c", "user.email=x@localhost")
            commit = public.git(*identity, "commit-tree", "-m", FOREIGN, made.strip()).strip()
            public.git("update-ref", BRANCH, commit)

        def once(chance: random.Random) -> Mapping[str, int]:
            revise(folder / "drive", chance.randrange(10**6))
            earlier = chance.choice(host.whole)
            refuses = "echo 'no, thank you.' >&2; exit 1"
            full = "echo 'fatal: write error: No space left on device' >&2; exit 1"
            changes: dict[str, Callable[[], object]] = {
                "branches moved": lambda: public.git("update-ref", BRANCH, earlier),
                "branches deleted": lambda: public.git("update-ref", "-d", BRANCH),
                "branches filled with something else": fill,
                "repositories replaced": replace,
                "pushes refused by a hook": lambda: public.hook(chance.choice(("pre-receive", "update")), refuses),
                "disks full": lambda: public.hook("pre-receive", full),
            }
            what = named(chance)

            def change(path: str) -> None:
                changes[what]()

            host.at(chance.randint(1, host.usual), change)
            came = judged(host, *host.run(**SOON))
            for hook in ("pre-receive", "update"):
                public.hook(hook, "")
            if "thesis.tex" in public.paths():
                public.git("update-ref", BRANCH, host.whole[-1])  # as its owner does
            host.published()
            host.heal()
            return {what: 1, **came}

        yield once
