"""The stages of the series: one asset for each enabled indicator, a CSV for each stock. One step makes all of them.

The bytes of a CSV are made in `kernel/series`, the work on one shard is in `adapters/workers`."""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.layout import series_folder
from bluedot_assets.adapters.storage.outputs import Draft, Staged
from bluedot_assets.adapters.workers.shard_tasks import SeriesShard, series_shard
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.manifest import Manifest, StoredObject, fingerprints
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.kernel.series.tradingview_rows import RULE, Violation, series_verdict
from bluedot_assets.pipeline.stage import Done, Made, Stage, Step, Work, kept_or_refused, stored_output
from bluedot_assets.pipeline.stages.bars import StoredBars
from bluedot_assets.pipeline.unchanged import inputs_of

NAME = "series"  # of the step; a stage has the name of its indicator
PREVIEW_LINES = 5


class SeriesFacts(msgspec.Struct, frozen=True):
    """What is kept with the CSVs of an indicator: how many they are, with how many rows."""

    csvs: int = 0
    rows: int = 0


def make_series(work: Work, wanted: Sequence[Stage], indicators: Mapping[str, Indicator]) -> Made:
    """The CSVs of the wanted stages' indicators; those that would be the same again stay as they are stored."""
    outputs, bars = work.platform.outputs, StoredBars(work)
    inputs = inputs_of(work, bars.made)
    work.begin(NAME, bars.facts.stocks)
    stored = {stage.name: outputs.unchanged(work.slot(stage.name), inputs) for stage in wanted}
    for stage in wanted:
        if made := stored[stage.name]:
            yield stage, _done(work, made, changed=False)
    missing = [stage for stage in wanted if stored[stage.name] is None]
    if missing:
        yield from _write(work, bars.made, missing, indicators, inputs)
    else:
        work.platform.progress.advance(bars.facts.stocks)


def _write(
    work: Work, bars: Manifest, wanted: Sequence[Stage], indicators: Mapping[str, Indicator], inputs: str
) -> Made:
    """Write the CSVs of all of them in one pass over the stored bars, judge their bytes, and give them their names."""
    outputs, table = work.platform.outputs, bars.table(BARS.name)
    with outputs.staging() as staging:
        with outputs.open(table) as file:
            groups = pq.ParquetFile(file).num_row_groups
        staged = [Staged(outputs.store, staging.folder) for _ in wanted]
        violations: list[list[Violation]] = [[] for _ in wanted]
        folder = series_folder(work.timeframe.name, work.key)
        place = ([indicators[stage.name] for stage in wanted], staging.folder, folder, work.timeframe.end(work.key))
        tasks = [SeriesShard(outputs.store, table.path, group, *place) for group in range(groups)]
        for results in work.platform.executor.map(series_shard, tasks):
            for into, found, (objects, broken) in zip(staged, violations, results, strict=True):
                into.objects.extend(objects)
                found.extend(broken)
            work.platform.progress.advance(max(len(objects) for objects, _ in results))
        for stage, into, found in zip(wanted, staged, violations, strict=True):
            facts = SeriesFacts(len(into.objects), sum(one.rows for one in into.objects))
            draft = Draft([series_verdict(found, facts.csvs)], facts, fingerprints(bars), inputs)
            yield stage, kept_or_refused(partial(_commit, work, stage, into, draft))


def _commit(work: Work, stage: Stage, staged: Staged, draft: Draft) -> Done:
    made, changed = work.platform.outputs.commit(work.slot(stage.name), staged, draft)
    return _done(work, made, changed=changed)


def _done(work: Work, made: Manifest, *, changed: bool) -> Done:
    facts = made.facts_as(SeriesFacts)
    metadata = {
        "dagster/partition_row_count": facts.rows,
        **msgspec.structs.asdict(facts),
        "preview": _preview(work, made.objects[0]),
    }
    return stored_output(work, made, metadata, series_folder(work.timeframe.name, work.key), changed=changed)


def _preview(work: Work, csv: StoredObject) -> str:
    """The newest lines of a CSV."""
    lines = work.platform.outputs.read(csv).decode().splitlines()[-PREVIEW_LINES:]
    return f"{csv.name}\n```\n" + "\n".join(lines) + "\n```"


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
        checks=(RULE,),
        kinds=frozenset({"csv"}),
        metadata={"pricescale": indicator.pricescale},
    )
