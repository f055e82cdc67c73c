"""The stage `bars`: the validated table of the partition, and beside it the tables dots, stocks and rejected; and how
later stages read them.

What a file's values are worth is decided in `kernel/bars`, what is anomalous about them in `bar_checks`."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import IO

import msgspec
import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.adapters.storage.raw_object import read_index
from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.adapters.workers.row_groups import Parts, parts_of
from bluedot_assets.adapters.workers.shard_tasks import JudgeShard, NormalizeShard, judge_shard, with_its_bars
from bluedot_assets.kernel.bars.answers import ANSWERS, AnswerRules, deciding_quotes
from bluedot_assets.kernel.bars.dots import OFF_BAR
from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard
from bluedot_assets.kernel.bars.ratings import NewestBars, newest_bars
from bluedot_assets.kernel.bars.tables import BARS, DOTS, REJECTED, STOCKS, Table
from bluedot_assets.kernel.calendar.timeframes import WEEKLY, Timeframe
from bluedot_assets.kernel.checks.completeness import ACCEPTED
from bluedot_assets.kernel.checks.dates import finished_bars, folder_name
from bluedot_assets.kernel.checks.dates.finished_bars import finished_verdict
from bluedot_assets.kernel.checks.dates.folder_name import folder_name_verdict
from bluedot_assets.kernel.checks.files.given_fields import DOTS_RULE, dots_given_verdict
from bluedot_assets.kernel.checks.files.judged_files import remedy_of
from bluedot_assets.kernel.checks.files.validity import (
    ON_BARS_RULE,
    SCHEMA_RULE,
    VALUES_RULE,
    dots_on_bars_verdict,
    schema_verdict,
    values_verdict,
)
from bluedot_assets.kernel.checks.session_counts import DotToday, todays_dots
from bluedot_assets.kernel.checks.shard_facts import ShardFacts, merge_facts
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, Verdict
from bluedot_assets.kernel.errors import ComparisonFailed, OutputDamaged
from bluedot_assets.kernel.series.indicators import columns_published
from bluedot_assets.kernel.source.duplicates import ResolvedDuplicates, resolve_duplicates
from bluedot_assets.kernel.source.raw_file import SourceFile
from bluedot_assets.kernel.stored.manifest import Manifest, fingerprints
from bluedot_assets.pipeline.bar_checks import CHECKS, CHECKS_OF_WEEKS, anomaly_verdicts
from bluedot_assets.pipeline.stage import Done, Rows, Stage, Work, columns_of, commit, stored_output
from bluedot_assets.pipeline.stages.raw_json import NAME as RAW
from bluedot_assets.pipeline.stages.raw_json import RawFacts, shares_verdict
from bluedot_assets.pipeline.stages.unchanged import inputs_of
from bluedot_assets.pipeline.stored.daily_table import DailyTable, daily_of_week, find_daily
from bluedot_assets.pipeline.stored.earlier_partitions import (
    EarlierPartitions,
    EarlierSource,
    locate_earlier,
    not_compared,
    read_earlier,
)

NAME = "bars"
PREVIEW_ROWS = 20


class BarsFacts(msgspec.Struct, frozen=True):
    """What is kept with the tables: files expected and received, rows of each table, what was dropped of the accepted
    stocks' files, in all (as in the stocks table), and what people see first."""

    expected: int
    received: int
    bars: int
    dots: int
    stocks: int
    rejected: int
    dropped_bars: int = 0
    future_bars: int = 0
    duplicate_bars: int = 0
    suspended_bars: int = 0
    clamped_bars: int = 0
    nulled_values: int = 0
    dropped_dots: int = 0
    holiday_rows: int = 0
    undated_bars: int = 0
    unfinished_bars: int = 0
    from_daily: int = 0  # weekly bars that were made of the daily table
    sample: bool = False
    warnings: list[str] = []
    dots_today: int = 0  # stocks with a dot on the newest session of their exchange
    strongest: list[DotToday] = []  # the first PREVIEW_ROWS of them by rlst
    first_session: date | None = None
    last_session: date | None = None


COUNTED = (
    *("dropped_bars", "future_bars", "duplicate_bars", "suspended_bars", "clamped_bars"),
    *("nulled_values", "dropped_dots", "holiday_rows", "undated_bars", "unfinished_bars"),
)


