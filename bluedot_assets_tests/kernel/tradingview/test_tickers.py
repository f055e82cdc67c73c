"""What TradingView calls a stock."""

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.tradingview.tickers import (
    TickerList,
    TickerRules,
    own_form,
    read_ticker_list,
    tickers_verdict,
)

INDIA, NEW_YORK = "Asia/Kolkata", "America/New_York"
RULES = TickerRules(
    read_ticker_list("symbol,ticker\nBRK.B,NYSE:BRK.B\nM_M,BSE:M_M\n"), {INDIA: "NSE", NEW_YORK: "NASDAQ"}, "LSE"
)


@pytest.mark.parametrize(
    ("stock", "form"),
    [
        ("DIXON", "DIXON"),
        ("dixon", "DIXON"),
        ("BRK.B", "BRK.B"),
        ("M&M", "M_M"),
        ("BAJAJ-AUTO", "BAJAJ_AUTO"),
        ("BAJAJ_AUTO", "BAJAJ_AUTO"),
        ("20MICRONS", "20MICRONS"),
        ("TATA MOTORS", None),
        ("ÉCLAIR", None),
        ("A,B", None),
        ("A:B", None),
        ("", None),
    ],
)
def test_a_ticker_keeps_its_own_form_but_for_what_tradingview_writes_otherwise(stock: str, form: str | None) -> None:
    assert own_form(stock) == form


@pytest.mark.parametrize(
    ("stock", "timezone", "ticker"),
    [
        ("BRK.B", NEW_YORK, "NYSE:BRK.B"),
        ("BRK_B", NEW_YORK, "NYSE:BRK.B"),
        ("M&M", INDIA, "BSE:M_M"),
        ("DIXON", INDIA, "NSE:DIXON"),
        ("BF.A", NEW_YORK, "NASDAQ:BF.A"),
        ("VOD", "Europe/London", "LSE:VOD"),
        ("TWO WORDS", INDIA, None),
    ],
)
def test_the_list_decides_before_the_exchange_and_the_exchange_before_the_rest(
    stock: str, timezone: str, ticker: str | None
) -> None:
    assert RULES.ticker(stock, timezone) == ticker


def test_without_an_exchange_a_stock_has_no_ticker() -> None:
    assert TickerRules(exchanges={INDIA: "NSE"}).ticker("AAPL", NEW_YORK) is None


def test_the_ticker_is_of_the_files_own_name_and_not_of_the_published_one() -> None:
    rows = [
        {"symbol": "BRK_B", "file": "BRK.B_weekly.json", "timezone": NEW_YORK},
        {"symbol": "BAJAJ_AUTO", "file": "BAJAJ-AUTO_WEEKLY.JSON", "timezone": INDIA},
    ]
    rules = TickerRules(exchanges={INDIA: "NSE", NEW_YORK: "NYSE"})
    assert rules.of_stocks(rows, WEEKLY) == {"BRK_B": "NYSE:BRK.B", "BAJAJ_AUTO": "NSE:BAJAJ_AUTO"}
    assert TickerRules().of_stocks(rows[:1], DAILY) == {"BRK_B": None}


def test_a_list_may_give_the_exchange_in_a_column_or_before_the_ticker() -> None:
    three = read_ticker_list("Symbol, Exchange, Ticker\nDIXON,nse,dixon\nBRK.B,NYSE,BRK.B\n")
    two = read_ticker_list('\ufeffticker,note,symbol\r\nNSE:DIXON,"a, note",dixon\r\n\r\nNYSE:BRK.B,,BRK_B\r\n')
    assert three.tickers == two.tickers == {"DIXON": "NSE:DIXON", "BRK_B": "NYSE:BRK.B"}
    assert three.bad == two.bad == ()


def test_rows_that_cannot_be_used_are_named_by_line_and_the_others_hold() -> None:
    rows = (
        "DIXON,NSE:DIXON",
        "ACC,ACC",
        ",NSE:X",
        "ZEE,NSE:Z E",
        "dixon,BSE:DIXON",
        "TWIN,NSE:DIXON",
        "SHORT",
        "ZEE,NSE:ZEE",
    )
    listed = read_ticker_list("\n".join(["symbol,ticker", *rows]))
    assert listed.tickers == {"DIXON": "NSE:DIXON", "ZEE": "NSE:ZEE"}
    assert [bad.line for bad in listed.bad] == [3, 4, 5, 6, 7]
    said = [str(bad) for bad in listed.bad]
    assert said[0] == "line 3: '' is no exchange; write symbol,exchange,ticker or symbol,ticker with EXCHANGE:TICKER"
    assert said[3] == "line 6: DIXON stands in line 2 already"
    assert said[4] == "line 7: NSE:DIXON stands in line 2 already"


@pytest.mark.parametrize("text", ["", "DIXON,NSE:DIXON\n", "symbol,exchange\nDIXON,NSE\n"])
def test_a_file_without_the_columns_is_an_error_that_says_which(text: str) -> None:
    with pytest.raises(SettingsError, match="BLUEDOT_TICKERS has no columns symbol and ticker"):
        read_ticker_list(text)


def test_the_verdict_warns_of_unmapped_stocks_and_of_rows_of_the_list() -> None:
    listed = read_ticker_list("symbol,ticker\nACC,ACC\n")
    fine = tickers_verdict({"A": "NSE:A"}, TickerList())
    assert (fine.passed, fine.message) == (True, "1 of 1 stocks have a ticker at TradingView.")
    warned = tickers_verdict({"A": "NSE:A", "B": None}, listed)
    assert (warned.passed, warned.severity) == (False, "warning")
    assert "leave out B: set BLUEDOT_EXCHANGES" in warned.message
    assert "1 rows that cannot be used, first line 2" in warned.message
    assert [row["symbol"] for row in warned.rows] == ["B", ""]
    assert not tickers_verdict({"A": "NSE:A"}, listed).passed
