"""The work on one shard of stocks, as tasks that a worker process carries out on the store.

Kept free of Dagster, pandas and pandera: what is imported here is what every worker pays for at its start. Which
process carries a task out is in `executor`."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.adapters.storage.layout import remedy_of
from bluedot_assets.adapters.storage.raw_object import read_group, read_rows
from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.adapters.workers.row_groups import Parts, open_group
from bluedot_assets.kernel.bars.daily_weeks import weeks_of, with_daily_weeks
from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard, normalize
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.bars.unforeseen import FAULTS, words_of
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.checks.rewritten_history import COMPARED
from bluedot_assets.kernel.checks.shard_facts import ShardFacts, shard_facts
from bluedot_assets.kernel.errors import ComparisonFailed, OutputDamaged
from bluedot_assets.kernel.series.csv_files import csv_files
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.kernel.series.known_dots import with_known_dots
from bluedot_assets.kernel.series.tradingview_rows import Violation, violations
from bluedot_assets.kernel.stored.manifest import StoredObject

MOST_VIOLATIONS: Final = 50  # of a shard: enough to find the fault


@dataclass(frozen=True)
class NormalizeShard:
    """Row group `group` of the raw object; files in `left_out` (their origin ids) speak for no stock."""

    store: Store
    raw: StoredObject
    group: int
    left_out: frozenset[str]
    rules: NormalizeRules
    parts: Parts | None = None  # of the raw object


def normalize_shard(task: NormalizeShard) -> Shard:
    """The shard's tables."""
    with open_group(task.store, task.raw, task.parts) as parquet:
        files = [raw for raw in read_group(parquet, task.group) if raw.origin_id not in task.left_out]
    return normalize(files, task.rules)


@dataclass(frozen=True)
class BarsBefore:
    """Bars of the partition before: its stored object, or what the site shows (symbol, session, close, rlst). `renamed`
    are names that it has for stocks of another name now."""

    stored: StoredObject | None = None
    shown: pl.DataFrame | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

    def of(self, store: Store, symbols: pl.Series) -> pl.DataFrame:
        """Those of some stocks, under their names of now; of a stored object only the row groups that have them are
        read, one at a time."""
        of_now = frozenset(symbols)
        names = pl.Series(
            [*of_now, *(old for old, new in self.renamed.items() if new in of_now)], dtype=pl.String
        ).sort()
        return self._named(store, names).with_columns(pl.col("symbol").replace(self.renamed))

    def _named(self, store: Store, symbols: pl.Series) -> pl.DataFrame:
        wanted = pl.col("symbol").is_in(symbols.implode())
        if self.stored is None:
            return self.shown.filter(wanted) if self.shown is not None else BARS.empty().select(COMPARED)
        path = self.stored.path
        with store.open(path, self.stored.content) as file:
            parquet = pq.ParquetFile(file)
            if lacking := [name for name in COMPARED if name not in parquet.schema_arrow.names]:
                # A rating that is not there is no rating that was withdrawn.
                what = f"the table {BARS.name} lacks {', '.join(lacking)}"
                raise OutputDamaged(f"{path} cannot be read ({what}): {remedy_of(path)}.")
            groups = [group for group in range(parquet.num_row_groups) if _may_have(parquet, group, symbols)]
            read = (pl.DataFrame(parquet.read_row_group(group, list(COMPARED))) for group in groups)
            parts = [BARS.completed(frame, COMPARED).filter(wanted) for frame in read]
        return pl.concat([BARS.empty().select(COMPARED), *parts])


def _may_have(parquet: pq.ParquetFile, group: int, symbols: pl.Series) -> bool:
    """Whether the row group's names and these overlap; both are in order."""
    if symbols.is_empty():
        return False
    statistics = parquet.metadata.row_group(group).column(0).statistics
    if statistics is None or not statistics.has_min_max:
        return True
    return bool(statistics.min <= symbols[-1] and statistics.max >= symbols[0])


@dataclass(frozen=True)
class DailyBars:
    """The daily table of a weekly partition's week, the sessions of its weeks, and whether weekly bars are made of
    it."""

    bars: BarsBefore
    sessions: pl.DataFrame
    taken: bool


@dataclass(frozen=True)
class JudgeShard:
    """The same shard, and what it is judged by: the partition before and the daily table (None without one), and the
    sessions."""

    normalize: NormalizeShard
    before: BarsBefore | None
    whole: bool
    days: TradingDays
    daily: DailyBars | None = None
    bars_to: str = ""  # the path in the store that its bars go to, where they are too large to come back

    def with_quotes(self, quotes: Mapping[str, datetime]) -> "JudgeShard":
        """The same task, with the latest quote of each timezone to judge by."""
        rules = self.normalize.rules
        judged = replace(rules, answers=replace(rules.answers, quotes=quotes))
        bars_to = f"{self.bars_to}-again" if self.bars_to else ""  # what the first judged may still be on its way
        return replace(self, normalize=replace(self.normalize, rules=judged), bars_to=bars_to)


