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
    SettingsError,
    StoreUnreachable,
)
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, FOUND
from bluedot_assets.kernel.history.by_hand.decided import decided
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
from bluedot_assets.kernel.history.merge import new_answers
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
    reached,
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
        """Whether all of it is there already, or the answers of the same moments that count in its place: a file that
        stands unchanged in several folders is of one of them."""
        if self.answers_in(book, of).height == of.of(self.stocks).height:
            return True
        given = of.of(self._answers)
        return new_answers(book.of_years(SEEN, given["known"].dt.year()), given)[0].is_empty()

    def answers_in(self, book: Book, of: Stocks) -> pl.DataFrame:
        """Those of its answers that are there, as they are there (columns: SEEN)."""
        since = self.work.timeframe.start(self.work.key).year
        seen = book.of_years(SEEN, (year for year in book.years_of(SEEN) if year >= since))
        return answers_of_files(seen, of.of(self.stocks), self.work.key)


@dataclass
class Merging:
    """A partition on its way into the files of a snapshot, after `others` that it lacks (asked with whether it has
    nothing yet). Whether any of it was new is in `is_new`; what it brought in `brought`, where all ranges had news."""

    partition: Partition
    decisions: Decisions = ()
    others: Callable[[bool], Iterable[Partition]] = lambda _: ()
    with_it: Sequence[Partition] = ()
    is_new: bool = False
    brought: Brought | None = None

    def __call__(self, snapshot: HistorySnapshot) -> Mapping[str, tuple[bytes, int] | None]:
        last = self.partition
        if snapshot.listed.files and snapshot.listed.sample != last.sample:
            raise PublishRefused(f"The history takes in no mixture: {_mixture(snapshot.listed.sample)}")
        self.with_it = list(self.others(not snapshot.listed.files))
        partitions = [*self.with_it, last]
        files, decisions = with_renames(rewriting(snapshot), partitions, last.work, self.decisions)
        brought, news = Brought(last.stocks), []
        for of in ranges_of(files, partitions):
            book = files.book(of)
            news.append(not last.is_in(book, of))
            for one in partitions:
                if not one.is_in(book, of):
                    update(book, one.observed(of), last.work.timeframe, decisions)
                if one is not last:
                    one.release()  # of years of partitions one at a time is in memory
            decide(book, last.work.timeframe, decisions)
            files.take(book, of)
            if news[-1]:
                brought.add(book, last.answers_in(book, of))
        self.is_new, self.brought = any(news), brought if all(news) else None
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
    book = _of_names(files, names)
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


def _of_names(files: Rewriting, names: Collection[str]) -> Book:
    """The rows of those stocks."""
    return Book(files.there, lambda file: pl.concat([files.stored(file).of(one_stock(name)) for name in sorted(names)]))


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
    """A sentence for each that changes no bar; as of names of daily bars alone, for a stock may have no weekly file."""
    if not decisions or timeframe is not DAILY:
        return
    now = decisions_of(decisions, renames_in(files.book(Stocks()).file(File(RENAMES))))
    book = _of_names(files, {one.symbol for one in now})
    _, unused = decided(book.file(File(FOUND)), now, timeframe, partial(reached, book))
    for one, as_now in zip(decisions, now, strict=True):
        if as_now in unused:
            line = f"{one.symbol},{one.effective}"
            yield f"{ADJUSTMENTS_SETTING} has {line}, which changes no bar: correct stock or date, or remove the line."


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
    except _FAILURES as error:
        work.warn(f"The site keeps the history that it has: {error}")
        return None
    digests = sorted((name_of(file), one.sha256) for file, one in entries.items() if file.table in _OF_OUTCOMES)
    made_of = hashlib.sha256(repr((digests, code_parts()["bluedot_assets"])).encode()).hexdigest()
    answers = sum(one.rows for file, one in entries.items() if file.table is SEEN)
    outcomes = partial(_outcomes, snapshot, work.timeframe)
    return SiteHistory(files, answers, made_of, outcomes, snapshot.listed.rebuilt)


_OF_OUTCOMES: Final = (HISTORY, LEDGER, FIRST_SEEN)
_FAILURES: Final = (
    OutputDamaged,
    StoreUnreachable,
    RepositoryUnreachable,
    PublishRefused,
    MachineFailed,
    SettingsError,
)


def _outcomes(snapshot: HistoryFiles, timeframe: Timeframe) -> bytes:
    """`outcomes.json`; the same history gives the same bytes. Raises OutputDamaged, also where its place fails."""
    try:
        return outcomes_of(_files(snapshot), partial(_stored, snapshot), timeframe).encoded()
    except _FAILURES as error:
        raise OutputDamaged(str(error)) from error


def _mixture(sample: bool) -> str:
    there, here = ("made-up sample data", "real ones") if sample else ("real data", "made-up sample data")
    remedy = "set BLUEDOT_HISTORY, or BLUEDOT_DATA, to another place for one of the two"
    return f"it has {there}, and these are {here}: {remedy}."


def merge_partition(work: Work) -> Done:
    """Merge it, and judge what it brought."""
    partition, history = Partition(work), work.platform.history
    decisions = load_decisions(work.platform.settings.adjustments)
    work.begin(NAME, partition.stocks.height)
    try:
        made, metadata = _merged(partition, decisions)
    except _FAILURES as error:
        # What is published today does not wait for the past: a later run makes up for it.
        work.platform.outputs.drop(work.slot(NAME))
        return Done(unjudged(str(error)), {"path": Location(history.address)})
    work.platform.progress.advance(partition.stocks.height)
    facts = made.facts_as(HistoryFacts)
    counts: dict[str, Any] = {name: getattr(facts, name) for name in HistoryFacts.__struct_fields__}
    return Done(made.verdicts, {**counts, **metadata, "path": Location(history.address)}, made.fingerprint)


def _merged(partition: Partition, decisions: Decisions) -> tuple[Manifest, dict[str, Any]]:
    """What is stored of it once it is in the history, and more metadata."""
    work = partition.work
    merging = Merging(partition, decisions, partial(_left_out, work, partition.sample))
    after = work.platform.history.change(work.timeframe.name, merging, sample=partition.sample)
    for sentence in unused_decisions(rewriting(after), work.timeframe, decisions):
        work.warn(sentence)
    for one in merging.with_it:
        work.log(f"The history has taken in {work.timeframe.name}/{one.work.key} as well, which it lacked.")
        _judged(one, _brought(one, after), decisions)
        one.release()
    inputs = _inputs(partition, decisions)
    stored = None if merging.is_new else work.platform.outputs.unchanged(work.slot(NAME), inputs)
    if stored is None:
        made, changed = _judged(partition, merging.brought or _brought(partition, after), decisions)
    else:
        made, changed = stored, False
    size = sum(one.bytes for one in after.listed.files.values())
    return made, {"changed": changed, "dagster/size_bytes": size}


def _inputs(partition: Partition, decisions: Decisions) -> str:
    work = partition.work
    return inputs_of(work, partition.stored.made, days=work.platform.trading_days, decisions=decisions)


def _judged(partition: Partition, brought: Brought, decisions: Decisions) -> tuple[Manifest, bool]:
    """What the history has of the partition, as the stage's output."""
    work, inputs = partition.work, _inputs(partition, decisions)
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


def _left_out(work: Work, sample: bool, is_empty: bool) -> Iterator[Partition]:
    """Stored partitions that go in first: into a new history all, into another those whose run could not."""
    without = None if is_empty else NAME
    for key in work.platform.outputs.partitions(work.timeframe.name, BARS_NAME, without=without):
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
