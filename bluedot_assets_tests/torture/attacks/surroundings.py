"""What surrounds a run from its start: zones, locales, users, limits, standard streams, names of folders, and the
machine's clock. What changes while it is at work is in `machine`.

Of memory only that is tried which no library can load in: where it runs out later, polars and Arrow abort, or wait for
a thread that was never started, and nothing of ours in the same process can say so. Nor are processes limited: the
limit counts all that the user has, and none for root."""

import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.trees import DAY, stock_files, write_tree
from bluedot_assets_tests.servers.processes import BIN, environment
from bluedot_assets_tests.torture.attack import Deal, Once, attack
from bluedot_assets_tests.torture.attacks.machine import GROUP, LONGEST_S, NO_SENTENCE, RUN, Published, published
from bluedot_assets_tests.torture.killing import revise
from bluedot_assets_tests.torture.whole import (
    Files,
    assert_nothing_left,
    assert_same,
    assert_whole,
    comparable,
    files_of,
    version_of,
)

STRANGE: Final = "-a nämé\nof two lines"
# Runs the words after it in a terminal of its own.
IN_TERMINAL: Final = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


@dataclass(frozen=True)
class Surrounding:
    """How a process is started: more of an environment, less of it, a program before it, and calls in it. Of one kind
    there is only one at a time."""

    kind: str
    more: Mapping[str, str] = field(default_factory=dict)
    less: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    call: Callable[[], object] = lambda: None


def limited(limit: int, value: int) -> Surrounding:
    return Surrounding(f"limit {limit} {value}", call=partial(resource.setrlimit, limit, (value, value)))


def go_nowhere() -> None:
    """To a folder that is there no more."""
    gone = Path("gone").absolute()
    gone.mkdir(exist_ok=True)
    os.chdir(gone)
    gone.rmdir()


def close(*streams: int) -> None:
    for one in streams:
        os.close(one)


def print_into(file: str) -> None:
    os.dup2(os.open(file, os.O_WRONLY), 1)


def print_into_broken_pipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 1)


ZONES: Final = ("Asia/Kolkata", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "No/Where", ":", "")
LOCALES: Final = ("C", "POSIX", "C.UTF-8", "tr_TR.UTF-8", "no_such")
NOBODY: Final = ("HOME", "USER", "LOGNAME", "XDG_CACHE_HOME")
SURROUNDINGS: Final = (
    *(Surrounding("zone", {"TZ": zone}) for zone in ZONES),
    *(Surrounding("locale", {"LC_ALL": name, "PYTHONUTF8": "0"}) for name in LOCALES),
    Surrounding("locale", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    Surrounding("home", less=NOBODY),
    Surrounding("home", {"HOME": "/proc/nowhere"}, less=("XDG_CACHE_HOME",)),
    Surrounding("path", {"PATH": "/nonexistent"}),
    Surrounding("path", {"PATH": "/nonexistent", "BLUEDOT_SITE": "https://127.0.0.1:9/a/b.git"}),
    Surrounding("workers", {"PARALLEL_WORKERS": "2"}),
    Surrounding("user", before=(shutil.which("unshare") or "unshare", "--user", "--map-user=12345")),
    Surrounding("umask", call=partial(os.umask, 0o077)),
    Surrounding("umask", call=partial(os.umask, 0)),
    *(limited(resource.RLIMIT_NOFILE, most) for most in (16, 40, 64)),
    *(limited(resource.RLIMIT_FSIZE, most) for most in (2_000, 20_000, 200_000)),
    limited(resource.RLIMIT_AS, 300 << 20),
    Surrounding("streams", call=partial(close, 0, 1)),
    Surrounding("streams", call=partial(close, 2)),
    Surrounding("streams", call=partial(close, 0, 1, 2)),
    Surrounding("streams", call=partial(print_into, "/dev/full")),
    Surrounding("streams", call=print_into_broken_pipe),
    Surrounding("streams", {"COLUMNS": "1", "LINES": "1"}, before=(sys.executable, "-c", IN_TERMINAL)),
    Surrounding("current folder", call=go_nowhere),
    Surrounding(
        "places",
        {
            "BLUEDOT_SOURCE": f"{STRANGE}/drive",
            "BLUEDOT_DATA": f"{STRANGE}/data",
            "BLUEDOT_SITE": f"{STRANGE}/site",
            "DAGSTER_HOME": f"{STRANGE}/home",
        },
    ),
)


def called(root: Path, surroundings: Sequence[Surrounding], *words: str, **more: str) -> tuple[int, str]:
    """A command of ours as they say: its exit code, and what it printed where it could."""

    def prepare() -> None:
        for one in sorted(surroundings, key=lambda one: one.kind.startswith("limit")):  # by which the others would fail
            one.call()

    (root / "tmp").mkdir(exist_ok=True)
    variables = environment(root, TMPDIR=str(root / "tmp"), **more)
    for one in surroundings:
        variables = {name: value for name, value in variables.items() if name not in one.less} | dict(one.more)
    before = [word for one in surroundings for word in one.before]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [*before, str(BIN / words[0]), *words[1:]],
            cwd=root,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=prepare,  # noqa: PLW1509  there is one thread here
        )
    return process.wait(LONGEST_S), (root / "log").read_text("utf-8", "replace")


