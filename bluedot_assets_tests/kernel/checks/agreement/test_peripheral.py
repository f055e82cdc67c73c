"""What a file states of its own bars: each field wrong once, every definition of a year, and what is not compared."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from bluedot_assets.kernel.bars.stated_values import STATED, stated_values
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.checks.agreement.peripheral import peripheral_verdict, stated_against_bars
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.source.vendor_fields import Peripheral
from bluedot_assets_tests.examples.market_tables import NOTHING_LEFT_OUT, bars, left_out, market, stocks

NEWEST = date(2024, 8, 2)
DAYS = [day for day in (NEWEST - timedelta(days=back) for back in range(430, -1, -1)) if day.weekday() < 5]
# Rising for a year, so that the year's low lies at its beginning; the high is in the middle.
PRICES = [100 + place * 0.25 for place in range(len(DAYS))]
HIGH = 500.0
BARS = bars(
    "A",
    DAYS,
    close=PRICES,
    low=[price - 1 for price in PRICES],
    high=[HIGH if place == 200 else price + 1 for place, price in enumerate(PRICES)],
)
YEAR_LOWS = {
    "252 bars": BARS["low"][-252],
    "52 weeks": BARS.filter(pl.col("session") > NEWEST - timedelta(days=364))["low"].min(),
    "a year": BARS.filter(pl.col("session") >= date(2023, 8, 2))["low"].min(),
    "252 bars and 14 holidays": BARS["low"][-266],
}
SAID = {
    "week52High": HIGH,
    "week52Low": YEAR_LOWS["a year"],
    "vol50ma": BARS["volume"].tail(50).mean(),
    "prevPrice": BARS["close"][-2],
    "rsRating": 50,
}


def judged(
    changes: dict[str, Any],
    table: pl.DataFrame = BARS,
    unkept: pl.DataFrame = NOTHING_LEFT_OUT,
    frame: Timeframe = DAILY,
    among: int = 1,
) -> Verdict:
    """What is said of a stock that states other values than SAID, among so many good ones."""
    names = ["A", *[f"GOOD{place}" for place in range(1, among)]]
    tables = market(*[table.with_columns(symbol=pl.lit(name)) for name in names])
    stated = stated_values((name, Peripheral(**(SAID | (changes if name == "A" else {})))) for name in names)
    return peripheral_verdict(stated_against_bars(stated, tables, stocks(tables), unkept, frame))


@pytest.mark.parametrize("definition", YEAR_LOWS)
def test_every_definition_of_a_year_is_silent(definition: str) -> None:
    assert judged({"week52Low": YEAR_LOWS[definition]}).message == "What 1 files say of their own bars is so."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("week52High", HIGH * 1.1),
        ("week52High", HIGH / 2),
        ("week52Low", YEAR_LOWS["a year"] / 2),
        ("week52Low", YEAR_LOWS["a year"] * 1.2),
        ("vol50ma", 10.0),
        ("prevPrice", PRICES[-2] * 1.06),
        ("rsRating", 99),
    ],
)
def test_one_stock_that_is_off_by_much_is_a_warning(field: str, value: float) -> None:
    verdict = judged({field: value}, among=30)
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert (
        f"Of 30 files 1 say of their own bars what these do not have: {field} of 1. First: A, {field}."
        == verdict.message
    )
    (row,) = verdict.rows
    assert list(row) == ["symbol", "field", "file", "bars", "off by percent", "exchange"]
    assert (row["symbol"], row["field"], row["file"]) == ("A", field, value)


def test_a_few_that_are_off_by_little_are_listed_and_no_warning() -> None:
    verdict = judged({"prevPrice": PRICES[-2] * 1.02}, among=30)
    assert verdict.passed
    assert "prevPrice of 1" in verdict.message
    assert len(verdict.rows) == 1


def test_many_that_are_off_by_little_are_a_warning() -> None:
    tables = market(*[BARS.with_columns(symbol=pl.lit(f"S{place}")) for place in range(10)])
    stated = stated_values(
        (f"S{place}", Peripheral(prevPrice=PRICES[-2] * (1 + 0.01 * (place < 3)))) for place in range(10)
    )
    compared = stated_against_bars(stated, tables, stocks(tables), NOTHING_LEFT_OUT, DAILY)
    verdict = peripheral_verdict(compared)
    assert not verdict.passed
    assert "Of 10 files 3 say" in verdict.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("week52High", HIGH + 0.0049),
        ("vol50ma", round(SAID["vol50ma"])),
        ("prevPrice", round(PRICES[-2], 1)),
        ("rsRating", "50"),
    ],
)
def test_rounding_is_no_difference(field: str, value: Any) -> None:
    if field == "prevPrice":
        value = PRICES[-2] + 0.004
    assert judged({field: value}).passed


def test_below_five_a_difference_of_half_a_hundredth_counts() -> None:
    prices = {name: BARS[name] / 100_000 for name in ("open", "high", "low", "close")}
    small = BARS.with_columns(**prices)
    said = {name: SAID[name] / 100_000 for name in ("week52High", "week52Low", "prevPrice")}
    assert judged(said, small).passed
    assert not judged(said | {"prevPrice": said["prevPrice"] * 1.5}, small).passed


@pytest.mark.parametrize("value", [None, "", "n/a", float("nan"), True, [1], 10**400])
def test_what_is_absent_or_no_number_is_not_compared(value: object) -> None:
    assert judged(dict.fromkeys(SAID, value)).message == "No file says anything of its own bars that could be compared."


def test_a_short_history_has_no_year_and_no_mean() -> None:
    verdict = judged({"week52High": 1.0, "week52Low": 1.0, "vol50ma": 1.0}, BARS.tail(40))
    assert verdict.message == "What 1 files say of their own bars is so."
    assert judged({"week52High": 1.0, "week52Low": 1.0, "vol50ma": 1.0, "prevPrice": 1.0}, BARS.tail(1)).passed


def test_a_mean_with_an_unknown_volume_and_a_rating_that_is_not_given_are_not_compared() -> None:
    here = pl.col("session") == NEWEST
    unknown = BARS.with_columns(pl.when(~here).then(pl.col(name)).alias(name) for name in ("volume", "rlst"))
    assert judged({"vol50ma": 1.0, "rsRating": 1}, unknown).passed


@pytest.mark.parametrize(("fate", "passed"), [("future", True), ("impossible", True), ("holiday", False)])
def test_a_file_whose_newest_bar_is_not_kept_is_not_compared(fate: str, passed: bool) -> None:
    unkept = left_out("A", NEWEST + timedelta(days=3), fate=fate)
    assert judged({"prevPrice": 1.0}, unkept=unkept).passed == passed


def test_a_bar_that_was_dropped_longer_ago_than_a_year_does_not_matter() -> None:
    assert not judged({"prevPrice": 1.0}, unkept=left_out("A", NEWEST - timedelta(days=400), fate="impossible")).passed


def test_a_weekly_file_states_means_and_closes_of_days() -> None:
    weekly = BARS.filter(pl.col("session").dt.weekday() == 5)
    low = weekly.filter(pl.col("session") > NEWEST - timedelta(days=364))["low"].min()
    high = weekly.filter(pl.col("session") > NEWEST - timedelta(days=364))["high"].max()
    said = {"week52High": high, "week52Low": low, "vol50ma": 1.0, "prevPrice": 1.0}
    assert judged(said, weekly, frame=WEEKLY).passed
    assert not judged(said | {"week52High": 1.0}, weekly, frame=WEEKLY).passed


def test_what_the_files_state_is_read_as_numbers() -> None:
    read = stated_values(
        [("A", Peripheral(week52High="603.20", week52Low=1, vol50ma=None, prevPrice="x", rsRating=7.0))]
    )
    assert read.rows() == [("A", 603.2, 1.0, None, None, 7.0)]
    assert stated_values([]).schema == pl.Schema(STATED)
