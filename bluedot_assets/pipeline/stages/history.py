"""The stage `history`: the partition merged into what was ever seen of its timeframe. What the vendor changed of the
past is decided in `kernel/history`, where the files are kept in `adapters/history`."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import chain
from typing import Any, Final

import polars as pl

from bluedot_assets.adapters.code_version import code_parts
from bluedot_assets.adapters.history.port import HistoryFiles, HistorySnapshot
from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.adapters.storage.raw_object import read_index
from bluedot_assets.adapters.user_files import load_decisions, load_renames
from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS
from bluedot_assets.kernel.calendar.timeframes import DAILY, Timeframe
from bluedot_assets.kernel.errors import (
    MachineFailed,
    OutputAbsent,
    OutputDamaged,
    OutputOutdated,
    PublishRefused,
    RepositoryUnreachable,
    StoreUnreachable,
)
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, FOUND, decided
from bluedot_assets.kernel.history.by_hand.decisions import ADJUSTMENTS_SETTING, RENAMES_SETTING, Rename
from bluedot_assets.kernel.history.by_hand.renames import (
    OF_FILE,
    RENAMES,
    Names,
    decisions_of,
    due,
    ends_of,
    moved,
    names_of,
    refused,
    renames_in,
    table_of,
    with_answers,
    with_names,
)
from bluedot_assets.kernel.history.files import name_of, named
from bluedot_assets.kernel.history.observations import Observed, answers_of, answers_of_files, observed
from bluedot_assets.kernel.history.outcomes.outcomes_file import outcomes_of
from bluedot_assets.kernel.history.partition_facts import CHECKS, Brought, HistoryFacts, unjudged
from bluedot_assets.kernel.history.published import HISTORY, LEDGER
from bluedot_assets.kernel.history.ranges import Replaced, Rewriting, SortedRows, Stocks, one_stock, parted
from bluedot_assets.kernel.history.tables import FIRST_SEEN, SEEN
from bluedot_assets.kernel.history.update import (
    PUBLISHED,
    Book,
    Decisions,
    File,
    decide,
    settle,
    state_of,
    update,
    whole_state,
)
from bluedot_assets.kernel.site.publication import SiteHistory
from bluedot_assets.kernel.stored.manifest import Manifest, fingerprints
from bluedot_assets.pipeline.stage import Done, Location, Stage, Work, columns_of, commit
from bluedot_assets.pipeline.stages.bars import NAME as BARS_NAME
from bluedot_assets.pipeline.stages.bars import StoredBars
from bluedot_assets.pipeline.stages.unchanged import inputs_of

NAME: Final = "history"


class Partition:
    """The stored partition as answers of the vendor, under the names that its stocks have now. The raw object is asked
    only for what the history lacks."""

    def __init__(self, work: Work) -> None:
        self.work, self.stored = work, StoredBars(work)
        self.stocks, self.sample = self.stored.table(STOCKS), self.stored.facts.sample
        self.names: dict[str, str] = {}  # old ones with new ones

    def files(self, stated: Collection[str]) -> pl.DataFrame:
        """Its files (OF_FILE) of those names."""
        stocks = self.stored.table(STOCKS).filter(pl.col("symbol").is_in([*stated]))
        return stocks.with_columns(stated="symbol", partition=pl.lit(self.work.key)).select(OF_FILE)

    def call(self, names: Names) -> None:
        """Give its stocks the names that they have now; none that another of its stocks has."""
        self.release()
        stocks = self.stored.table(STOCKS)
        there, self.names = {*stocks["symbol"]}, {}
        for file in stocks.select("symbol", "md5").iter_rows():
            if (name := names.get(file, file[0])) not in there:
                self.names[file[0]] = name
                there.add(name)
        self.stocks = with_names(stocks, self.names)

    @cached_property
    def _answers(self) -> pl.DataFrame:
        with self.work.platform.outputs.open(self.stored.raw.raw_object) as file:
            modified = {one.name: one.modified for group in read_index(file) for one in group}
        end, stored_at = self.work.timeframe.end(self.work.key), self.stored.raw.made_at
        given = answers_of(self.stored.table(STOCKS), self.work.key, end, modified, stored_at)
        return with_names(given, self.names)

    @cached_property
    def _bars(self) -> SortedRows | Replaced:
        bars = SortedRows(BARS, self.work.platform.outputs.read(self.stored.made.table(BARS.name)))
        if not self.names:
            return bars
        both = {*self.names, *self.names.values()}
        rows = pl.concat([bars.of(one_stock(name)) for name in sorted(both)])
        return Replaced(bars, frozenset(both), with_names(rows, self.names))

    @cached_property
    def _dots(self) -> pl.DataFrame:
        return with_names(self.stored.table(DOTS), self.names)

    def observed(self, of: Stocks) -> Observed:
        return observed(of.of(self._answers), self._bars.of(of), of.of(self._dots))

    def release(self) -> None:
        """Let go what was read; it is read again where somebody asks."""
        for name in ("_answers", "_bars", "_dots"):
            vars(self).pop(name, None)
        self.stored.release()

    def is_in(self, book: Book, of: Stocks) -> bool:
        """Whether all of it is there already: a file that stands unchanged in several folders is of the last one."""
        since = self.work.timeframe.start(self.work.key).year - 1
        seen = book.of_years(SEEN, (year for year in book.years_of(SEEN) if year >= since))
        there = seen.filter(pl.col("partition") >= self.work.key)
        return of.of(self.stocks).join(there, on=["symbol", "md5"], how="anti").is_empty()

    def answers_in(self, book: Book, of: Stocks) -> pl.DataFrame:
        """Those of its answers that are there, as they are there (columns: SEEN)."""
        since = self.work.timeframe.start(self.work.key).year
        seen = book.of_years(SEEN, (year for year in book.years_of(SEEN) if year >= since))
        return answers_of_files(seen, of.of(self.stocks), self.work.key)


@dataclass
class Merging:
    """A partition on its way into the files of a snapshot, into a new history after those of `stored_before`; what it
    brought is in `brought`, where any of it is new."""

    partition: Partition
    decisions: Decisions = ()
    stored_before: Callable[[], Iterable[Partition]] = tuple
    brought: Brought | None = None

    def __call__(self, snapshot: HistorySnapshot) -> Mapping[str, tuple[bytes, int] | None]:
        last = self.partition
        if snapshot.listed.files and snapshot.listed.sample != last.sample:
            raise PublishRefused(f"The history takes in no mixture: {_mixture(snapshot.listed.sample)}")
        partitions = [*(self.stored_before() if not snapshot.listed.files else ()), last]
        files, decisions = with_renames(rewriting(snapshot), partitions, last.work, self.decisions)
        brought, is_new = Brought(last.stocks), False
        for of in ranges_of(files, partitions):
            book = files.book(of)
            is_new |= not last.is_in(book, of)
            for one in partitions:
                if not one.is_in(book, of):
                    update(book, one.observed(of), last.work.timeframe, decisions)
                if one is not last:
                    one.release()  # of years of partitions one at a time is in memory
            decide(book, last.work.timeframe, decisions)
            files.take(book, of)
            if is_new:
                brought.add(book, last.answers_in(book, of))
        self.brought = brought if is_new else None
        return changes_of(files)


def rewriting(snapshot: HistoryFiles) -> Rewriting:
    """The files of a snapshot. Those that are none of ours are left as they are."""

    return Rewriting(_files(snapshot), cache(partial(_stored, snapshot)))


def _files(snapshot: HistoryFiles) -> frozenset[File]:
    return frozenset(file for name in snapshot.listed.files if (file := named(name)))


def _stored(snapshot: HistoryFiles, file: File) -> SortedRows:
    return SortedRows(file.table, snapshot.read(name_of(file)))


def ledger_of_history(work: Work, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Those columns of the dots that were ever listed, in parts. Raises OutputAbsent, OutputDamaged."""
    timeframe = work.timeframe.name
    snapshot = work.platform.history.snapshot(timeframe)
    if File(LEDGER) not in _files(snapshot):
        raise OutputAbsent(f"There is no {timeframe} history yet: materialize {timeframe}/{NAME} first.")
    return _stored(snapshot, File(LEDGER)).parts(Stocks(), columns)


