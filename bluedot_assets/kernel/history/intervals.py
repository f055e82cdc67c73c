"""When the vendor gave what of a day: one answer more, put among those that were there before.

A row says that all answers which cover its day, from `known_from` until before `known_until`, gave these values; where
no row is, they gave none. So the rows are a function of the set of answers alone: whichever comes first, and however
often, the same rows come out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from bluedot_assets.kernel.history.tables import with_place

# Answers to put in, one of each stock: over which days they speak (`first`, `last`), and over which one did that is
# replaced by it (`old_first`, `old_last`; null for none).
WINDOWS: Final = ("symbol", "known", "first", "last", "old_first", "old_last")
_FROM, _UNTIL = pl.col("known_from"), pl.col("known_until")


@dataclass(frozen=True)
class Kind:
    """Of a table of intervals: the column of its days, those of their values, and those that an answer brings
    along which begins an interval."""

    day: str
    values: tuple[str, ...]
    brought: tuple[str, ...] = ()

    @property
    def place(self) -> list[str]:
        return ["symbol", self.day]


@dataclass(frozen=True)
class Changed:
    """The rows after a merge, and the places (symbol, day) whose rows are others than before, each with the knowledge
    times at which what was stated may differ now (`known`, `next`)."""

    rows: pl.DataFrame
    places: pl.DataFrame


def put(rows: pl.DataFrame, kind: Kind, stated: pl.DataFrame, windows: pl.DataFrame, answers: pl.DataFrame) -> Changed:
    """`stated` has place and values of the days that the new answers speak of; `answers` are all of their stocks, the
    new ones among them, with `known`, the days that they cover (`first`, `last`) and the columns that they bring
    along."""
    rows, stated = with_place(kind.day, rows, stated)
    places = _changed(rows, kind, stated, windows)
    if places.is_empty():
        return Changed(
            rows.drop("place"), places.select(*kind.place, "known", next=pl.lit(None, pl.Datetime("us", "UTC")))
        )
    places = _with_next(places, kind, answers)
    numbers = places.drop(kind.place)
    touched = rows.join(numbers, on="place")
    before = touched.filter(pl.col("known") > _FROM, _UNTIL.is_null() | (pl.col("known") <= _UNTIL))
    at = touched.filter(pl.col("known") == _FROM)
    after = touched.filter(pl.col("next") >= _FROM, _UNTIL.is_null() | (pl.col("next") < _UNTIL))
    gone = pl.concat([before, at, after]).select("place", "known_from")
    covered = pl.when("covers").then("known").otherwise("next")
    segments = [
        before.with_columns(known_until=covered),
        stated.join(numbers, on="place")
        .with_columns(known_from="known", known_until="next")
        .pipe(_bringing, kind, answers),
        after.with_columns(known_from="next").pipe(_bringing, kind, answers),
    ]
    columns = rows.columns
    made = joined(pl.concat([one.select(columns) for one in segments]), kind)
    stay = touched.join(gone, on=["place", "known_from"], how="anti").select(columns)
    of_places = pl.concat([made, stay]).sort("place", "known_from")
    others = rows.join(numbers, on="place", how="anti")
    put_in = pl.concat([others, of_places]).sort("place", maintain_order=True).drop("place")
    return Changed(put_in, places.select(*kind.place, "known", "next"))


def _changed(rows: pl.DataFrame, kind: Kind, stated: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """The places at which the rows do not say already what the new answers do: with `known`, and whether they cover
    the day (`covers`)."""
    day, known = pl.col(kind.day), pl.col("known")
    begin, end = pl.min_horizontal("first", "old_first"), pl.max_horizontal("last", "old_last")
    bounds = windows.select(begin.min().alias("first"), end.max().alias("last"), since=known.min(), until=known.max())
    first, last, since, until = (pl.lit(one.item(), one.dtype) for one in bounds)
    inside = (
        rows.filter(day.is_between(first, last), until >= _FROM, _UNTIL.is_null() | (since <= _UNTIL))
        .join(windows.select(WINDOWS), on="symbol", maintain_order="left")
        .filter(day.is_between(begin, end), known >= _FROM, _UNTIL.is_null() | (known <= _UNTIL))
    )
    starts = pl.col("known_from") == known
    values = list(kind.values)
    at = inside.filter(starts | _UNTIL.is_null() | (known < _UNTIL))  # what they say at that moment already
    at = at.select(*kind.place, "place", *values, "known", old=pl.lit(True), starts=starts)
    ended = inside.filter(~starts, known == _UNTIL).select(*kind.place, "place", "known", ended=pl.lit(True))
    now = stated.select(*kind.place, "place", *values, new=pl.lit(True))
    now = now.join(windows.select("symbol", "known", "first", "last"), on="symbol", maintain_order="left")
    at, now = _without_equal(at, now, kind)
    both = (*kind.place, "place", "known")
    sides = at.join(now.drop("first", "last"), on=both, how="full", coalesce=True, suffix="_new")
    sides = sides.join(ended, on=both, how="full", coalesce=True)
    sides = sides.join(windows.select("symbol", "first", "last"), on="symbol")
    covers = day.is_between("first", "last").fill_null(False)
    flags = [pl.col(name).fill_null(False) for name in ("old", "new", "ended", "starts")]
    old, new, was_ended, begins = flags
    equal = pl.all_horizontal(old, new, *(pl.col(name).eq_missing(pl.col(f"{name}_new")) for name in values))
    same = (equal & ~begins) | (~old & ~new)
    undone = begins | was_ended
    changed = sides.filter(pl.when(covers).then(~same).otherwise(undone))
    return changed.select(*kind.place, "place", "known", covers=covers)


def _without_equal(at: pl.DataFrame, now: pl.DataFrame, kind: Kind) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Without the places, nearly all of them, at which the rows go on to say what the new answers do."""
    beside = now.join(at.select("place", *kind.values, "starts"), on="place", how="left", suffix="_old")
    goes_on = beside.filter(
        pl.col(kind.day).is_between("first", "last"),
        ~pl.col("starts"),
        *(pl.col(name).eq_missing(pl.col(f"{name}_old")) for name in kind.values),
    ).select("place")
    return at.join(goes_on, on="place", how="anti"), now.join(goes_on, on="place", how="anti")


