"""What an earlier partition said, and this one does not."""

from datetime import date
from typing import Final

from bluedot_assets_tests.truth.case import Case, Message, check, rows, warned
from bluedot_assets_tests.truth.market import Files, daily, each_bar, edited, stocks, without_bars

THURSDAY: Final = daily(stocks(newest=date(2025, 7, 31)), "2025-07-31")
ALL: Final = stocks()


def _day_after(name: str, files: Files, *says: Message, **more: object) -> Case:
    """The files are Friday's; those of Thursday are published."""
    return Case(name=name, earlier=THURSDAY, source=THURSDAY | daily(files), says=says, **more)  # type: ignore[arg-type]


def _without(*names: str) -> Files:
    return {name: content for name, content in ALL.items() if name.partition("_")[0] not in names}


def _halved(price: float) -> float:
    return round(price / 2, 2)


CASES: Final = (
    _day_after(
        "Nothing is otherwise than the day before",
        ALL,
        silent=("files_as_usual", "stocks_as_before", "bars_as_before", "dots_as_before"),
        shows=(rows("daily/2025-07-31/ABLE_PRICE_DATA.csv"),),
    ),
    _day_after(
        "A stock's file is gone",
        _without("DOG"),
        check("stocks_as_before", "Against 2025-07-31: 1 stocks vanished"),
        silent=("files_as_usual",),
        published="All stocks that have a file.",
        remedy="Was it delisted or renamed? If not, have its file uploaded and run the partition again.",
    ),
    _day_after(
        "A stock's file is gone, on a machine that knows only the site",
        _without("DOG"),
        check("stocks_as_before", "Against 2025-07-31: 1 stocks vanished"),
        warned("The site keeps the daily history that it has", "`bluedot history rebuild`"),
        fresh_machine=True,
        published="All stocks that have a file.",
        remedy="As in the row before: no table of yesterday is needed to see it.",
    ),
    _day_after(
        "A new stock comes",
        stocks(6),
        fault="A stock's file comes for the first time",
        silent=("stocks_as_before", "files_as_usual"),
    ),
    Case(
        name="Many files fewer than usual",
        fault="8 files instead of 12",
        earlier=daily(stocks(12, newest=date(2025, 7, 31)), "2025-07-31"),
        source=daily(stocks(12, newest=date(2025, 7, 31)), "2025-07-31") | daily(stocks(8)),
        says=(
            check("files_as_usual", "8 files instead of about 12", "Did the upload break off"),
            check("stocks_as_before", "4 stocks vanished"),
        ),
        published="All stocks that have a file.",
        remedy="Complete the upload, and run the partition again.",
    ),
    _day_after(
        "The files are half as large as usual",
        stocks(bars=14),
        check("files_as_usual", "KB a file instead of about"),
        silent=("bars_as_before", "dots_as_before"),
        remedy="Look into a file: has the vendor shortened the history, or did its export break off?",
    ),
    _day_after(
        "A past price was corrected",
        edited(ALL, each_bar(3, 4, close=lambda price: round(price + 0.2, 2)), "DOG"),
        check("bars_as_before", "1 stocks are not those of 2025-07-31", "0 look like a split", "1 like corrections"),
        remedy="See the dates in the check's table; levels that you noted of them are void.",
    ),
    _day_after(
        "Past prices were halved",
        edited(ALL, each_bar(0, None, **dict.fromkeys(("open", "high", "low", "close"), _halved)), "DOG"),
        check("bars_as_before", "1 look like a split or an adjustment", "First: DOG"),
        silent=("price_jumps",),
        remedy="Look whether the company had a split; levels that you noted are void.",
    ),
    _day_after(
        "The volume of yesterday's bar was completed",
        edited(ALL, each_bar(1, 2, volume=lambda volume: volume + 999)),
        fault="The volume of the newest bar of yesterday's files has grown: trades are reported late",
        silent=("bars_as_before",),
    ),
    _day_after(
        "A dot of a past date was added",
        edited(
            ALL,
            lambda content: content["chart"]["blueDotData"]["dates"].insert(1, {"blueDotDate": "2025-07-30"}),
            "DOG",
        ),
        check("dots_as_before", "added 1 dots to past dates", "withdrew 0", "First: DOG 2025-07-30"),
        remedy="Nobody had that signal on its day: a backtest on today's dots sees more than a trader did.",
    ),
    _day_after(
        "The oldest dots are forgotten",
        edited(ALL, lambda content: content["chart"]["blueDotData"]["dates"].pop(), "BAKER", "CHARLIE", "DOG", "EASY"),
        fault="The vendor's list of dots slides: the oldest ones are gone",
        silent=("dots_as_before",),
    ),
    _day_after(
        "The oldest bars are forgotten",
        edited(ALL, without_bars(28)),
        fault="The vendor's history slides: the oldest bars are gone",
        silent=("bars_as_before",),
    ),
)
