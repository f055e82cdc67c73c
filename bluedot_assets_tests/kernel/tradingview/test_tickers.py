"""What TradingView calls a stock."""

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.tradingview.tickers import (
    TickerList,
    TickerRules,
    read_ticker_list,
    tickers_verdict,
)
from bluedot_assets.kernel.tradingview.vendor_names import Mapped

INDIA, NEW_YORK = "Asia/Kolkata", "America/New_York"
RULES = TickerRules(
    read_ticker_list("symbol,ticker\nBRK.B,NYSE:BRK.B\nM_M,BSE:M_M\n"), {INDIA: "NSE", NEW_YORK: "NASDAQ"}, "LSE"
)


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
    assert RULES.ticker(stock, timezone).ticker == ticker


def test_without_an_exchange_a_stock_has_no_ticker() -> None:
    none = TickerRules(exchanges={INDIA: "NSE"}).ticker("AAPL", NEW_YORK)
    assert none == Mapped(None, "no exchange is set for its timezone", exchange_unknown=True)


@pytest.mark.parametrize("stock", ["DIXON-BE", "DIXON-EQ", "dixon_bz", "DIXON"])
def test_a_line_of_the_list_holds_for_all_series_of_a_stock(stock: str) -> None:
    rules = TickerRules(read_ticker_list("symbol,ticker\nDIXON,BSE:DIXON\n"), {INDIA: "NSE", NEW_YORK: "NASDAQ"})
    assert rules.ticker(stock, INDIA).ticker == "BSE:DIXON"
    assert rules.ticker("DIXON-BE", NEW_YORK).ticker is None


def test_the_ticker_is_of_the_files_own_name_and_not_of_the_published_one() -> None:
    rows = [
        {"symbol": "BRK_B", "file": "BRK.B_weekly.json", "timezone": NEW_YORK},
        {"symbol": "BAJAJ_AUTO", "file": "BAJAJ-AUTO_WEEKLY.JSON", "timezone": INDIA},
    ]
    rules = TickerRules(exchanges={INDIA: "NSE", NEW_YORK: "NYSE"})
    found = {symbol: one.ticker for symbol, one in rules.of_stocks(rows, WEEKLY).items()}
    assert found == {"BRK_B": "NYSE:BRK.B", "BAJAJ_AUTO": "NSE:BAJAJ_AUTO"}
    assert TickerRules().of_stocks(rows[:1], DAILY)["BRK_B"].exchange_unknown


def test_a_list_may_give_the_exchange_in_a_column_or_before_the_ticker() -> None:
    three = read_ticker_list("Symbol, Exchange, Ticker\nDIXON,nse,dixon\nBRK.B,NYSE,BRK.B\n")
    two = read_ticker_list('\ufeffticker,note,symbol\r\nNSE:DIXON,"a, note",dixon\r\n\r\nNYSE:BRK.B,,BRK_B\r\n')
    assert three.tickers == two.tickers == {"DIXON": "NSE:DIXON", "BRK_B": "NYSE:BRK.B"}
    assert three.bad == two.bad == ()


@pytest.mark.parametrize(
    ("written", "ticker"),
    [
        ("NYSE:BAC/PL", "NYSE:BAC/PL"),
        ("nyse:bac-pl", "NYSE:BAC/PL"),
        ("NYSE:BRK_B", "NYSE:BRK.B"),  # as an older tickers.csv had it
        ("NYSE:IPO/WS", "NYSE:IPO/WS"),
        ("NYSE:IPO.U", "NYSE:IPO.U"),
        ("NASDAQ:20MICRONS", "NASDAQ:20MICRONS"),
        ("BSE:500325", "BSE:500325"),
        ("NSE:DIXON-BE", "NSE:DIXON_BE"),  # what a person writes is not judged
        ("NSE:M&M", "NSE:M_M"),
        ("NSE:NIFTY1!", "NSE:NIFTY1!"),
        ("LSE:BP.", "LSE:BP."),
        ("NYSE:IPO-WS", None),
        ("NYSE:AT&T", None),
        ("NYSE:/PL", None),
        ("NSE:Z E", None),
    ],
)
def test_a_list_takes_every_form_of_tradingview_and_no_other(written: str, ticker: str | None) -> None:
    listed = read_ticker_list(f"symbol,ticker\nX,{written}\n")
    assert listed.tickers == ({"X": ticker} if ticker else {})
    assert bool(listed.bad) == (ticker is None)


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
    good, homeless = Mapped("NSE:A"), Mapped(None, "no exchange is set for its timezone", exchange_unknown=True)
    fine = tickers_verdict({"A": good}, TickerList())
    assert (fine.passed, fine.message) == (True, "1 of 1 stocks have a ticker at TradingView.")
    warned = tickers_verdict({"A": good, "B": homeless}, listed)
    assert (warned.passed, warned.severity) == (False, "warning")
    assert "leave out B: set BLUEDOT_EXCHANGES" in warned.message
    assert "1 rows that cannot be used, first line 2" in warned.message
    assert [row["symbol"] for row in warned.rows] == ["B", ""]
    assert not tickers_verdict({"A": good}, listed).passed


def test_a_name_that_is_no_ticker_is_told_with_its_reason_and_a_remedy_that_cures_it() -> None:
    found = TickerRules(exchanges={INDIA: "NSE"}).of_stocks(
        [{"symbol": "500325", "file": "500325_daily.json", "timezone": INDIA}], DAILY
    )
    verdict = tickers_verdict(found, TickerList())
    reason = "500325 can be a code of BSE alone, its exchange is NSE"
    assert verdict.rows == [{"symbol": "500325", "problem": reason}]
    assert verdict.message == (
        "0 of 1 stocks have a ticker at TradingView. "
        f"Watchlists leave out 500325 ({reason}): write their tickers into BLUEDOT_TICKERS."
    )
