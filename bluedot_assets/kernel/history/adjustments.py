"""Adjustments that the vendor made to past prices (splits, bonus issues, dividends), found where one answer changed
many bars at once, and answers that do not show whether there was one. Rules and tolerances are those of history.md;
what a person decides is in `by_hand`, which published bars they scale in `published`."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from bluedot_assets.kernel.bars.tables import SYMBOL, Column, Table

FEWEST_SESSIONS: Final = 20  # fewer changed ones are corrections, or show no ratio where there are no more
FEWEST_CHANGED: Final = 3  # of fewer nothing is judged
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
        Column("bars", "integer", "Bars that the vendor restated; 0 where older ones cannot be compared.", at_least=0),
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
    not known) of the changed sessions, newest first, the old ones on the basis that was known before; `older` counts
    all sessions up to the newest of them."""

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


def all_adjustments(versions: pl.DataFrame, volumes: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """ADJUSTMENTS of stocks of which everything is loaded; `answers` are all rows of SEEN."""
    gaps = _gaps(versions, answers)
    return pl.concat([gaps, find_adjustments(versions, volumes, answers, gaps)]).sort("symbol", "effective", "known")


def _gaps(versions: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """A frozen row of each answer that has too little in common with older bars, until later ones join both."""
    short = incomparable(versions, answers.filter(pl.col("known") > pl.col("known").min().over("symbol")))
    bars, windows = (
        rows.join(short, on="symbol", how="semi").partition_by("symbol", as_dict=True) for rows in (versions, answers)
    )
    found = []
    for symbol, known, first in short.select("symbol", "known", "first_session").rows():
        mine, later = bars[symbol,], windows[symbol,].filter(pl.col("known") > known)
        older: date | None = mine.filter(pl.col("session") < first, pl.col("known_from") < known)["session"].max()  # type: ignore[assignment]
        reaching = sorted(later.select("first_session", "last_session").rows())
        if older and not _joined(older, first, reaching, mine["session"].unique().sort().to_list()):
            found.append((symbol, first, None, False, None, 0, None, None, known, first, "frozen"))
    return pl.DataFrame(found, ADJUSTMENTS.polars_schema, orient="row")


def _joined(older: date, first: date, windows: Sequence[tuple[date, date]], sessions: Sequence[date]) -> bool:
    """Whether answers over those windows, oldest first, lead from the session `older` to `first` with enough of them in
    common each time."""
    more, reach = FEWEST_CHANGED - 1, bisect_left(sessions, older)
    for begin, end in windows:
        if bisect_left(sessions, begin) + more <= reach:
            reach = max(reach, bisect_right(sessions, end) - 1)
    return bisect_left(sessions, first) + more <= reach


def incomparable(versions: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Those of the answers (rows of SEEN) that have fewer than FEWEST_CHANGED sessions in common with what was known
    before, none of them with equal prices. The rows of their sessions must be loaded."""
    if answers.is_empty():
        return answers
    at, since = ["symbol", "known"], answers["known"].min()
    begun = versions.filter(pl.col("known_from") >= since).with_columns(known="known_from")
    rows = begun.group_by(at).len("begun")
    few = answers.join(rows, on=at, how="left").filter(pl.col("bars") - pl.col("begun").fill_null(0) < FEWEST_CHANGED)
    if few.is_empty():
        return answers.clear()
    place = [*at, "session"]
    ended = versions.filter(pl.col("known_until") >= since).select(*place[::2], *_PRICES, known="known_until")
    both = begun.join(few, on=at, how="semi").join(ended, on=place, how="left", suffix="_old")
    met, other = (
        pl.col("close_old").is_not_null(),
        pl.any_horizontal(pl.col(one) != pl.col(f"{one}_old") for one in _PRICES),
    )
    counts = both.group_by(at).agg(new=(~met).sum(), changed=(met & other).sum())
    common = pl.col("bars") - pl.col("new").fill_null(0)
    none_equal = (common < FEWEST_CHANGED) & (common == pl.col("changed").fill_null(0))
    return few.join(counts, on=at, how="left").filter(none_equal).select(answers.columns)


def find_adjustments(
    versions: pl.DataFrame, volumes: pl.DataFrame, groups: pl.DataFrame, before: pl.DataFrame
) -> pl.DataFrame:
    """ADJUSTMENTS that those answers brought. `groups` has the columns symbol, known, first_session and last_session of
    SEEN; the rows of their sessions must be loaded. `before` are the adjustments of the other answers: what those
    before have changed already is no change once more."""
    known = _by_stock(before)
    found = []
    for symbol, at, rows in _with_changes(versions, volumes, groups):
        earlier = [one for one in known.get(symbol, []) if one["known"] < at]
        made = [row for one in _restated(symbol, at, rows, earlier) for row in _judged(one)]
        known.setdefault(symbol, []).extend(dict(zip(ADJUSTMENTS.polars_schema, row, strict=True)) for row in made)
        found += made
    return pl.DataFrame(found, ADJUSTMENTS.polars_schema, orient="row").sort("symbol", "effective", "known")


def _by_stock(adjustments: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in adjustments.rows(named=True):
        rows.setdefault(row["symbol"], []).append(row)
    return rows


def _with_changes(
    versions: pl.DataFrame, volumes: pl.DataFrame, groups: pl.DataFrame
) -> Iterator[tuple[str, datetime, pl.DataFrame]]:
    """The answers that changed prices of at least FEWEST_CHANGED sessions, of each stock in their order, with all
    sessions that they have, beside the values before them, newest first."""
    groups = groups.select("symbol", "known", "first_session", "last_session")
    place = ["symbol", "known", "session"]
    ended = versions.filter(pl.col("known_until").is_not_null())
    begun = versions.select("symbol", "session", *_PRICES, known_until="known_from")
    changes = ended.join(begun, on=["symbol", "session", "known_until"], suffix="_new")
    changes = changes.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_new") for name in _PRICES))
    many = changes.group_by("symbol", known="known_until").len().filter(pl.col("len") >= FEWEST_CHANGED)
    groups = groups.join(many, on=["symbol", "known"], how="semi")
    if groups.is_empty():
        return
    sides = _sides(versions, groups, [*_PRICES, "known_from"]).join(
        _sides(volumes, groups, ["volume"]), on=place, how="left"
    )
    for (symbol, at), rows in sides.sort("symbol", "known", "session", descending=[False, False, True]).group_by(
        "symbol", "known", maintain_order=True
    ):
        yield str(symbol), at, rows


def _restated(
    symbol: str, at: datetime, rows: pl.DataFrame, earlier: Sequence[Mapping[str, Any]]
) -> Iterator[_Restated]:
    """What is left of the changes, compared with what the adjustments before have made of the old values."""
    common = pl.col("known_from_old").is_not_null()
    newer, rows = rows.filter(~common)["session"], rows.filter(common)
    sessions = rows["session"].to_list()
    factors, shares, undecided = _factors(sessions, rows["known_from_old"].to_list(), earlier)
    old = rows.select(f"{name}_old" for name in _PRICES).to_numpy() * factors[:, None]
    new = rows.select(_PRICES).to_numpy()
    tick = _tick(np.concatenate((old[factors == 1], new)))
    off = np.where(factors == 1, 0.0, TICKS * tick * (1 + factors))
    changed = np.any(np.abs(new - old) > off[:, None] + 1e-9 * new, axis=1) & ~undecided
    if not changed.any():
        return
    places = np.flatnonzero(changed)
    newest = int(places[0])
    yield _Restated(
        symbol,
        at,
        [sessions[place] for place in places],
        old[places],
        new[places],
        (rows["volume_old"].fill_null(0).to_numpy() / shares)[places],
        rows["volume"].fill_null(0).to_numpy().astype(float)[places],
        int((~undecided)[newest:].sum()),
        sessions[newest - 1] if newest else _next_session(sessions[0], newer),
    )


def _next_session(last: date, newer: pl.Series) -> date:
    """The first session after `last` of those that only the new answer has; without one the next weekday."""
    first: date | None = newer.filter(newer > last).min()  # type: ignore[assignment]
    return first or last + timedelta(days=max(1, 7 - last.weekday() if last.weekday() >= 4 else 1))


def _factors(
    sessions: Sequence[date], known_from: Sequence[datetime], earlier: Sequence[Mapping[str, Any]]
) -> tuple[_Prices, _Prices, npt.NDArray[np.bool_]]:
    """By what adjustments have multiplied the prices of each session, by what those of shares alone, and where an
    undecided one leaves that open."""
    factors, shares = np.ones(len(sessions)), np.ones(len(sessions))
    undecided = np.zeros(len(sessions), dtype=np.bool_)
    for one in earlier:
        until = min(one["restated_from"], one["effective"])
        met = np.array(
            [day < until and known < one["known"] for day, known in zip(sessions, known_from, strict=True)], np.bool_
        )
        if one["state"] == "frozen":
            undecided |= met
        else:
            factors[met] *= one["ratio"]
            shares[met] *= one["ratio"] if one["shares"] else 1.0
    return factors, shares, undecided


def _sides(rows: pl.DataFrame, groups: pl.DataFrame, values: Sequence[str]) -> pl.DataFrame:
    """The values by each answer, and beside them those before."""
    of_groups = rows.join(groups, on="symbol").filter(pl.col("session").is_between("first_session", "last_session"))
    until, known = pl.col("known_until"), pl.col("known")
    in_force = pl.col("known_from") <= known, until.is_null() | (until > known)
    place = ["symbol", "known", "session"]
    now = of_groups.filter(*in_force).select(*place, *values)
    before = of_groups.filter(pl.col("known_from") < known, until.is_null() | (until >= known)).select(*place, *values)
    return now.join(before, on=place, how="left", suffix="_old")


def _judged(one: _Restated) -> Iterator[tuple[Any, ...]]:
    """Rows of ADJUSTMENTS; none for corrections: what is not nearly all that is older, or hardly moves it."""
    few, bars = len(one.sessions) < FEWEST_SESSIONS, len(one.sessions)
    nearly_all = bars >= MOST_OLDER * one.older
    if (few and not nearly_all) or not _moved(one, few):
        return
    tick = _tick(np.concatenate((one.old, one.new)))
    segments = _segments(one, tick) if nearly_all and not few else []
    whole = sum(int(part.fits.sum()) for part in segments)
    if not segments or whole < MOST_FITTING * bars:
        nothing = (None, False, None, bars, None, None)  # as too few sessions do not show a ratio either
        yield (one.symbol, one.after, *nothing, one.known, one.sessions[-1], "frozen")
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
            restated = part.end - part.first
            name = name_of(ratio) if shares else None
            row = (one.symbol, after, ratio, shares, name, restated, worst, step, one.known)
            yield (*row, one.sessions[-1], "applied")
        so_far, volume_so_far, after = part.ratio, volume or volume_so_far, one.sessions[part.end - 1]


def _moved(one: _Restated, few: bool) -> bool:
    """Whether the level of prices is another, of `few` sessions as a whole."""
    low, high = NOTHING
    if few:
        return not low <= float(np.median(one.new / one.old)) <= high
    ratios = np.median(one.new / one.old, axis=1)
    return int(((ratios < low) | (ratios > high)).sum()) >= FEWEST_SESSIONS


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
