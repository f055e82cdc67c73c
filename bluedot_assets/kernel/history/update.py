"""A partition taken into the history's files: which of them are read for it, and which become others. A file is a
table, or a calendar year of one; a day reads the years of its window alone. Where they are is in `adapters/history`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.tables import Table
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.history.adjustments import (
    ADJUSTMENTS,
    FOUND,
    all_adjustments,
    find_adjustments,
    incomparable,
)
from bluedot_assets.kernel.history.by_hand.decided import decided
from bluedot_assets.kernel.history.by_hand.decisions import Decision
from bluedot_assets.kernel.history.merge import Merged, State, first_of, forget, merge, new_answers
from bluedot_assets.kernel.history.observations import Observed
from bluedot_assets.kernel.history.published import HISTORY, LEDGER, bars_of, ledger_of
from bluedot_assets.kernel.history.tables import BY_YEAR, FIRST_SEEN, LISTED, RATINGS, SEEN, VERSIONS, VOLUMES

OF_SESSIONS: Final = (VERSIONS, RATINGS, VOLUMES)
YEARLY: Final = (*BY_YEAR, HISTORY)
Decisions = tuple[Decision, ...] | None  # None: nobody decides here, what was decided stays
_DAYS: Final = {VERSIONS: "session", RATINGS: "session", VOLUMES: "session", HISTORY: "session", SEEN: "known"}


@dataclass(frozen=True)
class File:
    """A file of the history: a table, of those that have one a year its rows of that year."""

    table: Table
    year: int = 0

    @property
    def name(self) -> str:
        return f"{self.table.name}-{self.year}" if self.year else self.table.name


@dataclass
class Book:
    """The files of a timeframe's history. `read` gives one that is there, `there` names all that are."""

    there: frozenset[File]
    read: Callable[[File], pl.DataFrame]
    _read: dict[File, pl.DataFrame] = field(default_factory=dict)
    changed: dict[File, pl.DataFrame] = field(default_factory=dict)

    def file(self, file: File) -> pl.DataFrame:
        """Empty where there is none."""
        if file not in self._read:
            self._read[file] = self.read(file) if file in self.there else file.table.empty()
        return self._read[file]

    def years_of(self, table: Table) -> set[int]:
        return {file.year for file in {*self.there, *self.changed} if file.table is table}

    def of_years(self, table: Table, years: Iterable[int]) -> pl.DataFrame:
        return pl.concat([table.empty(), *(self.file(File(table, year)) for year in sorted({*years}))])

    def put(self, file: File, rows: pl.DataFrame) -> None:
        if not rows.equals(self.file(file)):
            self._read[file] = self.changed[file] = rows

    def put_years(self, table: Table, rows: pl.DataFrame, years: Iterable[int]) -> None:
        year = pl.col(_DAYS[table]).dt.year()
        for one in {*years}:
            self.put(File(table, one), rows.filter(year == one))


def update(
    book: Book, given: Observed, timeframe: Timeframe, decisions: Decisions = None, *, again: bool = False
) -> Merged:
    """The answers merged into the state (`again`: also those that it has), and the published tables made anew where
    they change; the files that are others then are `book.changed`."""
    asked = set(given.answers["known"].dt.year())
    later = {year for year in book.years_of(SEEN) if year >= min(asked, default=0)}
    seen = book.of_years(SEEN, asked | later)
    _, replaced = new_answers(seen, given.answers, again=again)
    merged = merge(state_of(book, seen, given.answers, replaced), given, again=again)
    if merged.answers.is_empty():
        return merged
    before = book.file(File(FIRST_SEEN))
    changed_years = {table: set(merged.changed[table]["session"].dt.year()) for table in OF_SESSIONS}
    for table, years in changed_years.items():
        book.put_years(table, merged.state[table], years)
    book.put_years(SEEN, merged.state[SEEN], asked)
    for table in (LISTED, FIRST_SEEN):
        book.put(File(table), merged.state[table])
    _adjust(book, merged)
    whole = _decide(book, timeframe, decisions)
    years = set().union(*changed_years.values(), _years_of_dots(merged.changed[LISTED]["date"]), whole)
    _publish(book, years & book.years_of(VERSIONS), timeframe)
    _keep_ledger(book, merged, before, timeframe)
    return merged


def state_of(book: Book, seen: pl.DataFrame, *answers: pl.DataFrame) -> State:
    """What the book has of the days of those answers, with `seen` as all answers."""
    sessions = set().union(*(years_between(one["first_session"], one["last_session"]) for one in answers))
    return State(
        {
            **{table: book.of_years(table, sessions) for table in OF_SESSIONS},
            SEEN: seen,
            **{table: book.file(File(table)) for table in (LISTED, FIRST_SEEN)},
        }
    )


def years_between(first: pl.Series, last: pl.Series) -> set[int]:
    if first.is_empty():
        return set()
    return set(range(first.min().year, last.max().year + 1))  # type: ignore[union-attr]


def _years_of_dots(days: pl.Series) -> set[int]:
    """Also those of their weeks' Fridays."""
    around = (days, days + timedelta(days=4), days - timedelta(days=2))
    return {year for some in around for year in some.dt.year()}


