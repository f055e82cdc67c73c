"""The state of a timeframe's history, and a partition merged into it: the union of all answers, whatever their order.
How one table takes an answer in is in `intervals`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, DOTS, Table
from bluedot_assets.kernel.history.intervals import Kind, put
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.tables import FIRST_SEEN, LISTED, RATINGS, SEEN, STATE, VERSIONS, VOLUMES

_BARS: Final = {
    VERSIONS: Kind("session", ("open", "high", "low", "close", "bc"), ("partition",)),
    RATINGS: Kind("session", ("rlst",)),
    VOLUMES: Kind("session", ("volume",)),
}
_DOTS: Final = Kind("date", (), ("partition", "rlst_known", "pattern_known"))
_OF_FIRST: Final = ("symbol", "known", "last_session", "timezone")
_ENDS: Final = ("first_session", "last_session", "first_dot", "last_dot")
_DECIDES: Final = ("modified", "md5", "partition")  # between two answers of one moment: the greater one counts


@dataclass(frozen=True)
class State:
    """The tables of STATE; of those that have a file a year, the years that are loaded."""

    tables: dict[Table, pl.DataFrame] = field(default_factory=lambda: {table: table.empty() for table in STATE})

    def __getitem__(self, table: Table) -> pl.DataFrame:
        return self.tables[table]


@dataclass(frozen=True)
class Merged:
    """The state after a merge; the places whose rows changed, by table; the answers that are new, and those that they
    replaced."""

    state: State
    changed: dict[Table, pl.DataFrame]
    answers: pl.DataFrame
    replaced: pl.DataFrame


def merge(state: State, given: Observed, *, again: bool = False) -> Merged:
    """The state with the answers in it. Loaded must be the years of their days in VERSIONS, RATINGS and VOLUMES, and
    those from their knowledge times on in SEEN. With `again` also answers that it has: their files may be read
    otherwise than they were."""
    new, replaced = new_answers(state[SEEN], given.answers, again=again)
    given = given.only(new)
    seen = pl.concat([state[SEEN].join(replaced, on=["symbol", "known"], how="anti"), new]).sort("symbol", "known")
    windows = new.join(replaced, on=["symbol", "known"], how="left", suffix="_old")
    merged = _put(state, seen, given, windows)
    first = _with_new(state[FIRST_SEEN], new)
    return Merged(State({**merged[0].tables, FIRST_SEEN: first}), merged[1], new, replaced)


def forget(state: State, gone: pl.DataFrame) -> State:
    """The state as it was without those of its answers (columns: SEEN). Loaded must be all of it."""
    rank = pl.int_range(pl.len()).over("symbol")
    while gone.height:
        now, gone = gone.filter(rank == 0), gone.filter(rank > 0)
        seen = state[SEEN].join(now, on=["symbol", "known"], how="anti")
        nothing = {name: pl.lit(None, pl.Date()) for name in _ENDS}
        windows = now.rename({name: f"{name}_old" for name in _ENDS}).with_columns(**nothing)
        empty = Observed(SEEN.empty(), BARS.empty(), DOTS.empty())
        state = _put(state, seen, empty, windows)[0]
    return State({**state.tables, FIRST_SEEN: first_of(state[SEEN])})


def _put(
    state: State, seen: pl.DataFrame, given: Observed, windows: pl.DataFrame
) -> tuple[State, dict[Table, pl.DataFrame]]:
    """The state after answers have changed, and the places whose rows did: `seen` are all answers then, `windows` those
    that changed with the days that they covered before (`..._old`) and cover now."""
    tables, changed = {**state.tables, SEEN: seen}, {}
    of_stocks = seen.join(windows.select("symbol"), on="symbol", how="semi")
    sessions = windows.select(
        "symbol", "known", first="first_session", last="last_session",
        old_first="first_session_old", old_last="last_session_old",
    )  # fmt: skip
    covering = of_stocks.with_columns(first="first_session", last="last_session")
    for table, kind in _BARS.items():
        stated = given.bars.select(*kind.place, *kind.values)
        if len(kind.values) == 1:
            stated = stated.drop_nulls(kind.values[0])
        made = put(state[table], kind, stated, sessions, covering)
        tables[table], changed[table] = made.rows, made.places
    dates = windows.select(
        "symbol", "known", **_reach(""), old_first=_reach("_old")["first"], old_last=_reach("_old")["last"]
    )
    made = put(state[LISTED], _DOTS, given.dots.select(_DOTS.place), dates, of_stocks.with_columns(**_reach("")))
    tables[LISTED], changed[LISTED] = made.rows, made.places
    return State(tables), changed


def _with_new(first: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """FIRST_SEEN with the new answers, which take the place of equally early ones."""
    begun = new.select(*_OF_FIRST, last_known="known", latest=pl.lit(1))
    both = pl.concat([first.with_columns(latest=pl.lit(0)), begun])
    both = both.sort("symbol", "known", "latest", descending=[False, False, True])
    of_stock = both.group_by("symbol", maintain_order=True)
    return of_stock.agg(pl.col(_OF_FIRST[1:]).first(), pl.col("last_known").max())


def first_of(seen: pl.DataFrame) -> pl.DataFrame:
    """FIRST_SEEN of all answers."""
    of_stock = seen.sort("symbol", "known").group_by("symbol", maintain_order=True)
    return of_stock.agg(pl.col(_OF_FIRST[1:]).first(), last_known=pl.col("known").last())


def _reach(suffix: str) -> dict[str, pl.Expr]:
    """The days over which an answer says where dots are: from its first dot or session on (history.md)."""
    return {
        "first": pl.min_horizontal(f"first_dot{suffix}", f"first_session{suffix}"),
        "last": pl.max_horizontal(f"last_dot{suffix}", f"last_session{suffix}"),
    }


def new_answers(seen: pl.DataFrame, answers: pl.DataFrame, *, again: bool = False) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Those that the state does not have, with `again` also those that it has; and of the state those that they
    replace."""
    both = answers.join(seen, on=["symbol", "known"], how="left", suffix="_seen")
    is_new = pl.col("md5_seen").is_null()
    same = pl.all_horizontal(pl.col(name) == pl.col(f"{name}_seen") for name in _DECIDES) & again
    wins = both.select(is_new | same | _greater([(name, f"{name}_seen") for name in _DECIDES]))
    new = answers.filter(wins.to_series())
    return new, seen.join(new.select("symbol", "known"), on=["symbol", "known"], how="semi")


def _greater(pairs: Iterable[tuple[str, str]]) -> pl.Expr:
    """Whether the one sorts after the other, column by column."""
    result, so_far = pl.lit(False), pl.lit(True)
    for mine, theirs in pairs:
        result = result | (so_far & (pl.col(mine) > pl.col(theirs)))
        so_far = so_far & (pl.col(mine) == pl.col(theirs))
    return result
