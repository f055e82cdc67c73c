"""Ways in which wrong or missing data could stand on the site while everything is green, each closed."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.trees import DAY, STOCKS, Installation, failure, hashes, stock_files

TRIGGER = "triggers/daily_ready.txt"


def rewrite(installation: Installation, change: Callable[[str], str]) -> None:
    for path in stock_files(installation.source / "daily" / DAY):
        path.write_text(change(path.read_text("utf-8")), "utf-8")


def test_a_vendor_that_changes_the_form_of_its_dots_is_not_published(installation: Installation) -> None:
    rewrite(installation, lambda text: re.sub(r'("blueDotDate": ")([0-9-]{10})"', r'\1\2T09:30:00"', text))
    assert "Has the vendor's format changed?" in failure(installation.run())


def test_a_vendor_that_changes_the_scale_of_its_rating_is_not_published(installation: Installation) -> None:
    rewrite(installation, lambda text: re.sub(r'("rlst": )([0-9]+)', r"\g<1>100\2", text))
    assert "rlst, bc or volume values" in failure(installation.run())


def test_a_series_without_a_single_value_is_not_published(installation: Installation) -> None:
    rewrite(installation, lambda text: re.sub(r'"bc": [0-9.]+', '"bc": null', text))
    said = failure(installation.run())
    assert "daily/bc_indicator" in said
    assert "leave it out of BLUEDOT_INDICATORS" in said


def test_a_copy_of_a_file_does_not_stand_in_for_a_missing_one(installation: Installation) -> None:
    folder = installation.source / "daily" / DAY
    kept, gone = stock_files(folder)[:2]
    shutil.copy2(kept, folder / f"{kept.name.removesuffix('_daily.json').lower()}_daily.json")
    gone.unlink()
    (installation.source / TRIGGER).write_text(f"{DAY}\nexpected={STOCKS}\n")
    installation.set(BLUEDOT_MIN_COMPLETE=50)
    assert installation.run().success
    assert not installation.status()["timeframes"]["daily"]["complete"]


def test_an_expectation_without_a_key_does_not_bind_files_that_came_after_it(installation: Installation) -> None:
    (installation.source / TRIGGER).write_text(f"expected={STOCKS * 10}\n")
    old = (installation.source / TRIGGER).stat().st_mtime
    for path in stock_files(installation.source / "daily" / DAY):
        os.utime(path, (old + 60, old + 60))
    assert installation.run().success


@pytest.mark.parametrize("folder", [DAY, "latest"])
@pytest.mark.parametrize("harm", [Path.unlink, lambda path: replace_bytes(path, b"20240802T,1,1,1,1,0\n")])
def test_a_published_file_that_was_damaged_is_written_again(
    running: Installation, folder: str, harm: Callable[[Path], object]
) -> None:
    before = hashes(running.site)
    file = sorted((running.site / "daily" / folder).glob("*_PRICE_DATA.csv"))[0]
    harm(file)
    assert hashes(running.site) != before
    assert running.run().success
    assert hashes(running.site) == before


@pytest.mark.long
@pytest.mark.parametrize("path", ["daily/latest/tables/bars.parquet", "daily/history/bars-2024.parquet"])
def test_a_published_table_that_was_damaged_is_written_again(running: Installation, path: str) -> None:
    before = hashes(running.site)
    replace_bytes(running.site / path, b"PAR1")
    assert running.run().success
    assert hashes(running.site) == before


def replace_bytes(path: Path, content: bytes) -> None:
    path.unlink()  # it shares its bytes with the store
    path.write_bytes(content)


def test_an_index_that_cannot_be_read_is_written_again(running: Installation) -> None:
    before = hashes(running.site)
    replace_bytes(running.site / "daily" / DAY / "index.json", b"{")
    assert running.run().success
    assert hashes(running.site) == before


def test_a_temporary_file_of_a_killed_download_stops_nothing(running: Installation) -> None:
    attempt = running.data / "attempts" / "daily" / DAY
    attempt.mkdir(parents=True)
    (attempt / ".000000.parquet.x.part").write_bytes(b"")
    (attempt / "000001.parquet").write_bytes(b"half")
    assert running.run().success


def test_a_damaged_raw_object_is_made_again_and_stops_no_other_partition(running: Installation) -> None:
    raw = running.data / f"raw/daily/as_of={DAY}/part.parquet"
    raw.write_bytes(raw.read_bytes()[:100])
    assert running.run("daily", "2024-08-01").success
    assert running.run().success