def _with_next(places: pl.DataFrame, kind: Kind, answers: pl.DataFrame) -> pl.DataFrame:
    """With the time of the next answer that covers the day (`next`), null where there is none."""
    later = answers.join(places.group_by("symbol").agg(pl.col("known").first().alias("after")), on="symbol")
    later = later.filter(pl.col("known") > pl.col("after")).sort("symbol", "known")
    later = later.with_columns(rank=pl.int_range(pl.len()).over("symbol"))
    reach = later.group_by("symbol").agg(pl.col("first").min(), pl.col("last").max())
    day, none = pl.col(kind.day), pl.lit(None, pl.Datetime("us", "UTC"))
    in_reach = places.join(reach, on="symbol", how="left").with_columns(
        within=day.is_between("first", "last").fill_null(False)
    )
    waiting = in_reach.filter("within").select(places.columns)
    found, rank = [in_reach.filter(~pl.col("within")).select(*places.columns, next=none)], 0
    while waiting.height and (ranked := later.filter(rank=rank)).height:
        near = waiting.join(ranked.select("symbol", "first", "last", next="known"), on="symbol", how="left")
        hit = day.is_between("first", "last").fill_null(False)
        found.append(near.filter(hit).select(*places.columns, "next"))
        waiting, rank = near.filter(~hit).select(places.columns), rank + 1
    return pl.concat([*found, waiting.with_columns(next=none)])


def _bringing(segments: pl.DataFrame, kind: Kind, answers: pl.DataFrame) -> pl.DataFrame:
    """With what the answers bring along that begin them."""
    if not kind.brought:
        return segments
    brought = answers.select("symbol", *kind.brought, known_from="known")
    return segments.drop(kind.brought, strict=False).join(brought, on=["symbol", "known_from"], how="left")


def joined(segments: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Those of one place as one that follow on each other and say the same."""
    segments = segments.sort(*kind.place, "known_from")
    same: Sequence[pl.Expr] = [pl.col(name).eq_missing(pl.col(name).shift()) for name in (*kind.place, *kind.values)]
    follows = pl.all_horizontal(*same, (_UNTIL.shift() == _FROM).fill_null(False))
    number = (~follows).cum_sum()
    others = [name for name in segments.columns if name != "known_until"]
    return (
        segments.group_by(number.alias("_"), maintain_order=True)
        .agg(*(pl.col(name).first() for name in others), pl.col("known_until").last())
        .select(segments.columns)
    )
