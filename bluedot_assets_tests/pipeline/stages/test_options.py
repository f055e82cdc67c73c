"""What settings change of the graph and of what it publishes."""

import gzip
import hashlib
import json
import uuid
from datetime import timedelta
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from bluedot_assets_tests.examples.trees import DAY, SERIES, STOCKS, Installation, failure, hashes, materialized

THREE = "PRICE_DATA,BC_INDICATOR,BLUE_DOTS"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def keys(installation: Installation) -> set[str]:
    assets = installation.definitions.resolve_asset_graph().get_all_asset_keys()
    return {key.to_user_string() for key in assets}


def csvs(hashed: dict[str, str]) -> dict[str, str]:
    return {path: one for path, one in hashed.items() if path.endswith(".csv")}


def test_a_disabled_indicator_is_not_in_the_graph(installation: Installation) -> None:
    installation.set(BLUEDOT_INDICATORS=THREE)
    assert "daily/bc_indicator" in keys(installation)
    assert not {key for key in keys(installation) if "rlst_rating" in key or "rs_line" in key}


def test_an_indicator_that_was_disabled_leaves_no_files_after_a_re_run(running: Installation) -> None:
    assert list((running.data / "series/daily" / DAY).glob("rlst_rating-*"))
    running.set(BLUEDOT_INDICATORS=THREE)
    assert running.run().success
    assert not list(running.site.glob("daily/*/*_RLST_RATING.csv"))
    assert not list((running.data / "series/daily" / DAY).glob("rlst_rating-*"))
    assert running.manifest("rlst_rating") is None
    assert running.index("daily/latest")["indicators"] == THREE.split(",")
    assert len(list((running.site / "daily/latest").glob("*.csv"))) == 3 * STOCKS


def test_enabling_it_again_brings_the_same_files_back(running: Installation) -> None:
    before = csvs(hashes(running.site))
    running.set(BLUEDOT_INDICATORS=THREE)
    assert running.run().success
    running.values.pop("BLUEDOT_INDICATORS")
    running.set()
    assert running.run().success
    assert csvs(hashes(running.site)) == before


def test_rs_line_is_close_by_benchmark_to_six_digits(installation: Installation) -> None:
    installation.set(BLUEDOT_INDICATORS="price_data, RS_LINE")
    result = installation.run()
    assert result.success
    assert set(materialized(result)) == {
        "raw_json",
        "bars",
        "breadth",
        "history",
        "price_data",
        "rs_line",
        "watchlists",
        "pine_scripts",
        "site",
    }
    bars = pl.read_parquet(installation.data / f"bars/daily/as_of={DAY}/part.parquet")
    symbol = bars["symbol"][0]
    rows = bars.filter(pl.col("symbol") == symbol, pl.col("bc").is_not_null())
    lines = (installation.site / f"daily/latest/{symbol}_RS_LINE.csv").read_text().splitlines()
    assert len(lines) == rows.height
    for line, close, bc in zip(lines, rows["close"], rows["bc"], strict=True):
        fields = line.split(",")
        assert len(set(fields[1:5])) == 1
        assert float(fields[1]) == pytest.approx(close / bc, rel=1e-5)
        assert len(fields[1].replace(".", "").lstrip("0")) <= 6
        assert fields[5] == "0"


def test_a_benchmarks_name_changes_the_pages_and_no_series(running: Installation) -> None:
    before = hashes(running.site)
    names = "Asia/Kolkata=NIFTY 500,America/New_York=S&P 500"
    running.set(BLUEDOT_BENCHMARKS=names)
    assert running.run().success
    after = hashes(running.site)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert "registry.json" in changed
    assert "pine/scripts/bluedot_indicator.pine" in changed
    assert not [path for path in changed if path.endswith((".csv", ".txt"))]
    registry = json.loads((running.site / "registry.json").read_bytes())
    assert registry["benchmarks"] == {"Asia/Kolkata": "NIFTY 500", "America/New_York": "S&P 500"}
    running.clock.now += timedelta(days=1)
    assert running.run().success
    assert hashes(running.site) == after


