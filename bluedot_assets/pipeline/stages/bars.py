"""The stage `bars`: the validated table of the partition, and beside it the tables dots, stocks and rejected."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.outputs import Draft, Slot, staged_path, stored_object
from bluedot_assets.adapters.storage.raw_object import read_index
from bluedot_assets.adapters.workers.shard_tasks import JudgeShard, NormalizeShard, judge_shard
from bluedot_assets.kernel.bars.dots import OFF_BAR
from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard
from bluedot_assets.kernel.bars.tables import BARS, DOTS, REJECTED, STOCKS, TABLES, Table
from bluedot_assets.kernel.checks.completeness import Share, share_verdict
from bluedot_assets.kernel.checks.shard_facts import ShardFacts, merge_facts
from bluedot_assets.kernel.checks.validity import dots_on_bars_verdict, schema_verdict, values_verdict
from bluedot_assets.kernel.checks.verdict import MAX_ROWS, Verdict
from bluedot_assets.kernel.manifest import Manifest
from bluedot_assets.kernel.source.duplicates import ResolvedDuplicates, resolve_duplicates
from bluedot_assets.pipeline.bar_checks import CHECKS, anomaly_verdicts
from bluedot_assets.pipeline.earlier_partitions import EarlierPartitions, find_earlier
from bluedot_assets.pipeline.stage import Done, Rows, Stage, StoredColumn, Work
from bluedot_assets.pipeline.stages.raw_json import accepted_reason, raw_slot

NAME = "bars"
PREVIEW_ROWS = 5


def bars_slot(work: Work) -> Slot:
    return Slot(work.timeframe.name, work.key, NAME)


def table_path(work: Work, table: Table) -> str:
    return f"bars/{work.timeframe.name}/{work.key}/{table.name}.parquet"


@dataclass
class _Collected:
    """What is left of the shards once their bars are written."""

    bars: int = 0
    preview: pl.DataFrame = field(default_factory=BARS.empty)
    dots: list[pl.DataFrame] = field(default_factory=lambda: [DOTS.empty()])
    stocks: list[pl.DataFrame] = field(default_factory=lambda: [STOCKS.empty()])
    rejected: list[pl.DataFrame] = field(default_factory=lambda: [REJECTED.empty()])
    off_bar: list[pl.DataFrame] = field(default_factory=lambda: [pl.DataFrame(schema=OFF_BAR)])
    broken: list[Verdict] = field(default_factory=list)
    findings: list[ShardFacts] = field(default_factory=list)
    before: EarlierPartitions = field(default_factory=EarlierPartitions)

    def add(self, shard: Shard) -> None:
        self.bars += shard.bars.height
        self.preview = shard.bars.tail(PREVIEW_ROWS) if shard.bars.height else self.preview
        self.dots.append(shard.dots)
        self.stocks.append(shard.stocks)
        self.rejected.append(shard.rejected)
        self.off_bar.append(shard.off_bar)

    def tables(self) -> list[tuple[Table, pl.DataFrame]]:
        rejected = pl.concat(self.rejected).sort("file", "origin_id")
        return [(DOTS, pl.concat(self.dots)), (STOCKS, pl.concat(self.stocks)), (REJECTED, rejected)]


def make_bars(work: Work) -> Done:
    """Parse the raw partition shard by shard into the four tables, judge them, and store them."""
    outputs = work.platform.outputs
    raw = outputs.require(raw_slot(work))
    outputs.verify(raw.objects[0])
    with outputs.store.open(raw.objects[0].path) as file:
        groups = read_index(file)
    claims = resolve_duplicates([file for group in groups for file in group], work.timeframe)
    work.platform.progress.begin(f"{work.timeframe.name}/{NAME}", raw.facts["listed"])
    rejected = [pl.DataFrame(claims.rejected, schema=REJECTED.polars_schema)]
    collected = _Collected(rejected=rejected, before=find_earlier(work))
    with outputs.staging() as staged:
        _write_bars(work, raw, len(groups), claims, staged, collected)
        tables = collected.tables()
        for table, frame in tables:
            with outputs.store.writer(staged_path(staged, table_path(work, table))) as into:
                _write(into, table, frame, work.platform.compression)
        rows = {BARS.name: collected.bars, **{table.name: frame.height for table, frame in tables}}
        objects = [stored_object(outputs.store, staged, table_path(work, one), rows[one.name]) for one in TABLES]
        verdicts = _verdicts(work, raw, tables, collected)
        draft = Draft(objects, verdicts, _facts(raw, rows, tables, claims), {raw.stage: raw.fingerprint})
        for warning in claims.warnings:
            work.warn(warning)
        manifest, changed = outputs.commit(bars_slot(work), staged, draft)
    return Done(manifest.verdicts, _metadata(work, manifest, tables, collected, changed), manifest.fingerprint)


def _write_bars(
    work: Work, raw: Manifest, groups: int, claims: ResolvedDuplicates, staged: str, into: _Collected
) -> None:
    """One row group of the bars object for each shard, so that the next stage reads shards again."""
    platform = work.platform
    rules = NormalizeRules(work.timeframe, work.timeframe.end(work.key), platform.settings.exchange_timezones)
    left_out = frozenset(str(row["origin_id"]) for row in claims.rejected)
    store, path = platform.outputs.store, raw.objects[0].path
    days, before = platform.trading_days, into.before
    tasks = [
        JudgeShard(NormalizeShard(store, path, group, left_out, rules), before.bars, before.whole, days)
        for group in range(groups)
    ]
    with ExitStack() as stack:
        file = stack.enter_context(store.writer(staged_path(staged, table_path(work, BARS))))
        writer = stack.enter_context(_writer(file, BARS, platform.compression))
        for shard, findings in platform.executor.map(judge_shard, tasks):
            into.add(shard)
            into.findings.append(findings)
            platform.progress.advance(shard.stocks.height + shard.rejected.height, shard.rejected.height)
            verdict = schema_verdict([(BARS, shard.bars)])
            if verdict.blocks:
                into.broken.append(verdict)
            elif shard.bars.height:
                writer.write_table(shard.bars.to_arrow().cast(BARS.arrow_schema), row_group_size=shard.bars.height)


def _writer(file: IO[bytes], table: Table, compression: str) -> pq.ParquetWriter:
    return pq.ParquetWriter(file, table.arrow_schema, compression=compression)


def _write(file: IO[bytes], table: Table, frame: pl.DataFrame, compression: str) -> None:
    # A frame that breaks its declaration is not stored anyway, and may not fit the schema.
    if not schema_verdict([(table, frame)]).blocks:
        with _writer(file, table, compression) as writer:
            writer.write_table(frame.to_arrow().cast(table.arrow_schema))


def _verdicts(
    work: Work, raw: Manifest, tables: Sequence[tuple[Table, pl.DataFrame]], collected: _Collected
) -> list[Verdict]:
    frames = {table.name: frame for table, frame in tables}
    rejected = frames[REJECTED.name]
    share = Share(frames[STOCKS.name].height, raw.facts["expected"])
    missing = [
        {"file": name, "reason": reason}
        for name, reason in rejected.filter(pl.col("kind") != "duplicate").select("file", "reason").rows()
    ]
    reason = partial(accepted_reason, work, raw.facts["listing"], raw.facts["expected"])
    schema = next(iter(collected.broken), schema_verdict([(BARS, collected.preview), *tables]))
    return [
        schema,
        share_verdict("accepted", "gave series", share, work.platform.settings.min_complete, missing, reason),
        values_verdict(_counted(frames), collected.bars, frames[DOTS.name].height),
        dots_on_bars_verdict(pl.concat(collected.off_bar)),
        *anomaly_verdicts(
            work, merge_facts(collected.findings), frames[STOCKS.name], frames[DOTS.name], collected.before
        ),
    ]


def _facts(
    raw: Manifest, rows: dict[str, int], tables: Sequence[tuple[Table, pl.DataFrame]], claims: ResolvedDuplicates
) -> dict[str, Any]:
    frames = {table.name: frame for table, frame in tables}
    return {
        "expected": raw.facts["expected"],
        "received": raw.facts["received"],
        **rows,
        **_counted(frames),
        "sample": bool(frames[STOCKS.name]["sample"].any()),
        "warnings": claims.warnings,
    }


def _counted(frames: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """What was dropped of the accepted stocks' files, in all."""
    names = ("dropped_bars", "future_bars", "duplicate_bars", "nulled_values", "dropped_dots", "holiday_rows")
    return {name: int(frames[STOCKS.name][name].sum()) for name in names}


