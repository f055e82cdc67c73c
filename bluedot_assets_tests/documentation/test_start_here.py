"""The page *When something is wrong* quotes what the program really says."""

import ast
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.examples.command_line import Bluedot

PAGE: Final = (REPOSITORY / "docs_site/docs/start-here.md").read_text("utf-8")
ENDINGS: Final = (".js", ".html")
LITERAL: Final = re.compile(r'`[^`]*`|"[^"\n]*"')  # of JavaScript


def quotes(text: str) -> list[str]:
    return [unescape(one) for one in re.findall(r"“([^”]+)”", text) if one != "quotes"]


QUOTED: Final = quotes(PAGE)


@cache
def texts() -> tuple[str, ...]:
    """Each text of the package and of the pages by itself, no comment and no docstring; `...` where a value stands."""
    found: list[str] = []
    for file in sorted((REPOSITORY / "bluedot_assets").rglob("*.py")):
        found += _texts_of(ast.parse(file.read_bytes()))
    shell = REPOSITORY / "docs_site/shell"
    for file in sorted(one for one in shell.rglob("*") if one.suffix in ENDINGS and "vendor" not in one.parts):
        found += (_of_script if file.suffix == ".js" else _of_page)(file.read_text("utf-8"))
    return tuple(" ".join(one.split()) for one in found)


def _texts_of(tree: ast.AST) -> Iterator[str]:
    """Those that a person may see; of one that is joined of several, the whole."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.JoinedStr, ast.BinOp, ast.Constant)) and id(node) not in alone:
            text = _joined(node)
            if text.strip(" ."):
                yield text


def _joined(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else " ... "
    if isinstance(node, ast.JoinedStr):
        return "".join(_joined(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined(node.left) + _joined(node.right)
    return " ... "


def _of_script(text: str) -> list[str]:
    text = re.sub(r"^\s*(?://|/?\*).*$", "", text, flags=re.MULTILINE)
    before = ""
    while text != before:  # a value may itself hold texts with values
        before, text = text, re.sub(r"\$\{(?:[^{}`]|`[^`]*`)*\}", " ... ", text)
    whole = rf"(?:{LITERAL.pattern})(?:\s*\+\s*(?:{LITERAL.pattern}))*"
    return ["".join(one[1:-1] for one in LITERAL.findall(found)) for found in re.findall(whole, text)]


def _of_page(text: str) -> list[str]:
    return re.findall(r">([^<]+)<", text)


def is_said(quoted: str, said: tuple[str, ...]) -> bool:
    """Whether one text has all that stands between the dots, in that order."""
    parts = [re.escape(" ".join(part.split()).strip()) for part in quoted.split("...") if part.strip(" .")]
    pattern = re.compile(".*?".join(parts), re.DOTALL)
    return any(pattern.search(text) for text in said)


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_is_quoted_is_said(quoted: str) -> None:
    assert is_said(quoted, texts())


def test_a_sentence_that_nothing_says_would_be_found() -> None:
    assert len(QUOTED) > 20
    assert not is_said("... was due yesterday and has gone.", texts())
    assert not is_said("... was due ... of ... files gave series.", texts())  # two texts of one file


NEXT_YEAR: Final = f"{datetime.now(UTC).year + 1}-06-01"
# What a person does who then reads that, by the row's first quote.
BY: Final[dict[str, tuple[tuple[str, ...], dict[str, str]]]] = {
    "BLUEDOT_SOURCE is not set": (("run",), {"BLUEDOT_SOURCE": ""}),
    ".env, line ...": (("partitions",), {}),
    "BLUEDOT_SOURCE ... is not a folder": (("run",), {"BLUEDOT_SOURCE": "nowhere"}),
    "write it like ...": (("run",), {"BLUEDOT_KEEP": "abc"}),
    "NOTIFICATION_WEBHOOK is not set": (("notify", "--test"), {}),
    "... is no setting": (("partitions",), {"BLUEDOT_KEEEP": "3"}),
    "The source has no": (("run", "--timeframe", "daily", "--partition", "2024-01-03"), {}),
    "... is not a ... partition": (("run", "--timeframe", "daily", "--partition", "2024-13-01"), {}),
    "... is no partition": (("run", "--timeframe", "all", "--partition", "2024-13-01"), {}),
    "... lies in the future": (
        ("run", "--timeframe", "daily", "--partition", NEXT_YEAR),
        {},
    ),
    "There is no site": (("serve",), {}),
    "Google Drive needs a credential": (("run",), {"BLUEDOT_SOURCE": "gdrive:abc"}),
    "give a folder of this machine": (("run",), {"BLUEDOT_SOURCE": "gdrive:a/b"}),
    "... cannot be written": (("run",), {"BLUEDOT_DATA": "/proc/here"}),
    "Make it writable for this user": (("run",), {"BLUEDOT_DATA": "/proc/here"}),
}
TERMINAL: Final = quotes(PAGE.partition("## In the terminal")[2].partition("\n## ")[0])
# What takes more than a command (a server, a damaged file, a full disk, a port): tests of their own bring it about.
ELSEWHERE: Final = (
    "... is not shared ...",
    "... differs from what was stored: ...",
    "... is missing: ...",
    "materialize its partition again",
    "... was damaged or gone, and is made anew.",
    "restore it, or write {} into it and run `bluedot run --partition all`...",
    "Make room on its disk...",
    "Cannot listen on ...: choose another with --port.",
)


@pytest.mark.parametrize("quoted", [one for one in TERMINAL if one not in ELSEWHERE])
def test_a_person_who_makes_the_mistake_reads_what_is_quoted(
    bluedot: Bluedot, folder: Path, sample_tree: Path, monkeypatch: pytest.MonkeyPatch, quoted: str
) -> None:
    shutil.copytree(sample_tree, folder / "drive", symlinks=True)
    monkeypatch.setenv("BLUEDOT_SOURCE", "drive")
    found = [by for begin, by in BY.items() if quoted.startswith(begin)]
    assert len(found) == 1, "BY says how a person comes to read it"
    words, settings = found[0]
    if quoted.startswith(".env"):
        Path(".env").write_text("NAME='open\n")
    called = bluedot(*words, **settings)
    assert is_said(quoted, (" ".join((called.text + called.err).split()),))


def test_every_word_of_a_state_and_of_an_outcome_has_a_row() -> None:
    health = (REPOSITORY / "docs_site/shell/js/dashboard/health.js").read_text("utf-8")
    states = set(re.findall(r'return \["([a-z ]+)"|word: "([a-z ]+)"', health))
    traders = (REPOSITORY / "docs_site/docs/for-traders.md").read_text("utf-8")
    words = {one or two for one, two in states}
    assert {"late", "failed", "rolled back", "incomplete", "healthy", "empty"} <= words
    assert [word for word in words if f"**{word}**" not in traders] == []
    assert [word for word in words - {"healthy", "empty"} if f"*{word}*" not in PAGE] == []
