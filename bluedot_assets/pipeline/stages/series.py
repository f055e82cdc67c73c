"""The stages of the series: one asset for each enabled indicator, a CSV for each stock. One step makes all of them.

The bytes of a CSV are made in `kernel/series`, the work on one shard is in `adapters/workers`."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import IO

import msgspec
import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.layout import series_folder
from bluedot_assets.adapters.storage.outputs import Draft
from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.adapters.workers.row_groups import parts_of
from bluedot_assets.adapters.workers.shard_tasks import SeriesShard, series_shard
from bluedot_assets.kernel.bars.tables import BARS, STOCKS
from bluedot_assets.kernel.checks.session_counts import DotToday
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.kernel.series.known_dots import LEDGER_COLUMNS, known_dots
from bluedot_assets.kernel.series.tradingview_rows import RULE, Violation, series_verdict
from bluedot_assets.kernel.stored.manifest import Manifest, fingerprints
from bluedot_assets.pipeline.stage import (
    Done,
    Made,
    Markdown,
    Stage,
    Step,
    Work,
    commit,
    kept_or_refused,
    stored_output,
)
from bluedot_assets.pipeline.stages.bars import StoredBars
from bluedot_assets.pipeline.stages.history import NAME as HISTORY
from bluedot_assets.pipeline.stages.history import ledger_of_history
from bluedot_assets.pipeline.stages.unchanged import inputs_of

NAME = "series"  # of the step; a stage has the name of its indicator
PREVIEW_LINES = 5


class SeriesFacts(msgspec.Struct, frozen=True):
    """What is kept with the CSVs of an indicator: how many they are, with how many rows."""

    csvs: int = 0
    rows: int = 0


def make_series(work: Work, wanted: Sequence[Stage], indicators: Mapping[str, Indicator]) -> Made:
    """The CSVs of the wanted stages' indicators; those that would be the same again stay as they are stored."""
    outputs, bars = work.platform.outputs, StoredBars(work)
    of_history = {stage.name for stage in wanted if indicators[stage.name].of_history}
    known = _known_dots(work, bars) if of_history else None
    of_bars = inputs_of(work, bars.made)
    inputs = dict.fromkeys((stage.name for stage in wanted), of_bars)
    if known is not None:
        of_dots = inputs_of(work, bars.made, known=hashlib.sha256(known.write_csv().encode()).hexdigest())
        inputs |= dict.fromkeys(of_history, of_dots)
    work.begin(NAME, bars.facts.stocks)
    found = outputs.all_unchanged({work.slot(stage.name): inputs[stage.name] for stage in wanted})
    stored = {slot.stage: made for slot, made in found.items()}
    for stage in wanted:
        if made := stored[stage.name]:
            yield stage, _done(work, made, bars.facts.strongest, changed=False)
    missing = [stage for stage in wanted if stored[stage.name] is None]
    if missing:
        yield from _write(work, bars, missing, indicators, inputs, known)
    else:
        work.platform.progress.advance(bars.facts.stocks)


def _known_dots(work: Work, bars: StoredBars) -> pl.DataFrame:
    """What the history knows by now that decides on bars of the partition. Raises OutputAbsent."""
    ledger = ledger_of_history(work, LEDGER_COLUMNS)
    stocks = bars.table(STOCKS, "symbol", "timezone", "first_session", "last_session")
    first, last = stocks["first_session"].min(), stocks["last_session"].max()
    zones = stocks.select("symbol", "timezone")
    return known_dots(ledger, zones, first, last, work.timeframe)  # type: ignore[arg-type]


def _of_groups(file: IO[bytes], known: pl.DataFrame) -> list[pl.DataFrame]:
    """Those of the stocks of each row group."""
    metadata, symbol = pq.ParquetFile(file).metadata, pl.col("symbol")
    names = (metadata.row_group(group).column(0).statistics for group in range(metadata.num_row_groups))
    return [known.filter(symbol >= one.min, symbol <= one.max) for one in names]


