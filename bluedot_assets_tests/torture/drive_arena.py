"""A Drive in memory, the installation that reads it, and what may be published of it: the arena of `attacks/drive`."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import dagster as dg

from bluedot_assets.kernel.site.index import decode_index
from bluedot_assets_tests.examples.drive_sources import open_drive
from bluedot_assets_tests.examples.trees import DAY, Installation, failure, hashes, stock_files, write_tree
from bluedot_assets_tests.servers.drive import DriveServer
from bluedot_assets_tests.servers.drive.message import Request
from bluedot_assets_tests.servers.drive.node import Node
from bluedot_assets_tests.servers.processes import start
from bluedot_assets_tests.torture.whole import assert_sentence, assert_whole

STOCKS: Final = 8
QUIET: Final = {"timeout_s": 10.0}
LONGEST_S: Final = 100.0  # of a run whose deadlines are some seconds, on a machine that is busy
HANGS_S: Final = 2 * LONGEST_S  # whoever waits for such an answer is caught
TOKEN: Final = "ya29."  # noqa: S105  how every token begins


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def revised(content: bytes, number: int) -> bytes:
    """The same stock with another company's name."""
    document = json.loads(content)
    document["chart"]["peripheralData"]["name"] = f"Company {number}"
    return json.dumps(document).encode()


@dataclass
class Drive:
    """A Drive, the installation that reads it, and all that each stock's file ever held."""

    server: DriveServer
    here: Installation
    contents: dict[str, bytes]  # of a stock's file by its symbol, as it should be in the end
    folder: str = ""
    files: dict[str, str] = field(default_factory=dict)  # ids by symbol
    held: dict[str, set[str]] = field(default_factory=dict)  # md5s by symbol

    def upload(self, symbol: str, content: bytes) -> None:
        """A new file, or a new revision of it."""
        self.contents[symbol] = content
        self.held.setdefault(symbol, set()).add(md5(content))
        if self.files.get(symbol) in self.server.tree.nodes:
            self.server.set_content(self.files[symbol], content)
        else:
            self.files[symbol] = self.server.add_file(f"{symbol}_daily.json", content, self.folder)

    def revise(self, chance: random.Random) -> None:
        """Most of the files, so that there is something to download."""
        for symbol, content in self.contents.items():
            if chance.random() < 0.9:
                self.upload(symbol, revised(content, chance.randrange(10**9)))

    def run(self, key: str = DAY, *, least: int = 95, **options: Any) -> dg.ExecuteInProcessResult:
        """All stages of the day; `least` is the percentage of files that must arrive."""
        self.here.set(BLUEDOT_MIN_COMPLETE=least)
        self.here.platform.source = open_drive(self.server, **{**QUIET, **options})
        return self.here.run("daily", key)

    def process(self, **more: str) -> tuple[int, str]:
        """`bluedot run` of the day as a process; its exit code and what it printed."""
        log = self.here.root / "processes.log"
        log.unlink(missing_ok=True)
        words = ("bluedot", "run", "--timeframe", "daily", "--partition", DAY)
        account = json.dumps(self.server.service_account_info())
        source = {
            "BLUEDOT_SOURCE": f"gdrive:{self.server.root_id}",
            "BLUEDOT_DRIVE_ENDPOINT": self.server.endpoint,
            "GOOGLE_DRIVE_SERVICE_ACCOUNT": account,
        }
        code = start(self.here.root, *words, **source, **more).wait(HANGS_S)
        return code, log.read_text()

    def hook(self, at: int, change: Callable[[], object]) -> None:
        """Make the change just before the request of that number."""
        came = 0

        def count(request: Request) -> bool:
            nonlocal came
            came += request.kind != "token"
            if came == at:
                change()
            return False

        self.server.faults.add("500", match=count)

    def published(self) -> dict[str, str]:
        """The md5 of the file that each stock's series were made of; what is published is whole, and made of bytes that
        the Drive had."""
        assert_whole(self.here.site)
        index = self.here.site / "daily" / DAY / "index.json"
        found = {one.symbol: one.md5 for one in decode_index(index.read_bytes()).stocks} if index.exists() else {}
        for symbol, digest in found.items():
            assert digest in self._all_held(symbol), f"{symbol} was made of bytes that the Drive never had for it"
        return found

    def _all_held(self, symbol: str) -> set[str]:
        """With what others wrote over it on the server."""
        if symbol not in self.files:  # a hostile name that is one of a stock all the same
            return {md5(one.read()) for node in self.server.tree.nodes.values() for one in node.revisions}
        node = self.server.tree.nodes.get(self.files[symbol])
        return self.held[symbol] | {md5(one.read()) for one in (node.revisions if node else ())}

    def judge(self, failed: str | None) -> dict[str, int]:
        """What came of a run that failed with this sentence, or went well."""
        found = self.published()
        if failed is not None:
            assert_sentence(failed, TOKEN, "PRIVATE KEY")
            return {"runs that said why they published nothing": 1}
        rows = self.here.status()["timeframes"]["daily"]["rejected"]
        there = {node.name for node in self.server.tree.children(self.folder) if self._is_there(node)}
        named = {row["file"] for row in rows} | {f"{symbol}_daily.json" for symbol in found}
        assert there <= named, f"missing and not named: {there - named}"
        return {"runs that published": 1, "files named as missing": len(rows)}

    def _is_there(self, node: Node) -> bool:
        return node.has_content and not self.server.tree.is_trashed(node)

    def heal(self) -> None:
        """A run without any fault publishes everything as it is now."""
        self.server.faults.clear()
        result = self.run()
        assert result.success, f"the run after the attack failed: {failure(result)}"
        assert self.published() == {symbol: md5(content) for symbol, content in self.contents.items()}
        assert not self.here.status()["timeframes"]["daily"]["rejected"]

    def assert_same_as_a_folder(self) -> None:
        """The series equal what a local folder of the same files gives, byte for byte."""
        clean = Installation(self.here.root / "clean")
        for name, content in {
            **{f"daily/{DAY}/{symbol}_daily.json": content for symbol, content in self.contents.items()},
            "triggers/daily_ready.txt": self.server.content(self.server.find("triggers/daily_ready.txt")),
        }.items():
            (clean.source / name).parent.mkdir(parents=True, exist_ok=True)
            (clean.source / name).write_bytes(content)
        assert clean.run().success
        assert hashes(clean.data / "series") == hashes(self.here.data / "series"), "series differ from a folder's"


@contextmanager
def serving(root: Path, contents: Mapping[str, bytes] | None = None) -> Iterator[Drive]:
    """A Drive of one day, in memory, whose end is compared with a local folder's."""
    if contents is None:
        write_tree(root / "tree", stocks=STOCKS, days=1, weeks=0)
        sample = stock_files(root / "tree" / "daily" / DAY)
        contents = {path.name.removesuffix("_daily.json"): path.read_bytes() for path in sample}
    with DriveServer() as server:
        trigger = f"{DAY}\nexpected={len(contents)}\n".encode()
        triggers = server.add_folder("triggers")
        server.add_file("daily_ready.txt", trigger, triggers)
        server.add_file("process_log.txt", b"", triggers)
        drive = Drive(server, Installation(root), {}, server.add_folder(DAY, server.add_folder("daily")))
        for symbol, content in contents.items():
            drive.upload(symbol, content)
        yield drive
        drive.assert_same_as_a_folder()


def failed_with(result: dg.ExecuteInProcessResult) -> str | None:
    return None if result.success else failure(result)
