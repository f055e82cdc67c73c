"""The data folder's paths are what they always were, and a key is read back out of them."""

import pytest

from bluedot_assets.adapters.storage.layout import Slot, is_whole_parquet, manifest_slots, series_folder

DAY = "2024-08-02"


def slot(stage: str) -> Slot:
    return Slot("daily", DAY, stage)


@pytest.mark.parametrize(
    ("stage", "folder"),
    [
        ("price_data", f"series/daily/{DAY}"),
        ("blue_dots", f"series/daily/{DAY}"),
        ("watchlists", f"watchlists/daily/{DAY}"),
        ("pine_scripts", f"scripts/daily/{DAY}"),
    ],
)
def test_each_stage_keeps_its_objects_where_they_have_always_been(stage: str, folder: str) -> None:
    assert slot(stage).folder == folder
    assert slot(stage).manifest_path == f"manifests/daily/{DAY}/{stage}.json"
    assert slot(stage).journal_path == f"manifests/daily/{DAY}/{stage}.unfinished"


def test_tables_raw_objects_and_series_have_their_paths() -> None:
    assert slot("bars").table_path("stocks") == f"stocks/daily/as_of={DAY}/part.parquet"
    assert slot("raw_json").raw_path == f"raw/daily/as_of={DAY}/part.parquet"
    assert series_folder("daily", DAY) == slot("price_data").folder


def test_a_path_gives_back_its_slot_and_other_files_are_passed_over() -> None:
    paths = [slot("bars").manifest_path, slot("raw_json").journal_path, "manifests/daily/.DS_Store"]
    assert list(manifest_slots(paths)) == [(slot("bars"), True), (slot("raw_json"), False)]
    ((_, whole),) = manifest_slots([f"manifests/daily/{DAY}/.bars.json.0123.part"])
    assert not whole


def test_a_writers_temporary_file_is_no_parquet_object() -> None:
    assert is_whole_parquet(slot("raw_json").raw_path)
    assert not is_whole_parquet(f"raw/daily/.{DAY}.parquet.0123.part")
    assert not is_whole_parquet(f"raw/daily/.{DAY}.parquet")
