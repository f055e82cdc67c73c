"""Bars and dots of the past that changed since the partition before: each rule broken once and silent once."""

from datetime import date, timedelta

import polars as pl
import pytest

from bluedot_assets.kernel.bars.tables import DOTS
from bluedot_assets.kernel.checks.rewritten_history import (
    COMPARED,
    bars_as_before_verdict,
    changed_dots,
    dots_as_before_verdict,
    rewritten_bars,
)
from bluedot_assets_tests.examples.market_tables import LAST, SESSIONS, bars, market, stocks

BEFORE = market(bars("A", SESSIONS[:-1]), bars("BB", SESSIONS[:-1])).select(COMPARED)
NOW = market(bars("A"), bars("BB"))
PRICES = ("open", "high", "low", "close")


def changed(what: str, where: pl.Expr, **values: pl.Expr) -> dict[str, str]:
    """What is told of the one stock of which those bars differ."""
    now = NOW.with_columns(pl.when(where).then(value).otherwise(name).alias(name) for name, value in values.items())
    verdict = bars_as_before_verdict("2024-08-01", rewritten_bars(now, BEFORE))
    assert (verdict.passed, verdict.blocks) == (False, False), what
    (row,) = verdict.rows
    return dict(row)


def test_the_same_past_and_one_new_bar_are_silent() -> None:
    assert bars_as_before_verdict("2024-08-01", rewritten_bars(NOW, BEFORE)).passed


def test_a_constant_ratio_of_all_older_bars_is_a_split_or_adjustment() -> None:
    halved = {name: (pl.col(name) / 2).round(2) for name in PRICES}
    row = changed("split", (pl.col("symbol") == "A") & (pl.col("session") < SESSIONS[-1]), **halved)
    assert (row["symbol"], row["what"]) == ("A", "split or adjustment, prices x 0.5")
    assert row["fields"] == "open high low close"


def test_a_dividend_adjustment_up_to_a_date_is_one_too() -> None:
    lowered = {name: (pl.col(name) * 0.98).round(2) for name in PRICES}
    row = changed("dividend", (pl.col("symbol") == "A") & (pl.col("session") < SESSIONS[-10]), **lowered)
    assert row["what"] == "split or adjustment, prices x 0.98"
    assert row["last"] == SESSIONS[-11].isoformat()


def test_one_bar_or_uneven_ratios_are_corrections() -> None:
    row = changed(
        "one bar", (pl.col("symbol") == "A") & (pl.col("session") == SESSIONS[5]), close=pl.col("close") * 1.01
    )
    assert row["what"] == "correction (close x 1.01)"
    uneven = pl.col("close") * (1 + (pl.col("session").dt.day() % 5 + 1) / 50)
    row = changed("uneven", (pl.col("symbol") == "A") & (pl.col("session") < LAST), close=uneven)
    assert row["what"] == "correction of all older bars"


@pytest.mark.parametrize("name", ["volume", "rlst", "bc"])
def test_every_published_value_counts_null_included(name: str) -> None:
    where = (pl.col("symbol") == "BB") & (pl.col("session") == SESSIONS[5])
    row = changed(name, where, **{name: pl.lit(None)})
    assert (row["symbol"], row["fields"], row["bars"]) == ("BB", name, "1 changed")


def test_the_newest_bars_volume_may_still_settle() -> None:
    late = pl.when(pl.col("session") == SESSIONS[-2]).then(pl.col("volume") + 5).otherwise("volume").alias("volume")
    assert rewritten_bars(NOW.with_columns(late), BEFORE).is_empty()


def test_bars_that_were_left_out_or_put_in_are_counted() -> None:
    fewer = rewritten_bars(NOW.filter(pl.col("session") != SESSIONS[5]), BEFORE)
    assert fewer.select("symbol", "withdrawn", "added").rows() == [("A", 1, 0), ("BB", 1, 0)]
    more = rewritten_bars(NOW, BEFORE.filter(pl.col("session") != SESSIONS[5]))
    assert more.select("symbol", "withdrawn", "added").rows() == [("A", 0, 1), ("BB", 0, 1)]


def test_a_window_that_slides_and_stocks_that_come_and_go_are_no_rewriting() -> None:
    slid = market(bars("A", SESSIONS[3:]), bars("CCC")).select(NOW.columns)
    before = market(bars("A", SESSIONS[2:-1]), bars("DDDD", SESSIONS[:-1]))
    same = before.join(slid.select("symbol", "session"), on=["symbol", "session"], how="anti")
    now = slid.update(before, on=["symbol", "session"])
    assert same.height > 0
    assert rewritten_bars(now, before.select(COMPARED)).is_empty()


