"""The stage `history`: the partition merged into what was ever seen of its timeframe. What the vendor changed of the
past is decided in `kernel/history`, where the files are kept in `adapters/history`."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import polars as pl

from bluedot_assets.adapters.history.port import HistorySnapshot
from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.adapters.storage.raw_object import read_index
from bluedot_assets.adapters.user_files import load_decisions
from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS
from bluedot_assets.kernel.errors import OutputAbsent, OutputDamaged, OutputOutdated
from bluedot_assets.kernel.history.files import encoded, name_of, named
from bluedot_assets.kernel.history.observations import Observed, answers_of, answers_of_files, observed
from bluedot_assets.kernel.history.partition_facts import (
    CHECKS,
    HistoryFacts,
    continues_verdict,
    covers_verdict,
    facts_of,
    new_adjustments,
    plausible_verdict,
)
from bluedot_assets.kernel.history.published import HISTORY
from bluedot_assets.kernel.history.tables import SEEN, VERSIONS
from bluedot_assets.kernel.history.update import Book, File, decide, update
from bluedot_assets.kernel.stored.manifest import Manifest, fingerprints
from bluedot_assets.pipeline.stage import Done, Location, Stage, StoredColumn, Work, commit
from bluedot_assets.pipeline.stages.bars import NAME as BARS_NAME
from bluedot_assets.pipeline.stages.bars import StoredBars
from bluedot_assets.pipeline.stages.unchanged import inputs_of

NAME: Final = "history"


class Partition:
    """The stored partition as answers of the vendor. The raw object is asked only for what the history lacks."""

    def __init__(self, work: Work) -> None:
        self.work, self.stored = work, StoredBars(work)
        self.stocks = self.stored.table(STOCKS)

    @cached_property
    def answers(self) -> pl.DataFrame:
        with self.work.platform.outputs.open(self.stored.raw.raw_object) as file:
            modified = {one.name: one.modified for group in read_index(file) for one in group}
        return answers_of(self.stocks, self.work.key, self.work.timeframe.end(self.work.key), modified)

    @cached_property
    def observed(self) -> Observed:
        return observed(self.answers, self.stored.table(BARS), self.stored.table(DOTS))

    def is_in(self, book: Book) -> bool:
        """Whether all of it is there already."""
        return self.answers_in(book).height == self.stocks.height

    def answers_in(self, book: Book) -> pl.DataFrame:
        """Those of its answers that are there, as they are there (columns: SEEN)."""
        since = self.work.timeframe.start(self.work.key).year
        seen = book.of_years(SEEN, (year for year in book.years_of(SEEN) if year >= since))
        return answers_of_files(seen, self.stocks, self.work.key)


def book_of(snapshot: HistorySnapshot) -> Book:
    """The files of a snapshot. Those that are none of ours are left as they are."""

    def read(file: File) -> pl.DataFrame:
        try:
            return file.table.read(snapshot.read(name_of(file)))
        except ValueError as error:
            raise OutputDamaged(
                f"The history's {name_of(file)} cannot be read ({error}): run `bluedot history rebuild`."
            ) from error

    return Book(frozenset(file for name in snapshot.listed.files if (file := named(name))), read)


def changes_of(book: Book) -> dict[str, tuple[bytes, int] | None]:
    """The changed files as a place takes them; a table without rows has none."""
    return {
        name_of(file): (encoded(file, rows), rows.height) if rows.height else None
        for file, rows in book.changed.items()
    }


def merge_partition(work: Work) -> Done:
    """Merge it, and judge what it brought."""
    partition, place = Partition(work), work.platform.history
    decisions = load_decisions(work.platform.settings.adjustments)
    books: list[Book] = []
    work.begin(NAME, partition.stocks.height)

    def changes(snapshot: HistorySnapshot) -> Mapping[str, tuple[bytes, int] | None]:
        book = book_of(snapshot)
        books.append(book)
        if not book.there:
            _begin(book, work)
        if partition.is_in(book):
            decide(book, work.timeframe, decisions)
        else:
            update(book, partition.observed, work.timeframe, decisions)
        return changes_of(book)

    listed = place.change(work.timeframe.name, changes).listed
    work.platform.progress.advance(partition.stocks.height)
    book, inputs = books[-1], inputs_of(work, partition.stored.made, days=work.platform.trading_days)
    stored = None if book.changed else work.platform.outputs.unchanged(work.slot(NAME), inputs)
    made, changed = (stored, False) if stored else _judged(work, partition, book, inputs)
    facts = made.facts_as(HistoryFacts)
    counts: dict[str, Any] = {name: getattr(facts, name) for name in HistoryFacts.__struct_fields__}
    size = sum(one.bytes for one in listed.files.values())
    metadata = {**counts, "changed": changed, "dagster/size_bytes": size, "path": Location(place.address)}
    return Done(made.verdicts, metadata, made.fingerprint)


def _judged(work: Work, partition: Partition, book: Book, inputs: str) -> tuple[Manifest, bool]:
    """What the history has of the partition, with the verdicts on it, as the stage's output."""
    stocks = partition.stocks
    first, last = stocks["first_session"].min(), stocks["last_session"].max()
    years = range(first.year - 1, last.year + 2)  # type: ignore[union-attr]
    answers = partition.answers_in(book)
    adjusted = new_adjustments(book, answers)
    bars = book.of_years(HISTORY, {*years} & book.years_of(HISTORY))
    verdicts = [
        continues_verdict(adjusted),
        covers_verdict(bars, stocks, work.platform.trading_days, work.timeframe),
        plausible_verdict(adjusted, bars),
    ]
    facts = facts_of(book, answers, {*years} & book.years_of(VERSIONS))
    with work.platform.outputs.staging() as staged:
        draft = Draft(verdicts, facts, fingerprints(partition.stored.made), inputs)
        return commit(work, work.slot(NAME), staged, draft)


def _begin(book: Book, work: Work) -> None:
    """What is stored already goes into a new history first: partitions of before there was one."""
    for key in work.platform.outputs.partitions(work.timeframe.name, BARS_NAME):
        try:
            if key != work.key:
                update(book, Partition(replace(work, key=key)).observed, work.timeframe)
        except (OutputAbsent, OutputOutdated, OutputDamaged) as error:
            work.warn(f"The history begins without {work.timeframe.name}/{key}: {error}")


HISTORY_STAGE: Final = Stage(
    NAME,
    "All that was ever seen: each stock's bars on one basis beyond the vendor's window, what he adjusted, and each dot "
    "with when it was known.",
    after=(BARS_NAME,),
    checks=CHECKS,
    kinds=frozenset({"parquet", "polars"}),
    columns=tuple(
        StoredColumn(one.name, one.type, one.meaning + (f" ({one.unit})" if one.unit else ""), one.nullable)
        for one in HISTORY.columns
    ),
)
