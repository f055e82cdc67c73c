"""Google Drive that misbehaves under whole runs, through the real client. What the server can make is in
`servers/drive/faults.py`; a single fault's own tests are beside the adapter."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bluedot_assets_tests.examples.trees import DAY, failure, stock_files, write_tree
from bluedot_assets_tests.servers.drive import SERVICE_ACCOUNT, DriveServer
from bluedot_assets_tests.servers.drive.node import FOLDER, Node
from bluedot_assets_tests.servers.one_answer import OneAnswer, one_answer
from bluedot_assets_tests.torture.attack import Deal, Once, attack
from bluedot_assets_tests.torture.drive_arena import (
    HANGS_S,
    LONGEST_S,
    TOKEN,
    Drive,
    failed_with,
    md5,
    revised,
    serving,
)
from bluedot_assets_tests.torture.whole import assert_sentence

GROUP: Final = "Google Drive"
# Each, with the seconds that belong to it.
PASSING: Final = {
    **dict.fromkeys(("rateLimitExceeded", "userRateLimitExceeded", "408", "500", "502", "502html", "503", "reset")),
    **dict.fromkeys(("truncated", "short", "corrupt", "anotherFile", "changedFile", "revokedToken")),
    "429": 1.0,
    "latency": 0.05,
    "timeout": HANGS_S,
}
FINAL: Final = (
    *("dailyLimitExceeded", "downloadQuotaExceeded", "cannotDownloadAbusiveFile", "insufficientFilePermissions"),
    *("authError", "notFound", "keyInvalid", "accessNotConfigured"),
)
RATES: Final = (0.01, 0.2, 0.6)
KINDS: Final = (*PASSING, *FINAL, "redirect", "staleListing", "wrong md5")


def misbehave(
    drive: Drive, chance: random.Random, kinds: Sequence[str], rate: float, before: float, other: OneAnswer
) -> dict[str, int]:
    """These faults for that share of the requests; what to call it."""
    server = drive.server
    for kind in kinds:
        if kind == "wrong md5":
            for file in [one for one in drive.files.values() if chance.random() < rate / len(kinds)]:
                server.node(file).head.md5 = "0" * 32
        else:
            match = (lambda request: True) if kind in {"redirect", "latency"} else None
            server.faults.add(
                kind, rate=rate / len(kinds), seconds=PASSING.get(kind), as_of=before, to=other.url, match=match
            )
    return {"runs under all faults at once" if len(kinds) > 1 else "runs under one fault": 1}


def right_md5s(drive: Drive) -> None:
    for file in drive.files.values():
        drive.server.node(file).head.md5 = None


@attack(
    GROUP,
    "Each fault alone and all at once, at 1, 20 and 60 % of the answers: rate limits, 5xx, resets, cut, wrong and old "
    "bytes, wrong md5s, stale listings, refusals, redirects to another host",
    long=87,
    short=1,
)
def drive_faults(folder: Path) -> Iterator[Once]:
    faults = Deal([(kinds, rate) for kinds in (KINDS, *((one,) for one in KINDS)) for rate in RATES])
    with serving(folder) as drive, one_answer(200) as other:

        def once(chance: random.Random) -> Mapping[str, int]:
            drive.server.faults.clear(chance.randrange(10**9))
            before = time.time()
            drive.revise(chance)
            done = misbehave(drive, chance, *faults(chance), before, other)
            drive.server.reset_log()
            result = drive.run(least=chance.choice((1, 95)), timeout_s=0.5, call_deadline_s=5, deadline_s=10)
            met = sum(one.fault is not None for one in drive.server.requests)
            right_md5s(drive)
            came = drive.judge(failed_with(result))
            assert TOKEN not in other.sent and "assertion=" not in other.sent, "another host was sent a credential"
            for symbol, content in drive.contents.items():  # over what another writer has left there
                drive.upload(symbol, content)
            drive.heal()
            return {**done, "requests that met a fault": met, **came}

        yield once


@attack(
    GROUP, "`bluedot run` as a process, while 20 % of the answers are faults of every passing kind", long=5, short=1
)
def drive_process(folder: Path) -> Iterator[Once]:
    kinds = [kind for kind in PASSING if kind not in {"timeout", "changedFile"}]
    with serving(folder) as drive:

        def once(chance: random.Random) -> Mapping[str, int]:
            drive.server.faults.clear(chance.randrange(10**9))
            drive.revise(chance)
            for kind in kinds:
                drive.server.faults.add(kind, rate=0.2 / len(kinds), seconds=PASSING[kind])
            drive.server.reset_log()
            code, printed = drive.process()
            met = sum(one.fault is not None for one in drive.server.requests)
            assert code in {0, 1}, printed
            came = drive.judge(None if code == 0 else printed.strip())
            drive.heal()
            return {"requests that met a fault": met, **came}

        yield once


@attack(
    GROUP,
    "Answers that never come, and answers of which a byte comes now and then, of Drive and of its sign-in; deadlines "
    "of some seconds",
    long=10,
    short=1,
)
def drive_waits(folder: Path) -> Iterator[Once]:
    with serving(folder) as drive:

        def once(chance: random.Random) -> Mapping[str, int]:
            drive.server.faults.clear(chance.randrange(10**9))
            drive.revise(chance)
            drive.server.revoke_tokens()
            kind = chance.choice(("timeout", "drippingHead", "drippingBody"))
            seconds = HANGS_S if kind == "timeout" else chance.choice((0.1, 0.3, 5.0))
            rate = chance.choice((0.05, 0.3, 1))
            drive.server.faults.add(kind, rate=rate, seconds=seconds, match=lambda request: True)
            drive.server.reset_log()
            began = time.monotonic()
            result = drive.run(least=1, timeout_s=0.5, call_deadline_s=2, deadline_s=4)
            took_s = time.monotonic() - began
            assert took_s < LONGEST_S, f"the run waited {took_s:.0f} s, with deadlines of 2 and 4 s"
            came = drive.judge(failed_with(result))
            drive.heal()
            return {"runs that ended": 1, **came}

        yield once


@attack(
    GROUP,
    "Files replaced, deleted or trashed, the folder trashed, the trigger changed, the token withdrawn: at any request "
    "of a run",
    long=30,
    short=1,
)
def drive_changes(folder: Path) -> Iterator[Once]:
    with serving(folder) as drive:
        server = drive.server
        trigger = server.find("triggers/daily_ready.txt")
        said = server.content(trigger)

        def once(chance: random.Random) -> Mapping[str, int]:
            server.faults.clear(chance.randrange(10**9))
            drive.revise(chance)
            symbol = chance.choice(sorted(drive.files))
            content = revised(drive.contents[symbol], chance.randrange(10**9))
            changes: dict[str, Callable[[], object]] = {
                "files replaced": lambda: drive.upload(symbol, content),
                "files deleted": lambda: server.remove(drive.files[symbol]),
                "files trashed": lambda: server.trash(drive.files[symbol]),
                "folders trashed": lambda: server.trash(drive.folder),
                "triggers changed": lambda: server.set_content(trigger, b"\xff" if chance.random() < 0.3 else b"x"),
                "tokens withdrawn": server.revoke_tokens,
            }
            chosen = chance.sample(sorted(changes), chance.randint(1, 2))
            for what in {*chosen} if {*chosen} != {"files replaced", "files deleted"} else {"files deleted"}:
                drive.hook(chance.randint(1, 40), changes[what])
            result = drive.run(least=chance.choice((1, 95)))
            came = drive.judge(failed_with(result))
            server.trash(drive.folder, trashed=False)
            drive.upload(symbol, drive.contents[symbol])
            server.trash(drive.files[symbol], trashed=False)
            server.set_content(trigger, said)
            drive.heal()
            return {**dict.fromkeys(chosen, 1), **came}

        yield once


PARTS: Final = (
    "\x00",
    "\x1b[31m",
    "\n",
    "../",
    "/",
    "..",
    "\u202e",
    "\u2066",
    "\ud800",
    "'",
    "\\",
    "%2F",
    "<b>",
    "🂡",
    " ",
)


def hostile_name(chance: random.Random) -> str:
    name = "".join(chance.choice((*PARTS, "A", "9")) for _ in range(chance.randint(0, 6)))
    name += "L" * chance.choice((0, 0, 0, 5000))
    return name + chance.choice(("_daily.json", "_daily.json", ".json", "_DAILY.JSON", ""))


def add_loops(server: DriveServer, place: str, key: str) -> None:
    """Shortcuts to themselves, to each other and to what they stand in, and a folder that is its own parent."""
    itself, first, second = (server.add_shortcut(f"{name}_daily.json", place, place) for name in ("ME", "ONE", "TWO"))
    for shortcut, target in ((itself, itself), (first, second), (second, first)):
        server.retarget(shortcut, target)
    server.add_shortcut("ABOVE_daily.json", place, place)
    server.add_shortcut("TOP", server.root_id, place)
    loop = server.tree.add(Node(f"loop-{place}-{key}"[:40], key, FOLDER, None, 0, 0, 0, private=True))
    server.share(loop.id, SERVICE_ACCOUNT)
    server.tree.remove(loop)
    loop.parent = loop.id
    server.tree.add(loop)
    server.add_shortcut(key, loop.id, server.find("daily"))


@attack(
    GROUP,
    "Names with control characters, `../`, 5,000 letters, letters that turn the text, half characters and doubles; "
    "shortcuts to themselves, folders in themselves",
    long=15,
    short=1,
)
def drive_names(folder: Path) -> Iterator[Once]:
    (folder / "here").mkdir()
    with serving(folder / "here") as drive:
        server = drive.server

        def once(chance: random.Random) -> Mapping[str, int]:
            drive.revise(chance)
            before = {*server.tree.nodes}
            daily = server.find("daily")
            for _ in range(12):
                name, content = hostile_name(chance), revised(chance.choice([*drive.contents.values()]), 1)
                server.add_file(name, content, chance.choice((drive.folder, drive.folder, daily, None)))
                server.add_folder(hostile_name(chance), chance.choice((drive.folder, daily, None)))
            double = chance.choice(sorted(drive.files))
            drive.held[double].add(md5(twice := revised(drive.contents[double], 2)))
            server.add_file(f"{double}_daily.json", twice, drive.folder)
            add_loops(server, drive.folder, "2024-08-01")
            result = drive.run(least=1)
            assert result.success, failure(result)
            found = drive.published()
            for symbol in {*drive.files} - {double}:
                assert found[symbol] == md5(drive.contents[symbol]), f"{symbol} is not what the Drive has"
            rows = drive.here.status()["timeframes"]["daily"]["rejected"]
            strange = sorted(path.name for path in drive.here.site.rglob("*") if not path.name.isprintable())
            assert not strange, f"published under {strange}"
            looped = drive.run("2024-08-01", least=1)
            assert not looped.success
            assert_sentence(failure(looped), TOKEN)
            assert [path.name for path in folder.iterdir()] == ["here"], "something was written elsewhere"
            for node in [one for name, one in server.tree.nodes.items() if name not in before]:
                node.parent = None if node.parent == node.id else node.parent
                server.tree.remove(node)
            drive.heal()
            return {"hostile names": 24, "files named as rejected": len(rows)}

        yield once


MANY: Final = 3000


def small_files(root: Path, number: int) -> dict[str, bytes]:
    """Of one stock of the sample, with its last bars alone, under so many names."""
    write_tree(root / "tree", stocks=1, days=1, weeks=0)
    document = json.loads(stock_files(root / "tree" / "daily" / DAY)[0].read_bytes())
    chart = document["chart"]
    chart |= {"prices": chart["prices"][:3]}
    chart["blueDotData"]["dates"] = chart["blueDotData"]["dates"][:1]
    found = {}
    for place in range(number):
        symbol = f"S{place:04}"
        chart["peripheralData"] |= {"symbol": symbol, "name": f"Company {place}"}
        chart["prices"][0]["volume"] = 1000 + place
        found[symbol] = json.dumps(document).encode()
    return found


@attack(GROUP, "3,000 files in a folder, whose pages are stale, cut and refused at 20 %", long=1, short=0)
def drive_many(folder: Path) -> Iterator[Once]:
    with serving(folder, small_files(folder, MANY)) as drive:

        def once(chance: random.Random) -> Mapping[str, int]:
            drive.server.faults.clear(chance.randrange(10**9))
            before = time.time()
            for symbol in chance.sample(sorted(drive.contents), 100):
                drive.upload(symbol, revised(drive.contents[symbol], chance.randrange(10**9)))
            for kind in ("staleListing", "503", "reset", "truncated"):
                drive.server.faults.add(kind, rate=0.05, as_of=before)
            came = drive.judge(failed_with(drive.run(least=1)))
            drive.heal()
            return {"files listed": MANY, **came}

        yield once
