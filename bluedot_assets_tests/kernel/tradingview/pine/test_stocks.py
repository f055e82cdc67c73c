"""Which stocks BLUEDOT_PINE_STOCKS chooses, and what of them the tables say."""

from datetime import date

import polars as pl
import pytest

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.tradingview.pine.stocks import Choice, chosen, parse_choice, stocks_with_dots
from bluedot_assets_tests.examples.pine_cases import AS_OF, INDIA, NEW_YORK, stock

STOCKS = pl.DataFrame(
    {
        "symbol": ["ALL", "BRK_B", "DIX_IN", "FUND", "RISKY"],
        "timezone": [NEW_YORK, NEW_YORK, INDIA, INDIA, INDIA],
        "last_session": [AS_OF, AS_OF, AS_OF, AS_OF, date(2024, 7, 1)],
        "is_etf": [False, False, False, True, False],
        "is_asm": [False] * 5,
        "is_gsm": [False, False, False, False, True],
    }
)
KEYS = {"ALL": "ALL", "BRK_B": "BRK_B", "DIX_IN": "NSE.DIXON", "FUND": "FUND", "RISKY": "RISKY"}
RATINGS = pl.DataFrame(
    {
        "symbol": ["ALL", "BRK_B", "DIX_IN", "FUND", "RISKY"],
        "rlst": [90.0, 80.0, 79.0, None, 99.0],
        "rlst_date": [None, date(2024, 7, 30), None, None, None],
    }
)
DOTS = pl.DataFrame({"symbol": ["ALL", "ALL"], "date": [date(2024, 7, 2), date(2020, 7, 1)]})


def every() -> list[str]:
    return [one.symbol for one in stocks_with_dots(STOCKS, RATINGS, DOTS, KEYS)]


def symbols(*words: str) -> list[str]:
    found, unknown = chosen(parse_choice(words), STOCKS, stocks_with_dots(STOCKS, RATINGS, DOTS, KEYS))
    assert unknown == []
    return [one.symbol for one in found]


def test_a_stock_has_its_last_known_rating_with_its_date_and_all_its_dots_oldest_first() -> None:
    first, *rest = stocks_with_dots(STOCKS, RATINGS, DOTS, KEYS)
    assert first.rlst == 90.0
    assert first.dots == (date(2020, 7, 1), date(2024, 7, 2))
    days = {one.symbol: one.last for one in rest}
    assert (days["RISKY"], days["BRK_B"]) == (date(2024, 7, 1), date(2024, 7, 30))


def test_a_stock_without_a_key_is_in_no_script() -> None:
    keys = {symbol: key for symbol, key in KEYS.items() if symbol != "FUND"}
    assert "FUND" not in [one.symbol for one in stocks_with_dots(STOCKS, RATINGS, DOTS, keys)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["all"], ["ALL", "BRK_B", "DIX_IN", "FUND", "RISKY"]),
        (["ALL"], ["ALL"]),
        (["rlst>=80"], ["ALL", "BRK_B", "RISKY"]),
        (["rlst>=79.5", "unflagged"], ["ALL", "BRK_B"]),
        (["flagged"], ["RISKY"]),
        (["no-etf", "unflagged", "all"], ["ALL", "BRK_B", "DIX_IN"]),
        (["BRK.B", "NSE:DIXON"], ["BRK_B", "DIX_IN"]),
        (["NYSE:BRK/B"], ["BRK_B"]),
        (["BRK_B", "RISKY", "unflagged"], ["BRK_B"]),
        (["DIXON-BE", "BSE:RISKY.NS"], ["DIX_IN", "RISKY"]),  # as they were called once
    ],
)
def test_conditions_and_names_choose(words: list[str], expected: list[str]) -> None:
    assert symbols(*words) == expected


def test_names_that_are_no_stocks_are_told() -> None:
    _, unknown = chosen(parse_choice(["ALL", "GONE", "OTHER", "ALL-N1"]), STOCKS, [stock("ALL")])
    assert unknown == ["ALL_N1", "GONE", "OTHER"]


def test_files_add_names() -> None:
    choice = parse_choice(["@mine.txt", "rlst>=50"])
    assert choice.files == ("mine.txt",)
    assert choice.with_names(["ALL"]) == Choice(50.0, None, True, ("ALL",))
    assert parse_choice(["rlst>=50"]).with_names([]) == Choice(50.0)  # without a file, all stocks are meant


@pytest.mark.parametrize(
    "words", [["rlst>80"], ["rlst>=high"], [], ["all", "AAPL"], ["unflaged"], ["@"], ["a b"], ["-"]]
)
def test_what_cannot_be_understood_is_an_error_that_says_how(words: list[str]) -> None:
    with pytest.raises(SettingsError, match="write all, or conditions such as rlst>=80"):
        parse_choice(words)
