"""Every command that a page prints, in a block or in a sentence, is one that the program understands."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Final, cast

import pytest
import typer

from bluedot_assets.cli import app
from bluedot_assets_tests import REPOSITORY
from docs_site.build import PAGES
from docs_site.pages.commands import named_commands

BIN: Final = Path(sys.executable).parent
WRITTEN: Final = (
    REPOSITORY / "README.md",
    *sorted((REPOSITORY / "docs_site/docs").rglob("*.md")),
    REPOSITORY / "deploy/apps-script/README.md",
)
BLOCK: Final = re.compile(r"^ *```(sh|bash|ini|)[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE: Final = re.compile(
    r"(?<!`)`((?:\.venv/bin/)?(?:bluedot|make|dagster|dg|dagster-webserver|dagster-daemon) [^`]+)`(?!`)"
)
UsageError: Final = cast("type[Exception]", typer.BadParameter.__mro__[1])  # typer has no other public name for it
DAGSTER: Final = ("dagster", "dg", "dagster-webserver", "dagster-daemon")
MAKEFILE: Final = (REPOSITORY / "Makefile").read_text("utf-8")


@dataclass(frozen=True)
class Command:
    """A program with its words, and the page it stands on. In a sentence words may be left out."""

    page: str
    words: tuple[str, ...]
    in_sentence: bool = False

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"


def printed() -> Iterator[Command]:
    texts = {str(page.relative_to(REPOSITORY)): page.read_text("utf-8") for page in WRITTEN}
    for page, text in {**texts, **{name: made() for name, made in PAGES.items()}}.items():
        for _, block in BLOCK.findall(text):
            for line in block.replace("\\\n", " ").splitlines():
                yield from _commands_of(page, line)
        for sentence in INLINE.findall(BLOCK.sub("", text)):
            words = shlex.split(re.sub(r"<[^>]+>", "<placeholder>", re.sub(r"\s+", " ", sentence)))
            yield Command(page, (Path(words[0]).name, *words[1:]), in_sentence=True)


def _commands_of(page: str, line: str) -> Iterator[Command]:
    """Those of a line of a shell: in front of one may stand settings, or what runs it in a container."""
    for part in re.split(r"&&|;|\|(?!\|)", re.sub(r"(^|\s)#.*$", "", line)):
        try:
            words = shlex.split(re.sub(r"\s(?:[0-9]?>|<)\s?\S+", "", f" {part.strip().removeprefix('ExecStart=')}"))
        except ValueError:  # half of a heredoc, or an apostrophe of a sentence
            continue
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words[:2] == ["docker", "compose"] and "exec" in words:
            words = [word for word in words[words.index("exec") + 1 :] if word != "-T"][1:]
        if words:
            yield Command(page, (Path(words[0]).name, *words[1:]))


@cache
def of(*programs: str) -> list[Command]:
    return sorted({command for command in printed() if command.words[0] in programs}, key=str)


def parse(words: tuple[str, ...]) -> None:
    """Reads the words as the program does and runs nothing. Raises UsageError."""
    whole = typer.main.get_command(app)
    of_all = {"-h", "--help", *(option for parameter in whole.params for option in parameter.opts)}
    before = tuple(takewhile(of_all.__contains__, words))
    if words[len(before) :] in ((), ("COMMAND",)):
        return  # bluedot --help, bluedot --sample COMMAND
    words = words[len(before) :]
    for name, command in sorted(named_commands(), key=lambda one: -len(one[0])):
        path = tuple(name.split()[1:])
        if words[: len(path)] == path:
            command.make_context(name, list(words[len(path) :]))
            return
    raise UsageError(f"No such command: {words}")


def test_bluedot_understands_every_command_of_its_own() -> None:
    misunderstood = {}
    for command in of("bluedot"):
        try:
            parse(command.words[1:])
        except UsageError as error:
            if not (command.in_sentence and type(error).__name__ == "MissingParameter"):
                misunderstood[str(command)] = str(error)
    assert misunderstood == {}


def test_make_has_every_target() -> None:
    targets = {word: str(command) for command in of("make") for word in command.words[1:] if "=" not in word}
    assert {one: at for one, at in targets.items() if not re.search(rf"^{re.escape(one)}:", _expanded(), re.M)} == {}


def _expanded() -> str:
    """The Makefile with the names of its marker files in place."""
    markers = dict(re.findall(r"^(\w*READY) := (\S+)$", MAKEFILE, re.MULTILINE))
    return re.sub(r"\$\((\w*READY)\)", lambda found: markers[found[1]], MAKEFILE)


@pytest.mark.long
def test_dagsters_own_programs_have_every_command_and_its_options() -> None:
    for words in sorted({command.words for command in of(*DAGSTER)}):
        _is_understood(words)


def _is_understood(words: tuple[str, ...]) -> None:
    program, *rest = words
    path = list(takewhile(lambda word: not word.startswith("-"), rest))
    done = subprocess.run([BIN / program, *path, "--help"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    given = [word.partition("=")[0] for word in rest if word.startswith("-")]
    assert [option for option in given if not re.search(rf"{re.escape(option)}\b", done.stdout)] == []


def test_every_file_that_a_command_of_compose_names_is_there() -> None:
    named = [word for command in of("docker") for word in command.words if word.startswith("deploy/")]
    assert {"deploy/docker-compose.yml"} <= set(named)
    assert [name for name in named if not (REPOSITORY / name).exists() and name != "deploy/.env"] == []


def test_a_mistyped_command_would_be_found() -> None:
    assert len(of("bluedot")) > 40
    assert len(of("make")) > 8
    for words in (("rnu",), ("run", "--timeframe", "monthly"), ("run", "--part", "2024-08-02")):
        with pytest.raises(UsageError):
            parse(words)