def test_against_the_site_one_bar_of_each_stock_is_compared() -> None:
    shown = BEFORE.filter(pl.col("session") == SESSIONS[-2]).select("symbol", "session", "close", "rlst")
    assert bars_as_before_verdict("2024-08-01", rewritten_bars(NOW, shown, whole=False), whole=False).passed
    other = shown.with_columns(close=pl.col("close") * 2)
    verdict = bars_as_before_verdict("2024-08-01", rewritten_bars(NOW, other, whole=False), whole=False)
    assert "as far as the site shows them" in verdict.message
    assert verdict.rows[0]["what"] == "correction (close x 0.5)"


def dots(**days: list[date]) -> pl.DataFrame:
    return pl.DataFrame([(name, day) for name, of in days.items() for day in of], DOTS.polars_schema, orient="row")


KNOWN = stocks(BEFORE)
STOCKS = stocks(NOW)
EARLY = date(2023, 1, 2)


def test_new_dots_on_new_dates_and_old_ones_that_slide_out_are_silent() -> None:
    before = dots(A=[EARLY, *SESSIONS[3:5]], BB=[SESSIONS[3]])
    now = dots(A=[*SESSIONS[3:5], LAST], BB=[SESSIONS[3]])
    assert dots_as_before_verdict("2024-08-01", changed_dots(now, before, KNOWN, STOCKS)).passed


def test_a_dot_that_was_added_to_or_withdrawn_from_a_past_date_is_told() -> None:
    before = dots(A=SESSIONS[3:6], BB=SESSIONS[2:4])
    now = dots(A=[SESSIONS[3], SESSIONS[5], SESSIONS[-2]], BB=[SESSIONS[2]])
    verdict = dots_as_before_verdict("2024-08-01", changed_dots(now, before, KNOWN, STOCKS))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert "added 1 dots to past dates and withdrew 2" in verdict.message
    assert verdict.rows == [
        {"symbol": "A", "date": SESSIONS[-2].isoformat(), "change": "added", "dots": 1},
        {"symbol": "A", "date": SESSIONS[4].isoformat(), "change": "withdrawn", "dots": 1},
        {"symbol": "BB", "date": SESSIONS[3].isoformat(), "change": "withdrawn", "dots": 1},
    ]


def test_a_stock_that_vanished_withdrew_no_dot() -> None:
    before = dots(A=SESSIONS[3:6], BB=SESSIONS[3:6])
    assert changed_dots(dots(A=SESSIONS[3:6]), before, KNOWN, stocks(bars("A"))).is_empty()


def test_an_only_dot_that_is_older_than_the_vendors_lists_is_forgotten() -> None:
    forgotten = LAST - timedelta(days=4 * 365 + 1)
    assert changed_dots(dots(), dots(A=[forgotten]), KNOWN, STOCKS).is_empty()
    assert changed_dots(dots(), dots(A=[forgotten + timedelta(days=1)]), KNOWN, STOCKS).height == 1


@pytest.mark.parametrize("whole", [True, False])
def test_a_stock_whose_dots_are_all_gone_is_named_once_also_when_they_lay_before_its_first_bar(whole: bool) -> None:
    before = dots(A=[EARLY], BB=SESSIONS[3:5], C=[EARLY])
    changed = changed_dots(dots(), before if whole else dots(A=[EARLY], BB=[SESSIONS[4]]), KNOWN, STOCKS, whole=whole)
    count = 2 if whole else 1
    assert changed.sort("symbol").rows() == [
        ("A", EARLY, "withdrawn, and none is left", 1),
        ("BB", SESSIONS[4], "withdrawn, and none is left", count),
    ]
    verdict = dots_as_before_verdict("2024-08-01", changed, whole=whole)
    assert f"and withdrew {count + 1}" in verdict.message
    assert verdict.message.endswith("2 stocks have none left (chart.blueDotData.dates): BB, A.")
    assert (verdict.passed, verdict.blocks) == (False, False)


def test_dots_of_days_that_the_stock_lacked_before_are_news_and_no_change() -> None:
    behind = stocks(market(bars("A", SESSIONS[:-4])))
    assert changed_dots(dots(A=[SESSIONS[-2]]), dots(A=[]), behind, STOCKS).is_empty()


def test_against_the_site_only_the_newest_dot_is_known() -> None:
    shown = dots(A=[SESSIONS[4]])
    assert changed_dots(dots(A=SESSIONS[2:5]), shown, KNOWN, STOCKS, whole=False).is_empty()
    gone = changed_dots(dots(A=SESSIONS[2:4]), shown, KNOWN, STOCKS, whole=False)
    assert gone.rows() == [("A", SESSIONS[4], "withdrawn", 1)]
    later = changed_dots(dots(A=[SESSIONS[4], SESSIONS[4] + timedelta(days=1)]), shown, KNOWN, STOCKS, whole=False)
    assert later["change"].to_list() == ["added"]
