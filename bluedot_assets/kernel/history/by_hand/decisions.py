"""What a person decides of adjustments (BLUEDOT_ADJUSTMENTS): ratios in place of those that were found, or where none
was."""

import csv
import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, NamedTuple, TypeVar

import polars as pl

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, name_of

_Line = TypeVar("_Line")
SETTING: Final = "BLUEDOT_ADJUSTMENTS"
COLUMNS: Final = ("symbol", "date", "ratio")


class Decision(NamedTuple):
    """New prices / old prices of a stock's sessions before `effective`."""

    symbol: str
    effective: date
    ratio: float


def read_lines(
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
    if len(cells) != len(columns) or not all(cells):
        raise ValueError(cells)
    return cells


def read_decisions(text: str) -> tuple[Decision, ...]:
    """Of a CSV with the columns symbol, date and ratio. Raises SettingsError, which names the line."""
    lines = read_lines(text, SETTING, COLUMNS, "DIXON,2024-08-27,0.2", _decision)
    return tuple({(one.symbol, one.effective): one for one in lines}.values())


def _decision(cells: Sequence[str]) -> Decision:
    one = Decision(cells[0], date.fromisoformat(cells[1]), float(cells[2]))
    if not 0 < one.ratio < math.inf:
        raise ValueError
    return one


def decided(
    found: pl.DataFrame, decisions: tuple[Decision, ...], timeframe: Timeframe
) -> tuple[pl.DataFrame, list[Decision]]:
    """ADJUSTMENTS of those that were found, and decisions that are about none of them. A decision is about the
    adjustment of its day (of weekly bars, of its week), or about one that was left undecided and whose restated
    sessions reach over its day."""

    def same(day: date, other: date) -> bool:
        return timeframe.key_of(day) == timeframe.key_of(other)

    rows, unused = found.rows(named=True), []
    replaced: dict[int, list[dict[str, object]]] = {}
    for one in decisions:
        places = [
            place
            for place, row in enumerate(rows)
            if row["symbol"] == one.symbol
            and (
                same(row["effective"], one.effective)
                or (row["state"] == "frozen" and row["restated_from"] < one.effective <= row["effective"])
            )
        ]
        for place in places:
            day = rows[place]["effective"] if same(rows[place]["effective"], one.effective) else one.effective
            made = {"effective": day, "ratio": one.ratio, "nearest": name_of(one.ratio), "state": "by hand"}
            replaced.setdefault(place, []).append({**rows[place], **made})
        if not places:
            unused.append(one)
    after = [made for place, row in enumerate(rows) for made in replaced.get(place, [row])]
    return pl.DataFrame(after, ADJUSTMENTS.polars_schema).sort("symbol", "effective", "known"), unused
