"""The machine's disks and folders, which fill up, become read-only, vanish or become something else while a run is at
work. What surrounds a run from its start is in `surroundings`."""

import os
import random
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets_tests.examples.trees import write_tree
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.killing import cpu_s, source_files
from bluedot_assets_tests.torture.own_disks import Machine, own_machine
from bluedot_assets_tests.torture.whole import assert_all_ended, assert_nothing_left, assert_whole

GROUP: Final = "The machine"
RUN: Final = ("bluedot", "run", "--timeframe", "daily", "--quiet")
LONGEST_S: Final = 300
# A place of an installation, and what a sentence about it names.
SETTINGS: Final = {
    "data": "BLUEDOT_DATA",
    "site": "BLUEDOT_SITE",
    "home": "DAGSTER_HOME",
    "drive": "BLUEDOT_SOURCE",
    "tmp": "TMPDIR",
    "cache": "XDG_CACHE_HOME",
}
NO_SENTENCE: Final = re.compile(r"Traceback|\[Errno|nobody foresaw|^\w*Error:", re.MULTILINE)
REMEDY: Final = re.compile(r"run again|materialize|name another|name a (new|folder)|point it|check its|correct|remove")
Published = list[tuple[str, str | None, list[str | None]]]
Harm = Callable[["Installed", str, random.Random], Callable[[], object]]


def published(site: Path) -> Published:
    """What `latest` shows: symbol, name and digests of each stock."""
    stocks = decode_index((site / "daily" / "latest" / "index.json").read_bytes()).stocks
    return [(one.symbol, one.name, list(one.sha256)) for one in stocks]


@dataclass
class Installed:
    """An installation on a machine of its own that has published once, and how much CPU time that took."""

    machine: Machine
    log: Path
    whole_s: float = 0.0
    first: Published = field(default_factory=list)

    def begin(self) -> None:
        write_tree(self.machine.seen / "pristine")
        self.renew(0)
        code, text = self.run(lambda: None, float("inf"))
        assert code == 0, text
        self.first = published(self.machine.seen / "site")

    def renew(self, number: int) -> None:
        """Other content in every file, and the same series."""
        shutil.rmtree(self.machine.seen / "drive", ignore_errors=True)
        shutil.copytree(self.machine.seen / "pristine", self.machine.seen / "drive", symlinks=True)
        for path in source_files(self.machine.seen / "drive"):
            path.write_bytes(path.read_bytes().replace(b'"name": "', b'"name": "R%d ' % number, 1))

    def run(self, harm: Callable[[], object], at_s: float) -> tuple[int, str]:
        """A run, harmed once it has used so much CPU: its exit code, and all that it printed."""
        (self.machine.seen / "tmp").mkdir(exist_ok=True)
        places = {"TMPDIR": str(self.machine.root / "tmp"), "XDG_CACHE_HOME": str(self.machine.root / "cache")}
        process = self.machine.start(RUN, self.log, **places)
        used = 0.0
        while process.poll() is None and used < at_s:
            used = cpu_s(process)
            self.whole_s = max(self.whole_s, used)
            time.sleep(0.01)
        harm()
        code = process.wait(LONGEST_S)
        return code, self.log.read_text("utf-8")

    def assert_healed(self, number: int) -> None:
        """One more run ends well, publishes what there is, and leaves nothing."""
        code, text = self.run(lambda: None, float("inf"))
        assert code == 0, f"the run after the attack ended with {code}: {text}"
        seen = self.machine.seen
        assert_whole(seen / "site")
        assert_nothing_left(seen)
        assert_all_ended(self.machine.root)
        due = [(symbol, f"R{number}{(name or '').removeprefix('R0')}", digests) for symbol, name, digests in self.first]
        assert published(seen / "site") == due, "what is published now is not what the source has"


def tried(installed: Installed, chance: random.Random, place: str, harm: Harm) -> Mapping[str, int]:
    """A run that is harmed at any moment, and one that heals."""
    number = chance.randrange(1, 10**6)
    installed.renew(number)
    undo: list[Callable[[], object]] = []
    try:
        code, text = installed.run(
            lambda: undo.append(harm(installed, place, chance)), chance.uniform(0, 1) * installed.whole_s
        )
    finally:
        for one in undo:
            one()
    assert not (found := NO_SENTENCE.search(text)), f"{place}: {found[0]} in: {text[-400:]}"
    assert code in (0, 1, 2), f"{place}: ended with {code}: {text}"
    if code:
        named = any(word in text for word in (SETTINGS[place], f"{installed.machine.root / place}"))
        assert named, f"{place}: no setting is named: {text}"
        assert REMEDY.search(text), f"{place}: no remedy: {text}"
    states = assert_whole(installed.machine.seen / "site")
    installed.assert_healed(number)
    return {"failed with a sentence": int(code > 0), "published folders read": states}


