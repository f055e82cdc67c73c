"""The stage `bars`: the validated table of the partition, and beside it the tables dots, stocks and rejected; and how
later stages read them.

What a file's values are worth is decided in `kernel/bars`, what is anomalous about them in `bar_checks`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO

import msgspec
import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Draft, Staged
from bluedot_assets.adapters.storage.raw_object import read_index
from bluedot_assets.adapters.workers.shard_tasks import JudgeShard, NormalizeShard, judge_shard
from bluedot_assets.kernel.bars.dots import OFF_BAR
from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard
from bluedot_assets.kernel.bars.tables import BARS, DOTS, REJECTED, STOCKS, Table
from bluedot_assets.kernel.checks.shard_facts import ShardFacts, merge_facts
from bluedot_assets.kernel.checks.validity import dots_on_bars_verdict, schema_verdict, values_verdict
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, Verdict
from bluedot_assets.kernel.manifest import Manifest, fingerprints
from bluedot_assets.kernel.source.duplicates import ResolvedDuplicates, resolve_duplicates
from bluedot_assets.kernel.source.raw_file import SourceFile
from bluedot_assets.pipeline.bar_checks import CHECKS, anomaly_verdicts
from bluedot_assets.pipeline.earlier_partitions import EarlierPartitions, find_earlier
from bluedot_assets.pipeline.stage import Done, Rows, Stage, StoredColumn, Work, commit_output
from bluedot_assets.pipeline.stages.raw_json import NAME as RAW
from bluedot_assets.pipeline.stages.raw_json import RawFacts, shares_verdict

NAME = "bars"
PREVIEW_ROWS = 5


class BarsFacts(msgspec.Struct, frozen=True):
    """What is kept with the tables: files expected and received, rows of each table, and what was dropped of the
    accepted stocks' files, in all (as in the stocks table)."""

    expected: int
    received: int
    bars: int
    dots: int
    stocks: int
    rejected: int
    dropped_bars: int = 0
    future_bars: int = 0
    duplicate_bars: int = 0
    nulled_values: int = 0
    dropped_dots: int = 0
    holiday_rows: int = 0
    sample: bool = False
    warnings: list[str] = []


DROPPED = ("dropped_bars", "future_bars", "duplicate_bars", "nulled_values", "dropped_dots", "holiday_rows")


@dataclass
class _Collected:
    """What is left of the shards once their bars are written; `rejected` are the files that speak for no stock."""

    rejected: pl.DataFrame
    before: EarlierPartitions
    bars: int = 0
    preview: pl.DataFrame = field(default_factory=BARS.empty)
    shards: list[Shard] = field(default_factory=list)
    broken: list[Verdict] = field(default_factory=list)
    facts: list[ShardFacts] = field(default_factory=list)

    def add(self, shard: Shard) -> None:
        self.bars += shard.bars.height
        self.preview = shard.bars.tail(PREVIEW_ROWS) if shard.bars.height else self.preview
        self.shards.append(replace(shard, bars=shard.bars.clear(), unkept=shard.unkept.clear()))

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
    with outputs.open(raw.raw_object) as file:
        groups = read_index(file)
    duplicates = resolve_duplicates([file for group in groups for file in group], work.timeframe)
    work.begin(NAME, read.listed)
    collected = _Collected(pl.DataFrame(duplicates.rejected, REJECTED.polars_schema), find_earlier(work))
    with outputs.staging() as staged:
        with staged.writer(path) as into:
            _write_bars(work, _tasks(work, raw, groups, duplicates, collected.before), into, collected)
        staged.add(path, collected.bars)
        tables = collected.tables()
        schema = next(iter(collected.broken), None) or schema_verdict([(BARS, collected.preview), *tables.items()])
        if not schema.blocks:  # a frame that breaks its declaration is not stored anyway, and may not fit the schema
            _write_tables(staged, slot, tables, work.platform.compression)
        facts = _facts(read, collected.bars, tables, duplicates)
        verdicts = [schema, *_verdicts(work, read, facts, tables, collected)]
        for warning in duplicates.warnings:
            work.warn(warning)
        metadata = {
            "dagster/partition_row_count": facts.bars,
            **{name: value for name, value in msgspec.structs.asdict(facts).items() if isinstance(value, int)},
            "rejected_files": Rows(list(tables[REJECTED].head(MAX_ROWS).iter_rows(named=True))),
            "preview": Rows(list(collected.preview.iter_rows(named=True))),
            "stored_bytes": staged.bytes,
        }
        draft = Draft(verdicts, facts, fingerprints(raw))
        return commit_output(work, slot, staged, draft, metadata, path)


