"""What the history has of the days that are asked about: each value with when it was known, the adjustments after them,
and the dots' rows of the ledger."""

from typing import Final

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.tables import Table
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS
from bluedot_assets.kernel.history.intervals import Kind, joined
from bluedot_assets.kernel.history.published import HISTORY, IS_SCALED, LEDGER, last_given
from bluedot_assets.kernel.history.tables import FIRST_SEEN, LISTED, RATINGS, VERSIONS, VOLUMES
from bluedot_assets.kernel.history.update import Book, File
from bluedot_assets.kernel.series.provenance.evidence import Row
from bluedot_assets.kernel.series.provenance.question import DOT, PRICES, Question

_PRICED: Final = (*PRICES, "bc")
_OF_PRICES: Final = ("close_traded", "factor", "basis", "revisions")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """`bar` is on the newest basis. Of each value the times during which the vendor gave it, oldest first:
    `known_until` is null while he does. `adjustments` are those after the day, with what became of the bar (`how`):
    `scaled` by the history, `restated` by the vendor, `left` as it was, or `undecided`. `ledger` are the rows of the
    dots."""

    bar: Row | None = None
    prices: list[Row] = []
    volumes: list[Row] = []
    ratings: list[Row] = []
    listed: list[Row] = []
    adjustments: list[Row] = []
    ledger: list[Row] = []


def knows(book: Book, symbol: str) -> bool:
    """Whether the stock was ever seen."""
    return not book.file(File(FIRST_SEEN)).filter(symbol=symbol).is_empty()


def kept_of(book: Book, question: Question) -> Kept:
    """Of a book that has the stock's rows."""
    years = {question.first.year, question.last.year}
    versions = question.of(book.of_years(VERSIONS, years), "session")
    bars = question.of(book.of_years(HISTORY, years), "session").to_dicts()
    priced = question.asks(*_PRICED)
    values = [name for name in _PRICED if question.asks(name)]
    of_bar = ["session", *question.columns, *(_OF_PRICES if priced else ()), "first_known", "partition"]
    return Kept(
        bar={name: bars[0][name] for name in of_bar} if bars else None,
        prices=_times(versions, Kind("session", tuple(values), ("partition",))) if priced else [],
        volumes=_of(book, VOLUMES, "volume", question),
        ratings=_of(book, RATINGS, "rlst", question),
        listed=_rows(question.of(book.file(File(LISTED)), "date")) if question.asks(DOT) else [],
        adjustments=_adjustments(book, versions, question) if question.asks(*PRICES, "volume") else [],
        ledger=_rows(question.of(book.file(File(LEDGER)), "date")) if question.asks(DOT) else [],
    )


def _of(book: Book, table: Table, name: str, question: Question) -> list[Row]:
    if not question.asks(name):
        return []
    rows = question.of(book.of_years(table, {question.first.year, question.last.year}), "session")
    return _times(rows, Kind("session", (name,)))


def _times(rows: pl.DataFrame, kind: Kind) -> list[Row]:
    """When each value was known: one row where others than those that are asked about changed."""
    columns = [*kind.place, *kind.values, *kind.brought, "known_from", "known_until"]
    return _rows(joined(rows.select(columns), kind).sort("session", "known_from"))


def _rows(rows: pl.DataFrame) -> list[Row]:
    return rows.drop("symbol").to_dicts()


def _adjustments(book: Book, versions: pl.DataFrame, question: Question) -> list[Row]:
    """Those that could be about the bar, newest last."""
    last = last_given(versions).select("symbol", "session", "known_from", "known_until")
    after = last.join(book.file(File(ADJUSTMENTS)), on="symbol").filter(pl.col("session") < pl.col("effective"))
    how = (
        pl.when(IS_SCALED & (pl.col("state") == "frozen"))
        .then(pl.lit("undecided"))
        .when(IS_SCALED)
        .then(pl.lit("scaled"))
        .when(pl.col("known_from") >= pl.col("known"))
        .then(pl.lit("restated"))
        .otherwise(pl.lit("left"))
    )
    return after.with_columns(how=how).select([*ADJUSTMENTS.polars_schema, "how"]).drop("symbol").to_dicts()
