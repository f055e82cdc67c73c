"""A Dagster user loads the stored tables: by `load_asset_value`, and as the input of an asset of theirs."""

import json
import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from bluedot_assets import read
from bluedot_assets.definitions import build_definitions
from bluedot_assets.defs.partitions import partitions_of
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import OutputAbsent
from bluedot_assets_tests.examples.trees import DAY, DAYS, STOCKS, WEEK, Installation, stock_files


@pytest.fixture(scope="module")
def days(published: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    here = published.copy(tmp_path_factory.mktemp("loading") / "here")
    for day in DAYS:
        assert here.run("daily", day, "raw_json", "bars", "breadth", "history").success
    return here


def test_a_partition_is_loaded_by_its_key(days: Installation) -> None:
    daily: Any = days.definitions.load_asset_value(["daily", "bars"], partition_key=DAY)
    assert isinstance(daily, pd.DataFrame)
    assert set(daily["as_of"]) == {DAY}
    weekly: Any = days.definitions.load_asset_value(["weekly", "bars"], partition_key=f"{WEEK}-1")
    assert set(weekly["as_of"]) == {WEEK}
    breadth: Any = days.definitions.load_asset_value(["daily", "breadth"], partition_key=DAY)
    assert breadth["stocks"].sum() == len(daily)
    history: Any = days.definitions.load_asset_value(["daily", "history"], partition_key=DAY)
    assert {"first_known", "factor"} <= {*history.columns}


def test_the_history_of_a_partition_is_what_was_known_then(days: Installation) -> None:
    load: Any = days.definitions.load_asset_value
    for day in DAYS:
        known = read.stocks(as_of=day, data=days.data)["known"].max()
        loaded = load(["daily", "history"], partition_key=day)
        assert loaded["session"].max() == pd.Timestamp(day)
        assert loaded.equals(read.bars(known_by=known, data=days.data))
    ranges = days.definitions.get_asset_value_loader()
    until: Any = ranges.load_asset_value(["daily", "history"], partition_key_range=dg.PartitionKeyRange(*DAYS[:2]))
    assert until.equals(load(["daily", "history"], partition_key=DAYS[1]))
    assert load(["daily", "history"]).equals(read.bars(data=days.data))
    with pytest.raises(OutputAbsent, match="nothing of daily/2024-07-30: materialize daily/history of it"):
        load(["daily", "history"], partition_key="2024-07-30")


def test_a_file_that_stands_unchanged_in_a_later_folder_was_known_when_it_came(
    days: Installation, tmp_path: Path
) -> None:
    here = days.copy(tmp_path / "here")
    shutil.copytree(here.source / "daily" / DAYS[0], here.source / "daily/2024-08-05")
    assert here.run("daily", "2024-08-05", "raw_json", "bars", "history").success
    before: Any = days.definitions.load_asset_value(["daily", "history"], partition_key=DAYS[0])
    now: Any = here.definitions.load_asset_value(["daily", "history"], partition_key=DAYS[0])
    assert now["session"].max() == before["session"].max()


def test_a_file_that_was_replaced_later_shows_no_future_of_other_stocks(days: Installation, tmp_path: Path) -> None:
    here = days.copy(tmp_path / "here")
    path = stock_files(here.source / "daily" / DAYS[0])[0]
    document = json.loads(path.read_bytes())
    document["responseHeader"]["asOfDate"] += 30 * 86_400_000
    path.write_text(json.dumps(document))
    assert here.run("daily", DAYS[0], "raw_json", "bars", "history").success
    now: Any = here.definitions.load_asset_value(["daily", "history"], partition_key=DAYS[0])
    newest = now.groupby("symbol")["session"].max()
    assert newest[document["chart"]["peripheralData"]["symbol"]] == pd.Timestamp(DAY)
    assert sorted(newest)[:-1] == [pd.Timestamp(DAYS[0])] * (STOCKS - 1)


def test_a_range_says_which_of_its_partitions_are_not_stored(
    days: Installation, capfd: pytest.CaptureFixture[str]
) -> None:
    some = dg.PartitionKeyRange("2024-07-29", DAY)
    loader = days.definitions.get_asset_value_loader()
    loaded: Any = loader.load_asset_value(["daily", "bars"], partition_key_range=some)
    assert set(loaded["as_of"]) == set(DAYS)
    said = capfd.readouterr().err
    assert "daily/bars has no 2024-07-29, 2024-07-30: not run, or no folder of the source." in said


def test_an_asset_of_ones_own_takes_one_partition_or_all(days: Installation) -> None:
    partitions = partitions_of(DAILY, days.platform.partition_range(DAILY))
    seen: dict[str, Any] = {}

    @dg.asset(
        partitions_def=partitions,
        ins={"bars": dg.AssetIn(["daily", "bars"])},
        output_required=False,
        key="newest_closes",
    )
    def newest_closes(bars: pd.DataFrame) -> None:
        seen["one"] = bars.groupby("symbol")["close"].last()

    @dg.asset(
        partitions_def=partitions,
        ins={
            "bars": dg.AssetIn(
                ["daily", "bars"], partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=0)
            )
        },
    )
    def two_days(bars: pd.DataFrame) -> None:
        seen["two"] = set(bars["as_of"])

    job = dg.define_asset_job("mine", selection=[newest_closes.key, two_days.key])
    mine = dg.Definitions(assets=[newest_closes, two_days], jobs=[job])
    whole = dg.Definitions.merge(build_definitions(days.platform), mine)
    assert whole.resolve_job_def("mine").execute_in_process(partition_key=DAY).success
    assert len(seen["one"]) == STOCKS
    assert seen["two"] == set(DAYS[1:])


def test_what_is_no_table_is_refused(days: Installation) -> None:
    with pytest.raises(dg.Failure, match="daily/site is no table: load daily/bars"):
        days.definitions.load_asset_value(["daily", "site"], partition_key=DAY)