def with_renames(
    files: Rewriting, partitions: Sequence[Partition], work: Work, decisions: Decisions
) -> tuple[Rewriting, Decisions]:
    """The files with what was answered under other names under those that the stocks have now; the decisions, and the
    stocks of the partitions, have them too. Lines that cannot be, and lines about nothing, are warned of."""
    kept, given = renames_in(files.book(Stocks()).file(File(RENAMES))), load_renames(work.platform.settings.renames)
    lines = kept if given is None else given
    names = frozenset(name for one in (*kept, *lines) for name in one[:2])
    if not names:
        return files, decisions
    book = Book(files.there, lambda file: pl.concat([files.stored(file).of(one_stock(name)) for name in sorted(names)]))
    seen = book.of_years(SEEN, book.years_of(SEEN))
    ends = ends_of(seen, lines)
    wrong = refused(state_of(book, seen, *ends), lines, *ends)
    lines = tuple(one for one in lines if one not in wrong)
    stocks = [seen.select(OF_FILE), *(one.files(names) for one in partitions)]
    called, unused = names_of(pl.concat(stocks), lines)
    for one in partitions:
        one.call(called)
    decisions = decisions and decisions_of(decisions, lines)
    answers = due(seen, called)
    if answers.height:
        book.put(File(ADJUSTMENTS), with_answers(book.file(File(ADJUSTMENTS)), answers))
        settle(book, moved(whole_state(book), answers), work.timeframe, decisions)
    book.put(File(RENAMES), table_of(lines))
    about_nothing = unused if given is not None and work.timeframe is DAILY else ()
    for sentence in (*wrong.values(), *map(_about_nothing, about_nothing)):
        work.warn(sentence)
    return _with_changed(files, book, names), decisions


