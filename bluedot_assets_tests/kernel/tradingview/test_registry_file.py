"""What the pages learn of the registries."""

import json

from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.tradingview.registry_file import registry_file


def test_every_indicator_is_there_with_its_meaning_unit_and_decimals() -> None:
    made = json.loads(registry_file({}))["indicators"]
    assert [one["name"] for one in made] == list(INDICATORS)
    assert {one["name"]: one["decimals"] for one in made} == {
        "PRICE_DATA": 2,
        "RLST_RATING": 0,
        "BC_INDICATOR": 2,
        "BLUE_DOTS": 0,
        "RS_LINE": 6,
        "BLUE_DOTS_KNOWN": 0,
    }
    assert all(one["meaning"] == INDICATORS[one["name"]].meaning and one["unit"] for one in made)


def test_the_benchmarks_of_the_settings_have_their_names() -> None:
    assert json.loads(registry_file({}))["benchmarks"] == {}
    names = {"Asia/Kolkata": "NIFTY 500", "America/New_York": "S&P <500>"}
    assert json.loads(registry_file({}, names))["benchmarks"] == names


def test_the_settings_decide_about_exchanges_and_for_new_york_one_is_offered() -> None:
    assert json.loads(registry_file({"Asia/Kolkata": "BSE"}))["exchanges"] == {
        "America/New_York": "NASDAQ",
        "Asia/Kolkata": "BSE",
    }
    assert json.loads(registry_file({"America/New_York": "NYSE"}))["exchanges"] == {"America/New_York": "NYSE"}


def test_weekly_watchlists_have_titles_of_weeks_in_the_order_of_the_daily_ones() -> None:
    made = json.loads(registry_file({}))
    assert list(made["weekly_watchlists"]) == list(made["watchlists"])
    assert [title for title in made["weekly_watchlists"].values() if "bars" in title or "today" in title] == []
