"""Bars that were left out, forms that were accepted and stocks with few bars: each told once and silent once."""

from datetime import timedelta

import polars as pl
import pytest

from bluedot_assets.kernel.checks.files.left_out import (
    bars_enough_verdict,
    duplicate_bars_verdict,
    forms_verdict,
    future_bars_verdict,
)
from bluedot_assets.kernel.checks.files.validity import values_verdict
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets_tests.examples.vendor_files import FRIDAY, bar, bars, beside_a_good_one, document, judged, raw

GOOD = beside_a_good_one(document(bars(3)))


def warns(verdict: Verdict) -> bool:
    return not verdict.passed and not verdict.blocks


def test_bars_after_the_partitions_end_are_told_with_their_stocks() -> None:
    shard = beside_a_good_one(document([bar(FRIDAY + timedelta(days=days)) for days in (3, 1, 0)]))
    verdict = future_bars_verdict(shard.stocks)
    assert warns(verdict)
    assert verdict.message == "2 bars of 1 stocks dated after the partition's end were left out. First: DIXON."
    assert verdict.rows == [{"symbol": "DIXON", "timezone": "Asia/Kolkata", "last_session": "2024-08-02", "bars": 2}]
    assert future_bars_verdict(GOOD.stocks).passed


def test_bars_that_contradict_each_other_are_told_with_their_stocks() -> None:
    shard = beside_a_good_one(document([bar(), bar(close=102), *bars(3)[1:]]))
    verdict = duplicate_bars_verdict(shard.stocks)
    assert warns(verdict)
    assert verdict.message == "1 bars of 1 stocks that contradict another of their date were left out. First: DIXON."
    assert duplicate_bars_verdict(beside_a_good_one(document([bar(), *bars(3)])).stocks).passed


def test_stocks_with_fewer_bars_than_the_setting_are_told() -> None:
    shard = beside_a_good_one(document(bars(2)))
    verdict = bars_enough_verdict(shard.stocks, 3)
    assert warns(verdict)
    assert verdict.message == "1 stocks have fewer than the 3 bars of BLUEDOT_MIN_BARS. First: DIXON."
    assert verdict.rows[0]["bars"] == 2
    assert bars_enough_verdict(shard.stocks, 2).passed


def test_each_form_is_told_once_with_the_number_of_its_files() -> None:
    text, nothing = document([bar(close="103", volume="7")]), document([bar(close="103", rlst="-")])
    shard = judged(raw(text, "A_daily.json"), raw(nothing, "B_daily.json"), raw(document(bars(1)), "C_daily.json"))
    verdict = forms_verdict(shard.forms)
    assert warns(verdict)
    assert verdict.message == (
        "Numbers came as text in 2 files (chart.prices.close, chart.prices.volume); text such as '-' or 'N/A' stood "
        "for no value in 1 files (chart.prices.rlst). They were read all the same. First: A_daily.json."
    )
    assert verdict.rows == [
        {"file": "A_daily.json", "form": "numbers came as text", "fields": "chart.prices.close, chart.prices.volume"},
        {"file": "B_daily.json", "form": "numbers came as text", "fields": "chart.prices.close"},
        {"file": "B_daily.json", "form": "text such as '-' or 'N/A' stood for no value", "fields": "chart.prices.rlst"},
    ]
    assert forms_verdict(GOOD.forms).passed


def test_what_was_dropped_is_told_with_the_stocks_and_the_field() -> None:
    bad = document(bars(3), dates=["soon", "2021-03-12"])
    shard = judged(raw(bad, "ACC_daily.json"), raw(bad), raw(document(bars(3)), "ZOMATO_daily.json"))
    verdict = values_verdict(shard.stocks, shard.dots)
    assert verdict.blocks
    assert verdict.message == (
        "Dropped or taken as null: 2 dots (50.0%). Of a file 50.0% on average, 20% at most. Has the vendor's format "
        "changed? See chart.blueDotData.dates."
    )
    assert [(row["symbol"], row["dropped_dots"]) for row in verdict.rows] == [("ACC", 1), ("DIXON", 1)]
    assert values_verdict(GOOD.stocks, GOOD.dots).passed
    empty = pl.DataFrame(schema=GOOD.stocks.schema)
    assert values_verdict(empty, GOOD.dots.clear()).passed


@pytest.mark.parametrize(
    ("dropped", "kept", "message"),
    [
        (140, 60, "980 bars (1.9%). Of a file 28.8% on average, 20% at most."),
        (20, 10, "140 bars (0.3%). Of a file 27.5% on average, 20% at most."),
    ],
)
def test_what_blocks_is_the_share_of_a_file_whatever_the_share_of_all_is(dropped: int, kept: int, message: str) -> None:
    lost = [*[0] * 10, *[dropped] * 7]
    stocks = pl.concat([GOOD.stocks[:1]] * 17).with_columns(
        symbol=pl.Series([f"S{number}" for number in range(17)]),
        dropped_bars=pl.Series(lost, dtype=GOOD.stocks.schema["dropped_bars"]),
        bars=pl.Series([kept if one else 5_000 for one in lost], dtype=GOOD.stocks.schema["bars"]),
    )
    verdict = values_verdict(stocks, GOOD.dots.clear())
    assert verdict.blocks
    assert message in verdict.message


def with_junk(good: int, bad: int) -> Verdict:
    """Of so many files with 3 dots, and so many with as much junk beside theirs as a file may have."""
    dots = [f"2024-07-{day}" for day in (10, 11, 12)]
    contents = [document(bars(3), dates=dots)] * good + [document(bars(3), dates=[*dots, *["soon"] * 40_000])] * bad
    shard = judged(*(raw(one, f"S{number}_daily.json") for number, one in enumerate(contents)))
    return values_verdict(shard.stocks, shard.dots)


def test_the_junk_of_one_file_costs_no_other_one() -> None:
    verdict = with_junk(good=3, bad=1)
    assert warns(verdict)
    assert "40000 dots (100.0%)" in verdict.message
    assert [row["symbol"] for row in verdict.rows] == ["S3"]
    assert warns(with_junk(good=1, bad=1))


def test_junk_in_a_few_of_many_files_does_not_stop_them_and_in_more_than_a_fifth_it_does() -> None:
    assert warns(with_junk(good=18, bad=2))
    assert with_junk(good=3, bad=2).blocks
    assert with_junk(good=0, bad=1).blocks  # all that there is