def assert_sentences(what: str, code: int, text: str, *, may_be_silent: bool = False) -> None:
    assert not (found := NO_SENTENCE.search(text)), f"{what}: {found[0]} in: {text[-400:]}"
    assert code in (0, 1, 2), f"{what}: ended with {code}: {text[-400:]}"
    assert not code or text.strip() or may_be_silent, f"{what}: ended with {code} and no word"


@dataclass
class Contents:
    """Two contents of one source, and what a run in usual surroundings publishes of each."""

    root: Path
    now: int = 0
    clean: dict[int, Files] = field(default_factory=dict)
    stocks: dict[int, Published] = field(default_factory=dict)

    def begin(self) -> None:
        for number in range(2):
            revise(write_tree(self.root / f"drive-{number}"), number)
        for number in (1, 0, 1):  # the history of both is the same once it has both
            self.show(number)
            self.run()
            self.clean[number], self.stocks[number] = self.published(), published(self.root / "site")

    def show(self, number: int) -> None:
        """The source has that content now."""
        self.now = number
        (self.root / "drive").unlink(missing_ok=True)
        (self.root / "drive").symlink_to(f"drive-{number}")

    def run(self) -> None:
        code, text = called(self.root, (), *RUN)
        assert code == 0, f"a run in usual surroundings ended with {code}: {text}"

    def published(self) -> Files:
        assert_whole(self.root / "site")
        return comparable(files_of(version_of(self.root / "site")))


@attack(
    GROUP,
    "`bluedot run` in strange surroundings, one or two of them at once: zones, locales, no `HOME`, no `PATH`, a user "
    "without a name, umasks, limits of files, their size and memory, closed and full outputs, a removed current folder "
    "and strangely named ones",
    long=80,
    short=2,
    parts=2,
)
def surroundings(folder: Path) -> Iterator[Once]:
    (folder / STRANGE).symlink_to(".")
    here, dealt = Contents(folder), Deal(SURROUNDINGS)
    here.begin()

    def once(chance: random.Random) -> Mapping[str, int]:
        before = here.now
        here.show(1 - before)
        chosen = [dealt(chance), *chance.sample(SURROUNDINGS, chance.choice((0, 1)))]
        if len({one.kind for one in chosen}) < len(chosen):
            chosen = chosen[:1]
        what = ", ".join(f"{one.kind} {dict(one.more) or one.less or one.before or one.call}" for one in chosen)
        code, text = called(folder, chosen, *RUN[: chance.choice((-1, len(RUN)))])
        streams = any(one.kind == "streams" for one in chosen)
        assert_sentences(what, code, text, may_be_silent=streams)
        shown = here.published()
        if code and not (streams and shown == here.clean[here.now]):  # published, and could not say so
            assert_same(shown, here.clean[before], f"{what}: refused, and the site")
            here.run()
            shown = here.published()
        assert_same(shown, here.clean[here.now], f"{what}: the site")
        assert_nothing_left(folder)
        return {"published the same bytes": int(code == 0), "refused with a sentence": int(code > 0)}

    yield once


