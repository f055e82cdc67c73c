"""The page of words against the code: the modules are there and use their words, and replaced words are gone."""

import ast
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from io import StringIO
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
    "Outcome",
    "PendingLedger",
    "Platform",
    "Publication",
    "RawFile",
    "ResolvedDuplicates",
    "RunRecord",
    "RunRequest",
    "SiteObservation",
    "Slot",
    "Snapshot",
    "SourceObservation",
    "Stage",
    "Timeframe",
    "Verdict",
)
# Words of our own that the field's have replaced: in a name, a docstring, a comment. Messages, and keys that are
# stored, are texts and keep their words.
REPLACED: Final = (
    *("sight", "sights", "to be seen"),  # snapshot, observation
    *("wish", "wishes"),  # run request
    *("told", "said", "hear", "hears", "heard", "telling"),  # notified, message, notification
    *("aside", "remembering"),  # ledger, pending ledger
    "held",  # cached; dated folders
    *("looked", "look", "looks(?! like| for)"),  # observed, check
    *("odd", "lookalike", "lookalikes"),  # anomaly, same bars
    "hopeless",  # unreachable
    *("complain", "complains", "complaint", "complaints"),  # print error
    *("see_doctor", "examination", "examined"),  # run doctor, checkup
    *("source lacks", "site lacks"),  # missing from
)
PUBLISHED: Final = {
    ("cli.py", "look"): "the help of `bluedot monitor`",
    ("settings/fields.py", "looks(?! like| for)"): "meanings of settings, as .env.example has them",
}


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


@cache
def homes() -> dict[str, set[str]]:
    """The modules of each class of the package, by its name."""
    found: dict[str, set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).add(file.relative_to(PACKAGE).with_suffix("").as_posix())
    return found


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_that_is_a_word_is_at_home_where_the_page_says(name: str) -> None:
    assert len(homes()[name]) == 1
    assert homes()[name] <= NAMED


def words_in(file: Path) -> Iterator[tuple[int, str]]:
    """Names, comments and docstrings with their line: what is ours to word."""
    text = file.read_text("utf-8")
    statements = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr))
    documented = {node.lineno for node in statements if isinstance(node.value, ast.Constant)}
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], re.sub(r"(?<=[a-z])(?=[A-Z])", "_", token.string)
        elif token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.start[0] in documented):
            yield token.start[0], " ".join(token.string.split())


def test_replaced_words_are_gone() -> None:
    found = {
        (file.relative_to(PACKAGE).as_posix(), word): line
        for file in sorted(PACKAGE.rglob("*.py"))
        for line, text in words_in(file)
        for word in REPLACED
        if re.search(rf"(?<![a-z]){word}(?![a-z])", text, re.IGNORECASE)
    }
    assert {place: line for place, line in found.items() if place not in PUBLISHED} == {}
    assert PUBLISHED.keys() <= found.keys()


def test_no_folder_of_the_package_has_more_than_a_dozen_entries() -> None:
    folders = [PACKAGE, *(folder.parent for folder in PACKAGE.rglob("__init__.py"))]
    entries = {folder: [one for one in folder.iterdir() if not one.name.startswith((".", "__"))] for folder in folders}
    assert {str(folder): len(listed) for folder, listed in entries.items() if len(listed) > 12} == {}


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_says_what_belongs_there(file: Path) -> None:
    tree = ast.parse(file.read_bytes())
    assert not tree.body or ast.get_docstring(tree)
