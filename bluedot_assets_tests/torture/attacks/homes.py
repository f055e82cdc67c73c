"""Several at once in a new home, Dagster's own commands first, which know nothing of our lock."""

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import Popen
from typing import Final

from bluedot_assets.defs.instance.databases import DATABASES
from bluedot_assets_tests.examples.trees import DAY, write_tree
from bluedot_assets_tests.servers.processes import end, free_port, start, wait_until
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.attacks.races import ALL, GROUP, assert_home, assert_well
from bluedot_assets_tests.torture.killing import LONGEST_S, finished, kill_with_children
from bluedot_assets_tests.torture.whole import processes_of

Words = tuple[str, ...]
CODE: Final = ("-m", "bluedot_assets.definitions")
QUICK: Final[Words] = ("dagster", "run", "list")  # two of them meet most often
PLAIN: Final[tuple[Words, ...]] = (
    QUICK,
    ("dagster-daemon", "run", *CODE),
    ("dagster", "asset", "materialize", *CODE, "--select", "daily/raw_json", "--partition", DAY),
)


@attack(
    GROUP,
    "two of Dagster's own commands, which know nothing of our lock, the first in a new `DAGSTER_HOME`, and at times "
    "`bluedot dev` or `bluedot run`; the next `bluedot run` mends what they broke",
    long=6,
    short=1,
)
def first_processes(folder: Path) -> Iterator[Once]:
    def once(chance: random.Random) -> Mapping[str, int]:
        root = folder / "here"
        shutil.rmtree(root, ignore_errors=True)
        write_tree(root / "drive", days=1, weeks=1, stocks=4)
        (root / "home").mkdir()
        pairs: list[list[Words]] = [[QUICK, QUICK], sorted(chance.choices(PLAIN, k=2), key=PLAIN.index)]
        ours: list[list[Words]] = [[], [], [ALL], [("bluedot", "dev", "--port", str(free_port()))]]
        commands = [*chance.choice(pairs), *chance.choice(ours)]
        pause_s = chance.choice([0, 0, 0.3 * chance.random()])
        processes = [_later(root, folder, words, pause_s) for words in commands]
        wait_until(lambda: _all_made(root / "home"), 60, "the databases of the new home")
        time.sleep(chance.uniform(0, 3))
        if chance.random() < 0.7:  # else they are ended at work
            for process in processes[: commands.count(QUICK)]:
                process.wait(LONGEST_S)
        for process in processes:
            chance.choice([end, kill_with_children])(process)
            process.wait()
        wait_until(lambda: not processes_of(root), 30, "they have ended")
        broken = _broken(root / "home")
        finished(root, *ALL)
        finished(root, *QUICK)
        assert_well(root)
        return {"first processes": len(commands), "homes that they broke": int(broken)}

    yield once


def _later(root: Path, folder: Path, words: Words, pause_s: float) -> "Popen[bytes]":
    process = start(root, *words, TMPDIR=str(folder))  # Dagster leaves sockets there
    time.sleep(pause_s)
    return process


def _all_made(home: Path) -> bool:
    return all((home / name).exists() for name in DATABASES)


def _broken(home: Path) -> bool:
    try:
        assert_home(home)
    except (AssertionError, sqlite3.Error):
        return True
    return False