def fill(installed: Installed, place: str, chance: random.Random) -> Callable[[], object]:
    disk = "." if place == "site" else place
    installed.machine.fill(disk, chance.choice((0, 0, 4096, 100_000)))
    return lambda: installed.machine.make_room(disk)


def make_read_only(installed: Installed, place: str, chance: random.Random) -> Callable[[], object]:
    """The whole disk; where files are open to be written, as Dagster's are, the folders for who has no rights."""
    disk = "." if place == "site" else place
    if installed.machine.mount("-o", "remount,ro", installed.machine.root / disk):
        return lambda: installed.machine.make_room(disk)
    top = installed.machine.seen / (".site.versions" if place == "site" else place)
    folders = [Path(folder) for folder, _, _ in os.walk(top)]
    for one in folders:
        with suppress(FileNotFoundError):
            one.chmod(0o555)

    def undo() -> None:
        for one in folders:
            with suppress(FileNotFoundError):
                one.chmod(0o755)

    return undo


def remove(installed: Installed, place: str, chance: random.Random) -> Callable[[], object]:
    """Away, or away with a file or a link to another folder in its place."""
    root, seen = installed.machine.root, installed.machine.seen
    path = seen / (chance.choice(("site", ".site.versions")) if place == "site" else place)
    gone, instead = seen / "gone", chance.choice(("nothing", "a file", "a link"))
    with suppress(FileNotFoundError):
        path.rename(gone)
    with suppress(FileExistsError):  # the run was quicker
        if instead == "a file":
            path.touch(exist_ok=False)
        elif instead == "a link":
            (seen / "elsewhere").mkdir(exist_ok=True)
            path.symlink_to(root / "elsewhere")

    def undo() -> None:
        """The original again, as a person puts it right."""
        for one in (path, seen / "elsewhere"):
            if one.is_symlink() or one.is_file():
                one.unlink()
            else:
                shutil.rmtree(one, ignore_errors=True)
        with suppress(FileNotFoundError):
            gone.rename(path)

    return undo


def _installed(folder: Path, disks: tuple[str, ...]) -> Iterator[Installed]:
    with own_machine(folder / "here") as machine:
        for name in disks:
            machine.add_disk(name)
        installed = Installed(machine, folder / "log")
        installed.begin()
        yield installed


DISKS: Final = (".", "data", "home", "tmp", "cache")


@attack(
    GROUP,
    "a full disk, at a random moment of `bluedot run`: that of the data, the site, `DAGSTER_HOME`, temporary files or "
    "the cache (a tmpfs each)",
    long=20,
    short=1,
    parts=2,
)
def full_disk(folder: Path) -> Iterator[Once]:
    for installed in _installed(folder, DISKS):

        def once(chance: random.Random, here: Installed = installed) -> Mapping[str, int]:
            return tried(
                here, chance, chance.choice(("data", "site", "home", "data", "site", "home", "tmp", "cache")), fill
            )

        yield once


@attack(
    GROUP,
    "a disk or folder that becomes read-only, at a random moment of `bluedot run`: of the data, the site, "
    "`DAGSTER_HOME`, temporary files or the cache",
    long=16,
    short=1,
    parts=2,
)
def read_only(folder: Path) -> Iterator[Once]:
    for installed in _installed(folder, DISKS):

        def once(chance: random.Random, here: Installed = installed) -> Mapping[str, int]:
            return tried(here, chance, chance.choice(("data", "site", "home", "tmp", "cache")), make_read_only)

        yield once


@attack(
    GROUP,
    "a folder that is removed, or replaced by a file or a link, at a random moment of `bluedot run`: of the data, the "
    "site, `DAGSTER_HOME`, the source, temporary files or the cache",
    long=20,
    short=1,
    parts=2,
)
def removed_folder(folder: Path) -> Iterator[Once]:
    for installed in _installed(folder, ()):

        def once(chance: random.Random, here: Installed = installed) -> Mapping[str, int]:
            return tried(here, chance, chance.choice(("data", "site", "home", "drive", "tmp", "cache")), remove)

        yield once