@dataclass
class _Collected:
    """What is left of the shards once their bars are written; `rejected` are the files that speak for no stock."""

    rejected: pl.DataFrame
    before: EarlierPartitions
    daily: DailyTable
    bars: int = 0
    newest: pl.DataFrame = field(default_factory=BARS.empty)  # a row that stands for the columns
    shards: list[Shard] = field(default_factory=list)
    broken: list[Verdict] = field(default_factory=list)
    facts: list[ShardFacts] = field(default_factory=list)
    dotted: list[pl.DataFrame] = field(default_factory=list)  # bars with a dot that are their stock's newest

    @cached_property
    def of_shards(self) -> ShardFacts:
        """The facts of all shards, once all are read."""
        return merge_facts(self.facts)

    def add(self, shard: Shard) -> None:
        self.bars += shard.bars.height
        self.newest = shard.bars.tail(1) if shard.bars.height else self.newest
        last = shard.stocks.select("symbol", session="last_session")
        self.dotted.append(shard.bars.filter("blue_dot").join(last, on=["symbol", "session"], how="semi"))
        self.shards.append(replace(shard, bars=shard.bars.clear(), unkept=shard.unkept.clear()))

    def read_all(self, earlier: EarlierSource) -> bool:
        """Whether everything could be read that it is compared with: else it is compared once more when it can be."""
        fell_back = bool(earlier.stored) and not self.before.whole
        return not (fell_back or self.before.problem or self.daily.problem)

    def answers(self) -> pl.DataFrame:
        return pl.concat([pl.DataFrame(schema=ANSWERS), *(one.answers for one in self.facts)])

    def tables(self) -> dict[Table, pl.DataFrame]:
        rejected = pl.concat([self.rejected, *(one.rejected for one in self.shards)]).sort("file", "origin_id")
        dots = pl.concat([DOTS.empty(), *(one.dots for one in self.shards)])
        stocks = pl.concat([STOCKS.empty(), *(one.stocks for one in self.shards)])
        return {DOTS: dots, STOCKS: stocks, REJECTED: rejected}


def make_bars(work: Work) -> Done:
    """Parse the raw partition shard by shard into the four tables, judge them, and store them."""
    outputs, slot = work.platform.outputs, work.slot(NAME)
    path = slot.table_path(BARS.name)
    raw = outputs.require(work.slot(RAW))
    read = raw.facts_as(RawFacts)
    earlier = locate_earlier(work)
    inputs = _inputs(work, raw, earlier)
    work.begin(NAME, read.listed)
    if stored := _stored(work, inputs):
        work.platform.progress.advance(read.listed)
        return _done(work, stored, changed=False)
    with outputs.open(raw.raw_object) as file:
        groups = read_index(file)
        parts = parts_of(file, outputs.store, away=work.platform.executor.away)
    duplicates = resolve_duplicates([file for group in groups for file in group], work.timeframe)
    rejected = pl.DataFrame(duplicates.rejected, REJECTED.polars_schema)
    with outputs.staging() as staged:
        apart = staged.apart if work.platform.executor.away else ""
        try:
            tasks = partial(_tasks, work, raw, list(zip(groups, parts, strict=True)), apart)
            collected = _compared(work, tasks, rejected, earlier, staged, read.listed)
        finally:
            if apart:
                outputs.store.delete_below(apart)
        staged.add(path, collected.bars)
        tables = collected.tables()
        schema = next(iter(collected.broken), None) or schema_verdict([(BARS, collected.newest), *tables.items()])
        if not schema.blocks:  # a frame that breaks its declaration is not stored anyway, and may not fit the schema
            write_tables(staged, slot, tables, work.platform.compression)
        facts = _facts(read, collected, tables, duplicates)
        verdicts = [schema, *_verdicts(work, read, facts, tables, collected)]
        made_from = fingerprints(raw) | (collected.daily.fingerprints if facts.from_daily else {})
        draft = Draft(verdicts, facts, made_from, inputs if collected.read_all(earlier) else "")
        made, changed = commit(work, slot, staged, draft)
    return _done(work, made, changed=changed)


def _inputs(work: Work, raw: Manifest, earlier: EarlierSource) -> str:
    """Of all that decides on the tables and their verdicts."""
    try:
        daily: Manifest | str | None = daily_of_week(work)
    except OutputDamaged as error:
        daily = str(error)
    return inputs_of(
        work,
        raw,
        daily=daily.fingerprint if isinstance(daily, Manifest) else daily,
        earlier=earlier.identity,
        days=work.platform.trading_days,
    )


def _stored(work: Work, inputs: str) -> Manifest | None:
    """What is stored, where it would be made the same again. What a person accepted is judged anew."""
    made = work.platform.outputs.unchanged(work.slot(NAME), inputs)
    return made if made and all(one.passed for one in made.verdicts if one.rule == ACCEPTED.name) else None