def _write(
    work: Work,
    bars: StoredBars,
    wanted: Sequence[Stage],
    indicators: Mapping[str, Indicator],
    inputs: Mapping[str, str],
    known: pl.DataFrame | None,
) -> Made:
    """Write the CSVs of all of them in one pass over the stored bars, judge their bytes, and give them their names."""
    outputs, table = work.platform.outputs, bars.made.table(BARS.name)
    named_by_workers = work.platform.executor.away and not outputs.store.local_path("")
    with outputs.staging() as staging:
        with outputs.open(table) as file:
            parts = parts_of(file, outputs.store, away=work.platform.executor.away)
            dots = [None] * len(parts) if known is None else _of_groups(file, known)
        staged = [Staged(outputs.store, staging.folder) for _ in wanted]
        violations: list[list[Violation]] = [[] for _ in wanted]
        folder = series_folder(work.timeframe.name, work.key)
        made = [indicators[stage.name] for stage in wanted]
        place = (work.platform.clock() if named_by_workers else staging.folder, folder)
        rest = (made, *place, work.timeframe.end(work.key), work.platform.settings.compression)
        shards = enumerate(zip(parts, dots, strict=True))
        tasks = [SeriesShard(outputs.store, table, group, *rest, *part) for group, part in shards]
        try:
            for results in work.platform.executor.map(series_shard, tasks):
                for into, found, (objects, broken) in zip(staged, violations, results, strict=True):
                    into.objects.extend(objects)
                    into.kept.update(one.path for one in objects if named_by_workers)
                    found.extend(broken)
                work.platform.progress.advance(max(len(objects) for objects, _ in results))
            for stage, into, found in zip(wanted, staged, violations, strict=True):
                facts = SeriesFacts(len(into.objects), sum(one.rows for one in into.objects))
                draft = Draft([series_verdict(found, facts.csvs)], facts, fingerprints(bars.made), inputs[stage.name])
                yield stage, kept_or_refused(partial(_commit, work, stage, into, draft, bars.facts.strongest))
            if named_by_workers:
                outputs.delete_abandoned(work.timeframe.name, work.key)
        finally:
            for stage, into in zip(wanted, staged, strict=True):
                outputs.delete_unnamed(work.slot(stage.name), into.kept)


def _commit(work: Work, stage: Stage, staged: Staged, draft: Draft, strongest: Sequence[DotToday]) -> Done:
    made, changed = commit(work, work.slot(stage.name), staged, draft)
    return _done(work, made, strongest, changed=changed)


def _done(work: Work, made: Manifest, strongest: Sequence[DotToday], *, changed: bool) -> Done:
    facts = made.facts_as(SeriesFacts)
    metadata = {
        **msgspec.structs.asdict(facts),
        "preview": _preview(work, made, strongest),
        "dagster/row_count": facts.rows,
    }
    return stored_output(work, made, metadata, series_folder(work.timeframe.name, work.key), changed=changed)


def _preview(work: Work, made: Manifest, strongest: Sequence[DotToday]) -> Markdown:
    """The newest lines of the CSV of the strongest stock with a dot today, where there is none of the first."""
    by_symbol = {one.symbol: one for one in made.objects}
    of_dots = [by_symbol[dot.symbol] for dot in strongest if dot.symbol in by_symbol]
    csv = of_dots[0] if of_dots else made.objects[0]
    lines = work.platform.outputs.read(csv).decode().splitlines()[-PREVIEW_LINES:]
    what = ", the strongest stock with a dot today" if of_dots else ""
    return Markdown(f"`{csv.name}`{what}:\n\n```\n" + "\n".join(lines) + "\n```")


def series_step(indicators: Sequence[Indicator]) -> Step:
    """The step of all of them: an asset each."""
    by_stage = {indicator.asset: indicator for indicator in indicators}
    stages = [_stage(indicator) for indicator in indicators]
    return Step(NAME, stages, lambda work, wanted: make_series(work, wanted, by_stage), __name__)


def _stage(indicator: Indicator) -> Stage:
    """The stage of one entry of the registry."""
    return Stage(
        indicator.asset,
        f"{indicator.meaning} One headerless CSV per stock, `<STOCK>_{indicator.name}.csv`: "
        f"YYYYMMDDT,open,high,low,close,volume; unit: {indicator.unit}.",
        after=("bars", HISTORY) if indicator.of_history else ("bars",),
        checks=(RULE,),
        kinds=frozenset({"csv"}),
        metadata={"pricescale": indicator.pricescale},
    )
