"""Commands beside `bluedot run` that write, killed at any moment: each is then called again, as a person would."""

import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import dagster as dg

from bluedot_assets.kernel.alerts.ledger import LEDGER, decode_ledger
from bluedot_assets_tests.examples.earlier_runs import set_back, store_old_partitions
from bluedot_assets_tests.examples.trees import DAYS, Installation, write_tree
from bluedot_assets_tests.servers.public_sites import served
from bluedot_assets_tests.servers.webhooks import Webhooks, serving
from bluedot_assets_tests.torture.attack import Deal, Once, attack
from bluedot_assets_tests.torture.attacks.kills import GROUP, RUN
from bluedot_assets_tests.torture.killing import LONGEST_S, Victim, begun, log_of
from bluedot_assets_tests.torture.whole import (
    Files,
    assert_nothing_left,
    assert_same,
    comparable,
    files_of,
    version_of,
    whole,
)

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "prune": ("bluedot", "prune"),
    "housekeeping": ("dagster", "job", "execute", "-m", "bluedot_assets.definitions", "-j", "housekeeping"),
    "rollback": ("bluedot", "rollback", "daily", DAYS[-2]),
    "sample": ("bluedot", "sample", "--stocks", "30", "--end", DAYS[-1]),
    "monitor": ("bluedot", "monitor"),
}
LONG_AGO: Final = timedelta(days=40)


@dataclass
class Commands:
    """An installation at `root`, put back before each command: with runs and partitions that are to go, and a site
    that is late."""

    root: Path
    made: Path
    settings: dict[str, str]
    webhooks: Webhooks
    victims: dict[str, Victim] = field(default_factory=dict)
    expected: dict[str, tuple[int, Files]] = field(default_factory=dict)  # exit code and what is left, by command

    def put_back(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.made, self.root, symlinks=True)
        self.webhooks.received.clear()

    def begin(self, name: str) -> "subprocess.Popen[bytes]":
        return begun(self.root, *COMMANDS[name], **self.settings)

    def measure(self, name: str) -> None:
        """What it does, and how long, when nobody kills it."""
        if name not in self.expected:
            self.put_back()
            self.victims[name] = Victim(lambda: self.begin(name))
            code = self.victims[name].left_alone()
            assert code == (name == "monitor"), f"{name} ended with {code}: {log_of(self.root)}"
            self.expected[name] = code, self.state()

    def state(self) -> Files:
        """All that a command may have changed, as far as it is the same each time."""
        site = files_of(version_of(self.root / "site"))
        assert whole(site)
        data = files_of(self.root / "data")
        found = {f"data/{path}": data[path] for path in data if not path.startswith(("alerts/", "attempts/"))}
        found |= {f"sample/{path}": content for path, content in files_of(self.root / "sample").items()}
        found["open incidents"] = "\n".join(sorted(decode_ledger(site.get(LEDGER)).incidents)).encode()
        found["messages"] = "\n".join(sorted(set(self.webhooks.titles()))).encode()
        with sqlite3.connect(self.root / "home/history/runs.db") as runs:
            kept = runs.execute("select run_id from runs where pipeline_name like '%pipeline' order by run_id")
            found["runs"] = repr(kept.fetchall()).encode()
        return found | comparable(site)


@contextmanager
def commands(folder: Path) -> Iterator[Commands]:
    made, root = folder / "made", folder / "here"
    made.mkdir()
    (made / "sample").mkdir()
    write_tree(made / "drive", days=2, weeks=1)
    for words in (RUN, ("bluedot", "run", "--timeframe", "weekly", "--quiet")):  # of that week the first run is to go
        assert begun(made, *words).wait(LONGEST_S) == 0
    with dg.DagsterInstance.from_config(str(made / "home")) as instance:
        for run in instance.get_runs():
            set_back(instance, run.run_id, LONG_AGO)
    store_old_partitions(Installation(made), 13)
    (folder / "certificates").mkdir()
    with serving(folder / "certificates") as webhooks, served(root / "site") as host:
        settings = {
            **webhooks.environment,
            "NOTIFICATION_WEBHOOK": webhooks.local,
            "BLUEDOT_SITE_URL": host.url,
            "BLUEDOT_KEEP_DATA": "daily=11",
        }
        yield Commands(root, made, settings, webhooks)


@attack(
    GROUP,
    "`bluedot prune`, `rollback`, `sample`, `monitor` or the job `housekeeping`, which is then called again",
    long=20,
    short=1,
    meets="killed",
)
def killed_commands(folder: Path) -> Iterator[Once]:
    names = Deal(sorted(COMMANDS))
    with commands(folder) as every:

        def once(chance: random.Random) -> Mapping[str, int]:
            name = names(chance)
            every.measure(name)
            every.put_back()
            killed = every.victims[name].killed_at(chance.uniform(0.2, 1))
            if (every.root / "site").exists():
                assert whole(files_of(version_of(every.root / "site")))
            code, expected = every.expected[name]
            found = every.begin(name).wait(LONGEST_S)
            assert found == code, f"{name}, called again, ended with {found}: {log_of(every.root)}"
            assert_nothing_left(every.root)
            assert_same(every.state(), expected, f"what {name} made")
            return {"killed": int(killed), f"of {name}": int(killed)}

        yield once