def test_the_tables_are_in_each_folder_and_the_history_is_there_once(running: Installation) -> None:
    for folder in (DAY, "latest"):
        for table in ("bars", "breadth", "dots", "stocks"):
            stored = running.data / f"{table}/daily/as_of={DAY}/part.parquet"
            assert (running.site / f"daily/{folder}/tables/{table}.parquet").read_bytes() == stored.read_bytes()
    index = json.loads((running.site / "daily/latest/index.json").read_bytes())
    assert set(index["tables"]) == {f"tables/{name}.parquet" for name in ("bars", "breadth", "dots", "stocks")}
    listed = json.loads((running.site / "daily/history/history.json").read_bytes())["files"]
    for name, entry in listed.items():
        content = (running.site / "daily/history" / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert {"dots.parquet", "bars-2024.parquet"} <= set(listed)


def test_a_large_csv_has_a_byte_stable_gz_beside_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.pipeline.stages.site.COMPRESS_ABOVE_BYTES", 8_000)
    assert installation.run().success
    folder = installation.site / "daily" / DAY
    large = {path.name for path in folder.glob("*.csv") if path.stat().st_size > 8_000}
    assert large
    assert large < {path.name for path in folder.glob("*.csv")}
    assert {path.name for path in folder.glob("*.gz")} == {f"{name}.gz" for name in large}
    for name in large:
        assert gzip.decompress((folder / f"{name}.gz").read_bytes()) == (folder / name).read_bytes()
        assert (installation.site / "daily/latest" / f"{name}.gz").read_bytes() == (folder / f"{name}.gz").read_bytes()
    before = hashes(installation.site)
    installation.clock.now += timedelta(days=1)
    assert installation.run().success
    assert hashes(installation.site) == before


def test_csvs_up_to_a_megabyte_have_no_gz(published: Installation) -> None:
    assert not list(published.site.rglob("*.gz"))


def test_without_compression_tables_are_plain_and_there_is_no_gz(
    installation: Installation, published: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.pipeline.stages.site.COMPRESS_ABOVE_BYTES", 1)
    installation.set(COMPRESSION="false")
    assert installation.run().success
    codecs = {
        pq.ParquetFile(path).metadata.row_group(0).column(0).compression
        for path in installation.data.glob("*/daily/as_of=*/*.parquet")
        if pq.ParquetFile(path).num_row_groups and pq.ParquetFile(path).metadata.num_rows
    }
    assert codecs == {"UNCOMPRESSED"}
    assert not list(installation.site.rglob("*.gz"))
    daily = {path: one for path, one in csvs(hashes(published.site)).items() if path.startswith("daily/")}
    assert csvs(hashes(installation.site)) == daily


@pytest.mark.parametrize("address", ["https://github.com/user/site.git", "git@github.com:user/site.git"])
def test_sample_data_are_refused_on_their_way_to_a_public_address(
    installation: Installation, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    installation.set(BLUEDOT_SITE=address)
    result = installation.run()
    assert "sample data" in failure(result)
    assert "public address" in failure(result)
    assert names(tmp_path) == {"here"}


def test_sample_and_real_data_never_stand_on_one_site(running: Installation) -> None:
    before = {path: one for path, one in hashes(running.site).items() if path != "status.json"}
    for path in (running.source / "daily/2024-08-01").iterdir():
        path.write_bytes(path.read_bytes().replace(b'"generator": "bluedot-sample"', b'"generator": "vendor"'))
    assert "the site holds sample data" in failure(running.run("daily", "2024-08-01"))
    assert {path: one for path, one in hashes(running.site).items() if path != "status.json"} == before


@pytest.mark.long
def test_data_in_an_object_store_give_the_same_site(installation: Installation, published: Installation) -> None:
    installation.set(BLUEDOT_DATA=f"memory://{uuid.uuid4().hex}", PARALLEL_WORKERS=2)
    assert installation.run().success
    assert installation.run("weekly").success
    wanted = {path: one for path, one in hashes(published.site).items() if path != "status.json"}
    assert {path: one for path, one in hashes(installation.site).items() if path != "status.json"} == wanted
    assert not installation.data.exists()
    before = hashes(installation.site)
    assert installation.run().success
    assert hashes(installation.site) == before


def test_data_at_a_file_url_are_a_folder(installation: Installation) -> None:
    installation.set(BLUEDOT_DATA=f"file://{installation.root}/elsewhere")
    assert installation.run().success
    assert (installation.root / "elsewhere/series/daily" / DAY).is_dir()


def test_every_default_series_is_in_the_graph(published: Installation) -> None:
    assert {f"{frame}/{name}" for frame in ("daily", "weekly") for name in SERIES} < keys(published)
    assert not {key for key in keys(published) if "rs_line" in key}