def _tasks(
    work: Work,
    raw: Manifest,
    groups: Sequence[Sequence[SourceFile]],
    duplicates: ResolvedDuplicates,
    before: EarlierPartitions,
) -> list[JudgeShard]:
    """A task for each row group of the raw object."""
    platform = work.platform
    rules = NormalizeRules(work.timeframe, work.timeframe.end(work.key), platform.settings.exchange_timezones)
    left_out = frozenset(str(row["origin_id"]) for row in duplicates.rejected)
    store, path, days = platform.outputs.store, raw.raw_object.path, platform.trading_days
    files = [file.name for group in groups for file in group if file.origin_id not in left_out]
    earlier = before.bars_for(files, work)
    return [
        JudgeShard(NormalizeShard(store, path, group, left_out, rules), earlier, before.whole, days)
        for group in range(len(groups))
    ]


def _write_bars(work: Work, tasks: Sequence[JudgeShard], file: IO[bytes], into: _Collected) -> None:
    """One row group of the bars object for each shard, so that the next stage reads shards again."""
    with _writer(file, BARS, work.platform.compression) as writer:
        for shard, facts in work.platform.executor.map(judge_shard, tasks):
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


def _write_tables(staged: Staged, slot: Slot, tables: Mapping[Table, pl.DataFrame], compression: str) -> None:
    for table, frame in tables.items():
        path = slot.table_path(table.name)
        with staged.writer(path) as file, _writer(file, table, compression) as writer:
            writer.write_table(frame.to_arrow().cast(table.arrow_schema))
        staged.add(path, frame.height)


def _verdicts(
    work: Work, raw: RawFacts, facts: BarsFacts, tables: Mapping[Table, pl.DataFrame], collected: _Collected
) -> list[Verdict]:
    missing = tables[REJECTED].filter(pl.col("kind") != "duplicate").select("file", "reason").rows(named=True)
    return [
        shares_verdict(work, "accepted", "gave series", facts.stocks, raw, missing),
        values_verdict(msgspec.structs.asdict(facts), facts.bars, facts.dots),
        dots_on_bars_verdict(pl.concat([pl.DataFrame(schema=OFF_BAR), *(one.off_bar for one in collected.shards)])),
        *anomaly_verdicts(work, merge_facts(collected.facts), tables[STOCKS], tables[DOTS], collected.before),
    ]


def _facts(raw: RawFacts, bars: int, tables: Mapping[Table, pl.DataFrame], duplicates: ResolvedDuplicates) -> BarsFacts:
    stocks = tables[STOCKS]
    return BarsFacts(
        expected=raw.expected,
        received=raw.received,
        bars=bars,
        **{table.name: frame.height for table, frame in tables.items()},
        **{name: int(stocks[name].sum()) for name in DROPPED},
        sample=bool(stocks["sample"].any()),
        warnings=duplicates.warnings,
    )


class StoredBars:
    """The stored tables of the partition; each is read once. Raises OutputAbsent, OutputOutdated, OutputDamaged."""

    def __init__(self, work: Work) -> None:
        self._outputs = work.platform.outputs
        self.raw = self._outputs.require(work.slot(RAW))
        self.made = self._outputs.require(work.slot(NAME), self.raw)
        self.facts = self.made.facts_as(BarsFacts)
        self._read: dict[tuple[str, ...], pl.DataFrame] = {}

    def table(self, table: Table, *columns: str) -> pl.DataFrame:
        """A table, or some columns of it."""
        if (table.name, *columns) not in self._read:
            self._read[table.name, *columns] = self._outputs.read_table(self.made, table, columns)
        return self._read[table.name, *columns]

    def values(self) -> pl.DataFrame:
        """The columns of the bars that dashboard and index need."""
        return self.table(BARS, "symbol", "session", "close", "rlst", "blue_dot")


BARS_STAGE = Stage(
    NAME,
    "The validated table: one row per stock and session, oldest first; beside it the tables dots, stocks and rejected.",
    after=("raw_json",),
    checks={
        "schema": "Types, ranges, nulls and uniqueness of all four tables are as declared.",
        "accepted": "Stocks with series against files expected; blocking below BLUEDOT_MIN_COMPLETE.",
        "values_kept": "Hardly a bar, value or dot was dropped; blocking when it is a fifth of them.",
        "dots_on_bars": "Every blue dot inside a stock's price window lies on a bar; a warning.",
        **CHECKS,
    },
    body=make_bars,
    kinds=frozenset({"parquet", "polars"}),
    columns=tuple(
        StoredColumn(one.name, one.type, one.meaning + (f" ({one.unit})" if one.unit else ""), one.nullable)
        for one in BARS.columns
    ),
)
