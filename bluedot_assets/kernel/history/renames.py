"""Stocks that have another name since some day (BLUEDOT_RENAMES): what was answered under the old one is the new one's,
so that its bars go on. A partition is renamed as it is merged, what the history has already by `moved`."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, DOTS
from bluedot_assets.kernel.history.decisions import Rename
from bluedot_assets.kernel.history.merge import State, forget, merge
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.published import in_force
from bluedot_assets.kernel.history.tables import FIRST_SEEN, LISTED, RATINGS, SEEN, VERSIONS, VOLUMES


def name_of(symbol: str, last_session: date, renames: Sequence[Rename]) -> str:
    """What the stock is called now of which an answer under that name ends with that session."""
    left = list(renames)
    while one := next((one for one in left if one.old == symbol and last_session < one.since), None):
        symbol = one.new
        left.remove(one)
    return symbol


def renamed_stocks(stocks: pl.DataFrame, renames: Sequence[Rename]) -> dict[str, str]:
    """Of a partition's stocks (symbol, last_session) the old names with the new ones."""
    old = stocks.filter(pl.col("symbol").is_in([one.old for one in renames]))
    names = {symbol: name_of(symbol, last, renames) for symbol, last in old.select("symbol", "last_session").rows()}
    return {symbol: name for symbol, name in names.items() if name != symbol}


def with_names(rows: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """The rows under the new names, stocks by name. Where a partition has a stock under both, the new one counts."""
    if not names:
        return rows
    twice = [old for old, new in names.items() if rows.filter(symbol=new).height]
    kept = rows.filter(~pl.col("symbol").is_in(twice))
    return kept.with_columns(pl.col("symbol").replace(names)).sort("symbol", maintain_order=True)


def due(first: pl.DataFrame, renames: Sequence[Rename]) -> set[str]:
    """Names under which answers stand that are another stock's now, and the names of those; `first` is FIRST_SEEN."""
    found = set()
    for symbol, last in first.select("symbol", "last_session").iter_rows():
        if (name := name_of(symbol, last, renames)) != symbol:
            found |= {symbol, name}
    return found


def moved(state: State, renames: Sequence[Rename]) -> State:
    """The state with the answers of old names as answers of the new ones. Loaded must be all of these stocks."""
    for old in sorted({*state[FIRST_SEEN]["symbol"]} & {one.old for one in renames}):
        answers = state[SEEN].filter(symbol=old)
        names = [name_of(old, last, renames) for last in answers["last_session"]]
        mine = answers.filter(pl.Series(names, dtype=pl.String) != old)
        given = [_given(state, one) for one in mine.iter_slices(1)]
        state = forget(state, mine)
        for one, name in zip(given, (name for name in names if name != old), strict=True):
            new = [rows.with_columns(symbol=pl.lit(name)) for rows in (one.answers, one.bars, one.dots)]
            state = merge(state, Observed(*new)).state
    return state


def _given(state: State, answer: pl.DataFrame) -> Observed:
    """One answer (a row of SEEN) with what the state has of it."""
    symbol, known, first, last = answer.select("symbol", "known", "first_session", "last_session").row(0)
    day, place = pl.col("session").is_between(first, last), ["symbol", "session"]
    versions, ratings, volumes = (
        state[table].filter(pl.col("symbol") == symbol, in_force(known), day) for table in (VERSIONS, RATINGS, VOLUMES)
    )
    bars = (
        versions.join(ratings.select(*place, "rlst"), on=place, how="left")
        .join(volumes.select(*place, "volume"), on=place, how="left")
        .with_columns(blue_dot=pl.lit(False))
    )
    reach = answer.select(
        first=pl.min_horizontal("first_dot", "first_session"), last=pl.max_horizontal("last_dot", "last_session")
    ).row(0)
    dots = state[LISTED].filter(pl.col("symbol") == symbol, in_force(known), pl.col("date").is_between(*reach))
    return Observed(
        answer.select(list(SEEN.polars_schema)),
        bars.select(list(BARS.polars_schema)),
        dots.select(list(DOTS.polars_schema)),
    )
