"""What a stock is called here and at TradingView."""

from datetime import date
from typing import Final

from bluedot_assets_tests.examples.vendor_files import NEW_YORK
from bluedot_assets_tests.truth.case import HALF, Case, check, dashboard, rejected, rows, warned
from bluedot_assets_tests.truth.market import Files, daily, stocks

ALL: Final = stocks()
NYSE: Final = {"BLUEDOT_EXCHANGES": "America/New_York=NYSE"}
OWN: Final = "Write its ticker into a list of your own, and name that in `BLUEDOT_TICKERS`."


def _called(files: Files, *names: str) -> Files:
    """As many of the files, under those stocks' names."""
    return {f"{name}_daily.json": content for name, content in zip(names, files.values(), strict=False)}


AMERICAN: Final = _called(stocks(5, NEW_YORK), "BRK-B", "BF.B", "BAC-PL", "BAC-P-K", "XYZ")
INDIAN: Final = _called(
    stocks(8), "M&M", "BAJAJ-AUTO", "INFY-EQ", "TCS.NS", "WIPRO.BO", "NSE_ITC", "20MICRONS-BE", "L&T"
)
THURSDAY: Final = _called(stocks(5, newest=date(2025, 7, 31)), "20MICRONS", "BAKER", "CHARLIE", "DOG", "EASY")
SERIES: Final = _called(ALL, "20MICRONS-BE", "BAKER", "CHARLIE", "DOG", "EASY")


