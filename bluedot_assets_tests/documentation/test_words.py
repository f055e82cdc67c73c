"""The page of words against the code: the modules are there and use their words, and replaced words are gone."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from bluedot_assets_tests import REPOSITORY

PACKAGE: Final = REPOSITORY / "bluedot_assets"
PAGE: Final = (REPOSITORY / "docs_site" / "docs" / "words.md").read_text("utf-8")
ROWS: Final = re.findall(r"^\| ([^|]+) \| [^|]+ \| `([a-z_/]+)` \|$", PAGE, re.MULTILINE)
NAMED: Final = {module for _, module in ROWS}

# Classes that are a word of the page, wherever they live.
CLASSES: Final = (
    "Checkup",
    "Cursor",
    "DatedFolders",
    "FileCounts",
    "Incident",
    "Indicator",
    "Ledger",
    "Manifest",
    "Message",
    "PendingLedger",
    "Platform",
    "Publication",
    "RawFile",
    "ResolvedDuplicates",
    "RunRequest",
    "Snapshot",
    "SourceObservation",
    "Stage",
    "Timeframe",
    "Verdict",
)
# Words of our own that the field's have replaced: as a word, as a part of a name, in a comment.
REPLACED: Final = ("complaint", "complaints", "examination", "lookalikes", "remembering", "see_doctor", "sights")


def letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def sources(module: str) -> list[Path]:
    path = PACKAGE / module
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


@pytest.mark.parametrize(("word", "module"), ROWS)
def test_a_word_is_used_in_its_module(word: str, module: str) -> None:
    assert any(letters(word) in letters(f"{file.stem} {file.read_text('utf-8')}") for file in sources(module))


def test_no_word_stands_twice() -> None:
    words = [word for word, _ in ROWS]
    assert len(words) > 40
    assert sorted(words) == sorted(set(words))


def test_every_layer_and_every_domain_of_the_kernel_is_named() -> None:
    domains = {f"kernel/{path.parent.name}" for path in (PACKAGE / "kernel").glob("*/__init__.py")}
    layers = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert (domains | layers) - NAMED == set()


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_is_a_word_is_at_home_where_the_page_says(name: str) -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    homes = {
        file.relative_to(PACKAGE).with_suffix("").as_posix()
        for file in files
        if any(isinstance(node, ast.ClassDef) and node.name == name for node in ast.parse(file.read_bytes()).body)
    }
    assert len(homes) == 1
    assert homes <= NAMED


def test_replaced_words_are_gone() -> None:
    found = [
        f"{file.relative_to(PACKAGE)}:{number} {word}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        for word in REPLACED
        if re.search(rf"(?<![a-z]){word}(?![a-z])", line, re.IGNORECASE)
    ]
    assert found == []
