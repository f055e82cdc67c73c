"""`outcomes.json`: the outcomes of a timeframe's dots, made of the files of its history in ranges of stocks. Windows
over bars are in `windows`, the figures of many in `figures`."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Annotated, Final, Literal, get_args

import msgspec
import numpy as np
import polars as pl
from msgspec import Meta

from bluedot_assets.kernel.calendar.first_open import opened_by
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.history.outcomes.figures import FEWEST, Figures, figures_of, independent
from bluedot_assets.kernel.history.outcomes.windows import BUCKETS, COLUMNS, Bars, Sessions
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.ranges import SortedRows, Stocks, parted
from bluedot_assets.kernel.history.tables import FIRST_SEEN
from bluedot_assets.kernel.history.update import File
from bluedot_assets.kernel.stored.versions import SchemaVersion

HORIZONS: Final = (5, 20, 60)  # bars
AT_ONCE: Final = 250  # stocks, with all of their years
Origin = Literal["ledger", "hindsight"]
Kind = Literal["first", "repeat"]
_GROUPS: Final[tuple[tuple[Origin, Kind], ...]] = tuple(
    (origin, kind) for origin in get_args(Origin) for kind in get_args(Kind)
)
_OF_WINDOWS: Final = {
    "returns": pl.Int64(),
    "exit": pl.Int32(),  # of the session among all
    **dict.fromkeys(("over", "decided", "cut"), pl.Boolean()),
}
_ENTRIES: Final = {
    "origin": pl.Enum(get_args(Origin)),
    "kind": pl.Enum(get_args(Kind)),
    "place": pl.Int32(),  # likewise
    "bucket": pl.Int8(),
    **{f"{name}_{horizon}": kind for horizon in HORIZONS for name, kind in _OF_WINDOWS.items()},
}


class OutcomeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of one kind over one horizon. A stock is entered once a day, however many dots were known by then."""

    origin: Annotated[Origin, Meta(description="`ledger`: when dots were known is known; `hindsight`: it is not.")]
    kind: Annotated[Kind, Meta(description="`first` of a run of dots, or a `repeat`.")]
    horizon: Annotated[int, Meta(description="Bars from the open of the first to the close of the last.")]
    dots: Annotated[int, Meta(description="Dots of the ledger.")]
    not_entered: Annotated[int, Meta(description="Of them, those that no bar of the history follows.")]
    entries: Annotated[int, Meta(description="Entries whose window has passed.")]
    n_eff: Annotated[int, Meta(description="Of them, those whose windows do not overlap, of all stocks together.")]
    ended: Annotated[int, Meta(description="Of them, those of stocks that ended before: up to their last close.")]
    without_control: Annotated[int, Meta(description="Of them, those without another stock of that strength.")]
    unfinished: Annotated[int, Meta(description="Entries left out: the history has not all bars of the window.")]
    unknown_basis: Annotated[int, Meta(description="Entries left out: an undecided adjustment lies in the window.")]
    figures: Annotated[Figures | None, Meta(description="Null where `n_eff` is below `fewest`.")]


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of stocks after their dots. The same history gives the same file."""

    schema_version: SchemaVersion = 1
    timeframe: Annotated[str, Meta(description="`daily` or `weekly`.")]
    first: Annotated[date | None, Meta(description="Oldest session of the history; null where it is empty.")]
    last: Annotated[date | None, Meta(description="Its newest session.")]
    fewest: Annotated[int, Meta(description="Independent entries, below which no figures are given.")] = FEWEST
    rows: Annotated[list[OutcomeRow], Meta(description="By origin, kind and horizon.")]

    def encoded(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def outcomes_of(there: Iterable[File], stored: Callable[[File], SortedRows], timeframe: Timeframe) -> Outcomes:
    """Of all that the history has; each file is asked for once. Raises ValueError for a damaged one."""
    files = {*there}
    years = sorted((file for file in files if file.table is HISTORY), key=lambda file: file.year)
    bars = [stored(file).narrowed(COLUMNS) for file in years]
    sessions = Sessions(_sessions(bars))
    followed = _Followed(sessions, timeframe)
    if File(LEDGER) in files:
        dots, zones = stored(File(LEDGER)), stored(File(FIRST_SEEN)).of(Stocks()).select("symbol", "timezone")
        for stocks in parted(zones["symbol"], AT_ONCE):
            followed.add(_rows(bars, stocks, COLUMNS), dots.of(stocks).join(zones, on="symbol"))
    first, last = sessions.dates[[0, -1]].to_list() if len(sessions.days) else (None, None)
    return Outcomes(timeframe=timeframe.name, first=first, last=last, rows=followed.rows())


def _rows(bars: Iterable[SortedRows], stocks: Stocks, columns: Sequence[str]) -> pl.DataFrame:
    parts = (part for year in bars for part in year.parts(stocks, columns))
    return pl.concat([HISTORY.empty().select(columns), *parts])


def _sessions(bars: Iterable[SortedRows]) -> pl.Series:
    """The dates that any stock has a bar of."""
    found = (part["session"].unique() for year in bars for part in year.parts(Stocks(), ("session",)))
    return pl.concat([HISTORY.empty()["session"], *found]).unique().sort()


class _Followed:
    """Entries and controls, gathered range by range."""

    def __init__(self, sessions: Sessions, timeframe: Timeframe) -> None:
        self._sessions, self._timeframe = sessions, timeframe
        self._size = len(sessions.days) * BUCKETS
        self._sums = np.zeros((len(HORIZONS), self._size))  # whole numbers below 2**53: exact in any order
        self._counts = np.zeros((len(HORIZONS), self._size), np.int64)
        self._entries = [pl.DataFrame(schema=_ENTRIES)]
        self._dots = {group: np.zeros(2, np.int64) for group in _GROUPS}  # all, and those without an entry

    def add(self, given: pl.DataFrame, ledger: pl.DataFrame) -> None:
        """The stocks of a range with all of their bars (COLUMNS) and dots (LEDGER, timezone)."""
        bars = Bars(given, self._sessions, self._timeframe)
        entries = self._entered(bars, ledger)
        at = entries["bar"].to_numpy()
        columns = {"place": bars.place[at], "bucket": bars.bucket[at]}
        for number, horizon in enumerate(HORIZONS):
            windows = bars.windows(horizon)
            counted = windows.over & windows.decided & (bars.bucket >= 0)
            places = (bars.place * BUCKETS + bars.bucket)[counted]
            self._sums[number] += np.bincount(places, windows.returns[counted], self._size)
            self._counts[number] += np.bincount(places, minlength=self._size)
            columns |= {f"{name}_{horizon}": getattr(windows, name)[at] for name in _OF_WINDOWS}
        made = entries.select("origin", "kind").with_columns(pl.Series(name, one) for name, one in columns.items())
        self._entries.append(made.select(pl.col(name).cast(kind) for name, kind in _ENTRIES.items()))

    def _entered(self, bars: Bars, ledger: pl.DataFrame) -> pl.DataFrame:
        """One row for each kind, stock and bar of entry. When a dot in hindsight was known is unknown: it is taken as
        known on its date."""
        hindsight = pl.col("origin") == "hindsight"
        dots = ledger.select(
            "symbol",
            first=pl.col("run_day") == 1,
            origin=pl.when(hindsight).then(pl.lit("hindsight")).otherwise(pl.lit("ledger")),
            after=pl.when(hindsight).then("date").otherwise(opened_by(ledger["timezone"].unique())),
        )
        dots = dots.with_columns(bar=pl.Series(bars.entries(dots["symbol"], dots["after"])))
        kind = pl.when("first").then(pl.lit("first")).otherwise(pl.lit("repeat")).alias("kind")
        entered = pl.col("bar") >= 0
        for origin, one, *counts in dots.group_by("origin", kind).agg(pl.len(), (~entered).sum()).iter_rows():
            self._dots[origin, one] += np.array(counts)
        once = dots.filter(entered).group_by("origin", "symbol", "bar").agg(pl.col("first").any())
        return once.with_columns(kind).sort("origin", "symbol", "bar")

    def rows(self) -> list[OutcomeRow]:
        entries = pl.concat(self._entries)
        return [
            self._row(entries.filter(origin=origin, kind=kind), origin, kind, number)
            for origin, kind in _GROUPS
            for number in range(len(HORIZONS))
        ]

    def _row(self, entries: pl.DataFrame, origin: Origin, kind: Kind, number: int) -> OutcomeRow:
        horizon = HORIZONS[number]
        over, decided = pl.col(f"over_{horizon}"), pl.col(f"decided_{horizon}")
        used = entries.filter(over, decided)
        returns, places = used[f"returns_{horizon}"].to_numpy(), used["place"].cast(pl.Int64).to_numpy()
        exits = used[f"exit_{horizon}"].cast(pl.Int64).to_numpy()
        bucket = used["bucket"].cast(pl.Int64).to_numpy()
        control = places * BUCKETS + bucket
        others = np.where(bucket < 0, 0, self._counts[number][control] - 1)  # without the stock itself
        controlled = np.flatnonzero(others > 0)
        means = (self._sums[number][control] - returns)[controlled] / others[controlled]
        n_eff = independent(places, exits)
        return OutcomeRow(
            origin=origin,
            kind=kind,
            horizon=horizon,
            dots=int(self._dots[origin, kind][0]),
            not_entered=int(self._dots[origin, kind][1]),
            entries=used.height,
            n_eff=n_eff,
            ended=int(used[f"cut_{horizon}"].sum()),
            without_control=used.height - len(controlled),
            unfinished=entries.filter(~over).height,
            unknown_basis=entries.filter(over, ~decided).height,
            figures=figures_of(returns, places, exits, np.rint(means).astype(np.int64), controlled, horizon)
            if n_eff >= FEWEST
            else None,
        )
