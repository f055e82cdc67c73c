"""What `--help` says: every value has a name, every command an example that is understood, and nothing is cut."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from bluedot_assets.cli import app, main
from bluedot_assets.kernel.sample.fault_kinds import FaultKind
from bluedot_assets.kernel.sample.faults import FAULT_KINDS
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.servers.processes import BIN

# Types in place of names, as typer and click print them.
ANONYMOUS = re.compile(r"<\w[^>]*>|\b(TEXT|INTEGER|FLOAT|BOOLEAN|PATH|DIRECTORY|DATETIME|CHOICE)\b")


def commands(command: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with the words that call it."""
    yield words, command
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, *words, name)


ALL = list(commands(typer.main.get_command(app)))
SINGLE = [(words, one) for words, one in ALL if not hasattr(one, "commands")]
EXAMPLES = [(one, line.strip()) for _, one in SINGLE for line in (one.epilog or "").splitlines() if "  bluedot" in line]


@pytest.mark.parametrize("words", [words for words, _ in ALL], ids=" ".join)
def test_help_names_every_value_and_cuts_no_line(
    bluedot: Bluedot, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    called = bluedot(*words, "--help")
    assert called.code == 0
    assert called.text.startswith(" ".join(["Usage: bluedot", *words]))
    assert ANONYMOUS.findall(called.text) == []
    assert [line for line in called.text.splitlines() if line.endswith("...") and "Usage:" not in line] == []
    assert bluedot(*words, "-h").out == called.out


def test_every_command_has_an_example() -> None:
    assert len(SINGLE) > 12
    assert [words for words, one in SINGLE if "Examples:" not in (one.epilog or "")] == []


@pytest.mark.parametrize(
    ("words", "right"),
    [
        (("--timeframe", "daily", "run"), "`bluedot run --timeframe ...`"),
        (("--json", "partitions"), "`bluedot partitions --json ...`"),
        (("-q", "run"), "`bluedot run -q ...`"),
        (("--timeframe=daily",), "`bluedot run --timeframe ...`"),
    ],
)
def test_the_refusal_of_an_option_before_its_command_says_where_it_goes(
    bluedot: Bluedot, words: tuple[str, ...], right: str
) -> None:
    called = bluedot(*words)
    assert called.code == 2
    assert f"goes after the command: {right}" in called.err


def test_examples_call_the_program_as_it_was_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/bluedot", "raw", "--help"])
    with pytest.raises(SystemExit):
        main()
    assert "\n    .venv/bin/bluedot raw AAPL_daily.json\n" in capsys.readouterr().out


@pytest.mark.parametrize("line", [line for _, line in EXAMPLES])
def test_an_example_is_understood(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "bluedot"
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    context = command.make_context(program, words, resilient_parsing=False)
    assert not context.args


def test_every_path_that_a_person_gives_means_the_folder_that_he_is_in() -> None:
    """With --sample the process works in another one."""
    paths = [
        (words, one)
        for words, command in SINGLE
        for one in command.params
        if one.type_descriptor.annotation in (Path, list[Path])
    ]
    assert len(paths) >= 5
    assert [(words, one.name) for words, one in paths if one.callback is None] == []


def test_the_kinds_of_bad_files_are_listed_and_completed(bluedot: Bluedot) -> None:
    text = " ".join(bluedot("sample", "--help").text.split())
    assert get_args(FaultKind) == tuple(FAULT_KINDS)
    assert [kind for kind in FAULT_KINDS if kind not in text.replace("- ", "-")] == []


def completed(words: str) -> str:
    environment = {**os.environ, "_BLUEDOT_COMPLETE": "complete_bash", "COMP_WORDS": words}
    environment["COMP_CWORD"] = str(len(words.split()))
    done = subprocess.run([BIN / "bluedot"], env=environment, capture_output=True, text=True, check=False)
    return done.stdout


def test_a_shell_completes_commands_and_kinds() -> None:
    assert {"run", "check", "doctor"} <= set(completed("bluedot ").split())
    assert set(completed("bluedot sample --fault ").split()) == set(FAULT_KINDS)


@pytest.mark.parametrize("program", [["bluedot"], [str(BIN / "bluedot")]])
def test_completion_is_installed_for_the_command_whatever_the_path_that_it_is_called_by(program: list[str]) -> None:
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    done = subprocess.run(
        [*program, "--show-completion", "bash"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "_BLUEDOT_COMPLETE=complete_bash" in done.stdout


@pytest.mark.parametrize("words", [["-h"], ["--version"], ["run", "-h"]])
def test_the_module_is_the_command(words: list[str], tmp_path: Path) -> None:
    module, command = (
        subprocess.run([*called, *words], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.replace(
            " ".join(called), "bluedot"
        )
        for called in ([sys.executable, "-m", "bluedot_assets"], [str(BIN / "bluedot")])
    )
    assert module.split()[-20:] == command.split()[-20:]
    assert list(tmp_path.iterdir()) == []