def _metadata(
    work: Work,
    manifest: Manifest,
    tables: Sequence[tuple[Table, pl.DataFrame]],
    collected: _Collected,
    changed: bool,
) -> dict[str, Any]:
    rejected = next(frame for table, frame in tables if table is REJECTED)
    path = f"{work.platform.outputs.store.address}/{table_path(work, BARS)}"
    counts = {name: value for name, value in manifest.facts.items() if isinstance(value, int)}
    return {
        "dagster/partition_row_count": manifest.facts["bars"],
        **counts,
        "rejected_files": Rows(list(rejected.head(MAX_ROWS).iter_rows(named=True))),
        "preview": Rows(list(collected.preview.iter_rows(named=True))),
        "stored_bytes": sum(stored.bytes for stored in manifest.objects),
        "path": path,
        "changed": changed,
    }


def read_table(work: Work, manifest: Manifest, table: Table, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """A stored table of the partition. Raises OutputDamaged when its bytes are not what was stored."""
    stored = next(one for one in manifest.objects if one.path == table_path(work, table))
    content = work.platform.outputs.read(stored)
    return pl.read_parquet(content, columns=list(columns) if columns else None)


def _columns() -> Iterator[StoredColumn]:
    for column in BARS.columns:
        unit = f" ({column.unit})" if column.unit else ""
        yield StoredColumn(column.name, column.type, f"{column.meaning}{unit}", column.nullable)


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
    stored_verdicts=lambda work: work.platform.outputs.require(bars_slot(work)).verdicts,
    kinds=frozenset({"parquet", "polars"}),
    columns=tuple(_columns()),
)
