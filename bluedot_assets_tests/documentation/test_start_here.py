"""The page *When something is wrong* quotes what the program really says."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from bluedot_assets_tests import REPOSITORY

PAGE: Final = (REPOSITORY / "docs_site/docs/start-here.md").read_text("utf-8")
QUOTED: Final = [text for text in re.findall(r"“([^”]+)”", PAGE) if text != "quotes"]
ENDINGS: Final = ("*.js", "*.html")


@cache
def texts() -> tuple[str, ...]:
    """Every text of the package and of the pages; `...` where a value stands."""
    found: list[str] = []
    for file in sorted((REPOSITORY / "bluedot_assets").rglob("*.py")):
        found += _texts_of(ast.parse(file.read_bytes()))
    shell = REPOSITORY / "docs_site/shell"
    for file in sorted(one for ending in ENDINGS for one in shell.rglob(ending) if "vendor" not in one.parts):
        found.append(re.sub(r"\$\{[^}]*\}|[`\"]\s*\+\s*[`\"]|\s+", " ", file.read_text("utf-8")))
    return tuple(" ".join(one.split()) for one in found)


def _texts_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else " ... " for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_said(quoted: str) -> bool:
    """Whether one text has all that stands between the dots, in that order."""
    parts = [re.escape(" ".join(part.split()).strip()) for part in quoted.split("...") if part.strip(" .")]
    pattern = re.compile(".*?".join(parts), re.DOTALL)
    return any(pattern.search(text) for text in texts())


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_is_quoted_is_said(quoted: str) -> None:
    assert is_said(quoted)


def test_a_sentence_that_nothing_says_would_be_found() -> None:
    assert len(QUOTED) > 20
    assert not is_said("... was due yesterday and has gone.")


def test_every_word_of_a_state_and_of_an_outcome_has_a_row() -> None:
    health = (REPOSITORY / "docs_site/shell/js/dashboard/health.js").read_text("utf-8")
    states = set(re.findall(r'return \["([a-z ]+)"|word: "([a-z ]+)"', health))
    traders = (REPOSITORY / "docs_site/docs/for-traders.md").read_text("utf-8")
    words = {one or two for one, two in states}
    assert {"late", "failed", "rolled back", "incomplete", "healthy", "empty"} <= words
    assert [word for word in words if f"**{word}**" not in traders] == []
    assert [word for word in words - {"healthy", "empty"} if f"*{word}*" not in PAGE] == []
