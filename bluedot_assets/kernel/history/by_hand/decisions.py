"""What a person decides of the history, a line each: ratios of adjustments in place of those that were found, or where
none was (BLUEDOT_ADJUSTMENTS), and other names of stocks (BLUEDOT_RENAMES)."""

import csv
import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, NamedTuple, TypeVar

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.source.file_names import published_name

_Line = TypeVar("_Line")
ADJUSTMENTS_SETTING: Final = "BLUEDOT_ADJUSTMENTS"
RENAMES_SETTING: Final = "BLUEDOT_RENAMES"
_DECISION: Final = ("symbol", "date", "ratio")
_SHARES: Final = "shares"  # a word that may stand in a fourth column
_RENAME: Final = ("old", "new", "from")


class Decision(NamedTuple):
    """New prices / old prices of a stock's sessions before `effective`."""

    symbol: str
    effective: date
    ratio: float
    shares: bool = False  # a split or bonus: volumes change the other way


def read_decisions(text: str) -> tuple[Decision, ...]:
    """Of a CSV with the columns symbol, date and ratio. Raises SettingsError, which names the line."""
    lines = _read_lines(text, ADJUSTMENTS_SETTING, _DECISION, "DIXON,2024-08-27,0.2", _decision)
    return tuple({(one.symbol, one.effective): one for one in lines}.values())


def _decision(cells: Sequence[str]) -> Decision:
    shares = cells[3].lower() if len(cells) > len(_DECISION) else ""
    one = Decision(published_name(cells[0]), date.fromisoformat(cells[1]), float(cells[2]), shares == _SHARES)
    if not 0 < one.ratio < math.inf or shares not in {"", _SHARES}:
        raise ValueError
    return one


class Rename(NamedTuple):
    """From `since` on `old` is called `new`."""

    old: str
    new: str
    since: date


def read_renames(text: str) -> tuple[Rename, ...]:
    """Of a CSV with the columns old, new and from. Raises SettingsError, which names the line."""
    lines = _read_lines(text, RENAMES_SETTING, _RENAME, "OLDNAME,NEWNAME,2024-08-27", _rename)
    return tuple({(one.old, one.since): one for one in lines}.values())


def _rename(cells: Sequence[str]) -> Rename:
    one = Rename(published_name(cells[0]), published_name(cells[1]), date.fromisoformat(cells[2]))
    if one.old == one.new:
        raise ValueError
    return one


def _read_lines(
    text: str, setting: str, columns: Sequence[str], example: str, made: Callable[[Sequence[str]], _Line]
) -> list[_Line]:
    """What `made` makes of each line, which raises ValueError for one that says nothing; a head, empty lines and
    comments are left out. Raises SettingsError, which names the line."""
    found: list[_Line] = []
    for number, row in enumerate(csv.reader(text.removeprefix("\ufeff").splitlines()), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#") or (not found and [cell.lower() for cell in cells] == [*columns]):
            continue
        try:
            found.append(made(_whole(cells, columns)))
        except ValueError:
            raise SettingsError(
                f"{setting} has in line {number} {','.join(cells)!r}: write {','.join(columns)}, as {example}."
            ) from None
    return found


def _whole(cells: Sequence[str], columns: Sequence[str]) -> Sequence[str]:
    if len(cells) not in {len(columns), len(columns) + (columns is _DECISION)} or not all(cells[: len(columns)]):
        raise ValueError(cells)
    return cells