def _with_changed(files: Rewriting, book: Book, symbols: frozenset[str]) -> Rewriting:
    """The files with those stocks' rows as they are in the book."""

    @cache
    def stored(file: File) -> SortedRows | Replaced:
        before = files.stored(file) if file in files.there else None
        return Replaced(before, symbols, book.changed[file]) if file in book.changed else files.stored(file)

    return Rewriting(files.there | book.changed.keys(), stored, frozenset(book.changed))


def _about_nothing(one: Rename) -> str:
    return (
        f"{RENAMES_SETTING} has {one.old},{one.new},{one.since}, which is about nothing: no partition has {one.old} "
        f"from before that day without {one.new}: correct the line, or remove it."
    )


def unused_decisions(files: Rewriting, timeframe: Timeframe, decisions: Decisions) -> Iterator[str]:
    """A sentence for each of which no adjustment was found; as of names of daily bars alone, for a stock may have no
    weekly file."""
    if not decisions or timeframe is not DAILY:
        return
    book = files.book(Stocks())
    now = decisions_of(decisions, renames_in(book.file(File(RENAMES))))
    _, unused = decided(book.file(File(FOUND)), now, timeframe)
    for one, as_now in zip(decisions, now, strict=True):
        if as_now in unused:
            line = f"{one.symbol},{one.effective}"
            yield f"{ADJUSTMENTS_SETTING} has {line}, where no adjustment was found: correct the line, or remove it."


def ranges_of(files: Rewriting, partitions: Sequence[Partition] = ()) -> list[Stocks]:
    """The ranges in which all stocks are worked on."""
    known = files.book(Stocks()).file(File(FIRST_SEEN))["symbol"]
    return parted(chain(known, *(one.stocks["symbol"] for one in partitions)))


def changes_of(files: Rewriting) -> dict[str, tuple[bytes, int] | None]:
    """The changed files as a place takes them."""
    return {name_of(file): content for file, content in files.contents().items()}


def site_history(work: Work, *, sample: bool) -> SiteHistory | None:
    """What may be published of the history. None, with a warning, where it cannot be read: what the site has stays."""
    try:
        snapshot = work.platform.history.snapshot(work.timeframe.name)
        entries = {file: one for name, one in snapshot.listed.files.items() if (file := named(name))}
        if entries and snapshot.listed.sample != sample:
            work.warn(f"The site keeps the history that it has: {_mixture(snapshot.listed.sample)}")
            return None
        store = work.platform.outputs.store
        names = [name_of(file) for file in entries if file.table in PUBLISHED]
        files = {name: snapshot.in_store(name, store) for name in names}
    except (OutputDamaged, StoreUnreachable, RepositoryUnreachable, PublishRefused, MachineFailed) as error:
        work.warn(f"The site keeps the history that it has: {error}")
        return None
    digests = sorted((name_of(file), one.sha256) for file, one in entries.items() if file.table in _OF_OUTCOMES)
    made_of = hashlib.sha256(repr((digests, code_parts()["bluedot_assets"])).encode()).hexdigest()
    answers = sum(one.rows for file, one in entries.items() if file.table is SEEN)
    return SiteHistory(files, answers, made_of, partial(_outcomes, snapshot, work.timeframe))