# Found by every Python that has this folder in its path: from then on its clock is so many seconds ahead.
CLOCK: Final = """\
import ctypes, datetime, gc, os, time

ahead, real = float(os.environ["CLOCK_AHEAD_S"]), time.time
made, made_utc = datetime.datetime.fromtimestamp, datetime.datetime.utcfromtimestamp
time.time = lambda: real() + ahead
time.time_ns = lambda: int(time.time() * 1e9)
for kind, methods in {
    datetime.datetime: {
        "now": lambda kind, tz=None: made(time.time(), tz),
        "utcnow": lambda kind: made_utc(time.time()),
    },
    datetime.date: {"today": lambda kind: made(time.time()).date()},
}.items():
    gc.get_referents(kind.__dict__)[0].update({name: classmethod(method) for name, method in methods.items()})
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
"""
YEARS: Final = (1970, 2000, 2014, 2038, 2100)
IMPOSSIBLE: Final = 2015  # a year before it: nothing may be published
PUBLISHING: Final = ("run", "rollback")


def commands(file: Path) -> tuple[tuple[str, ...], ...]:
    return (
        RUN,
        RUN,
        ("bluedot", "check", str(file)),
        ("bluedot", "doctor"),
        ("bluedot", "partitions"),
        ("bluedot", "partitions", "--due"),
        ("bluedot", "monitor", "--url", "http://127.0.0.1:9/"),
        ("bluedot", "notify"),
        ("bluedot", "prune", "--keep", "9"),
        ("bluedot", "prune", "--dry-run"),
        ("bluedot", "raw", file.name, "--out", "raw.json"),
        ("bluedot", "rollback", "daily", DAY),
        ("bluedot", "sample", "--out", "sample", "--stocks", "1", "--days", "1", "--weeks", "1"),
    )


@attack(
    GROUP,
    "commands at a wrong clock, of 1970, 2000, 2014, 2038 and 2100, which is back at the right one for the next",
    long=66,
    short=2,
    parts=2,
)
def clocks(folder: Path) -> Iterator[Once]:
    here = Contents(folder)
    here.begin()
    (folder / "prelude").mkdir()
    (folder / "prelude" / "sitecustomize.py").write_text(CLOCK)
    path = os.pathsep.join((str(folder / "prelude"), str(REPOSITORY)))
    possible = commands(stock_files(folder / "drive-0" / "daily" / DAY)[0])
    dealt = Deal([(year, command) for year in YEARS for command in possible])

    def once(chance: random.Random) -> Mapping[str, int]:
        year, command = dealt(chance)
        before, what = published(folder / "site"), f"{' '.join(command)} in {year}"
        here.show(1 - here.now)
        ahead = datetime(year, 1, 5, 12, tzinfo=UTC) - datetime.now(UTC)
        code, text = called(folder, (), *command, PYTHONPATH=path, CLOCK_AHEAD_S=str(ahead.total_seconds()))
        assert_sentences(what, code, text)
        if command[1] in PUBLISHING and year < IMPOSSIBLE:
            assert code == 2 and "set it right" in text, f"{what}: ended with {code}: {text[-400:]}"
        if code or command != RUN:
            assert published(folder / "site") == before, f"{what}: something else is published"
        here.run()
        assert_whole(folder / "site")
        assert {path.name for path in (folder / "site" / "daily").iterdir()} == {DAY, "latest", "history"}, (
            f"{what}: other dates"
        )
        assert published(folder / "site") == here.stocks[here.now], f"{what}: the run after it published something else"
        assert_nothing_left(folder)
        return {"done": int(code == 0), "refused with a sentence": int(code > 0)}

    yield once
