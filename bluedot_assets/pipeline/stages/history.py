"""The stage `history`: the partition merged into what was ever seen of its timeframe. What the vendor changed of the
past is decided in `kernel/history`, where the files are kept in `adapters/history`."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import polars as pl

from bluedot_assets.adapters.history.port import HistorySnapshot
from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.adapters.user_files import load_decisions
from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS
from bluedot_assets.kernel.errors import OutputAbsent, OutputDamaged, OutputOutdated
from bluedot_assets.kernel.history.files import encoded, name_of, named
from bluedot_assets.kernel.history.merge import new_answers
from bluedot_assets.kernel.history.observations import Observed, answers_of, observed
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
from bluedot_assets.kernel.history.tables import SEEN
from bluedot_assets.kernel.history.update import Book, File, decide, update
from bluedot_assets.kernel.stored.manifest import fingerprints
from bluedot_assets.pipeline.stage import Done, Location, Rows, Stage, StoredColumn, Work, commit
from bluedot_assets.pipeline.stages.bars import NAME as BARS_NAME
from bluedot_assets.pipeline.stages.bars import StoredBars

NAME: Final = "history"


class Partition:
    """The stored partition as answers of the vendor."""

    def __init__(self, work: Work) -> None:
        self.work, self.stored = work, StoredBars(work)
        self.stocks = self.stored.table(STOCKS)
        self.answers = answers_of(self.stocks, work.key, work.timeframe.end(work.key))

    @cached_property
    def observed(self) -> Observed:
        return observed(self.answers, self.stored.table(BARS), self.stored.table(DOTS))

    def is_in(self, book: Book) -> bool:
        """Whether all of it is there already."""
        years = {*self.answers["known"].dt.year()}
        new, _ = new_answers(book.of_years(SEEN, years), self.answers)
        return new.is_empty()


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
    """Merge it, judge what it brought, and say so."""
    partition, place = Partition(work), work.platform.history
    decisions = load_decisions(work.platform.settings.adjustments)
    work.begin(NAME, partition.answers.height)

    def changes(snapshot: HistorySnapshot) -> Mapping[str, tuple[bytes, int] | None]:
        book = book_of(snapshot)
        if not book.there:
            _begin(book, work)
        if partition.is_in(book):
            decide(book, work.timeframe, decisions)
        else:
            update(book, partition.observed, work.timeframe, decisions)
        return changes_of(book)

    after = place.change(work.timeframe.name, changes)
    work.platform.progress.advance(partition.answers.height)
    book = book_of(after)
    adjusted = new_adjustments(book, partition.answers)
    first, last = partition.answers["first_session"].min(), partition.answers["last_session"].max()
    years = range(first.year - 1, last.year + 2)  # type: ignore[union-attr]
    facts = facts_of(book, partition.answers, years)
    bars = book.of_years(HISTORY, {*years} & book.years_of(HISTORY))
    verdicts = [
        continues_verdict(adjusted),
        covers_verdict(bars, partition.stocks, work.platform.trading_days, work.timeframe),
        plausible_verdict(adjusted, bars),
    ]
    with work.platform.outputs.staging() as staged:
        draft = Draft(verdicts, facts, fingerprints(partition.stored.made))
        made, changed = commit(work, work.slot(NAME), staged, draft)
    size = sum(one.bytes for one in after.listed.files.values())
    metadata = _metadata(facts, adjusted) | {
        "changed": changed,
        "dagster/size_bytes": size,
        "path": Location(place.address),
    }
    return Done(made.verdicts, metadata, made.fingerprint)


def _begin(book: Book, work: Work) -> None:
    """What is stored already goes into a new history first: partitions of before there was one."""
    for key in work.platform.outputs.partitions(work.timeframe.name, BARS_NAME):
        try:
            if key != work.key:
                update(book, Partition(replace(work, key=key)).observed, work.timeframe)
        except (OutputAbsent, OutputOutdated, OutputDamaged) as error:
            work.warn(f"The history begins without {work.timeframe.name}/{key}: {error}")


def _metadata(facts: HistoryFacts, adjusted: pl.DataFrame) -> dict[str, Any]:
    counts = {name: getattr(facts, name) for name in HistoryFacts.__struct_fields__}
    columns = ["symbol", "effective", "ratio", "nearest", "state"]
    return {
        **counts,
        "adjusted": Rows(
            adjusted.select(columns).head(20).with_columns(pl.col("effective").cast(pl.String)).to_dicts()
        ),
    }


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
