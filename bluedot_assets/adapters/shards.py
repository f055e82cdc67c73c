"""The work on one shard of stocks, as tasks that a worker process carries out on the store.

Kept free of Dagster, pandas and pandera: what is imported here is what every worker pays for at its start."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.adapters.outputs import staged_path
from bluedot_assets.adapters.raw_store import read_group
from bluedot_assets.adapters.store import Store
from bluedot_assets.kernel.indicators import Indicator
from bluedot_assets.kernel.manifest import StoredObject
from bluedot_assets.kernel.normalize import Rules, Shard, normalize
from bluedot_assets.kernel.series_csv import csv_files
from bluedot_assets.kernel.series_rules import Violation, violations

MOST_VIOLATIONS: Final = 50  # of a shard: enough to find the fault


@dataclass(frozen=True)
class NormalizeShard:
    """Row group `group` of the raw object; files in `left_out` (their origin ids) speak for no stock."""

    store: Store
    raw_path: str
    group: int
    left_out: frozenset[str]
    rules: Rules


def normalize_shard(task: NormalizeShard) -> Shard:
    """The shard's tables."""
    with task.store.open(task.raw_path) as file:
        files = [raw for raw in read_group(file, task.group) if raw.origin_id not in task.left_out]
    return normalize(files, task.rules)


@dataclass(frozen=True)
class SeriesShard:
    """Row group `group` of the bars object, to be written as CSVs of one indicator for the folder `target`."""

    store: Store
    bars_path: str
    group: int
    indicator: Indicator
    staged: str
    target: str
    last_day: date


@dataclass(frozen=True)
class SeriesDone:
    objects: list[StoredObject]
    violations: list[Violation]


def series_shard(task: SeriesShard) -> SeriesDone:
    """Write the shard's CSVs below `staged`; those that break a rule are named and not written."""
    with task.store.open(task.bars_path) as file:
        bars = pl.DataFrame(pq.ParquetFile(file).read_row_group(task.group))
    ending = f"_{task.indicator.name}.csv"
    files = {f"{symbol}{ending}": content for symbol, content in csv_files(bars, task.indicator).items()}
    broken = violations(files, task.last_day)
    if broken:
        return SeriesDone([], broken[:MOST_VIOLATIONS])
    objects = []
    for name, content in files.items():
        path = f"{task.target}/{name}"
        task.store.write(staged_path(task.staged, path), content)
        digest = hashlib.sha256(content).hexdigest()
        objects.append(StoredObject(path, len(content), digest, content.count(b"\n"), name.removesuffix(ending)))
    return SeriesDone(objects, [])