def _adjust(book: Book, merged: Merged) -> None:
    """Find again what answers adjusted whose neighbours are others; and where that is another, what those after them
    did, for it is compared with that. Of stocks with answers that cannot be compared with older bars, all."""
    places = pl.concat([merged.changed[table] for table in (VERSIONS, VOLUMES)])
    times = pl.concat([places.select("symbol", "known"), places.select("symbol", known="next")]).drop_nulls().unique()
    gapped = _with_gaps(book, merged, times)
    of_gapped = pl.col("symbol").is_in(gapped.implode())
    before, seen = book.file(File(FOUND)).filter(~of_gapped), merged.state[SEEN]
    times, asked = times.filter(~of_gapped), ["symbol", "known"]
    found = _found(book, seen.join(times, on=asked, how="semi"), before.join(times, on=asked, how="anti"))
    other = _differing(before.join(times, on=asked, how="semi"), found)["symbol"].unique()
    if other.len():
        since = times.filter(pl.col("symbol").is_in(other.implode())).group_by("symbol").agg(pl.col("known").min())
        later = seen.join(since, on="symbol", suffix="_since").filter(pl.col("known") >= pl.col("known_since"))
        times = pl.concat([times, later.select(asked)]).unique()
        found = _found(book, seen.join(times, on=asked, how="semi"), before.join(times, on=asked, how="anti"))
    kept = before.join(times, on=asked, how="anti")
    if gapped.len():
        found = pl.concat([found, _all_found(book, of_gapped)])
    book.put(File(FOUND), pl.concat([kept, found]).sort("symbol", "effective", "known"))


def _with_gaps(book: Book, merged: Merged, times: pl.DataFrame) -> pl.Series:
    """Stocks in which other answers may be incomparable with older bars than before, or no longer."""
    asked, seen, windows = ["symbol", "known"], merged.state[SEEN], ["first_session", "last_session"]
    changed = pl.concat([merged.answers, merged.replaced])
    gaps = book.file(File(FOUND)).filter(pl.col("state") == "frozen", pl.col("bars") == 0)
    met = gaps.join(changed, on="symbol", suffix="_of").filter(
        (pl.col("known_of") <= pl.col("known")) | (pl.col("first_session") < pl.col("restated_from"))
    )
    shrunk = merged.replaced.join(merged.answers, on=[*asked, *windows], how="anti")
    groups = pl.concat([seen.join(times, on=asked, how="semi"), _newly_preceded(merged)]).unique(asked)
    groups = groups.join(merged.state[FIRST_SEEN], on=asked, how="anti")
    years = years_between(groups["first_session"], groups["last_session"])
    short = incomparable(book.of_years(VERSIONS, years), groups)
    return pl.concat([one["symbol"] for one in (met, shrunk, short)]).unique()


def _newly_preceded(merged: Merged) -> pl.DataFrame:
    """Answers (columns: SEEN) before which the new ones are the first to have older sessions."""
    asked, last = ["symbol", "known"], merged.state[FIRST_SEEN].select("symbol", "last_known")
    early = merged.answers.join(last, on="symbol").filter(pl.col("known") < pl.col("last_known"))
    new = early.select("symbol", known_new="known", first_new="first_session")
    seen = merged.state[SEEN].join(new, on="symbol", how="semi").join(early, on=asked, how="anti")
    preceding = pl.col("first_session").cum_min().shift().over("symbol")
    return (
        seen.with_columns(preceding=preceding)
        .join(new, on="symbol")
        .filter(pl.col("known") > pl.col("known_new"), pl.col("first_session") > pl.col("first_new"))
        .filter((pl.col("preceding") >= pl.col("first_session")).fill_null(True))
        .select(seen.columns)
    )


def _all_found(book: Book, stocks: pl.Expr) -> pl.DataFrame:
    """Of those stocks, made of everything that the history has."""
    versions, volumes, seen = (
        book.of_years(table, book.years_of(table)).filter(stocks) for table in (VERSIONS, VOLUMES, SEEN)
    )
    return all_adjustments(versions, volumes, seen)


