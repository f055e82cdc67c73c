"""Vendor JSON to CSV, byte for byte as a person wrote it; in any timezone and with any number of workers."""

import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from bluedot_assets.adapters.storage.raw_object import write_batches
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.stored_files import StoredFiles
from bluedot_assets.adapters.workers.executor import Processes
from bluedot_assets.adapters.workers.shard_tasks import NormalizeShard, SeriesShard, normalize_shard, series_shard
from bluedot_assets.kernel.bars.normalize import NormalizeRules
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.sample.tree import SamplePlan, sample_files
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.source.raw_file import RawFile
from bluedot_assets.kernel.stored.manifest import StoredObject
from bluedot_assets_tests.examples.golden_cases import CASES, FOLDER, GoldenCase, as_one_text
from bluedot_assets_tests.examples.vendor_files import FRIDAY, OF_BARS, ZONES, judged, raw, series, stock_of


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder)
def test_the_series_of_a_vendor_file_are_those_that_a_person_wrote(case: GoldenCase) -> None:
    assert case.made() == case.expected()


def test_every_golden_folder_is_a_case() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {case.folder for case in CASES}


def test_a_dot_on_a_holiday_is_listed_as_lying_on_no_bar() -> None:
    case = CASES[0]
    shard = judged(raw(case.content, case.file), last_day=DAILY.end(case.key))
    assert [(symbol, str(day), why) for symbol, day, why in shard.off_bar.rows()] == [
        ("DIXON", "2025-07-31", "Holiday row")
    ]
    assert stock_of(shard)["holiday_rows"] == 1
    assert [str(day) for day in shard.dots["date"]] == ["2021-03-12", "2025-07-28", "2025-07-31", "2025-08-01"]


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
def test_the_bytes_are_the_same_in_whatever_timezone_the_process_runs(timezone: str) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "bluedot_assets_tests.examples.golden_cases"],
        cwd=FOLDER.parents[1],
        env={**os.environ, "TZ": timezone},
        check=True,
        capture_output=True,
    )
    assert made.stdout == as_one_text({case.folder: case.expected() for case in CASES})


def sample_stocks() -> list[RawFile]:
    """Nine stocks of both exchanges in the order of their names."""
    plan = SamplePlan(stocks=9, days=1, weeks=0, seed=3, end=FRIDAY)
    files = [raw(one.content, Path(one.path).name) for one in sample_files(plan) if one.path.endswith(".json")]
    return sorted(files, key=lambda file: file.name)


def through_shards(store: LocalStore, files: Sequence[RawFile], batch: int, executor: Processes) -> dict[str, bytes]:
    """The CSVs that the stages make: raw object, shards, bars object, shards of each indicator."""
    batches = [list(files[start : start + batch]) for start in range(0, len(files), batch)]
    with store.writer("raw.parquet") as into:
        write_batches(batches, into, "zstd")
    groups = len(batches)
    rules = NormalizeRules(DAILY, FRIDAY, ZONES)
    raw, bars = (StoredObject(path, 0, "", 0) for path in ("raw.parquet", "bars.parquet"))
    tasks = [NormalizeShard(store, raw, group, frozenset(), rules) for group in range(groups)]
    with store.writer("bars.parquet") as file, pq.ParquetWriter(file, BARS.arrow_schema) as writer:
        for shard in executor.map(normalize_shard, tasks):
            writer.write_table(shard.bars.to_arrow().cast(BARS.arrow_schema))
    made: dict[str, bytes] = {}
    indicators = [INDICATORS[name] for name in OF_BARS]
    staged = store.root / "staged"
    wanted = [SeriesShard(store, bars, group, indicators, staged, "series", FRIDAY, True) for group in range(groups)]
    for results in executor.map(series_shard, wanted):
        assert [violations for _, violations in results] == [[]] * len(indicators)
        for one in chain.from_iterable(objects for objects, _ in results):
            assert one.path.startswith("series/")
            made[one.name] = StoredFiles(LocalStore(staged)).read(one)
    return made


def test_the_bytes_are_the_same_with_whatever_number_of_workers_and_size_of_batch(tmp_path: Path) -> None:
    files = sample_stocks()
    expected = series(judged(*files))
    assert len(expected) == 9 * len(OF_BARS)
    one, two = Processes(1), Processes(2)
    try:
        runs: list[tuple[int, Processes]] = [(100, one), (1, one), (4, one), (2, two), (5, two)]
        for place, (batch, executor) in enumerate(runs):
            assert through_shards(LocalStore(tmp_path / str(place)), files, batch, executor) == expected
    finally:
        two.close()


def test_a_series_comes_from_its_own_stock_alone() -> None:
    files = sample_stocks()
    together = judged(*files)
    for file in files:
        alone = judged(file)
        symbol = alone.stocks["symbol"][0]
        assert together.bars.filter(pl.col("symbol") == symbol).equals(alone.bars)
