"""Fields that the files of an exchange no longer give: each broken once and silent once."""

from typing import Any

import polars as pl
import pytest

from bluedot_assets.kernel.bars.normalize import Shard
from bluedot_assets.kernel.checks.files.given_fields import NO_STOCKS, dots_given_verdict, fields_given_verdict
from bluedot_assets.kernel.checks.session_counts import days_of
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.series.indicators import columns_published
from bluedot_assets_tests.examples.vendor_files import INDIA, NEW_YORK, Record, bars, document, judged, raw

DOTS = [{"blueDotDate": "2021-03-12"}]
NOBODY = pl.DataFrame(schema=NO_STOCKS)
NAMES = [chr(65 + place) * 3 for place in range(12)]


def folder(count: int = 5, zone: str = INDIA, /, prices: Any = None, **chart: Any) -> Shard:
    """Files of so many stocks of an exchange, all alike."""
    made = document(prices or bars(12, zone), dates=DOTS, **chart)
    return judged(*(raw(made, f"{name}_daily.json") for name in NAMES[:count]))


def dots_given(shard: Shard, *, published: bool = True) -> Verdict:
    return dots_given_verdict(shard.stocks, shard.dots, published=published)


def fields_given(shard: Shard, before: pl.DataFrame = NOBODY) -> Verdict:
    return fields_given_verdict(shard.given, days_of(shard.bars, shard.stocks), shard.stocks, before)


def good(**changes: Any) -> Record:
    """The parts of a good document's chart, with other fields in peripheralData."""
    part = document([])["chart"]["peripheralData"]
    return {"peripheralData": part | {"isETF": False} | changes}


@pytest.mark.parametrize(
    "data", [None, {}, {"dates": None}, {"dates": []}, [{"blueDotDate": "2021-03-12"}], "2021-03-12"]
)
def test_an_exchange_without_a_single_dot_blocks_and_the_field_is_named(data: Any) -> None:
    verdict = dots_given(folder(3, blueDotData=data))
    assert verdict.blocks
    assert verdict.message == (
        "3 stocks of Asia/Kolkata have no dot at all. Has the vendor renamed or moved chart.blueDotData.dates?"
    )
    assert (verdict.rows[0]["exchange"], verdict.rows[0]["stocks"]) == (INDIA, "3")


def test_one_dot_of_years_ago_in_one_file_lets_an_exchange_pass() -> None:
    files = [raw(document(bars(3)), f"{name}_daily.json") for name in NAMES]
    shard = judged(*files, raw(document(bars(3), dates=DOTS), "ZED_daily.json"))
    verdict = dots_given(shard)
    assert verdict.passed
    assert "12 of 13 stocks never had one" in verdict.message


def test_very_few_stocks_without_dots_are_a_warning_and_where_dots_are_not_published_nobody_misses_them() -> None:
    few = dots_given(folder(2, blueDotData=None))
    assert (few.passed, few.blocks) == (False, False)
    many = dots_given(folder(12, blueDotData=None), published=False)
    assert (many.passed, many.message) == (True, "Not judged: no series of BLUEDOT_INDICATORS is made of dots.")


def test_each_exchange_is_judged_by_itself() -> None:
    shard = judged(
        *(raw(document(bars(3), dates=DOTS), f"{name}_daily.json") for name in NAMES[:4]),
        *(raw(document(bars(3, NEW_YORK)), f"{name}_daily.json") for name in NAMES[4:8]),
    )
    verdict = dots_given(shard)
    assert verdict.blocks
    assert verdict.message.startswith("4 stocks of America/New_York have no dot at all.")


def test_a_stock_whose_dots_are_all_unusable_is_named() -> None:
    shard = judged(
        raw(document(bars(3), dates=DOTS)), raw(document(bars(3), dates=["12.03.2021", "13.03.2021"]), "BAD_daily.json")
    )
    verdict = dots_given(shard)
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert "of 1 stocks all dots are unusable, first: BAD." in verdict.message
    assert verdict.rows == [{"exchange": INDIA, "stocks": "BAD", "dots dropped": 2}]


def test_a_partition_without_stocks_has_no_dots_to_miss() -> None:
    assert dots_given(judged()).passed
    assert fields_given(judged()).passed


