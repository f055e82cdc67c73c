"""From file names to published names."""

import re

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.source.file_names import MAX_STOCK_NAME, is_stock_file, published_name, refusal, stock_of


@pytest.mark.parametrize(
    ("file", "timeframe", "stock", "published"),
    [
        ("AAPL_daily.json", DAILY, "AAPL", "AAPL"),
        ("BAJAJ_AUTO_daily.json", DAILY, "BAJAJ_AUTO", "BAJAJ_AUTO"),
        ("BAJAJ_AUTO_weekly.json", WEEKLY, "BAJAJ_AUTO", "BAJAJ_AUTO"),
        ("M&M_daily.json", DAILY, "M&M", "M_M"),
        ("dixon-eq_daily.json", DAILY, "dixon-eq", "DIXON_EQ"),
        ("BRK.B_daily.json", DAILY, "BRK.B", "BRK_B"),
        ("A_daily_daily.json", DAILY, "A_daily", "A_DAILY"),
        ("A B_DAILY.JSON", DAILY, "A B", "A_B"),
        ("é1_daily.json", DAILY, "é1", "_1"),
        ("5PAISA_daily.json", DAILY, "5PAISA", "5PAISA"),
    ],
)
def test_the_name_is_split_from_the_right_and_made_publishable(
    file: str, timeframe: Timeframe, stock: str, published: str
) -> None:
    assert is_stock_file(file, timeframe)
    assert stock_of(file, timeframe) == stock
    assert published_name(stock) == published
    assert refusal(file, timeframe) is None


@pytest.mark.parametrize(
    "file", [".DS_Store", "AAPL_weekly.json", "AAPL.json", "AAPL_daily.json.tmp", "daily.json", "AAPL_daily.csv", ""]
)
def test_other_files_are_no_stock_files(file: str) -> None:
    assert not is_stock_file(file, DAILY)


def test_the_longest_stock_name_fits_tradingviews_42_characters_with_every_indicator_that_is_made_by_default() -> None:
    longest = "A" * MAX_STOCK_NAME
    assert refusal(f"{longest}_daily.json", DAILY) is None
    assert refusal(f"{longest}A_daily.json", DAILY) is not None
    symbols = [f"{longest}_{name}" for name, one in INDICATORS.items() if not one.of_history]
    assert max(map(len, symbols)) == 42
    assert all(re.fullmatch(r"[A-Z0-9_]+", symbol) for symbol in symbols)


def test_a_letter_that_grows_in_upper_case_counts_as_published() -> None:
    assert published_name("Aß") == "ASS"
    assert refusal(f"{'A' * (MAX_STOCK_NAME - 1)}ß_daily.json", DAILY) is not None


@pytest.mark.parametrize("character", ["\x00", "\x07", "\n", "\x7f", "\u200b", "\u202e", "\ud800", "\ufeff", "\u2028"])
def test_control_and_invisible_characters_are_refused(character: str) -> None:
    assert refusal(f"A{character}B_daily.json", DAILY) == "the file name holds control or unreadable characters"
