"""A Dagster user loads the stored tables: by `load_asset_value`, and as the input of an asset of theirs."""

from typing import Any

import dagster as dg
import pandas as pd
import pytest

from bluedot_assets.definitions import build_definitions
from bluedot_assets.defs.partitions import partitions_of
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets_tests.examples.trees import DAY, DAYS, STOCKS, WEEK, Installation


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