def _done(work: Work, made: Manifest, *, changed: bool) -> Done:
    outputs, facts = work.platform.outputs, made.facts_as(BarsFacts)
    for warning in facts.warnings:
        work.warn(warning)
    rejected = outputs.read_table(made, REJECTED).select("file", "reason", "field").head(MAX_ROWS).rows()
    files = [
        {"file": name, "reason": reason, "remedy": remedy_of(field), "field": field} for name, reason, field in rejected
    ]
    metadata = {
        "stocks": facts.stocks,
        "bars": facts.bars,
        "rejected": facts.rejected,
        "rejected_files": Rows(files),
        "dots_today": facts.dots_today,
        "preview": Rows([msgspec.structs.asdict(dot) for dot in facts.strongest]),
        "dots": facts.dots,
        "first_session": facts.first_session,
        "last_session": facts.last_session,
        **{name: value for name, value in msgspec.structs.asdict(facts).items() if isinstance(value, int)},
        "dagster/row_count": facts.bars,
    }
    return stored_output(work, made, metadata, work.slot(NAME).table_path(BARS.name), changed=changed)


def _tasks(
    work: Work,
    raw: Manifest,
    groups: Sequence[tuple[Sequence[SourceFile], Parts | None]],
    apart: str,
    found: _Collected,
) -> list[JudgeShard]:
    """A task for each row group of the raw object; with `apart` its bars go to that folder of the store."""
    platform, attempt = work.platform, uuid.uuid4().hex
    answers = AnswerRules(platform.trading_days, publish=platform.settings.unfinished_bars == "publish")
    rules = NormalizeRules(work.timeframe, work.timeframe.end(work.key), platform.settings.exchange_timezones, answers)
    left_out = frozenset(found.rejected["origin_id"])
    store, days = platform.outputs.store, platform.trading_days
    files = [file.name for group, _ in groups for file in group if file.origin_id not in left_out]
    before, whole = found.before.bars_for(files, work), found.before.whole
    return [
        JudgeShard(
            NormalizeShard(store, raw.raw_object, group, left_out, rules, parts),
            before,
            whole,
            days,
            found.daily.bars,
            f"{apart}/{attempt}-{group:04d}" if apart else "",
        )
        for group, (_, parts) in enumerate(groups)
    ]


def _compared(
    work: Work,
    tasks: Callable[[_Collected], list[JudgeShard]],
    rejected: pl.DataFrame,
    earlier: EarlierSource,
    staged: Staged,
    listed: int,
) -> _Collected:
    """The judged shards, compared with the past as far as that is possible: it is no reason to stop."""
    before, daily = read_earlier(work, earlier), find_daily(work)
    while True:
        nothing = partial(_Collected, rejected, before, daily)
        try:
            return _collect(work, tasks(nothing()), nothing, staged)
        except ComparisonFailed as error:
            if before.bars:
                before = not_compared(error)
            else:
                daily = DailyTable(problem=str(error))
            work.begin(NAME, listed)


def _collect(work: Work, tasks: Sequence[JudgeShard], nothing: Callable[[], _Collected], staged: Staged) -> _Collected:
    """The judged shards, their bars staged. Once more from the start where the latest quote of an exchange decides on
    files that do not say when they were answered: it is known when all are read."""
    collected = nothing()
    _write_bars(work, tasks, staged, collected)
    if quotes := deciding_quotes(collected.answers(), work.platform.trading_days, work.timeframe):
        work.begin(NAME, collected.answers().height)
        collected = nothing()
        _write_bars(work, [task.with_quotes(quotes) for task in tasks], staged, collected)
    return collected


def _write_bars(work: Work, tasks: Sequence[JudgeShard], staged: Staged, into: _Collected) -> None:
    """One row group of the bars object for each shard, so that the next stage reads shards again."""
    path = work.slot(NAME).table_path(BARS.name)
    with staged.writer(path) as file, _writer(file, BARS, work.platform.compression) as writer:
        for task, (judged, facts) in zip(tasks, work.platform.executor.map(judge_shard, tasks), strict=True):
            shard = with_its_bars(task, judged)
            into.add(shard)
            into.facts.append(facts)
            work.platform.progress.advance(shard.stocks.height + shard.rejected.height, shard.rejected.height)
            verdict = schema_verdict([(BARS, shard.bars)])
            if verdict.blocks:
                into.broken.append(verdict)
            elif shard.bars.height:
                writer.write_table(shard.bars.to_arrow().cast(BARS.arrow_schema), row_group_size=shard.bars.height)


def _writer(file: IO[bytes], table: Table, compression: str) -> pq.ParquetWriter:
    return pq.ParquetWriter(file, table.arrow_schema, compression=compression)


