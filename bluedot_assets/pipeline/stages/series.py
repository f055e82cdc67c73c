"""The stages of the series: one asset for each enabled indicator, a CSV for each stock."""

from typing import Any

import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.outputs import Draft, Slot
from bluedot_assets.adapters.workers.shard_tasks import SeriesShard, series_shard
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.manifest import Manifest, StoredObject
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.kernel.series.tradingview_rows import Violation, series_verdict
from bluedot_assets.pipeline.stage import Done, Stage, Work
from bluedot_assets.pipeline.stages.bars import bars_slot, table_path
from bluedot_assets.pipeline.stages.raw_json import raw_slot

PREVIEW_LINES = 5


def series_slot(work: Work, indicator: Indicator) -> Slot:
    return Slot(work.timeframe.name, work.key, indicator.asset)


def make_series(work: Work, indicator: Indicator) -> Done:
    """Write the CSVs of one indicator from the stored bars, judge their bytes, and give them their names."""
    outputs = work.platform.outputs
    bars = outputs.require_current(bars_slot(work), outputs.require(raw_slot(work)))
    objects: list[StoredObject] = []
    violations: list[Violation] = []
    work.platform.progress.begin(f"{work.timeframe.name}/{indicator.asset}", bars.facts["stocks"])
    with outputs.staging() as staged:
        for done in work.platform.executor.map(series_shard, _tasks(work, bars, indicator, staged)):
            objects += done.objects
            violations += done.violations
            work.platform.progress.advance(len(done.objects))
        verdict = series_verdict(violations, len(objects))
        facts = {"csvs": len(objects), "rows": sum(stored.rows for stored in objects)}
        draft = Draft(objects, [verdict], facts, {bars.stage: bars.fingerprint})
        manifest, changed = outputs.commit(series_slot(work, indicator), staged, draft)
    return Done(manifest.verdicts, _metadata(work, manifest, changed), manifest.fingerprint)


def _tasks(work: Work, bars: Manifest, indicator: Indicator, staged: str) -> list[SeriesShard]:
    store, path = work.platform.outputs.store, table_path(work, BARS)
    work.platform.outputs.verify(bars.objects[0])
    with store.open(path) as file:
        groups = pq.ParquetFile(file).num_row_groups
    target = f"series/{work.timeframe.name}/{work.key}"
    last_day = work.timeframe.end(work.key)
    return [SeriesShard(store, path, group, indicator, staged, target, last_day) for group in range(groups)]


def _metadata(work: Work, manifest: Manifest, changed: bool) -> dict[str, Any]:
    preview = ""
    if manifest.objects:
        lines = work.platform.outputs.read(manifest.objects[0]).decode().splitlines()[-PREVIEW_LINES:]
        preview = f"{manifest.objects[0].path}\n```\n" + "\n".join(lines) + "\n```"
    return {
        "dagster/partition_row_count": manifest.facts["rows"],
        **manifest.facts,
        "stored_bytes": sum(stored.bytes for stored in manifest.objects),
        "preview": preview,
        "path": f"{work.platform.outputs.store.address}/series/{work.timeframe.name}/{work.key}",
        "changed": changed,
    }


def series_stage(indicator: Indicator) -> Stage:
    """The stage of one entry of the registry."""
    return Stage(
        indicator.asset,
        f"{indicator.meaning} One headerless CSV per stock, `<STOCK>_{indicator.name}.csv`: "
        f"YYYYMMDDT,open,high,low,close,volume; unit: {indicator.unit}.",
        after=("bars",),
        checks={"tradingview_rows": "Every CSV obeys TradingView's rules for rows."},
        body=lambda work: make_series(work, indicator),
        stored_verdicts=lambda work: work.platform.outputs.require(series_slot(work, indicator)).verdicts,
        kinds=frozenset({"csv"}),
        metadata={"pricescale": indicator.pricescale},
    )
