"""The stages of the series: one asset for each enabled indicator, a CSV for each stock.

The bytes of a CSV are made in `kernel/series`, the work on one shard is in `adapters/workers`."""

import msgspec
import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.outputs import Draft, Staged
from bluedot_assets.adapters.workers.shard_tasks import SeriesShard, series_shard
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.manifest import fingerprints
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.kernel.series.tradingview_rows import Violation, series_verdict
from bluedot_assets.pipeline.stage import Done, Stage, Work, commit_output
from bluedot_assets.pipeline.stages.bars import StoredBars

PREVIEW_LINES = 5


class SeriesFacts(msgspec.Struct, frozen=True):
    """What is kept with the CSVs of an indicator: how many they are, with how many rows."""

    csvs: int = 0
    rows: int = 0


def make_series(work: Work, indicator: Indicator) -> Done:
    """Write the CSVs of one indicator from the stored bars, judge their bytes, and give them their names."""
    outputs, slot = work.platform.outputs, work.slot(indicator.asset)
    bars = StoredBars(work)
    table = bars.made.table(BARS.name)
    violations: list[Violation] = []
    work.begin(indicator.asset, bars.facts.stocks)
    with outputs.staging() as staged:
        with outputs.open(table) as file:
            groups = pq.ParquetFile(file).num_row_groups
        place = (indicator, staged.folder, slot.folder, work.timeframe.end(work.key))
        tasks = [SeriesShard(outputs.store, table.path, group, *place) for group in range(groups)]
        for objects, broken in work.platform.executor.map(series_shard, tasks):
            staged.objects.extend(objects)
            violations += broken
            work.platform.progress.advance(len(objects))
        facts = SeriesFacts(len(staged.objects), sum(stored.rows for stored in staged.objects))
        draft = Draft([series_verdict(violations, facts.csvs)], facts, fingerprints(bars.made))
        metadata = {
            "dagster/partition_row_count": facts.rows,
            **msgspec.structs.asdict(facts),
            "stored_bytes": staged.bytes,
            "preview": _preview(staged),
        }
        return commit_output(work, slot, staged, draft, metadata, slot.folder)


def _preview(staged: Staged) -> str:
    """The newest lines of the first CSV."""
    first = next(iter(staged.objects), None)
    if first is None:
        return ""
    lines = staged.store.read(staged.place(first.path))[: first.bytes].decode().splitlines()[-PREVIEW_LINES:]
    return f"{first.name}\n```\n" + "\n".join(lines) + "\n```"


def series_stage(indicator: Indicator) -> Stage:
    """The stage of one entry of the registry."""
    return Stage(
        indicator.asset,
        f"{indicator.meaning} One headerless CSV per stock, `<STOCK>_{indicator.name}.csv`: "
        f"YYYYMMDDT,open,high,low,close,volume; unit: {indicator.unit}.",
        after=("bars",),
        checks={"tradingview_rows": "Every CSV obeys TradingView's rules for rows."},
        body=lambda work: make_series(work, indicator),
        kinds=frozenset({"csv"}),
        metadata={"pricescale": indicator.pricescale},
    )
