"""Text of the code as Markdown: tables, and words that must not be taken for tags or for marks."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_CODE: Final = re.compile(r"(`[^`]+`)")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, none of no rows. Cells are Markdown."""
    written = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *written] if written else []


def text(words: str) -> str:
    """Words of a docstring or a message, as they are: a placeholder such as <id> stays one. What stands between
    backticks is code."""
    return "".join(part if part.startswith("`") else _escaped(part) for part in _CODE.split(words))


def code(words: str) -> str:
    """The words as code, "" for none."""
    return f"`{words}`" if words else ""


def _escaped(words: str) -> str:
    return re.sub(r"([\\*_\[\]])", r"\\\1", words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def _cell(content: str) -> str:
    return " ".join(content.split()).replace("|", "\\|")
