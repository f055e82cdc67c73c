"""The stages of the series: one asset for each enabled indicator, a CSV for each stock. One step makes all of them.

The bytes of a CSV are made in `kernel/series`, the work on one shard is in `adapters/workers`."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Draft, Staged
from bluedot_assets.adapters.workers.shard_tasks import SeriesShard, series_shard
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.manifest import Manifest, fingerprints
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.kernel.series.tradingview_rows import Violation, series_verdict
from bluedot_assets.pipeline.stage import Done, Made, Stage, Step, Work, commit_output, kept_or_refused
from bluedot_assets.pipeline.stages.bars import StoredBars

NAME = "series"  # of the step; a stage has the name of its indicator
PREVIEW_LINES = 5


class SeriesFacts(msgspec.Struct, frozen=True):
    """What is kept with the CSVs of an indicator: how many they are, with how many rows."""

    csvs: int = 0
    rows: int = 0


def make_series(work: Work, wanted: Sequence[Stage], indicators: Mapping[str, Indicator]) -> Made:
    """Write the CSVs of the wanted stages' indicators from the stored bars, in one pass over them; judge their bytes,
    and give them their names."""
    outputs, bars = work.platform.outputs, StoredBars(work)
    table = bars.made.table(BARS.name)
    slots = [work.slot(stage.name) for stage in wanted]
    work.begin(NAME, bars.facts.stocks)
    with outputs.staging() as staging:
        with outputs.open(table) as file:
            groups = pq.ParquetFile(file).num_row_groups
        staged = [Staged(outputs.store, staging.folder) for _ in wanted]
        violations: list[list[Violation]] = [[] for _ in wanted]
        place = ([indicators[stage.name] for stage in wanted], staging.folder, slots[0].folder)
        tasks = [
            SeriesShard(outputs.store, table.path, group, *place, work.timeframe.end(work.key))
            for group in range(groups)
        ]
        for results in work.platform.executor.map(series_shard, tasks):
            for into, found, (objects, broken) in zip(staged, violations, results, strict=True):
                into.objects.extend(objects)
                found.extend(broken)
            work.platform.progress.advance(max(len(objects) for objects, _ in results))
        for stage, slot, into, found in zip(wanted, slots, staged, violations, strict=True):
            yield stage, kept_or_refused(partial(_commit, work, bars.made, slot, into, found))


def _commit(work: Work, bars: Manifest, slot: Slot, staged: Staged, violations: Sequence[Violation]) -> Done:
    facts = SeriesFacts(len(staged.objects), sum(stored.rows for stored in staged.objects))
    draft = Draft([series_verdict(violations, facts.csvs)], facts, fingerprints(bars))
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


def series_step(indicators: Sequence[Indicator]) -> Step:
    """The step of all of them: an asset each."""
    by_stage = {indicator.asset: indicator for indicator in indicators}
    stages = [_stage(indicator) for indicator in indicators]
    return Step(NAME, stages, lambda work, wanted: make_series(work, wanted, by_stage))


def _stage(indicator: Indicator) -> Stage:
    """The stage of one entry of the registry."""
    return Stage(
        indicator.asset,
        f"{indicator.meaning} One headerless CSV per stock, `<STOCK>_{indicator.name}.csv`: "
        f"YYYYMMDDT,open,high,low,close,volume; unit: {indicator.unit}.",
        after=("bars",),
        checks={"tradingview_rows": "Every CSV obeys TradingView's rules for rows."},
        kinds=frozenset({"csv"}),
        metadata={"pricescale": indicator.pricescale},
    )