def write_tables(staged: Staged, slot: Slot, tables: Mapping[Table, pl.DataFrame], compression: str) -> None:
    """Stage a partition's tables that fit into memory."""
    for table, frame in tables.items():
        path = slot.table_path(table.name)
        with staged.writer(path) as file, _writer(file, table, compression) as writer:
            writer.write_table(frame.to_arrow().cast(table.arrow_schema))
        staged.add(path, frame.height)


def _verdicts(
    work: Work, raw: RawFacts, facts: BarsFacts, tables: Mapping[Table, pl.DataFrame], collected: _Collected
) -> list[Verdict]:
    rejected = tables[REJECTED].filter(pl.col("kind") != "duplicate")
    missing = rejected.select("file", "reason", "field").rows(named=True)
    days, published = work.platform.trading_days, columns_published(work.platform.settings.indicators)
    return [
        shares_verdict(work, ACCEPTED, "gave series", facts.stocks, raw, missing),
        values_verdict(tables[STOCKS], tables[DOTS]),
        dots_given_verdict(tables[STOCKS], tables[DOTS], published="blue_dot" in published),
        dots_on_bars_verdict(pl.concat([pl.DataFrame(schema=OFF_BAR), *(one.off_bar for one in collected.shards)])),
        finished_verdict(collected.answers(), days, work.timeframe, work.platform.settings.unfinished_bars),
        folder_name_verdict(collected.answers(), work.timeframe, work.key),
        *_anomalies(work, facts, tables, collected),
    ]


def _anomalies(
    work: Work, facts: BarsFacts, tables: Mapping[Table, pl.DataFrame], collected: _Collected
) -> list[Verdict]:
    of_shards, before, daily = collected.of_shards, collected.before, collected.daily
    return anomaly_verdicts(work, of_shards, tables[STOCKS], tables[DOTS], before, daily, facts.from_daily)


def _facts(
    raw: RawFacts, collected: _Collected, tables: Mapping[Table, pl.DataFrame], duplicates: ResolvedDuplicates
) -> BarsFacts:
    stocks = tables[STOCKS]
    dots = todays_dots(collected.dotted, stocks, collected.of_shards.days)
    return BarsFacts(
        expected=raw.expected,
        received=raw.received,
        bars=collected.bars,
        **{table.name: frame.height for table, frame in tables.items()},
        **{name: int(stocks[name].sum()) for name in COUNTED},
        from_daily=sum(shard.from_daily for shard in collected.shards),
        sample=bool(stocks["sample"].any()),
        warnings=duplicates.warnings,
        dots_today=dots.height,
        strongest=[DotToday(*row) for row in dots.head(PREVIEW_ROWS).rows()],
        first_session=stocks["first_session"].min(),  # type: ignore[arg-type]
        last_session=stocks["last_session"].max(),  # type: ignore[arg-type]
    )


class StoredBars:
    """The stored tables of the partition; each is read once. Raises OutputAbsent, OutputOutdated, OutputDamaged."""

    def __init__(self, work: Work) -> None:
        self._outputs = work.platform.outputs
        self.raw = self._outputs.require(work.slot(RAW))
        self.made = self._outputs.require(work.slot(NAME), self.raw)
        self.facts = self.made.facts_as(BarsFacts)
        self._read: dict[tuple[str, ...], pl.DataFrame] = {}

    def release(self) -> None:
        """Let go what was read."""
        self._read.clear()

    def table(self, table: Table, *columns: str) -> pl.DataFrame:
        """A table, or some columns of it."""
        if (table.name, *columns) not in self._read:
            self._read[table.name, *columns] = self._outputs.read_table(self.made, table, columns)
        return self._read[table.name, *columns]

    @cached_property
    def newest(self) -> NewestBars:
        """What dashboards and scripts need of the bars."""
        columns = ("symbol", "session", "close", "rlst", "blue_dot")
        return newest_bars(self._outputs.read_parts(self.made, BARS, columns), self.table(STOCKS))


def bars_stage(timeframe: Timeframe) -> Stage:
    """The stage of a timeframe: weekly bars are also compared with daily ones."""
    return Stage(
        NAME,
        "The validated table: one row per stock and session, oldest first; beside it the tables dots, stocks and "
        "rejected.",
        after=("raw_json",),
        checks=(
            *(SCHEMA_RULE, ACCEPTED, VALUES_RULE, DOTS_RULE, ON_BARS_RULE, finished_bars.RULE, folder_name.RULE),
            *CHECKS,
            *(CHECKS_OF_WEEKS if timeframe is WEEKLY else ()),
        ),
        kinds=frozenset({"parquet", "polars"}),
        columns=columns_of(BARS),
    )