_OF_OUTCOMES: Final = (HISTORY, LEDGER, FIRST_SEEN)


def _outcomes(snapshot: HistoryFiles, timeframe: Timeframe) -> bytes:
    """`outcomes.json`; the same history gives the same bytes. Raises OutputDamaged."""
    return outcomes_of(_files(snapshot), partial(_stored, snapshot), timeframe).encoded()


def _mixture(sample: bool) -> str:
    there, here = ("made-up sample data", "real ones") if sample else ("real data", "made-up sample data")
    remedy = "set BLUEDOT_HISTORY, or BLUEDOT_DATA, to another place for one of the two"
    return f"it has {there}, and these are {here}: {remedy}."


def merge_partition(work: Work) -> Done:
    """Merge it, and judge what it brought."""
    partition, platform = Partition(work), work.platform
    work.begin(NAME, partition.stocks.height)
    decisions = load_decisions(platform.settings.adjustments)
    merging = Merging(partition, decisions, partial(_stored_before, work, partition.sample))
    try:
        after = platform.history.change(work.timeframe.name, merging, sample=partition.sample)
    except (OutputDamaged, StoreUnreachable, RepositoryUnreachable, PublishRefused, MachineFailed) as error:
        # What is published today does not wait for the past.
        return Done(unjudged(str(error)), {"path": Location(platform.history.address)})
    for sentence in unused_decisions(rewriting(after), work.timeframe, decisions):
        work.warn(sentence)
    work.platform.progress.advance(partition.stocks.height)
    inputs = inputs_of(work, partition.stored.made, days=platform.trading_days)
    stored = None if merging.brought else platform.outputs.unchanged(work.slot(NAME), inputs)
    made, changed = (stored, False) if stored else _judged(work, merging.brought or _brought(partition, after), inputs)
    facts = made.facts_as(HistoryFacts)
    counts: dict[str, Any] = {name: getattr(facts, name) for name in HistoryFacts.__struct_fields__}
    size = sum(one.bytes for one in after.listed.files.values())
    address = Location(platform.history.address)
    return Done(
        made.verdicts,
        {**counts, "changed": changed, "dagster/size_bytes": size, "path": address},
        made.fingerprint,
    )


def _judged(work: Work, brought: Brought, inputs: str) -> tuple[Manifest, bool]:
    """What the history has of the partition, as the stage's output."""
    verdicts = brought.verdicts(work.platform.trading_days, work.timeframe)
    sources = fingerprints(work.platform.outputs.require(work.slot(BARS_NAME)))
    with work.platform.outputs.staging() as staged:
        return commit(work, work.slot(NAME), staged, Draft(verdicts, brought.facts, sources, inputs))


def _brought(partition: Partition, snapshot: HistorySnapshot) -> Brought:
    """What it brought when it was merged, maybe by another machine."""
    files, brought = rewriting(snapshot), Brought(partition.stocks)
    for of in ranges_of(files, [partition]):
        book = files.book(of)
        brought.add(book, partition.answers_in(book, of))
    return brought


def _stored_before(work: Work, sample: bool) -> Iterator[Partition]:
    """What is stored already goes into a new history first: partitions of before there was one."""
    for key in work.platform.outputs.partitions(work.timeframe.name, BARS_NAME):
        try:
            if key != work.key and (one := Partition(replace(work, key=key))).sample == sample:
                yield one
        except (OutputAbsent, OutputOutdated, OutputDamaged) as error:
            work.warn(f"The history begins without {work.timeframe.name}/{key}: {error}")


HISTORY_STAGE: Final = Stage(
    NAME,
    "All that was ever seen: each stock's bars on one basis beyond the vendor's window, what he adjusted, and each dot "
    "with when it was known.",
    after=(BARS_NAME,),
    checks=CHECKS,
    kinds=frozenset({"parquet", "polars"}),
    columns=columns_of(HISTORY),
)
