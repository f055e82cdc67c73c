"""Which names are one stock, what its dots are called now, and that they are no news under another name."""

from datetime import date

import msgspec
import pytest

from bluedot_assets.kernel.site.dashboard import Dashboard
from bluedot_assets.kernel.site.new_dots import shown_dots, unseen_dots
from bluedot_assets.kernel.tradingview.same_stock import dots_now, names_now, shared_by_names
from bluedot_assets.kernel.tradingview.tickers import TickerRules, read_ticker_list
from bluedot_assets_tests.kernel.site.test_new_dots import FRIDAY, folder, stock, symbols

INDIA, US = "Asia/Kolkata", "America/New_York"
RULES = TickerRules(exchanges={INDIA: "NSE", US: "NYSE"})


def shown(*tickers: tuple[str, str | None, int | None], zone: str = INDIA) -> Dashboard:
    """A folder of stocks: symbol, ticker, age of the newest dot."""
    rows = [msgspec.structs.replace(stock(symbol, age), ticker=ticker) for symbol, ticker, age in tickers]
    return msgspec.structs.replace(folder(FRIDAY, *rows), timezones=[zone])


@pytest.mark.parametrize(
    ("names", "zone"),
    [
        (["20MICRONS", "20MICRONS-BE", "20MICRONS_BE", "20MICRONS.NS", "NSE_20MICRONS", "NSE:20MICRONS-EQ"], INDIA),
        (["500325", "500325.BO", "BSE_500325", "500325-EQ"], INDIA),
        (["M&M", "M_M", "M&M-BE", "M_M_BE"], INDIA),
        (["BRK-B", "BRK.B", "BRK_B", "NYSE_BRK_B"], US),
        (["BAC-PL", "BAC.PRL", "BAC_P_L", "BAC/PL"], US),
    ],
)
def test_all_names_of_a_stock_share_one_thing(names: list[str], zone: str) -> None:
    assert len({shared_by_names(RULES, name, zone) for name in names}) == 1


def test_a_line_of_the_list_joins_a_code_and_a_name() -> None:
    rules = TickerRules(read_ticker_list("symbol,ticker\n500325,NSE:RELIANCE\n"), {INDIA: "NSE"})
    assert shared_by_names(rules, "500325", INDIA) == shared_by_names(rules, "RELIANCE-BE", INDIA)


def test_stocks_without_a_ticker_are_told_apart_by_name_and_timezone() -> None:
    nowhere = TickerRules()
    assert shared_by_names(nowhere, "A-BE", US) != shared_by_names(nowhere, "A", US)
    assert shared_by_names(nowhere, "ACC", US) != shared_by_names(nowhere, "ACC", INDIA)


@pytest.mark.parametrize(
    ("old", "new", "ticker"),
    [
        ("20MICRONS", "20MICRONS_BE", "NSE:20MICRONS"),
        ("20MICRONS_BE", "20MICRONS", "NSE:20MICRONS"),
        ("RELIANCE_NS", "RELIANCE", "NSE:RELIANCE"),
        ("RELIANCE", "NSE_RELIANCE", "NSE:RELIANCE"),
        ("500325", "500325_BO", "BSE:500325"),
    ],
)
def test_a_dot_that_was_shown_under_another_name_is_no_news(old: str, new: str, ticker: str) -> None:
    now = shown((new, ticker, 0), ("ZEE", "NSE:ZEE", 0))
    before = shown((old, ticker, 0), ("ZEE", "NSE:ZEE", 4))
    known = dots_now(shown_dots(before), now)
    assert symbols(unseen_dots(now, known)) == ["ZEE"]
    assert known - shown_dots(now) == set()  # nor was it withdrawn
    assert names_now({old, "ZEE"}, now) == {old: new}


def test_a_stock_that_is_there_under_its_own_name_is_no_other_one() -> None:
    now = shown(("X", "NSE:X", 0), ("X_BE", "NSE:X", 0), ("Y_N1", None, 0))
    assert names_now({"X_BE", "Y", "GONE"}, now) == {}
    assert symbols(unseen_dots(now, dots_now({("X_BE", FRIDAY), ("Y", FRIDAY)}, now))) == ["X", "Y_N1"]


def test_another_session_is_news_whatever_the_name_was() -> None:
    now = shown(("X_BE", "NSE:X", 0))
    assert symbols(unseen_dots(now, dots_now({("X", date(2024, 8, 1))}, now))) == ["X_BE"]