def test_files_with_all_fields_are_silent() -> None:
    verdict = fields_given(folder(12, **good()))
    assert (verdict.passed, verdict.message) == (True, "Most stocks of every exchange have every field.")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (good(name=None), "chart.peripheralData.name"),
        (good(name=""), "chart.peripheralData.name"),
        (good(currencySymbol=None), "chart.peripheralData.currencySymbol"),
        (good(periodcity=None), "chart.peripheralData.periodcity"),
        (good(isETF=None), "chart.peripheralData.isETF"),
        (good(isETF="perhaps"), "chart.peripheralData.isETF"),
        (good() | {"blueDotData": {"dates": DOTS, "isASM": None, "isGSM": 0}}, "chart.blueDotData.isASM"),
        (good() | {"blueDotData": {"dates": DOTS, "isASM": 0}}, "chart.blueDotData.isGSM"),
        (good() | {"lastCompletedPattern": None}, "chart.lastCompletedPattern"),
        (good() | {"prices": [one | {"volume": None} for one in bars(12)]}, "chart.prices.volume"),
        (good() | {"prices": [one | {"bc": None} for one in bars(12)]}, "chart.prices.bc"),
        (good() | {"prices": [one | {"pdt": None} for one in bars(12)]}, "chart.prices.pdt"),
        (good() | {"prices": [one | {"pdt": "TRADING"} for one in bars(12)]}, "chart.prices.pdt"),
    ],
)
def test_a_field_that_all_stocks_lack_is_named_on_a_machine_that_knows_no_partition_before(
    changes: Record, field: str
) -> None:
    verdict = fields_given(folder(12, **changes))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert [(row["exchange"], row["field"], row["lacking"], row["stocks"]) for row in verdict.rows] == [
        (INDIA, field, 12, 12)
    ]
    assert f"{field} (12 of 12 stocks of {INDIA}" in verdict.message


def test_the_answer_time_is_a_field_too() -> None:
    made = document(bars(3), dates=DOTS, **good()) | {"responseHeader": {"error": False}}
    shard = judged(*(raw(made, f"{name}_daily.json") for name in NAMES[:3]))
    assert [row["field"] for row in fields_given(shard).rows] == ["responseHeader.asOfDate"]


def test_a_field_that_half_of_the_stocks_lack_is_no_warning() -> None:
    lacking = document(bars(12), dates=DOTS, **good(name=None))
    whole = document(bars(12), dates=DOTS, **good())
    shard = judged(*(raw(lacking if place % 2 else whole, f"{name}_daily.json") for place, name in enumerate(NAMES)))
    assert fields_given(shard).passed


def test_volumes_that_the_newest_bars_alone_lack_are_named_with_what_was_usual() -> None:
    prices = bars(30)
    prices[0] |= {"volume": None}
    shard = folder(5, **good(), prices=prices)
    (row,) = fields_given(shard).rows
    assert (row["field"], row["lacking"], row["stocks"]) == ("chart.prices.volume", 5, 5)
    assert row["before"] == "0.0% lacked it on the sessions before, 3.3% of all bars lack it"


def test_of_sessions_that_are_too_few_to_be_usual_nothing_is_said() -> None:
    (row,) = fields_given(folder(2, **good(), prices=[one | {"bc": None} for one in bars(3)])).rows
    assert (row["field"], row["before"]) == ("chart.prices.bc", "100.0% of all bars lack it")


def test_a_column_that_no_published_series_is_made_of_is_not_missed() -> None:
    shard = folder(5, **good(), prices=[one | {"bc": None, "volume": None} for one in bars(12)])
    found = days_of(shard.bars, shard.stocks)
    verdict = fields_given_verdict(shard.given, found, shard.stocks, NOBODY, columns_published(["PRICE_DATA"]))
    assert [row["field"] for row in verdict.rows] == ["chart.prices.volume"]
    verdict = fields_given_verdict(shard.given, found, shard.stocks, NOBODY, columns_published(["rs_line"]))
    assert [row["field"] for row in verdict.rows] == ["chart.prices.bc"]


def test_few_stocks_without_a_pattern_are_chance_unless_most_had_one_before() -> None:
    shard = folder(5, **good(), lastCompletedPattern=None)
    assert fields_given(shard).passed
    had = folder(5, **good()).stocks.select(list(NO_STOCKS))
    (row,) = fields_given(shard, had).rows
    assert (row["field"], row["before"]) == ("chart.lastCompletedPattern", "5 of these stocks had it")


def test_flags_of_india_are_missed_elsewhere_only_where_one_was_set_before() -> None:
    shard = folder(5, NEW_YORK, **good(), blueDotData={"dates": DOTS})
    assert fields_given(shard).passed
    set_before = folder(5, NEW_YORK, **good()).stocks.select(list(NO_STOCKS))
    assert [row["field"] for row in fields_given(shard, set_before).rows] == ["chart.blueDotData.isGSM"]


def test_the_partition_before_is_told_with_a_field() -> None:
    before = folder(4, **good()).stocks.select(list(NO_STOCKS))
    (row,) = fields_given(folder(5, **good(name=None)), before).rows
    assert row["before"] == "4 of these stocks had it"