def _found(book: Book, groups: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    years = years_between(groups["first_session"], groups["last_session"])
    return find_adjustments(book.of_years(VERSIONS, years), book.of_years(VOLUMES, years), groups, others)


def _differing(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Rows that only one of them has."""
    both = pl.concat([before, after])
    return both.filter(~both.is_duplicated())


def decide(book: Book, timeframe: Timeframe, decisions: Decisions) -> None:
    """Make those bars anew that are scaled otherwise by what a person has decided since."""
    _publish(book, _decide(book, timeframe, decisions), timeframe)


def _decide(book: Book, timeframe: Timeframe, decisions: Decisions) -> set[int]:
    """The adjustments that count; the years whose bars they scale otherwise than before."""
    before = book.file(File(ADJUSTMENTS))
    if decisions is None:
        by_hand = before.filter(state="by hand").select("symbol", "effective", "ratio", "shares")
        decisions = tuple(Decision(*row) for row in by_hand.iter_rows())
    after, _ = decided(book.file(File(FOUND)), decisions, timeframe, partial(reached, book))
    book.put(File(ADJUSTMENTS), after)
    latest: date | None = _differing(before, after)["effective"].max()  # type: ignore[assignment]
    return {year for year in book.years_of(VERSIONS) if latest and year <= latest.year}


def reached(book: Book, symbol: str, day: date) -> datetime | None:
    """When the first answer was known that has a session of that day or later; None where it is the stock's first."""
    begun = book.file(File(FIRST_SEEN)).filter(symbol=symbol)["known"]
    earliest = (day - timedelta(days=1)).year  # no answer is known before that
    for year in sorted(year for year in book.years_of(SEEN) if begun.len() and year >= earliest):
        answers = book.file(File(SEEN, year)).filter(pl.col("symbol") == symbol, pl.col("last_session") >= day)
        if answers.height:
            known: datetime = answers["known"].min()  # type: ignore[assignment]
            return known if known > begun[0] else None
    return None


def _publish(book: Book, years: Iterable[int], timeframe: Timeframe) -> None:
    for year in sorted(years):
        versions, ratings, volumes = (book.file(File(table, year)) for table in OF_SESSIONS)
        listed, adjustments = book.file(File(LISTED)), book.file(File(ADJUSTMENTS))
        book.put(File(HISTORY, year), bars_of(versions, ratings, volumes, listed, adjustments, timeframe))


def _keep_ledger(book: Book, merged: Merged, first_before: pl.DataFrame, timeframe: Timeframe) -> None:
    """Rows of the ledger anew of the stocks of which any may be another: whose dots are listed otherwise, or whose
    first answer is another."""
    of_first = ["symbol", "known", "timezone"]
    begun = merged.state[FIRST_SEEN].join(first_before, on=of_first, how="anti")
    affected = pl.concat([merged.changed[LISTED].select("symbol"), begun.select("symbol")]).unique()
    if affected.is_empty():
        return
    mine = merged.state[LISTED].join(affected, on="symbol", how="semi")
    others = book.file(File(LEDGER)).join(affected, on="symbol", how="anti")
    made = ledger_of(mine, merged.state[FIRST_SEEN], timeframe)
    book.put(File(LEDGER), pl.concat([others, made]).sort("symbol", "date"))


def publish_anew(book: Book, timeframe: Timeframe, decisions: Decisions = None) -> None:
    """All published files made of the whole state at once: what `update` must have come to."""
    years, seen = book.years_of(VERSIONS), book.of_years(SEEN, book.years_of(SEEN))
    versions, volumes = book.of_years(VERSIONS, years), book.of_years(VOLUMES, book.years_of(VOLUMES))
    book.put(File(FOUND), all_adjustments(versions, volumes, seen))
    _decide(book, timeframe, decisions)
    for year in book.years_of(HISTORY) - years:
        book.put(File(HISTORY, year), HISTORY.empty())
    _publish(book, years, timeframe)
    book.put(File(LEDGER), ledger_of(book.file(File(LISTED)), book.file(File(FIRST_SEEN)), timeframe))


def rebuild(book: Book, given: Iterable[Observed], timeframe: Timeframe, decisions: Decisions = None) -> None:
    """The state with those partitions as they are stored now, in place of what it has of the same files, and all that
    is published made anew."""
    state = whole_state(book)
    for one in given:
        of_files = state[SEEN].join(one.answers, on=["symbol", "partition", "md5"], how="semi")
        gone = of_files.join(one.answers, on=["symbol", "known"], how="anti")
        state = merge(forget(state, gone), one, again=True).state
    settle(book, state, timeframe, decisions)


def whole_state(book: Book) -> State:
    """All that the book has of the state."""
    return State(
        {
            **{table: book.of_years(table, book.years_of(table)) for table in BY_YEAR},
            **{table: book.file(File(table)) for table in (LISTED, FIRST_SEEN)},
        }
    )


def settle(book: Book, state: State, timeframe: Timeframe, decisions: Decisions) -> None:
    """Put a whole state into the book, and make all that is published anew."""
    for table in BY_YEAR:
        rows = state[table].sort(*table.unique)
        book.put_years(table, rows, book.years_of(table) | {*rows[_DAYS[table]].dt.year()})
    book.put(File(LISTED), state[LISTED])
    book.put(File(FIRST_SEEN), first_of(state[SEEN]))
    publish_anew(book, timeframe, decisions)


def gaps_of(book: Book) -> list[str]:
    """Names of files that do not have what the answers say that there is."""
    seen = book.of_years(SEEN, book.years_of(SEEN))
    found = [] if first_of(seen).equals(book.file(File(FIRST_SEEN))) else [File(FIRST_SEEN).name]
    years = {*seen["last_session"].dt.year()}
    bars = book.of_years(VERSIONS, years & book.years_of(VERSIONS)).select("symbol", last_session="session")
    lacking = seen.join(bars, on=["symbol", "last_session"], how="anti")
    return found + [File(VERSIONS, year).name for year in sorted({*lacking["last_session"].dt.year()})]


PUBLISHED: Final = (HISTORY, LEDGER, ADJUSTMENTS)
