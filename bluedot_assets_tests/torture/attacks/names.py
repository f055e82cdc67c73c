"""Names and texts of the vendor that mean something to a page, a log, a chat or a script: everywhere they are texts and
nothing else. Which there are is in `torture/hostile`."""

import json
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bluedot_assets_tests.servers.processes import start
from bluedot_assets_tests.servers.webhooks import DISCORD, SLACK, Webhooks, serving
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.hostile import ALL, write_hostile, write_lists

GROUP: Final = "Hostile names"
SITE: Final = "https://trader.example/dots"
COMMANDS: Final = (("run", "--timeframe", "all"), ("github", "settings"), ("github", "summary"))
OTHERS: Final = (("partitions",), ("check", "drive/daily/2024-08-02"), ("doctor",), ("notify", "--job"), ("rollback",))
# What a terminal obeys, and what turns or hides its neighbours.
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_COMMAND: Final = re.compile(r"^\s*::(?!(?:error|warning|notice) title=[^:\n]*::)|##\[", re.MULTILINE)
_CSV: Final = re.compile(r"(?:\d{8}T(?:,-?\d+(?:\.\d+)?){5}\n)*|symbol,ticker\n(?:\w+,(?:[A-Z_]+:[A-Z0-9._&!/-]+)?\n)*")
_LIST: Final = re.compile(r"###[\w ().:>=-]+|[A-Z_]+:[A-Z0-9._&!/-]+|BLUEDOT1;(?:(?!taken)[\w;:|#/+.-])+")
_LOG: Final = re.compile(r"(?:\S+Z (?:daily|weekly) \S+ \w+(?: [a-z]+=[\w.-]+)+\n)*")
_PINE_TEXT: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|//.*')


def _settings(root: Path, webhooks: Webhooks, chance: random.Random) -> dict[str, str]:
    return {
        **webhooks.environment,
        **write_lists(root, chance),
        "NOTIFICATION_WEBHOOK": f"{SLACK} {DISCORD} {webhooks.local}",
        "BLUEDOT_SITE_URL": SITE,
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(root / "summary.md"),
        "GITHUB_ENV": str(root / "github.env"),
        "GITHUB_OUTPUT": str(root / "github.out"),
        "RUNNER_TEMP": str(root),
        "BLUEDOT_VARIABLES": json.dumps({"BLUEDOT_KEEP": "daily=2", "OTHER": "taken"}),
    }


def _completed(words: tuple[str, ...], chance: random.Random) -> tuple[str, ...]:
    reason = chance.choice(ALL).replace("\0", "")
    return (*words, "daily", "previous", "--reason", reason) if words == ("rollback",) else words


def _assert_log(text: str) -> None:
    assert not (found := _CONTROL.search(text)), f"{text[found.start() - 60 : found.end() + 20]!r} reaches a terminal"
    assert not (found := _COMMAND.search(text)), (
        f"{text[found.start() - 60 : found.end() + 40]!r} is a command of GitHub"
    )


def _assert_messages(webhooks: Webhooks) -> int:
    for one in webhooks.received:
        text = f"{one.title}\n{one.text}"
        ours = re.sub(rf"<{re.escape(SITE)}[^|>]*\|[^<>]*>|\({re.escape(SITE)}[^)]*\)", "", text)
        assert not re.search(r"<[!@#h]|@everyone|@here|@channel|\]\(", ours), (one.host, ours)
        assert not _CONTROL.search(text.replace("\r\n", "\n")), (one.host, text)
    return len(webhooks.received)


def _assert_files(root: Path) -> int:
    """Each kind of file that is published, in its form."""
    files = [path for path in (root / "site").rglob("*") if path.is_file() and not {"docs", "vendor"} & {*path.parts}]
    for path in files:
        assert re.fullmatch(r"[\w.-]+", path.name), f"a file is published as {path.name!r}"
        text = path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".csv":
            assert _CSV.fullmatch(text), f"{path.name} holds {text[:200]!r}"
        elif path.suffix == ".txt":
            odd = [part for part in re.split("[,\n]", text.strip()) if part and not _LIST.fullmatch(part)]
            assert not odd, f"{path.name} holds {odd}, which is no ticker"
        elif path.suffix == ".pine":
            assert "taken" not in _PINE_TEXT.sub("", text), f"a text of {path.name} has left its quotes"
    log = (root / "drive/triggers/process_log.txt").read_text()
    assert _LOG.fullmatch(log), f"the process log holds {log!r}"
    return len(files)


@attack(
    GROUP,
    "all texts, file and folder names, lists and settings of a run: markup, commands of GitHub, of terminals and of "
    "chat services, quotes of Pine, formulas, `__proto__`, letters that turn or hide others. What is printed, sent, "
    "annotated, written for GitHub and published is searched",
    long=6,
    short=1,
)
def hostile_texts(folder: Path) -> Iterator[Once]:
    with serving(folder) as webhooks:

        def once(chance: random.Random) -> Mapping[str, int]:
            root = folder / "here"
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir()
            write_hostile(root / "drive", chance)
            webhooks.received.clear()
            settings = _settings(root, webhooks, chance)
            for words in (*COMMANDS, _completed(chance.choice(OTHERS), chance)):
                start(root, "bluedot", *words, **settings).wait(180)
            assert (root / "site/status.json").exists(), (root / "processes.log").read_text()[-2000:]
            _assert_log((root / "processes.log").read_text("utf-8", "surrogateescape"))
            summary = (root / "summary.md").read_text()
            assert not re.search(r"<|\]\((?!https://trader)", summary), f"the summary holds markup: {summary}"
            given = (root / "github.env").read_text()
            assert all(re.match(r"(BLUEDOT_\w+|DAGSTER_HOME)=", line) for line in given.splitlines()), given
            assert not (root / "github.out").exists()
            return {
                "commands": len(COMMANDS) + 1,
                "messages": _assert_messages(webhooks),
                "published files read": _assert_files(root),
            }

        yield once
