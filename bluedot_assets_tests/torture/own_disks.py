"""Disks of an attack's own: mounted for its processes alone, in a mount namespace that goes with them, so that none can
stay on the machine. Root needs no more than that; any other user gets it in a user namespace, where the system allows
one. The processes have no capabilities: rights of files count for them as for any user."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets_tests.servers.processes import BIN, environment

ROOM: Final = 1 << 30  # bytes of a disk that is not full; no more of it is used than is written
PAGE: Final = 4096  # a disk of no size would be one without end
ORDINARY: Final = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


@dataclass(frozen=True)
class Machine:
    """The folder `root` as its processes see it, and the process that keeps the namespace."""

    root: Path
    keeper: int

    @property
    def seen(self) -> Path:
        """The same folder, from outside."""
        return Path(f"/proc/{self.keeper}/root{self.root}")

    def start(self, words: Sequence[str], log: Path, **more: str) -> "subprocess.Popen[bytes]":
        """A program of ours, in `root` and without capabilities; what it prints is in `log`."""
        with log.open("wb") as file:
            return subprocess.Popen(
                [*self._entered, "env", "-C", self.root, *ORDINARY, BIN / words[0], *words[1:]],
                env=environment(self.root, **more),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def mount(self, *words: str | Path) -> bool:
        """Whether the system did it: a disk to which somebody writes is not made read-only."""
        return subprocess.run([*self._entered, "mount", *words], capture_output=True, check=False).returncode == 0

    def add_disk(self, name: str) -> None:
        """A disk of its own for a folder of `root`."""
        (self.seen / name).mkdir(exist_ok=True)
        assert self.mount("-t", "tmpfs", "-o", f"size={ROOM},mode=755", "tmpfs", self.root / name)

    def fill(self, name: str, free: int) -> None:
        """Leave so many bytes of the disk, whatever is written there at this moment."""
        place = self.seen / name
        while not self.mount("-o", f"remount,size={max(shutil.disk_usage(place).used + free, PAGE)}", self.root / name):
            pass

    def make_room(self, name: str) -> None:
        assert self.mount("-o", f"remount,rw,size={ROOM}", self.root / name)

    @property
    def _entered(self) -> list[str | Path]:
        user = () if os.getuid() == 0 else ("--user", "--preserve-credentials")
        return ["nsenter", "--target", str(self.keeper), "--mount", *user]


@contextmanager
def own_machine(root: Path) -> Iterator[Machine]:
    """Skips where the system gives no namespace, which `.ci/run` takes for a failure."""
    root.mkdir()
    user = () if os.getuid() == 0 else ("--map-root-user",)
    command = ["unshare", "--mount", *user, "sh", "-c", "echo ready; exec cat"]
    keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert keeper.stdin and keeper.stdout and keeper.stderr
    if keeper.stdout.readline() != b"ready\n":
        pytest.skip(f"mounts of its own need root or user namespaces ({keeper.stderr.read().decode().strip()})")
    try:
        yield Machine(root, keeper.pid)
    finally:
        keeper.stdin.close()
        keeper.wait()