CASES: Final = (
    Case(
        name="Classes of shares and preferred shares of the USA",
        fault="`BRK-B`, `BF.B`, `BAC-PL` and `BAC-P-K` are BRK.B, BF.B, BAC/PL and BAC/PK at TradingView",
        source=daily(AMERICAN),
        settings=NYSE,
        silent=("tickers_mapped",),
        shows=(
            dashboard("BRK_B", ticker="NYSE:BRK.B"),
            dashboard("BF_B", ticker="NYSE:BF.B"),
            dashboard("BAC_PL", ticker="NYSE:BAC/PL"),
            dashboard("BAC_P_K", ticker="NYSE:BAC/PK"),
        ),
    ),
    Case(
        name="What Indian vendors add to names",
        fault="`M&M`, `BAJAJ-AUTO`, `INFY-EQ`, `TCS.NS`, `WIPRO.BO`, `NSE_ITC` and `20MICRONS-BE` have their tickers",
        source=daily(INDIAN),
        silent=("tickers_mapped",),
        shows=(
            dashboard("M_M", ticker="NSE:M_M"),
            dashboard("BAJAJ_AUTO", ticker="NSE:BAJAJ_AUTO"),
            dashboard("INFY_EQ", ticker="NSE:INFY"),
            dashboard("TCS_NS", ticker="NSE:TCS"),
            dashboard("WIPRO_BO", ticker="BSE:WIPRO"),
            dashboard("NSE_ITC", ticker="NSE:ITC"),
            dashboard("20MICRONS_BE", ticker="NSE:20MICRONS"),
        ),
    ),
    Case(
        name="A stock is called by its code at BSE",
        fault="A file is called `500325`, and the exchange is NSE",
        source=daily(_called(ALL, "500325", "BAKER", "CHARLIE", "DOG", "EASY")),
        says=(check("tickers_mapped", "4 of 5 stocks", "500325 can be a code of BSE alone, its exchange is NSE"),),
        shows=(dashboard("500325", ticker=None),),
        published="All stocks; watchlists leave that one out.",
        remedy=OWN,
    ),
    Case(
        name="A name that says another market than its bars",
        fault="A file is called `RELIANCE.NS`, and its bars are those of New York",
        source=daily(_called(stocks(5, NEW_YORK), "RELIANCE.NS", "B", "C", "D", "E")),
        settings=NYSE,
        says=(check("tickers_mapped", "its name says NSE, its timezone is America/New_York"),),
        published="All stocks; watchlists leave that one out.",
        remedy="Is it the right file? If it is, write its ticker into the list of `BLUEDOT_TICKERS`.",
    ),
    Case(
        name="A paper that is no share",
        fault="Bonds and warrants: `IRFC-N2`",
        source=daily(_called(ALL, "IRFC-N2", "BAKER", "CHARLIE", "DOG", "EASY")),
        says=(check("tickers_mapped", "N2 is a series of other papers than shares"),),
        published="All stocks; watchlists leave that one out.",
        remedy=OWN,
    ),
    Case(
        name="Stocks of an exchange that the settings do not name",
        fault="Stocks of New York, and nothing says at which exchange they are traded",
        source=daily(stocks(5, NEW_YORK)),
        says=(check("tickers_mapped", "0 of 5 stocks", "set BLUEDOT_EXCHANGES"),),
        published="All stocks; watchlists are empty.",
        remedy="Set `BLUEDOT_EXCHANGES`, as `America/New_York=NASDAQ`.",
    ),
    Case(
        name="A list of tickers decides first",
        fault="A list of one's own names `NASDAQ:ALFA` and `NYSE:BAC/PL`",
        source=daily(stocks(2, NEW_YORK)) | {"tickers.csv": b"symbol,ticker\nALFA,NASDAQ:ALFA\nBRAVO,NYSE:BAC/PL\n"},
        settings=NYSE | {"BLUEDOT_TICKERS": "drive/tickers.csv"},
        silent=("tickers_mapped",),
        shows=(dashboard("ALFA", ticker="NASDAQ:ALFA"), dashboard("BRAVO", ticker="NYSE:BAC/PL")),
    ),
    Case(
        name="A list of tickers has a row that cannot be used",
        source=daily(ALL) | {"tickers.csv": b"symbol,ticker\nDOG,D?G\n"},
        settings={"BLUEDOT_TICKERS": "drive/tickers.csv"},
        says=(check("tickers_mapped", "BLUEDOT_TICKERS has 1 rows that cannot be used, first", "line 2"),),
        remedy="Correct the line that is named.",
    ),
    Case(
        name="A stock changed its series at NSE",
        fault="`20MICRONS` comes as `20MICRONS-BE`",
        earlier=daily(THURSDAY, "2025-07-31"),
        source=daily(THURSDAY, "2025-07-31") | daily(SERIES),
        says=(
            check(
                "stocks_as_before",
                "0 stocks vanished, 0 are new",
                "1 changed the series at NSE and are the same stocks: 20MICRONS is now 20MICRONS_BE",
            ),
            check("history_continues", "write `20MICRONS,20MICRONS_BE,2025-08-01` into BLUEDOT_RENAMES"),
        ),
        shows=(dashboard("20MICRONS_BE", ticker="NSE:20MICRONS"),),
        published="All stocks; the CSVs have the new name, the ticker stays.",
        remedy="Read why at NSE, and point what reads the old CSVs to the new ones.",
        quick=True,
    ),
    Case(
        name="Two files are one stock",
        fault="`M&M` and `M_M` are one name here; the newer one is kept",
        source=daily(_called(ALL, "M&M", "M_M", "CHARLIE", "DOG", "EASY")),
        settings=HALF,
        outcome="incomplete",
        says=(
            warned("two files map to M_M: M_M_daily.json was kept, M&M_daily.json", "Delete or rename one of them"),
            check("accepted", "4 of 5"),
            rejected("M&M_daily.json", "maps to the same published name M_M and is kept"),
        ),
        remedy="Delete or rename the one that is wrong, then run the partition again.",
    ),
    Case(
        name="Two equal files are one stock",
        fault="`M&M` and `M_M` have the same bytes: one is kept, and nothing is missing",
        source=daily(_called(ALL, "M&M", "X", "CHARLIE", "DOG", "EASY") | {"M_M_daily.json": ALL["ABLE_daily.json"]}),
        says=(rejected("the same bytes as", "kept once"),),
        silent=("received", "accepted"),
        remedy="Nothing; delete one of them when you like.",
        shows=(rows("M_M_PRICE_DATA.csv"),),
    ),
    Case(
        name="A name that is too long",
        source=daily(ALL | {f"{'A' * 30}_daily.json": ALL["DOG_daily.json"]}),
        settings=HALF,
        outcome="incomplete",
        says=(
            rejected("the stock name has 30 characters, more than the 29 allowed"),
            check("accepted", "5 of 6"),
        ),
        remedy="Rename the file at the source: TradingView takes 42 characters, and the indicator needs 13 of them.",
    ),
)
