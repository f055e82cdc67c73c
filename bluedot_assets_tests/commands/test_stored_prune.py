"""`bluedot prune`: old stored partitions go, the newest and the site stay."""

import json
import re
import shutil
from pathlib import Path

import pytest

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.defs.instance.connected import open_instance
from bluedot_assets.defs.instance.housekeeping import housekeeping_job
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEK, hashes


def partitions(data: Path) -> set[str]:
    """Keys that any object of the data folder names."""
    keys = {*DAYS, WEEK}
    return {key for key in keys for path in data.rglob("*") if path.is_file() and key in str(path)}


@pytest.mark.long
def test_all_but_the_newest_partitions_go_with_everything_of_them(bluedot: Bluedot, done: Path) -> None:
    assert bluedot("run", "--partition", DAYS[0], "--quiet").code == 0
    part = done / "data" / "attempts" / "daily" / DAYS[0] / "x.parquet"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"")
    site = hashes(done / "site")
    called = bluedot("prune", "--keep", "1")
    assert called.text.splitlines() == [f"removed daily {DAYS[0]}"]
    assert partitions(done / "data") - {DAYS[0]} == {DAY, WEEK}
    assert not [
        path
        for path in (done / "data").rglob("*")
        if path.is_file() and DAYS[0] in str(path.relative_to(done)) and "site" not in path.parts
    ]
    assert hashes(done / "site") == site
    assert bluedot("prune", "--keep", "1").text.startswith("Nothing to remove: no more is stored than --keep")


@pytest.mark.long
def test_what_was_pruned_can_be_run_again(bluedot: Bluedot, done: Path) -> None:
    assert bluedot("run", "--partition", DAYS[0], "--quiet").code == 0
    assert bluedot("prune", "--keep", "1", "--timeframe", "daily").code == 0
    again = json.loads(bluedot("run", "--partition", DAYS[0], "--json").out)
    assert again["success"]
    assert not again["runs"][0]["changed"]


def test_nothing_stored_is_nothing_to_remove(bluedot: Bluedot, source: Path) -> None:
    called = bluedot("prune", "--keep", "1")
    assert called.code == 0
    assert called.text.startswith("Nothing to remove: no more is stored than --keep")


def test_by_the_settings_it_says_what_would_go_and_removes_it(
    bluedot: Bluedot, done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.settings.forms.LEAST_STORED", 1)
    stored = done / "data/manifests/daily"
    shutil.copytree(stored / DAY, stored / DAYS[0])
    # The source has its very files: else it would stay.
    made, copied = (done / "data" / Slot("daily", key, "raw_json").raw_path for key in (DAY, DAYS[0]))
    copied.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(made, copied)
    shutil.rmtree(done / "drive/daily" / DAYS[0], ignore_errors=True)
    shutil.copytree(done / "drive/daily" / DAY, done / "drive/daily" / DAYS[0])
    settings = {"BLUEDOT_KEEP_DATA": "daily=1,weekly=all"}
    called = bluedot("prune", "--dry-run", **settings)
    assert called.code == 0
    line, total = called.text.splitlines()
    assert re.fullmatch(rf"would remove daily {DAYS[0]} \([\d,]{{4,}} bytes\)", line)
    assert re.fullmatch(r"[\d,]{4,} bytes would be freed\.", total)
    assert (stored / DAYS[0]).exists()
    assert bluedot("prune", "--timeframe", "weekly", **settings).text.startswith("Nothing is older than BLUEDOT_KEEP")
    assert bluedot("prune", **settings).text.splitlines() == [f"removed daily {DAYS[0]}"]
    assert not (stored / DAYS[0]).exists()


def test_with_a_number_a_dry_run_removes_nothing_either(bluedot: Bluedot, done: Path) -> None:
    stored = done / "data/manifests/daily"
    shutil.copytree(stored / DAY, stored / DAYS[0])
    called = bluedot("prune", "--keep", "1", "--dry-run")
    assert called.text.startswith(f"would remove daily {DAYS[0]} (")
    assert (stored / DAYS[0]).exists()


def test_a_partition_that_a_run_is_at_work_on_stays(bluedot: Bluedot, done: Path) -> None:
    stored = done / "data/manifests/daily"
    shutil.copytree(stored / DAY, stored / DAYS[0])
    make_dagster_home()
    with open_instance() as instance:
        instance.create_run_for_job(housekeeping_job, tags={"dagster/partition": DAYS[0]})
    called = bluedot("prune", "--keep", "1")
    assert (called.code, (stored / DAYS[0]).exists()) == (0, True)
    assert f"daily {DAYS[0]} stays: a run is at work on it." in called.err
