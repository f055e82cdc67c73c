"""The two lists of dots of one stock: what both could know, and how much may differ."""

from datetime import date

import polars as pl

from bluedot_assets.kernel.bars.tables import DOTS
from bluedot_assets.kernel.checks.agreement.dot_lists import dot_lists, dots_agree_verdict
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets_tests.examples.market_tables import SESSIONS, bars, market, stocks

NAMES = ("A", "BB", "CCC")
STOCKS = stocks(market(*[bars(name) for name in NAMES]))


def dots(**of: list[date]) -> pl.DataFrame:
    return pl.DataFrame([(name, day) for name, days in of.items() for day in days], DOTS.polars_schema, orient="row")


def judged(weekly: pl.DataFrame, daily: pl.DataFrame, of_daily: pl.DataFrame = STOCKS) -> Verdict:
    return dots_agree_verdict("2024-08-02", dot_lists(weekly, daily, STOCKS, of_daily))


ALL = dots(**dict.fromkeys(NAMES, SESSIONS))


def test_equal_lists_are_silent() -> None:
    assert judged(ALL, ALL).message == "The dots are those of the daily partition 2024-08-02."
    assert judged(dots(), dots()).passed


def test_what_the_vendor_changes_within_the_hour_is_listed_and_no_warning() -> None:
    without = ALL.filter(~((pl.col("symbol") == "A") & pl.col("date").is_in(SESSIONS[-3:])))
    verdict = judged(without, ALL)
    assert verdict.passed
    assert verdict.rows[0] == {"symbol": "A", "date": str(SESSIONS[-1]), "only in": "daily"}
    assert "3 of 135 dots stand in one list only" in verdict.message
    assert "(3 in the daily one)" in verdict.message


def test_many_differing_dots_are_a_warning() -> None:
    verdict = judged(ALL, ALL.filter(~pl.col("date").is_in(SESSIONS[-4:])))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert "12 of 135 dots" in verdict.message
    assert {row["only in"] for row in verdict.rows} == {"weekly"}


def test_one_stock_with_another_list_altogether_is_a_warning_and_stands_first() -> None:
    many = market(*[bars("X" * (place + 1)) for place in range(30)])
    of_many = stocks(many)
    lists = dots(**dict.fromkeys(of_many["symbol"].to_list(), SESSIONS))
    others = lists.filter(~((pl.col("symbol") == "XXX") & pl.col("date").is_in(SESSIONS[5:25])))
    others = others.filter(~((pl.col("symbol") == "X") & (pl.col("date") == SESSIONS[-1])))
    verdict = dots_agree_verdict("2024-08-02", dot_lists(others, lists, of_many, of_many))
    assert not verdict.passed
    assert "1 stocks have another list altogether, first: XXX." in verdict.message
    assert verdict.rows[0]["symbol"] == "XXX"


def test_a_list_that_is_empty_lacks_the_dots_since_its_first_bar() -> None:
    verdict = judged(ALL, ALL.filter(pl.col("symbol") != "BB"))
    assert not verdict.passed
    assert {row["symbol"] for row in verdict.rows} == {"BB"}


def test_dots_before_the_younger_list_or_after_the_older_partition_are_not_compared() -> None:
    reaching_back = dots(A=[date(2020, 1, 1), date(2021, 1, 1), *SESSIONS])
    sliding = dots(A=SESSIONS[3:-1])
    to_thursday = STOCKS.with_columns(last_session=pl.lit(SESSIONS[-2]))
    assert judged(reaching_back, sliding, to_thursday).message.startswith("The dots are those")
    assert judged(reaching_back, sliding).rows == [{"symbol": "A", "date": str(SESSIONS[-1]), "only in": "weekly"}]


def test_stocks_of_one_partition_alone_are_not_compared() -> None:
    assert judged(ALL, dots(), STOCKS.clear()).passed
