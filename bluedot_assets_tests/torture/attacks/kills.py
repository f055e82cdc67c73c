"""Processes that are killed, by the system or by a person, at any moment of a run. Always by SIGKILL."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import psutil

from bluedot_assets_tests.examples.trees import hashes, stock_files, write_tree
from bluedot_assets_tests.servers.processes import start
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.whole import assert_nothing_left, assert_whole

GROUP: Final = "Killed processes"
RUN: Final = ("bluedot", "run", "--timeframe", "all", "--partition", "all", "--quiet")


def run(root: Path, **more: str) -> "subprocess.Popen[bytes]":
    """`bluedot run` of everything, with a folder for temporary files of its own."""
    (root / "tmp").mkdir(exist_ok=True)
    return start(root, *RUN, TMPDIR=str(root / "tmp"), **more)


def finished(root: Path, **more: str) -> None:
    code = run(root, **more).wait(180)
    assert code == 0, f"the run after the attack ended with {code}"


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """CPU seconds of a process and of all that it started; 0 when it is gone."""
    total = 0.0
    try:
        every = [psutil.Process(process.pid)]
        every += every[0].children(recursive=True)
    except psutil.NoSuchProcess:
        return 0.0
    for one in every:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def killed_at(process: "subprocess.Popen[bytes]", limit_s: float) -> bool:
    """Kill it and all that it started once they have used so much CPU; whether it was still at work then."""
    while process.poll() is None and cpu_s(process) < limit_s:
        time.sleep(0.01)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


def revise(source: Path, number: int) -> None:
    """Other content in every file: all stages have work, and the site changes."""
    for path in [one for folder in sorted(source.glob("*ly/*")) for one in stock_files(folder)]:
        if not path.parent.is_symlink():
            path.write_bytes(path.read_bytes().replace(b'"name": "', f'"name": "R{number} '.encode(), 1))


@attack(
    GROUP, "`bluedot run` and all of its processes, at a random CPU time; a folder site", long=100, short=2, parts=2
)
def killed_folder(folder: Path) -> Iterator[Once]:
    root, clean = folder / "here", folder / "clean"
    for one in (root, clean):
        one.mkdir()
    write_tree(root / "drive")
    process = run(root)
    whole_s = 0.0
    while process.poll() is None:
        whole_s = max(whole_s, cpu_s(process))
        time.sleep(0.01)
    assert process.returncode == 0

    def once(chance: random.Random) -> Mapping[str, int]:
        revise(root / "drive", chance.randrange(10**6))
        killed = killed_at(run(root), chance.uniform(0.02, 1) * whole_s)
        states = assert_whole(root / "site")
        finished(root)
        assert_nothing_left(root)
        assert_whole(root / "site")
        shutil.rmtree(clean)
        clean.mkdir()
        shutil.copytree(root / "drive", clean / "drive", symlinks=True)
        finished(clean)
        for part in ("series", "bars"):
            assert hashes(root / "data" / part) == hashes(clean / "data" / part), f"{part} differ from a clean run's"
        return {"killed": int(killed), "published folders read": states}

    yield once
