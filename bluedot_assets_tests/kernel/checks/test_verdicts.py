"""The verdicts on a stage's output: what blocks, what warns, and what they say."""

from datetime import date

import polars as pl
import pytest

from bluedot_assets.kernel.bars.dots import OFF_BAR
from bluedot_assets.kernel.bars.tables import BARS, DOTS
from bluedot_assets.kernel.checks.completeness import ACCEPTED, Share, share_verdict
from bluedot_assets.kernel.checks.continuity import (
    RULE,
    continued,
    continuity_verdict,
    renamed_stocks,
    uncompared_verdict,
)
from bluedot_assets.kernel.checks.files.validity import dots_on_bars_verdict, schema_verdict
from bluedot_assets.kernel.checks.verdict import MAX_ROWS
from bluedot_assets.kernel.series.tradingview_rows import Violation, series_verdict
from bluedot_assets.kernel.tradingview.same_stock import shared_by_names
from bluedot_assets.kernel.tradingview.tickers import TickerRules


@pytest.mark.parametrize(
    ("part", "expected", "least", "outcome"),
    [
        (100, 100, 95, "passed"),
        (101, 100, 95, "passed"),
        (99, 100, 95, "warns"),
        (95, 100, 95, "warns"),
        (19, 20, 95, "warns"),
        (57, 60, 95, "warns"),
        (999, 1000, 99.9, "warns"),
        (94, 100, 95, "blocks"),
        (9499, 10000, 95, "blocks"),
        (0, 100, 95, "blocks"),
        (0, 0, 95, "blocks"),
        (0, 0, 0, "blocks"),
        (0, 100, 0, "warns"),
        (99, 100, 100, "blocks"),
    ],
)
def test_a_share_blocks_below_the_least_and_warns_below_all(
    part: int, expected: int, least: float, outcome: str
) -> None:
    verdict = share_verdict(ACCEPTED, "gave series", part, expected, least, [{"file": "A", "reason": "r"}])
    said = "passed" if verdict.passed else "blocks" if verdict.blocks else "warns"
    assert said == outcome
    assert verdict.rule == "accepted"
    assert verdict.rows == ([] if verdict.passed else [{"file": "A", "reason": "r"}])


def test_a_verdict_says_the_numbers_and_the_setting() -> None:
    blocked = share_verdict(ACCEPTED, "gave series", 94, 100, 95, [])
    assert blocked.message.startswith("94 of 100 files (94 %) gave series, less than the 95 % of BLUEDOT_MIN_COMPLETE")


def test_a_share_is_never_rounded_up() -> None:
    assert str(Share(9999, 10000)) == "9999 of 10000 files (99.9 %)"
    assert str(Share(0, 0)) == "0 of 0 files (0 %)"
    for part in range(1001):
        assert str(Share(part, 1000)) == f"{part} of 1000 files ({part // 10 + part % 10 / 10:g} %)"


def test_only_so_many_offenders_are_kept() -> None:
    missing: list[dict[str, object]] = [{"file": str(number), "reason": "r"} for number in range(500)]
    assert len(share_verdict(ACCEPTED, "gave series", 1, 501, 95, missing).rows) == MAX_ROWS
    broken = [Violation("A.csv", number, "rule") for number in range(500)]
    assert len(series_verdict(broken, 3).rows) == MAX_ROWS
    off = pl.DataFrame({"symbol": ["A"] * 500, "date": [date(2024, 8, 1)] * 500, "why": ["no bar"] * 500}, OFF_BAR)
    assert len(dots_on_bars_verdict(off).rows) == MAX_ROWS


def test_dots_on_no_bar_are_a_warning_with_their_reasons() -> None:
    assert dots_on_bars_verdict(pl.DataFrame(schema=OFF_BAR)).passed
    off = pl.DataFrame({"symbol": ["A", "A"], "date": [date(2024, 8, 1), date(2024, 8, 2)], "why": ["x", "y"]}, OFF_BAR)
    verdict = dots_on_bars_verdict(off)
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert verdict.message == "2 dots of 1 stocks lie on no bar."
    assert verdict.rows[0] == {"symbol": "A", "date": "2024-08-01", "why": "x"}


def test_a_broken_row_rule_blocks_and_the_first_is_named() -> None:
    verdict = series_verdict([Violation("A.csv", 3, "the date does not exist")], 1)
    assert verdict.blocks
    assert verdict.message == "1 broken rules, first: A.csv, line 3: the date does not exist."
    assert verdict.rows == [{"file": "A.csv", "line": 3, "rule": "the date does not exist"}]
    assert series_verdict([], 4).passed


def test_a_table_that_is_not_as_declared_blocks() -> None:
    assert schema_verdict([(BARS, BARS.empty()), (DOTS, DOTS.empty())]).passed
    verdict = schema_verdict([(BARS, BARS.empty()), (DOTS, BARS.empty())])
    assert verdict.blocks
    assert verdict.message.startswith("dots: ")
    assert verdict.rows


def names(*symbols: str, indian: bool = True) -> dict[str, str]:
    """The stocks by name, as the rules for tickers tell them apart."""
    rules, zone = TickerRules(exchanges={"Asia/Kolkata": "NSE"}), "Asia/Kolkata" if indian else "America/New_York"
    return {symbol: shared_by_names(rules, symbol, zone) for symbol in symbols}