def judge_shard(task: JudgeShard) -> tuple[Shard, ShardFacts]:
    """The shard's tables, and what the checks need of them. Raises ComparisonFailed for whatever fails once there is a
    partition before or a daily table."""
    given = normalize_shard(task.normalize)
    try:
        shard, facts = _compared(task, given)
    except FAULTS as error:
        if task.before is None and task.daily is None:
            raise
        raise ComparisonFailed(words_of(error)) from error
    if task.bars_to:
        content = io.BytesIO()
        shard.bars.write_parquet(content)
        task.normalize.store.write(task.bars_to, content.getvalue())
        shard = replace(shard, bars=shard.bars.clear())
    return shard, facts


def with_its_bars(task: JudgeShard, shard: Shard) -> Shard:
    """The shard that the task made, with the bars that went to the store."""
    if not task.bars_to:
        return shard
    store = task.normalize.store
    bars = pl.read_parquet(store.read(task.bars_to))
    store.delete(task.bars_to)
    return replace(shard, bars=bars)


def _compared(task: JudgeShard, given: Shard) -> tuple[Shard, ShardFacts]:
    store, symbols, daily = task.normalize.store, given.stocks["symbol"], task.daily
    before = task.before.of(store, symbols) if task.before else None
    weeks = weeks_of(daily.bars.of(store, symbols), given.stocks, daily.sessions) if daily else None
    shard = with_daily_weeks(given, weeks) if weeks is not None and daily and daily.taken else given
    timeframe = task.normalize.rules.timeframe
    facts = shard_facts(shard, before, task.days, timeframe, whole=task.whole, vendors=given.bars, weeks=weeks)
    return shard, facts


@dataclass(frozen=True)
class SeriesShard:
    """Row group `group` of the bars object, to be staged as CSVs of these indicators for the folder `target`. `staging`
    is a folder that the worker has; where there is none, but only a moment of the run, the worker gives them their
    names itself: nobody asks for them before a manifest does."""

    store: Store
    bars: StoredObject
    group: int
    indicators: Sequence[Indicator]
    staging: Path | datetime
    target: str
    last_day: date
    compress: bool
    parts: Parts | None = None  # of the bars object
    known: pl.DataFrame | None = None  # KNOWN_DOTS of its stocks, where an indicator is made of them


def series_shard(task: SeriesShard) -> list[tuple[list[StoredObject], list[Violation]]]:
    """Stage the shard's CSVs, of each indicator as one object; where one breaks a rule none of its indicator is
    written, and the violations are named. In the order of the indicators."""
    with open_group(task.store, task.bars, task.parts) as parquet:
        bars = pl.DataFrame(read_rows(parquet, task.group))
    if task.known is not None:
        bars = with_known_dots(bars, task.known)
    csvs = {one.name: _csvs(bars, one) for one in task.indicators}
    everything = {name: content for files in csvs.values() for name, (content, _) in files.items()}
    broken = violations(everything, task.last_day)
    of_each = [[each for each in broken if each.file in csvs[one.name]] for one in task.indicators]
    with _staging(task) as folder:
        return [
            _staged(task, folder, one, csvs[one.name], found)
            for one, found in zip(task.indicators, of_each, strict=True)
        ]


@contextmanager
def _staging(task: SeriesShard) -> Iterator[Path]:
    if isinstance(task.staging, Path):
        yield task.staging
        return
    with task.store.staging(task.staging) as folder:
        yield folder
        made = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        task.store.place(folder, {path: path for path in made})


def _csvs(bars: pl.DataFrame, indicator: Indicator) -> dict[str, tuple[bytes, str]]:
    """Content and symbol of each CSV, by its name."""
    made = csv_files(bars, indicator)
    return {f"{symbol}_{indicator.name}.csv": (content, symbol) for symbol, content in made.items()}


def _staged(
    task: SeriesShard,
    folder: Path,
    indicator: Indicator,
    csvs: Mapping[str, tuple[bytes, str]],
    broken: list[Violation],
) -> tuple[list[StoredObject], list[Violation]]:
    if broken:
        return [], broken[:MOST_VIOLATIONS]
    staged = Staged(task.store, folder)
    files = ((name, content, content.count(b"\n"), symbol) for name, (content, symbol) in csvs.items())
    staged.write_zip(f"{task.target}/{indicator.asset}-{task.group:04d}.zip", files, compress=task.compress)
    return staged.objects, []
