"""A weekly partition and the daily table of its week, in whole runs: what is compared, what is made of it, and what
becomes of later stages when it changes."""

import io
import json
from collections.abc import Callable
from typing import Any

import dagster as dg
import polars as pl
import pytest

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEK, Installation, hashes, stock_files

RULES = ("weekly_agrees_with_daily", "dots_agree")


def evaluations(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    assert result.success
    return {one.check_name: one for one in result.get_asset_check_evaluations() if one.check_name in RULES}


def weekly(installation: Installation, **settings: object) -> dict[str, dg.AssetCheckEvaluation]:
    installation.set(**settings)
    return evaluations(installation.run("weekly", WEEK))


def made(installation: Installation) -> Manifest:
    manifest = installation.manifest("bars", "weekly", WEEK)
    assert manifest is not None
    return manifest


def table(installation: Installation) -> pl.DataFrame:
    return installation.platform.outputs.read_table(made(installation), BARS)


def spoil_weeks(installation: Installation, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the bar of four weeks ago in every weekly file."""
    for file in stock_files(installation.source / "weekly" / WEEK):
        content = json.loads(file.read_bytes())
        prices = content["chart"]["prices"]
        change((list(prices.values()) if isinstance(prices, dict) else prices)[4])
        file.write_text(json.dumps(content))


def swallow(bar: dict[str, Any]) -> None:
    bar["low"] = bar["open"] = bar["low"] * 0.9


@pytest.fixture
def with_daily(installation: Installation) -> Installation:
    """One that has the daily table of the week."""
    assert installation.run("daily", DAY, "raw_json", "bars").success
    return installation


def test_the_vendors_bars_stay_and_a_difference_is_named(with_daily: Installation) -> None:
    spoil_weeks(with_daily, swallow)
    check = weekly(with_daily)["weekly_agrees_with_daily"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "in 1 weeks" in (check.description or "")
    assert made(with_daily).made_from.keys() == {"raw_json"}
    assert made(with_daily).facts["from_daily"] == 0


def test_bars_that_are_made_of_the_daily_table_say_so(with_daily: Installation) -> None:
    weekly(with_daily)
    vendors = table(with_daily)
    spoil_weeks(with_daily, swallow)
    check = weekly(with_daily, BLUEDOT_WEEKLY_FROM="daily")["weekly_agrees_with_daily"]
    assert check.passed
    from_daily = made(with_daily).facts["from_daily"]
    assert f"{from_daily} bars are made from the daily table." in (check.description or "")
    assert from_daily > 100
    prices = ["symbol", "session", "open", "high", "low", "close", "blue_dot"]
    assert table(with_daily).select(prices).equals(vendors.select(prices))
    daily = with_daily.manifest("bars", "daily", DAY)
    assert daily is not None
    assert made(with_daily).made_from["daily/bars"] == daily.fingerprint


@pytest.mark.long
def test_a_rerun_of_either_changes_no_byte_and_outdates_nothing(with_daily: Installation) -> None:
    weekly(with_daily, BLUEDOT_WEEKLY_FROM="daily")
    assert with_daily.run("daily", DAY, "raw_json", "bars").success  # its manifests are of this setting now
    before = hashes(with_daily.data)
    assert with_daily.run("daily", DAY, "raw_json", "bars").success
    assert with_daily.run("weekly", WEEK, "price_data", "watchlists").success
    weekly(with_daily)
    assert hashes(with_daily.data) == before


def test_without_a_daily_table_the_vendors_bars_are_used_and_named(installation: Installation) -> None:
    assert all(check.passed for check in weekly(installation).values())
    found = weekly(installation, BLUEDOT_WEEKLY_FROM="daily")
    assert {name for name, check in found.items() if not check.passed} == {"weekly_agrees_with_daily"}
    assert made(installation).facts["from_daily"] == 0


def test_a_daily_table_of_another_week_is_none(installation: Installation) -> None:
    assert installation.run("daily", DAYS[0], "raw_json", "bars").success
    assert "daily partition 2024-07-31" in (weekly(installation)["dots_agree"].description or "")
    check = evaluations(installation.run("weekly", "2024-W30"))["weekly_agrees_with_daily"]
    assert "There is no daily table of this week" in (check.description or "")


def test_a_damaged_daily_table_is_a_warning_and_stops_nothing(with_daily: Installation) -> None:
    path = with_daily.platform.outputs.require(Slot("daily", DAY, "bars")).table("stocks").path
    (with_daily.data / path).write_bytes(b"")
    check = weekly(with_daily, BLUEDOT_WEEKLY_FROM="daily")["weekly_agrees_with_daily"]
    assert not check.passed
    assert "could not be read" in (check.description or "")


def test_a_dot_that_one_list_lacks_is_listed(with_daily: Installation) -> None:
    for file in stock_files(with_daily.source / "weekly" / WEEK):
        content = json.loads(file.read_bytes())
        if (content["chart"].get("blueDotData") or {}).get("dates"):
            del content["chart"]["blueDotData"]["dates"][:20]
            file.write_text(json.dumps(content))
    check = weekly(with_daily)["dots_agree"]
    assert not check.passed
    assert "stand in one list only" in (check.description or "")


@pytest.mark.long
def test_shards_of_any_size_make_the_same_bars(with_daily: Installation) -> None:
    weekly(with_daily, BLUEDOT_WEEKLY_FROM="daily")
    whole = table(with_daily)
    with_daily.platform.outputs.drop(Slot("weekly", WEEK, "raw_json"))
    weekly(with_daily, BATCH_SIZE=1)
    assert table(with_daily).equals(whole)


@pytest.mark.parametrize("column", ["close", "session"])
def test_a_daily_table_that_lacks_a_column_is_a_warning_and_the_vendors_bars_are_published(
    with_daily: Installation, column: str
) -> None:
    manifest = with_daily.manifest("bars")
    assert manifest is not None
    into = io.BytesIO()
    with_daily.platform.outputs.read_table(manifest, BARS).drop(column).write_parquet(into)
    with_daily.restore_table(BARS, into.getvalue())
    check = weekly(with_daily, BLUEDOT_WEEKLY_FROM="daily")["weekly_agrees_with_daily"]
    assert not check.passed
    assert f"the table bars lacks {column}" in (check.description or "")
    assert made(with_daily).facts["from_daily"] == 0
