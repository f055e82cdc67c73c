"""Vendor JSON to series: the work of a run on its shards, against the least that could be done."""

import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow.parquet as pq

from benchmarks.figures import Figure
from bluedot_assets.adapters.calendars.load import load_trading_days
from bluedot_assets.adapters.source.local_folder import LocalSource
from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.raw_cache import RawCache
from bluedot_assets.adapters.storage.raw_object import write_batches
from bluedot_assets.adapters.storage.raw_reading import read_batches
from bluedot_assets.adapters.storage.staged import Staged
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.workers.executor import Processes
from bluedot_assets.adapters.workers.progress import Progress
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
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.stored.manifest import StoredObject

ROUNDS: Final = 5
BATCH: Final = 100  # as BATCH_SIZE is by default
WORKERS: Final = 2
COMPRESSION: Final = "zstd"
CALENDARS: Final = ("XBOM", "XNYS")
ZONES: Final = ("Asia/Kolkata", "America/New_York")
RAW: Final = "raw.parquet"
OURS: Final = "ours"
FLOOR: Final = "floor"
SERIES: Final = [indicator for indicator in INDICATORS.values() if indicator.by_default]


@dataclass(frozen=True)
class Work:
    """One shard: row group `group` of the raw object, and the vendor files that it was made of."""

    store: LocalStore
    paths: list[Path]
    group: int
    last_day: date
    days: TradingDays


def ours(work: Work) -> list[StoredObject]:
    """All that a run does with a shard after its bytes are stored: read and judge it, validate, write and hash its
    bars, then make, check, write and hash its series. Returns what was written."""
    bars = _write_bars(work)
    return [bars, *_write_series(work, bars)]


def _write_bars(work: Work) -> StoredObject:
    rules = NormalizeRules(DAILY, work.last_day, ZONES, AnswerRules(work.days))
    task = NormalizeShard(work.store, StoredObject(RAW, 0, "", 0), work.group, frozenset(), rules)
    shard, _ = judge_shard(JudgeShard(task, None, True, work.days))
    assert schema_verdict([(BARS, shard.bars)]).passed
    staged = Staged(work.store, work.store.root / OURS)
    path = f"bars-{work.group}.parquet"
    with staged.writer(path) as file:
        pq.write_table(shard.bars.to_arrow().cast(BARS.arrow_schema), file, compression=COMPRESSION)
    staged.add(path, shard.bars.height)
    return staged.objects[0]


def _write_series(work: Work, bars: StoredObject) -> list[StoredObject]:
    stored = msgspec.structs.replace(bars, path=f"{OURS}/{bars.path}")
    place = (SERIES, work.store.root / OURS, f"series-{work.group}", work.last_day, True)
    made = series_shard(SeriesShard(work.store, stored, 0, *place))
    assert not any(broken for _, broken in made)
    return [stored for objects, _ in made for stored in objects]


@dataclass(frozen=True)
class Floor:
    """The same shard, and what was made of it; `apart` writes each CSV as a file of its own."""

    work: Work
    made: list[StoredObject]
    apart: bool


def floor(task: Floor) -> None:
    """The least: read the bytes, decode the JSON, write the bytes that were made of it before."""
    store = task.work.store
    for file in task.work.paths:
        msgspec.json.decode(file.read_bytes())
    if task.apart:
        for path in {stored.path for stored in task.made}:
            for name, content in _files(store, path).items():
                (store.root / FLOOR / name).write_bytes(content)
        return
    for path in {stored.path for stored in task.made}:
        store.write(f"{FLOOR}/{path}", _known(store, path))


@lru_cache(maxsize=256)
def _known(store: LocalStore, path: str) -> bytes:
    return store.read(f"{OURS}/{path}")


@lru_cache(maxsize=256)
def _files(store: LocalStore, path: str) -> dict[str, bytes]:
    if not zipfile.is_zipfile(store.root / OURS / path):
        return {path: _known(store, path)}
    with zipfile.ZipFile(store.root / OURS / path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def measure(folder: Path, scratch: Path) -> list[Figure]:
    """Figures of the daily files in `folder`, which is named by its date; the least of some rounds of each, in turn."""
    works = _works(folder, LocalStore(scratch))
    (scratch / FLOOR).mkdir()
    pool = Processes(WORKERS)
    made = list(pool.map(ours, works))  # and the workers' imports
    together, apart = (
        [Floor(work, objects, apart) for work, objects in zip(works, made, strict=True)] for apart in (False, True)
    )
    rounds = [
        (_seconds(pool, ours, works), _seconds(pool, floor, together), _seconds(pool, floor, apart))
        for _ in range(ROUNDS)
    ]
    pool.close()
    ours_s, together_s, apart_s = map(min, zip(*rounds, strict=True))
    work = "Vendor JSON to series, against the floor"
    note = f"{ours_s:.2f} s against {together_s:.2f} s, {WORKERS} processes"
    loose = f"{ours_s:.2f} s against {apart_s:.2f} s"
    return [
        Figure(work, ours_s / together_s, "times", at_most=2.0, note=note),
        Figure(f"{work} with each CSV a file of its own", ours_s / apart_s, "times", note=loose),
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


def _seconds(pool: Processes, work: Callable[[Any], object], tasks: Sequence[Any]) -> float:
    started = time.perf_counter()
    list(pool.map(work, tasks))
    return time.perf_counter() - started
