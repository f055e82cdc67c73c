"""The stage `breadth`: what is stored of it, and that it is made again, and removed, with the rest of its partition."""

import polars as pl
import pyarrow.parquet as pq

from bluedot_assets.kernel.bars.tables import BARS, STOCKS
from bluedot_assets.kernel.series.breadth import BREADTH, breadth_of
from bluedot_assets_tests.examples.trees import DAY, DAYS, Installation, failure, hashes

UP_TO = ("raw_json", "bars", "breadth")


def stored_breadth(installation: Installation, key: str = DAY, timeframe: str = "daily") -> pl.DataFrame:
    path = installation.data / f"breadth/{timeframe}/as_of={key}/part.parquet"
    return pl.read_parquet(path, hive_partitioning=False)


def test_what_is_stored_is_the_breadth_of_the_stored_bars(published: Installation) -> None:
    bars, stocks = (
        pl.read_parquet(published.data / f"{table.name}/daily/as_of={DAY}/part.parquet", hive_partitioning=False)
        for table in (BARS, STOCKS)
    )
    stored = stored_breadth(published)
    assert stored.equals(breadth_of([bars], stocks))
    assert stored["stocks"].sum() == bars.height
    described = pq.read_schema(published.data / f"breadth/daily/as_of={DAY}/part.parquet").field("advances").metadata
    assert described[b"meaning"].decode() == next(one.meaning for one in BREADTH.columns if one.name == "advances")
    made = published.manifest("breadth")
    assert made is not None
    assert made.made_from["bars"] == published.manifest("bars").fingerprint  # type: ignore[union-attr]
    assert [(one.rule, one.passed) for one in made.verdicts] == [("schema", True)]


def test_it_is_made_again_only_of_other_bars_and_in_a_partition_of_before_there_was_any(running: Installation) -> None:
    path = running.data / f"breadth/daily/as_of={DAY}/part.parquet"
    before, written = hashes(running.data), path.stat().st_mtime_ns
    assert running.run("daily", DAY, *UP_TO).success
    assert (hashes(running.data), path.stat().st_mtime_ns) == (before, written)
    (running.data / f"manifests/daily/{DAY}/breadth.json").unlink()
    path.unlink()
    assert running.run().success
    assert path.read_bytes()
    assert (
        hashes(running.data)[f"breadth/daily/as_of={DAY}/part.parquet"]
        == before[f"breadth/daily/as_of={DAY}/part.parquet"]
    )
    path.write_bytes(b"spoiled")
    assert running.run("daily", DAY, *UP_TO).success
    assert (
        hashes(running.data)[f"breadth/daily/as_of={DAY}/part.parquet"]
        == before[f"breadth/daily/as_of={DAY}/part.parquet"]
    )
    (running.data / f"manifests/daily/{DAY}/bars.json").unlink()
    assert "materialize daily/bars first" in failure(running.run("daily", DAY, "breadth"))


def test_it_goes_with_its_partition(running: Installation) -> None:
    assert running.run("daily", DAYS[1], *UP_TO).success
    partition = running.platform.outputs.partition("daily", DAYS[1])
    before = partition.bytes
    (running.data / f"breadth/daily/as_of={DAYS[1]}/of_a_dead_writer").write_bytes(b"123")
    assert partition.bytes == before + 3
    partition.drop()
    assert sorted(path.name for path in (running.data / "breadth/daily").iterdir()) == [f"as_of={DAY}"]
