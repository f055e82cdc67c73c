"""The stage `bars`: the validated table of the partition, and beside it the tables dots, stocks and rejected."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

import dagster as dg
import msgspec
import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.adapters.outputs import Draft, Slot, staged_path, stored_object
from bluedot_assets.adapters.raw_store import read_index
from bluedot_assets.adapters.shards import NormalizeShard, normalize_shard
from bluedot_assets.defs.raw_json import accepted_reason, raw_slot
from bluedot_assets.defs.stage import Done, Stage, Work, as_table
from bluedot_assets.kernel.claims import Claims, settle
from bluedot_assets.kernel.dots import OFF_BAR
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.manifest import MAX_ROWS, Manifest, Verdict
from bluedot_assets.kernel.normalize import Rules, Shard
from bluedot_assets.kernel.quality import (
    Share,
    continuity_verdict,
    dots_verdict,
    schema_verdict,
    share_verdict,
    values_verdict,
)
from bluedot_assets.kernel.site_index import StockEntry, compare, decode_index
from bluedot_assets.kernel.site_plan import INDEX, STATUS
from bluedot_assets.kernel.status import decode_status
from bluedot_assets.kernel.tables import BARS, DOTS, REJECTED, STOCKS, TABLES, Table

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
    claims = settle([file for group in groups for file in group], work.timeframe)
    work.platform.progress.begin(f"{work.timeframe.name}/{NAME}", raw.facts["listed"])
    collected = _Collected(rejected=[pl.DataFrame(claims.rejected, schema=REJECTED.polars_schema)])
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


def _write_bars(work: Work, raw: Manifest, groups: int, claims: Claims, staged: str, into: _Collected) -> None:
    """One row group of the bars object for each shard, so that the next stage reads shards again."""
    platform = work.platform
    rules = Rules(work.timeframe, work.timeframe.end(work.key), platform.settings.exchange_timezones)
    left_out = frozenset(str(row["origin_id"]) for row in claims.rejected)
    store, path = platform.outputs.store, raw.objects[0].path
    tasks = [NormalizeShard(store, path, group, left_out, rules) for group in range(groups)]
    with ExitStack() as stack:
        file = stack.enter_context(store.writer(staged_path(staged, table_path(work, BARS))))
        writer = stack.enter_context(_writer(file, BARS, platform.compression))
        for shard in platform.executor.map(normalize_shard, tasks):
            into.add(shard)
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
        dots_verdict(pl.concat(collected.off_bar)),
        _continuity(work, frames[STOCKS.name]),
    ]


def _continuity(work: Work, stocks: pl.DataFrame) -> Verdict:
    """Against the newest earlier partition that is stored here, else that is public."""
    try:
        key, before = _stored_before(work) or _public_before(work)
    except (BluedotError, OSError) as error:  # the site is not what bars are made from: it must not stop them
        return continuity_verdict(None, None, f"The partition before could not be read: {error}")
    if key is None:
        return continuity_verdict(None, None)
    now = stocks["symbol"].to_list()
    return continuity_verdict(key, compare(dict.fromkeys(before, ""), dict.fromkeys(now, "")))


def _stored_before(work: Work) -> tuple[str, list[str]] | None:
    """The newest earlier partition of the store and its symbols."""
    outputs, name = work.platform.outputs, work.timeframe.name
    manifests = outputs.store.list(f"manifests/{name}")
    keys = [path.split("/")[2] for path in manifests if path.endswith(f"/{NAME}.json")]
    earlier = max((key for key in keys if key < work.key), default=None)
    if earlier is None:
        return None
    objects = outputs.require(Slot(name, earlier, NAME)).objects
    stored = next(one for one in objects if one.path.endswith(f"/{STOCKS.name}.parquet"))
    return earlier, pl.read_parquet(outputs.read(stored), columns=["symbol"])["symbol"].to_list()


def _public_before(work: Work) -> tuple[str | None, list[str]]:
    """The newest earlier folder of the site and its symbols."""
    folders = decode_status(work.platform.site_of(work.timeframe).read(STATUS)).of(work.timeframe.name).folders
    earlier = max((key for key in folders if key < work.key), default=None)
    return earlier, [stock.symbol for stock in public_stocks(work, earlier)] if earlier else []


def public_stocks(work: Work, key: str) -> list[StockEntry]:
    """The stocks of a published folder; none when there is no such folder, or an index that cannot be read (the
    next publish of that folder writes it anew)."""
    content = work.platform.site_of(work.timeframe).read(f"{work.timeframe.name}/{key}/{INDEX}")
    try:
        return decode_index(content).stocks if content is not None else []
    except msgspec.DecodeError as error:
        work.warn(f"{work.timeframe.name}/{key}/{INDEX} of the site cannot be read: {error}.")
        return []


def _facts(
    raw: Manifest, rows: dict[str, int], tables: Sequence[tuple[Table, pl.DataFrame]], claims: Claims
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
        "rejected_files": as_table(list(rejected.head(MAX_ROWS).iter_rows(named=True))),
        "preview": as_table(list(collected.preview.iter_rows(named=True))),
        "stored_bytes": sum(stored.bytes for stored in manifest.objects),
        "path": path,
        "changed": changed,
    }


def read_table(work: Work, manifest: Manifest, table: Table, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """A stored table of the partition. Raises OutputDamaged when its bytes are not what was stored."""
    stored = next(one for one in manifest.objects if one.path == table_path(work, table))
    content = work.platform.outputs.read(stored)
    return pl.read_parquet(content, columns=list(columns) if columns else None)


def _columns() -> Iterator[dg.TableColumn]:
    for column in BARS.columns:
        unit = f" ({column.unit})" if column.unit else ""
        constraints = dg.TableColumnConstraints(nullable=column.nullable)
        yield dg.TableColumn(column.name, column.type, f"{column.meaning}{unit}", constraints)


BARS_STAGE = Stage(
    NAME,
    "The validated table: one row per stock and session, oldest first; beside it the tables dots, stocks and rejected.",
    after=("raw_json",),
    checks={
        "schema": "Types, ranges, nulls and uniqueness of all four tables are as declared.",
        "accepted": "Stocks with series against files expected; blocking below BLUEDOT_MIN_COMPLETE.",
        "values_kept": "Hardly a bar, value or dot was dropped; blocking when it is a fifth of them.",
        "dots_on_bars": "Every blue dot inside a stock's price window lies on a bar; a warning.",
        "stocks_as_before": "No stock of the partition before has vanished; a warning. New stocks are listed.",
    },
    body=make_bars,
    stored_verdicts=lambda work: work.platform.outputs.require(bars_slot(work)).verdicts,
    kinds=frozenset({"parquet", "polars"}),
    metadata={"dagster/column_schema": dg.TableSchema(list(_columns()))},
)
