"""Processes that are killed at a moment of chance, and readers who read meanwhile. Always by SIGKILL."""

import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

from bluedot_assets_tests.examples.trees import stock_files
from bluedot_assets_tests.servers.git import Repository
from bluedot_assets_tests.servers.processes import start
from bluedot_assets_tests.torture.whole import files_of, version_of, whole

LONGEST_S: Final = 180


def begun(root: Path, *words: str | Path, **more: str) -> "subprocess.Popen[bytes]":
    """A command of an installation, with a folder for temporary files of its own."""
    (root / "tmp").mkdir(exist_ok=True)
    return start(root, *words, TMPDIR=str(root / "tmp"), **more)


def finished(root: Path, *words: str | Path, **more: str) -> None:
    """The command after the attack, which ends well."""
    code = begun(root, *words, **more).wait(LONGEST_S)
    assert code == 0, f"the run after the attack ended with {code}: {log_of(root)}"


def log_of(root: Path) -> str:
    """The end of what its processes printed."""
    return (root / "processes.log").read_text("utf-8", "replace")[-300:]


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """CPU seconds of a process and of all that it started; 0 when it is gone."""
    total = 0.0
    for one in with_children(process):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def with_children(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """It, and what it started; nothing when it is gone."""
    try:
        main = psutil.Process(process.pid)
        return [main, *main.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill_with_children(process: "subprocess.Popen[bytes]") -> None:
    """Also those in sessions of their own, as each git is: stopped first, it starts none meanwhile."""
    process.send_signal(signal.SIGSTOP)
    for one in reversed(with_children(process)):
        with suppress(psutil.NoSuchProcess):
            one.kill()


@dataclass
class Victim:
    """A command that is killed. `whole_s` is the CPU that it takes when nobody kills it."""

    begin: Callable[[], "subprocess.Popen[bytes]"]
    whole_s: float = 0.0

    def killed_at(self, share: float, kill: Callable[["subprocess.Popen[bytes]"], None] = kill_with_children) -> bool:
        """Kill it once it has used that share of its CPU; whether it was still at work then."""
        process, used = self.begin(), 0.0
        while process.poll() is None and used < share * self.whole_s:
            used = max(used, cpu_s(process))
            time.sleep(0.01)
        alive = process.poll() is None
        if alive:
            kill(process)
        else:
            self.whole_s = min(self.whole_s, used)  # it was the first, or the machine was busier
        process.wait()
        return alive

    def left_alone(self) -> int:
        """Its exit code when nobody kills it."""
        process, used = self.begin(), 0.0
        while process.poll() is None:
            used = max(used, cpu_s(process))
            time.sleep(0.01)
        self.whole_s = self.whole_s or used
        return process.returncode


@dataclass
class Reader:
    """Reads what is published while the block lasts, in a thread of its own, as others do. What it cannot take for one
    whole publish is raised at the end. `read` returns how many states it has read."""

    read: Callable[[], int]
    every_s: float = 0.005
    states: int = 0
    _problem: Exception | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._problem and error is None:
            raise self._problem

    def _go_on(self) -> None:
        try:
            while not self._over.wait(self.every_s):
                self.states += self.read()
        except Exception as problem:  # noqa: BLE001  raised by whoever reads no more
            self._problem = problem


def folder_reader(site: Path) -> Callable[[], int]:
    """Reads each version of the folder as soon as it is published, and again while it stays: found once, as a server
    that holds it while it answers."""
    calls = 0
    known = ""

    def read() -> int:
        nonlocal calls, known
        calls += 1
        if site.readlink().name == known and calls % 50:
            return 0
        known = _read_version(site)
        return 1

    return read


def _read_version(site: Path) -> str:
    """Its name. One that is removed meanwhile, which is the one before the one before, is read anew."""
    while True:
        version = version_of(site)
        try:
            assert whole(files_of(version))
        except (OSError, KeyError, AssertionError):
            if int(version_of(site).name) < int(version.name) + 2:
                raise
        else:
            return version.name


def branch_reader(public: Repository) -> Callable[[], int]:
    """Reads each commit of the branch, once."""
    known: set[str] = set()

    def read() -> int:
        tip = public.tip()
        if tip is None or tip in known:
            return 0
        known.add(tip)
        assert whole(public.contents(tip))
        return 1

    return read


def revise(source: Path, number: int) -> None:
    """Another content of every file: all stages have work, and every series but the dots is another."""

    def less(found: re.Match[bytes]) -> bytes:
        return b'"%s": %d' % (found[1], max(int(found[2]) - number, 1))

    for path in source_files(source):
        content = re.sub(rb'"(rlst|bc|volume)": (\d+)', less, path.read_bytes())
        path.write_bytes(content.replace(b'"name": "', b'"name": "R%d ' % number, 1))


def source_files(source: Path) -> Iterator[Path]:
    """The stocks' files of each folder."""
    for folder in sorted(source.glob("*ly/*")):
        if not folder.is_symlink():
            yield from stock_files(folder)
