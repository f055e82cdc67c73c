"""Vendor JSON to series: the work of a run on its shards, against the least that could be done."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
import pyarrow.parquet as pq

from benchmarks.figures import Figure
from bluedot_assets.adapters.calendars.load import load_trading_days
from bluedot_assets.adapters.source.local_folder import LocalSource
from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.outputs import Staged
from bluedot_assets.adapters.storage.raw_cache import RawCache
from bluedot_assets.adapters.storage.raw_object import write_batches
from bluedot_assets.adapters.storage.raw_reading import read_batches
from bluedot_assets.adapters.storage.store import LocalStore
from bluedot_assets.adapters.workers.executor import Processes
from bluedot_assets.adapters.workers.shard_tasks import (
    JudgeShard,
    NormalizeShard,
    SeriesShard,
    judge_shard,
    series_shard,
)
from bluedot_assets.kernel.bars.answers import AnswerRules
from bluedot_assets.kernel.bars.normalize import NormalizeRules
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.checks.files.validity import schema_verdict
from bluedot_assets.kernel.progress import Progress
from bluedot_assets.kernel.series.indicators import INDICATORS

ROUNDS: Final = 5
BATCH: Final = 100  # as BATCH_SIZE is by default
WORKERS: Final = 2
COMPRESSION: Final = "zstd"
CALENDARS: Final = ("XBOM", "XNYS")
ZONES: Final = ("Asia/Kolkata", "America/New_York")
RAW: Final = "raw.parquet"
SERIES: Final = [indicator for indicator in INDICATORS.values() if indicator.by_default]


@dataclass(frozen=True)
class Work:
    """One shard: row group `group` of the raw object, and the vendor files that it was made of."""

    store: LocalStore
    paths: list[Path]
    group: int
    last_day: date
    days: TradingDays


def ours(work: Work) -> list[str]:
    """All that a run does with a shard after its bytes are stored: read and judge it, validate, write and hash its
    bars, then make, check, write and hash its series. Returns the paths of what was written."""
    bars = _write_bars(work)
    return [bars, *_write_series(work, bars)]


def _write_bars(work: Work) -> str:
    rules = NormalizeRules(DAILY, work.last_day, ZONES, AnswerRules(work.days))
    task = NormalizeShard(work.store, RAW, work.group, frozenset(), rules)
    shard, _ = judge_shard(JudgeShard(task, None, True, work.days))
    assert schema_verdict([(BARS, shard.bars)]).passed
    staged, path = Staged(work.store, "ours"), f"bars-{work.group}.parquet"
    with staged.writer(path) as file:
        pq.write_table(shard.bars.to_arrow().cast(BARS.arrow_schema), file, compression=COMPRESSION)
    staged.add(path, shard.bars.height)
    return staged.place(path)


def _write_series(work: Work, bars: str) -> list[str]:
    paths: list[str] = []
    for indicator in SERIES:
        task = SeriesShard(work.store, bars, 0, indicator, "ours", f"series-{work.group}", work.last_day)
        objects, broken = series_shard(task)
        assert not broken
        paths += dict.fromkeys(f"ours/{one.path}" for one in objects)
    return paths


@dataclass(frozen=True)
class Floor:
    """The same shard, with the paths of what was made of it."""

    work: Work
    made: list[str]


def floor(task: Floor) -> None:
    """The least: read the bytes, decode the JSON, write the bytes that were made of it before."""
    for path in task.work.paths:
        msgspec.json.decode(path.read_bytes())
    for made in task.made:
        task.work.store.write(f"floor/{made}", _known(task.work.store, made))


@lru_cache(maxsize=256)
def _known(store: LocalStore, path: str) -> bytes:
    return store.read(path)


def measure(folder: Path, scratch: Path) -> list[Figure]:
    """Figures of the daily files in `folder`, which is named by its date; the least of some rounds of each, in turn."""
    works = _works(folder, LocalStore(scratch))
    pool = Processes(WORKERS)
    made = list(pool.map(ours, works))  # and the workers' imports
    floors = [Floor(work, paths) for work, paths in zip(works, made, strict=True)]
    ours_s, floor_s = [], []
    for _ in range(ROUNDS):
        ours_s.append(_seconds(lambda: list(pool.map(ours, works))))
        floor_s.append(_seconds(lambda: list(pool.map(floor, floors))))
    pool.close()
    note = f"{min(ours_s):.2f} s against {min(floor_s):.2f} s, {WORKERS} processes"
    return [
        Figure("Vendor JSON to series, against the floor", min(ours_s) / min(floor_s), "times", at_most=2.0, note=note)
    ]


def _works(folder: Path, store: LocalStore) -> list[Work]:
    """The shards of the raw object, which is made first."""
    key = folder.name
    last_day = date.fromisoformat(key)
    source = LocalSource(folder.parent.parent)
    files = [file for file in source.files(DAILY, key) if file.name.endswith(DAILY.ending)]
    with store.writer(RAW) as into:
        cache = RawCache(store, Slot(DAILY.name, key, "raw_json"))
        write_batches(read_batches(source, files, cache, BATCH, Progress()), into, COMPRESSION)
    days = load_trading_days(CALENDARS, last_day)
    batches = [files[start : start + BATCH] for start in range(0, len(files), BATCH)]
    return [
        Work(store, [folder / file.name for file in batch], group, last_day, days)
        for group, batch in enumerate(batches)
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
