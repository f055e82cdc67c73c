"""Adjustments as a person has decided them, in place of those that were found or where none was. How a decision is
written is in `decisions`."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

import polars as pl

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, SHORTEST, name_of
from bluedot_assets.kernel.history.by_hand.decisions import Decision

Reached = Callable[[str, date], datetime | None]
_NEAR: Final = timedelta(days=7 * SHORTEST // 5)  # of what was found: closer ones are never found apart
_NOTHING_RESTATED: Final = {"bars": 0, "worst_ticks": None, "volume_ratio": None}


def decided(
    found: pl.DataFrame, decisions: tuple[Decision, ...], timeframe: Timeframe, reached: Reached
) -> tuple[pl.DataFrame, list[Decision]]:
    """ADJUSTMENTS of those that were found, and decisions that change no bar. A decision is about the adjustment of its
    day (of weekly bars, of its week), or about one that was left undecided and whose restated sessions reach over its
    day, or whose answer was the first to reach its day; else it is one more, unless one was found within a week.
    `reached` gives the knowledge time of the first answer of a stock with a session of that day or later, None where no
    answer was before it."""
    rows, unused = found.rows(named=True), []
    replaced: dict[int, list[dict[str, Any]]] = {}
    more: list[dict[str, Any]] = []
    for one in decisions:
        begins = timeframe.start(timeframe.key_of(one.effective))
        mine = [place for place, row in enumerate(rows) if row["symbol"] == one.symbol]
        places = [place for place in mine if _is_about(one, rows[place], timeframe)]
        if not places and (known := reached(one.symbol, begins)):
            places = [place for place in mine if _is_gap(rows[place]) and rows[place]["known"] == known]
            if not places and all(abs(rows[place]["effective"] - one.effective) > _NEAR for place in mine):
                of_day = {"symbol": one.symbol, "known": known, "restated_from": begins, **_NOTHING_RESTATED}
                more.append({**of_day, **_by_hand(one, begins, shares=one.shares)})
                continue
        for place in places:
            same = _same(rows[place]["effective"], one.effective, timeframe)
            day = rows[place]["effective"] if same else one.effective
            made = _by_hand(one, day, shares=one.shares or rows[place]["shares"])
            replaced.setdefault(place, []).append({**rows[place], **made})
        if not places:
            unused.append(one)
    after = [made for place, row in enumerate(rows) for made in replaced.get(place, [row])]
    return pl.DataFrame(after + more, ADJUSTMENTS.polars_schema).sort("symbol", "effective", "known"), unused


def _same(day: date, other: date, timeframe: Timeframe) -> bool:
    return timeframe.key_of(day) == timeframe.key_of(other)


def _is_about(one: Decision, row: dict[str, Any], timeframe: Timeframe) -> bool:
    if row["state"] == "frozen" and row["restated_from"] < one.effective <= row["effective"]:
        return True
    return _same(row["effective"], one.effective, timeframe)


def _is_gap(row: dict[str, Any]) -> bool:
    """Whether the answer could not be compared with older bars."""
    return bool(row["state"] == "frozen" and row["bars"] == 0)


def _by_hand(one: Decision, day: date, *, shares: bool) -> dict[str, Any]:
    name = name_of(one.ratio) if shares else None
    return {"effective": day, "ratio": one.ratio, "shares": shares, "nearest": name, "state": "by hand"}