def test_a_vanished_stock_is_a_warning_and_new_ones_are_listed_with_it() -> None:
    verdict = continuity_verdict(names("B", "C"), [("2024-08-01", names("A", "B"))])
    assert not verdict.passed
    assert not verdict.blocks
    assert verdict.message == "Against 2024-08-01: 1 stocks vanished, 1 are new."
    assert verdict.rows == [{"symbol": "A", "change": "vanished"}, {"symbol": "C", "change": "new"}]


def test_a_changed_series_is_one_stock_and_is_told_as_such() -> None:
    before = ("2024-08-01", names("20MICRONS", "GONE", "M_M_BE", "X_BZ"))
    verdict = continuity_verdict(names("20MICRONS_BE", "M_M", "X_SM", "YOUNG"), [before])
    assert (verdict.passed, verdict.severity) == (False, "warning")
    assert verdict.message == (
        "Against 2024-08-01: 1 stocks vanished, 1 are new. 3 changed the series at NSE and are the same stocks: "
        "20MICRONS is now 20MICRONS_BE, M_M_BE is now M_M, X_BZ is now X_SM."
    )
    assert verdict.rows == [
        {"symbol": "GONE", "change": "vanished"},
        {"symbol": "20MICRONS_BE", "change": "series, was 20MICRONS"},
        {"symbol": "M_M", "change": "series, was M_M_BE"},
        {"symbol": "X_SM", "change": "series, was X_BZ"},
        {"symbol": "YOUNG", "change": "new"},
    ]


def test_what_vendors_add_to_a_name_makes_no_other_stock() -> None:
    before = ("2024-08-01", names("ACC_NS", "NSE_DIXON", "500325_BO", "532540", "TCS"))
    verdict = continuity_verdict(names("ACC", "DIXON_EQ", "BSE_500325", "BSE_532540", "TCS_NSE"), [before])
    assert verdict.message == (
        "Against 2024-08-01: 0 stocks vanished, 0 are new. 5 have another name and are the same stocks: "
        "ACC_NS is now ACC, 500325_BO is now BSE_500325, 532540 is now BSE_532540, NSE_DIXON is now DIXON_EQ, "
        "TCS is now TCS_NSE."
    )
    assert verdict.rows[0] == {"symbol": "ACC", "change": "name, was ACC_NS"}


def test_a_changed_series_is_told_once_and_is_never_absent_for_longer() -> None:
    history = [("2024-08-02", names("20MICRONS_BE")), ("2024-08-01", names("20MICRONS"))]
    assert continuity_verdict(names("20MICRONS_BE"), history).passed
    assert not continuity_verdict(names("20MICRONS_BE"), history[1:]).passed  # a series alone warns too
    away = [("2024-08-02", names("A")), ("2024-08-01", names("A", "X"))]
    assert "0 are new. 1 changed the series" in continuity_verdict(names("A", "X_BE"), away).message
    twice = [("2024-08-02", names("X_BE")), ("2024-08-01", names("X"))]
    assert continuity_verdict(names("X_BZ"), twice).rows == [{"symbol": "X_BZ", "change": "series, was X_BE"}]


def test_bars_go_on_under_one_name_although_the_stock_had_two() -> None:
    before = names("ACC", "ACC_BE", "DIXON")
    renamed = renamed_stocks(names("NSE_ACC", "DIXON"), [before, names("ACC_BZ")])
    assert renamed == {"ACC": "NSE_ACC", "ACC_BE": "NSE_ACC", "ACC_BZ": "NSE_ACC"}
    assert continued(renamed, before) == {"ACC": "NSE_ACC"}


@pytest.mark.parametrize(
    ("before", "now", "indian"),
    [
        (["A"], ["A_BE"], False),  # in another market the end of a name is none of NSE's series
        (["A"], ["A_N1"], True),  # a bond is no share
        (["A"], ["ABE"], True),
        (["A", "A_BE"], ["A"], True),  # both were there: one of them is gone
        (["A"], ["A_BE", "A_BZ"], True),  # which of them it has become nobody knows
        (["BAJAJ"], ["BAJAJ_AUTO"], True),
        (["MCDOWELL"], ["MCDOWELL_N"], True),
        (["ACC"], ["ACC_BO"], True),  # at another exchange, with prices of its own
        (["500325"], ["RELIANCE"], True),
        (["500325"], ["500326_BO"], True),
    ],
)
def test_what_only_looks_like_a_series_vanishes(before: list[str], now: list[str], indian: bool) -> None:
    verdict = continuity_verdict(names(*now, indian=indian), [("2024-08-01", names(*before, indian=indian))])
    assert "1 stocks vanished" in verdict.message
    assert "same stocks" not in verdict.message


def test_new_stocks_alone_are_no_warning_and_without_a_partition_before_nothing_is_compared() -> None:
    assert continuity_verdict(names("A", "B"), [("2024-08-01", names("A"))]).passed
    assert uncompared_verdict(RULE, None).passed
    assert not uncompared_verdict(RULE, "The site cannot be read.").passed
