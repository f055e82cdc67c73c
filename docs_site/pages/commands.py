"""Every command of `bluedot` with its arguments and options."""

from collections.abc import Iterable
from typing import Any

import typer

from bluedot_assets.cli import app
from docs_site.pages.markdown import code, table, text


def commands_page() -> str:
    """A part for each command, with a table of its arguments and options, and examples."""
    whole = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        "Exit codes: 0 done, 1 the run or a blocking rule failed, 2 wrong usage or settings, 130 interrupted.",
        "`bluedot --version` says which version is installed, `bluedot --install-completion` makes your shell complete",
        "commands and options. `bluedot --sample COMMAND` does the command on the sample that `bluedot sample` made in",
        "this folder, with its own settings and Dagster home. `python -m bluedot_assets` is the same as `bluedot`.",
        "",
        "Before the command:",
        "",
        *table(("Option", "Default", "Meaning"), [_parameter(one, whole) for one in whole.params]),
    ]
    for name, command in named_commands():
        lines += ["", f"## {name}", "", *_paragraphs(command.help or ""), ""]
        lines += table(("Argument", "Default", "Meaning"), [_parameter(one, command) for one in command.params])
        lines += _examples(command.epilog or "")
    return "\n".join(lines)


def named_commands() -> list[tuple[str, Any]]:
    """Commands without those that only hold others, by their whole name."""
    return list(_commands(typer.main.get_command(app), "bluedot"))


def _commands(command: Any, name: str) -> Iterable[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
    for word, one in (inner or {}).items():
        yield from _commands(one, f"{name} {word}")


def _examples(epilog: str) -> list[str]:
    """Those of its help, without their heading."""
    return ["", *_paragraphs(epilog.replace("Examples:\n", ""))] if epilog else []


def _paragraphs(words: str) -> list[str]:
    """A help text; lines that are indented, or marked not to be wrapped, are a block of code."""
    lines: list[str] = []
    for paragraph in words.strip().split("\n\n"):
        if paragraph.startswith("\b"):
            lines += ["", "```sh", *[line.strip() for line in paragraph.lstrip("\b\n").splitlines()], "```"]
        else:
            lines += ["", text(paragraph)]
    return lines[1:]


def _parameter(parameter: Any, command: Any) -> tuple[str, str, str]:
    record = parameter.get_help_record(typer.Context(command))
    form = record[0] if record else parameter.name.upper()
    default = parameter.default
    shown = "" if default is None or default is False or callable(default) else str(getattr(default, "value", default))
    return code(form), code(shown), text(parameter.help or "")
