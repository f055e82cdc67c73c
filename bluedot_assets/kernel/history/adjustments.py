"""Adjustments that the vendor made to past prices (splits, bonus issues, dividends), found where one answer changed
many bars at once. Rules and tolerances are those of history.md; which published bars they scale is in `published`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bluedot_assets.kernel.bars.tables import SYMBOL, Column, Table

FEWEST_SESSIONS: Final = 20  # fewer changed ones are corrections
MOST_OLDER: Final = 0.95  # of the older bars: an adjustment changes all of them
MOST_FITTING: Final = 0.98  # of the changed bars
TICKS: Final = 0.6  # of rounding, times (1 + ratio)
NOTHING: Final = (0.995, 1.005)  # ratios that are none
SAME_VOLUME: Final = 0.03  # relative
SHORTEST: Final = 5  # sessions between two adjustments
MOST_AT_ONCE: Final = 4
_GRIDS: Final = (1.0, 0.5, 0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.0025, 0.001, 0.0005, 0.0001)
_PRICES: Final = ("open", "high", "low", "close")
_NEAR: Final = 0.001  # relative; of a fraction that names a ratio

ADJUSTMENTS: Final = Table(
    "adjustments",
    "one row per adjustment of a stock's past prices, stocks by name, oldest first",
    (
        SYMBOL,
        Column("effective", "date", "First session on the new basis."),
        Column(
            "ratio", "number", "New prices / old prices of all earlier sessions; null where none fits.", "", True, 0
        ),
        Column("shares", "flag", "Whether volumes changed the other way: a split or bonus."),
        Column("nearest", "text", "What the ratio is called, as `1:5 split`; null where nothing near.", nullable=True),
        Column("bars", "integer", "Bars that the vendor restated.", at_least=0),
        Column("worst_ticks", "number", "Largest deviation of a restated price, in ticks x (1 + ratio).", "", True),
        Column("volume_ratio", "number", "Median of new / old volume.", "", True),
        Column("known", "moment", "Knowledge time of the answer that had it first.", "UTC"),
        Column("restated_from", "date", "Oldest session that the vendor restated himself."),
        Column("state", "text", "`applied`, `frozen` (undecided), or `by hand` (adjustments.csv)."),
    ),
    ("symbol", "known", "effective"),
)
FOUND: Final = Table("found", "the same before a person decided", ADJUSTMENTS.columns, ADJUSTMENTS.unique)
_Prices = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Restated:
    """What one answer changed of a stock's past: `old` and `new` are prices (sessions x 4) and volumes (0 where one is
    not known) of the changed sessions, newest first; `older` counts all sessions up to the newest of them."""

    symbol: str
    known: datetime
    sessions: Sequence[date]
    old: _Prices
    new: _Prices
    old_volumes: _Prices
    new_volumes: _Prices
    older: int
    after: date  # the session after the newest changed one


@dataclass(frozen=True)
class _Segment:
    """Sessions (positions, newest first) whose prices all changed by one ratio."""

    first: int
    end: int
    ratio: float
    fits: npt.NDArray[np.bool_]


def find_adjustments(versions: pl.DataFrame, volumes: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """ADJUSTMENTS that those answers brought. `groups` has the columns symbol, known, first_session and last_session of
    SEEN; the rows of their sessions must be loaded."""
    found = [row for one in _restated(versions, volumes, groups) for row in _judged(one)]
    return pl.DataFrame(found, ADJUSTMENTS.polars_schema, orient="row").sort("symbol", "effective", "known")


def _restated(versions: pl.DataFrame, volumes: pl.DataFrame, groups: pl.DataFrame) -> Iterator[_Restated]:
    """Those with enough changed sessions."""
    groups = groups.select("symbol", "known", "first_session", "last_session")
    place, known = ["symbol", "known", "session"], pl.col("known")
    both = _sides(versions, groups, _PRICES)
    changed = pl.any_horizontal(pl.col(name) != pl.col(f"{name}_old") for name in _PRICES)
    both = both.with_columns(changed=changed)
    many = both.filter("changed").group_by("symbol", "known").agg(count=pl.len(), newest=pl.col("session").max())
    many = many.filter(pl.col("count") >= FEWEST_SESSIONS)
    if many.is_empty():
        return
    both = both.join(many, on=["symbol", "known"]).join(
        _sides(volumes, groups.join(many, on=["symbol", "known"], how="semi"), ["volume"]), on=place, how="left"
    )
    ours = versions.join(many, on="symbol").filter(pl.col("session") > pl.col("newest"), pl.col("known_from") <= known)
    after = ours.group_by("symbol", "known").agg(after=pl.col("session").min())
    for (symbol, at), group in both.join(after, on=["symbol", "known"], how="left").group_by(
        "symbol", "known", maintain_order=True
    ):
        rows = group.filter("changed").sort("session", descending=True)
        newest: date = rows["session"][0]
        yield _Restated(
            str(symbol),
            at,
            rows["session"].to_list(),
            rows.select(f"{name}_old" for name in _PRICES).to_numpy(),
            rows.select(_PRICES).to_numpy(),
            rows["volume_old"].fill_null(0).to_numpy().astype(float),
            rows["volume"].fill_null(0).to_numpy().astype(float),
            group.filter(pl.col("session") <= newest).height,
            group["after"][0] or newest + timedelta(days=1),
        )


def _sides(rows: pl.DataFrame, groups: pl.DataFrame, values: Sequence[str]) -> pl.DataFrame:
    """The values before and by each answer, of the sessions of which both have some."""
    of_groups = rows.join(groups, on="symbol").filter(pl.col("session").is_between("first_session", "last_session"))
    until, known = pl.col("known_until"), pl.col("known")
    in_force = pl.col("known_from") <= known, until.is_null() | (until > known)
    place = ["symbol", "known", "session"]
    now = of_groups.filter(*in_force).select(*place, *values)
    before = of_groups.filter(pl.col("known_from") < known, until.is_null() | (until >= known)).select(*place, *values)
    return now.join(before, on=place, suffix="_old")


def _judged(one: _Restated) -> Iterator[tuple[Any, ...]]:
    """Rows of ADJUSTMENTS; none for corrections."""
    if len(one.sessions) < MOST_OLDER * one.older:
        return
    tick = _tick(np.concatenate((one.old, one.new)))
    segments = _segments(one, tick)
    whole = sum(int(part.fits.sum()) for part in segments)
    if not segments or whole < MOST_FITTING * len(one.sessions):
        yield (
            one.symbol,
            one.after,
            None,
            False,
            None,
            len(one.sessions),
            None,
            None,
            one.known,
            one.sessions[-1],
            "frozen",
        )
        return
    so_far, volume_so_far, after = 1.0, 1.0, one.after
    for part in segments:
        ratio = part.ratio / so_far
        volume = _volume_ratio(one, part)
        step = None if volume is None else volume / volume_so_far
        shares = step is not None and abs(step * ratio - 1) <= SAME_VOLUME
        if not NOTHING[0] <= ratio <= NOTHING[1]:
            deviation = np.abs(one.new - part.ratio * one.old)[part.first : part.end][part.fits]
            worst = float(deviation.max() / (tick * (1 + part.ratio)))
            bars = part.end - part.first
            row = (one.symbol, after, ratio, shares, name_of(ratio) if shares else None, bars, worst, step, one.known)
            yield (*row, one.sessions[-1], "applied")
        so_far, volume_so_far, after = part.ratio, volume or volume_so_far, one.sessions[part.end - 1]


def _tick(prices: _Prices) -> float:
    """The coarsest grid that all of them lie on."""
    for grid in _GRIDS:
        steps = prices / grid
        if np.all(np.abs(steps - np.rint(steps)) < 1e-6 * np.maximum(1.0, steps)):
            return grid
    return _GRIDS[-1]


def _fits(one: _Restated, ratio: float, tick: float) -> npt.NDArray[np.bool_]:
    fitting: npt.NDArray[np.bool_] = np.all(
        np.abs(one.new - ratio * one.old) <= TICKS * tick * (1 + ratio) + 1e-9 * one.new, axis=1
    )
    return fitting


def _segments(one: _Restated, tick: float) -> list[_Segment]:
    """One for each ratio, newest first; none where they do not add up."""
    found: list[_Segment] = []
    ratios, first = np.median(one.new / one.old, axis=1), 0
    while first < len(ratios):
        if len(found) == MOST_AT_ONCE:
            return []
        ratio, end = float(np.median(ratios[first : first + SHORTEST])), len(ratios)
        for _ in range(2):
            fits = _fits(one, ratio, tick)
            end = _end_of(fits, first)
            here = np.flatnonzero(fits[first:end]) + first
            if len(here) < min(SHORTEST, len(ratios) - first) - 1:
                return []
            ratio = float(one.new[here].sum() / one.old[here].sum())
        fits = _fits(one, ratio, tick)
        end = _end_of(fits, first)
        found.append(_Segment(first, end, ratio, fits[first:end]))
        first = end
    return found


def _end_of(fits: npt.NDArray[np.bool_], first: int) -> int:
    """Before the first run of misfits that is no correction of single bars."""
    run = 0
    for at in range(first, len(fits)):
        run = 0 if fits[at] else run + 1
        if run == SHORTEST:
            return max(at - SHORTEST + 1, first + 1)
    return len(fits)


def _volume_ratio(one: _Restated, part: _Segment) -> float | None:
    new, old = one.new_volumes[part.first : part.end], one.old_volumes[part.first : part.end]
    known = (new > 0) & (old > 0)
    return float(np.median(new[known] / old[known])) if known.any() else None


def name_of(ratio: float) -> str | None:
    """What a ratio of old to new shares is called: the split, bonus or reverse split that is near to it."""
    near = Fraction(ratio).limit_denominator(20)
    if near <= 0 or near.numerator > 20 or abs(float(near) / ratio - 1) > _NEAR:
        return None
    if near.numerator == 1:
        return f"1:{near.denominator} split"
    if near > 1:
        return f"{near.numerator}:{near.denominator} reverse split"
    return f"{near.denominator - near.numerator}:{near.numerator} bonus"
