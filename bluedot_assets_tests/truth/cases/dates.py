"""The folder's date, the files' dates and the vendor's answer time against each other."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bluedot_assets_tests.examples.vendor_files import INDIA, NEW_YORK, midnight_ms
from bluedot_assets_tests.truth.case import Case, Rows, check, rejected, rows
from bluedot_assets_tests.truth.market import (
    FRIDAY,
    Document,
    Edit,
    File,
    Files,
    daily,
    each_bar,
    edited,
    newer_bar,
    put,
    stocks,
    take,
    weekly,
    weekly_stocks,
)

HALF: Final = {"BLUEDOT_MIN_COMPLETE": "50"}
WEEKLY: Final = ("--timeframe", "weekly")
ALL: Final = stocks(10)
WEEKS: Final = weekly_stocks(10)
MONDAY: Final = FRIDAY + timedelta(days=3)
EARLY: Final = time(11, 12)
BEFORE: Final = stocks(10, newest=FRIDAY - timedelta(days=1))
ON_MONDAY: Final = datetime(2025, 8, 4, 6, tzinfo=UTC)
LATER_BARS: Final = check("future_bars", "after the partition's end were left out")


def ms(at: time, day: date = FRIDAY, zone: str = INDIA) -> int:
    """That time of the day at an exchange, in epoch milliseconds."""
    return int(datetime.combine(day, at, ZoneInfo(zone)).timestamp() * 1000)


def answered(at: Any, day: date = FRIDAY, zone: str = INDIA) -> Edit:
    """The header's answer time; what is no time of the day as it is."""
    return put("responseHeader.asOfDate", ms(at, day, zone) if isinstance(at, time) else at)


def a_day_early(content: Document) -> None:
    """An edit of all bars' dates."""
    for one in content["chart"]["prices"]:
        one["priceDate"] -= 86_400_000


def uploaded(files: Files, at: datetime) -> Files:
    return {name: File(content, at) for name, content in files.items() if isinstance(content, dict)}


def quoted(files: Files, *times: time) -> Files:
    """Headers that are silent, and last quotes of the stocks in turn."""
    for (file, _), number in zip(list(files.items()), range(len(files)), strict=True):
        name = file.partition("_")[0]
        files = edited(files, take("responseHeader.asOfDate"), name)
        files = edited(files, put("chart.peripheralData.asOfDate", ms(times[number % len(times)])), name)
    return files


def stamped(change: Any, first: int = 0, last: int | None = None) -> Edit:
    return each_bar(first, last, priceDate=change)


def newest(day: date = FRIDAY, lacks: str = "") -> tuple[Rows, ...]:
    """The first stock's prices have the row of that day, and none that begins with `lacks`."""
    content: Any = ALL["ABLE_daily.json"]
    (one,) = (one for one in content["chart"]["prices"] if one["priceDate"] == midnight_ms(day))
    values = ",".join(f"{one[name]}" for name in ("open", "high", "low", "close", "volume"))
    return (rows("ABLE_PRICE_DATA.csv", f"{day:%Y%m%d}T,{values}", lacks=(lacks,) if lacks else ()),)


FOLDERS: Final = (
    Case(
        name="A daily folder that is named a day too early",
        fault="A folder is named a day too early, so that the newest bar of every stock lies after it",
        source=daily(ALL, "2025-07-31"),
        outcome="blocked",
        says=(
            check(
                "folder_named_right",
                "10 of 10 files of Asia/Kolkata have bars after 2025-07-31",
                "holds the files of daily/2025-08-01: rename it to 2025-08-01",
            ),
            LATER_BARS,
        ),
        remedy="Rename the folder as the message says.",
        quick=True,
    ),
    Case(
        name="A weekly folder that is counted by %W",
        fault="A week is counted by `%W`, which is one less than the ISO week in 2025",
        source=weekly(WEEKS, "2025-W30"),
        words=WEEKLY,
        outcome="blocked",
        says=(
            check("folder_named_right", "holds the files of weekly/2025-W31: rename it to 2025-W31"),
            LATER_BARS,
            check("values_kept", "dots"),
        ),
        remedy="Rename the folder as the message says; write ISO weeks (`%G-W%V`).",
    ),
    Case(
        name="A folder that is named a year too early, so that every file has later bars alone",
        source=daily(ALL, "2024-08-01"),
        outcome="blocked",
        says=(
            check("folder_named_right", "holds the files of daily/2025-08-01"),
            check("accepted", "0 of 10"),
        ),
        remedy="Rename the folder as the message says.",
    ),
    Case(
        name="One market of a folder is a day ahead",
        fault="Of two markets in one folder one has a bar of the day after it",
        source=daily({**stocks(5, NEW_YORK, FRIDAY - timedelta(days=1)), **ALL}, "2025-07-31"),
        outcome="blocked",
        says=(check("folder_named_right", "10 of 10 files of Asia/Kolkata", "rename it to 2025-08-01"), LATER_BARS),
        remedy="Export each market as of the folder's date, or rename the folder.",
    ),
    Case(
        name="All dates of all files are a day early",
        fault="The exporter writes the day in UTC, so that Mondays become Sundays",
        source=daily(edited(ALL, a_day_early)),
        outcome="blocked",
        says=(check("accepted", "0 of 10"),),
        remedy="Have the exporter write the midnight at which the day begins at the exchange.",
    ),
    Case(
        name="The newest bar of every file is the one before once more",
        fault="The vendor had no data of the day, and copied the bar of the day before",
        source=daily(edited(edited(BEFORE, newer_bar(FRIDAY)), answered(time(18), FRIDAY))),
        says=(check("stocks_are_current", "10 of 10 stocks of Asia/Kolkata repeat the bar before on 2025-08-01"),),
        remedy="Was the exchange closed? Leave the folder out. Else ask the vendor for the day.",
    ),
    Case(
        name="A few files of another market are a day ahead",
        fault="Of 13 files in one folder three are of a market that has a bar of the day after it",
        source=daily({**stocks(10, NEW_YORK, FRIDAY - timedelta(days=1)), **stocks(3)}, "2025-07-31"),
        settings={"BLUEDOT_EXCHANGES": "America/New_York=NYSE"},
        says=(check("folder_named_right", "3 of 3 files of Asia/Kolkata"), check("future_bars", "3 bars of 3 stocks")),
        published="All stocks up to the folder's date.",
        remedy="Export that market as of the folder's date.",
    ),
    Case(
        name="The folder of the day before that was exported while the exchange trades is no fault",
        fault="A late export of Friday's folder holds a bar of Monday, on which the exchange still trades",
        source=daily(uploaded(edited(edited(ALL, newer_bar(MONDAY)), answered(EARLY, MONDAY)), ON_MONDAY)),
        now=datetime(2025, 8, 4, 7, tzinfo=UTC),
        says=(LATER_BARS,),
        silent=("folder_named_right", "bars_finished"),
        shows=newest(lacks="20250804"),
        published="All stocks up to Friday.",
        remedy="Nothing: the export was late.",
    ),
    Case(
        name="A holiday's folder with the bars of the session before is no fault",
        source=daily(edited(stocks(10, newest=date(2025, 8, 14)), answered(time(18), date(2025, 8, 16))), "2025-08-15"),
        now=datetime(2025, 8, 16, 15, tzinfo=UTC),
        silent=("folder_named_right", "stocks_are_current"),
    ),
    Case(
        name="A folder that is named a day too late",
        source=daily(
            edited(stocks(10, newest=FRIDAY - timedelta(days=1)), answered(time(18), FRIDAY - timedelta(days=1)))
        ),
        says=(check("stocks_are_current", "10 of 10 stocks of Asia/Kolkata have no bar of 2025-08-01"),),
        silent=("folder_named_right",),
        remedy="Rename the folder to the date of its newest bar, or export again.",
    ),
    Case(
        name="A folder that is named a day too late, exported before its day began to trade",
        source=daily(edited(stocks(10, newest=FRIDAY - timedelta(days=1)), answered(time(5), FRIDAY))),
        says=(check("stocks_are_current", "10 of 10 stocks of Asia/Kolkata have no bar of 2025-08-01"),),
        silent=("folder_named_right",),
        remedy="Rename the folder to the date of its newest bar, or export again.",
    ),
    Case(
        name="A weekly folder that is named a week too late",
        source=weekly(weekly_stocks(10, newest=FRIDAY - timedelta(days=7))),
        words=WEEKLY,
        says=(check("stocks_are_current", "10 of 10 stocks of Asia/Kolkata have no bar of 2025-W31"),),
        silent=("folder_named_right",),
        remedy="Rename the folder to the ISO week of its newest bar, or export again.",
    ),
)


def early_files(count: int, files: Mapping[str, Any] = ALL) -> Files:
    """So many of the files answered at 11:12 on Friday."""
    names = [file.rpartition("_")[0] for file in files][:count]
    return edited(dict(files), answered(EARLY), *names)


DOUBLED: Final = dict.fromkeys(("open", "high", "low", "close"), lambda price: round(2 * price, 2))
NOT_CURRENT: Final = check("stocks_are_current", "10 of 10 stocks")
NO_ANSWER_TIME: Final = check("fields_given", "responseHeader.asOfDate (10 of 10 stocks of Asia/Kolkata)")
BEFORE_CLOSE: Final = "were answered before the close of their newest bar's session"
BESIDE: Final = edited({f"X{name}": one for name, one in stocks(12).items()}, each_bar(**DOUBLED))
MANY: Final = stocks(12) | stocks(10, NEW_YORK)

UNFINISHED: Final = (
    Case(
        name="All files were answered before the close",
        fault="The export was made at 11:12, while the exchange trades",
        source=daily(early_files(10)),
        outcome="blocked",
        says=(
            check("bars_finished", f"10 of 10 files of Asia/Kolkata {BEFORE_CLOSE}", "answered 2025-08-01 11:12"),
            NOT_CURRENT,
        ),
        remedy="Export after the close, then run the partition again.",
        quick=True,
    ),
    Case(
        name="The same with BLUEDOT_UNFINISHED_BARS=drop",
        source=daily(early_files(10)),
        settings={"BLUEDOT_UNFINISHED_BARS": "drop"},
        says=(check("bars_finished", "left out"), NOT_CURRENT),
        shows=newest(FRIDAY - timedelta(days=1), lacks="20250801"),
        published="Their newest bar is that of the session before.",
        remedy="Export after the close, then run the partition again.",
    ),
    Case(
        name="The same with BLUEDOT_UNFINISHED_BARS=publish",
        source=daily(early_files(10)),
        settings={"BLUEDOT_UNFINISHED_BARS": "publish"},
        says=(check("bars_finished", "published as they are"),),
        shows=newest(),
        remedy="Run the partition again when there are files from after the close.",
    ),
    Case(
        name="One file of a large market was answered too early",
        source=daily(edited(BESIDE | ALL, answered(EARLY), "ABLE")),
        says=(
            check("bars_finished", f"1 of 22 files of Asia/Kolkata {BEFORE_CLOSE}", "ABLE"),
            check("stocks_are_current", "1 of 22 stocks"),
        ),
        shows=(rows("ABLE_PRICE_DATA.csv", lacks=("20250801",)),),
        published="Of the stock that is named up to the session before.",
        remedy="Have the stocks that are named exported again.",
    ),
    Case(
        name="Only one market of two was answered before its close",
        fault="Half past twelve in New York is long after the close in India",
        source=daily(edited(MANY, answered(time(12, 30), FRIDAY, NEW_YORK))),
        outcome="blocked",
        says=(check("bars_finished", f"10 of 10 files of America/New_York {BEFORE_CLOSE}"),),
        remedy="Export each market after its own close.",
    ),
    Case(
        name="A weekly file of a Wednesday",
        fault="A weekly export was made on Wednesday; its newest bar is dated Friday",
        source=weekly(edited(WEEKS, answered(EARLY, FRIDAY - timedelta(days=2)))),
        words=WEEKLY,
        outcome="blocked",
        says=(check("bars_finished", BEFORE_CLOSE, "over at 2025-08-01 15:30"), NOT_CURRENT),
        remedy="Export when the week is over.",
    ),
    Case(
        name="A weekly file of the Thursday evening before a Friday that is a holiday is final",
        source=weekly(
            edited(weekly_stocks(10, newest=date(2025, 8, 14)), answered(time(18), date(2025, 8, 14))), "2025-W33"
        ),
        words=WEEKLY,
        now=datetime(2025, 8, 16, 6, tzinfo=UTC),
        silent=("bars_finished", "stocks_are_current"),
    ),
    Case(
        name="An answer at the very close is final",
        source=daily(edited(ALL, answered(time(15, 30)))),
        silent=("bars_finished",),
        shows=newest(),
    ),
    Case(
        name="An answer time in seconds is none",
        source=daily(edited(ALL, answered(1754040000))),
        says=(NO_ANSWER_TIME,),
        silent=("bars_finished",),
        published="Nothing says when the files were answered; they are taken as they are.",
        remedy="Have the exporter write responseHeader.asOfDate in milliseconds.",
    ),
    Case(
        name="One stock's quote from before the close says nothing of its file",
        fault="Files do not say when they were answered, and an illiquid stock was last quoted hours before the close",
        source=daily(quoted(ALL, time(13, 5), time(15, 30, 16))),
        says=(NO_ANSWER_TIME,),
        silent=("bars_finished",),
        remedy="See a file with `bluedot raw`: has the vendor renamed or dropped `asOfDate`?",
        shows=newest(),
    ),
    Case(
        name="Files that do not say when they were answered, and not one quote from after the close",
        source=daily(quoted(ALL, time(9, 20), EARLY)),
        settings={"BATCH_SIZE": "3"},
        outcome="blocked",
        says=(
            check("bars_finished", f"10 of 10 files of Asia/Kolkata {BEFORE_CLOSE}", "by the exchange's latest quote"),
            NOT_CURRENT,
            NO_ANSWER_TIME,
        ),
        remedy="Export after the close, then run the partition again.",
    ),
    Case(
        name="Neither an answer time nor a quote is not judged",
        source=daily(edited(edited(ALL, take("responseHeader.asOfDate")), take("chart.peripheralData.asOfDate"))),
        says=(NO_ANSWER_TIME,),
        remedy="See a file with `bluedot raw`: has the vendor renamed or dropped `asOfDate`?",
        silent=("bars_finished",),
        shows=newest(),
    ),
    Case(
        name="A close that is not in a calendar comes from the setting",
        source=daily(edited(ALL, answered(time(15, 45)))),
        settings={"BLUEDOT_CALENDARS": "none", "BLUEDOT_CLOSE_TIMES": "Asia/Kolkata=16:00"},
        outcome="blocked",
        says=(check("bars_finished", "over at 2025-08-01 16:00"),),
        remedy="Correct `BLUEDOT_CLOSE_TIMES`, or export after the close.",
    ),
)
STAMPS: Final = (
    Case(
        name="One bar has a date of the middle of the day",
        fault="One bar of a stock is stamped in the middle of the day",
        source=daily(edited(ALL, stamped(lambda at: at + 40_320_000, 5, 6), "ABLE")),
        says=(check("sessions_complete", "ABLE"),),
        silent=("values_kept", "accepted"),
        published="Without that bar.",
        remedy="Have the file made anew.",
    ),
    *(
        Case(
            name=f"The dates of a file are {words}",
            source=daily(edited(ALL, stamped(change), "ABLE")),
            settings=HALF,
            outcome="incomplete",
            says=(rejected("ABLE_daily.json", reason), check("accepted", "9 of 10")),
            remedy=remedy,
        )
        for words, change, reason, remedy in (
            (
                "in seconds",
                lambda at: at // 1000,
                "its priceDates are in seconds",
                "The exporter must write milliseconds.",
            ),
            ("in microseconds", lambda at: at * 1000, "are in microseconds", "The exporter must write milliseconds."),
            (
                "at 23:59:59",
                lambda at: at - 1000,
                "its priceDates are 23:59:59 in Asia/Kolkata",
                "The exporter must write midnight.",
            ),
            (
                "midnight UTC",
                lambda at: at + 19_800_000,
                "but in UTC",
                "The exporter must write midnight at the exchange.",
            ),
        )
    ),
    Case(
        name="The files of an exchange that is not configured",
        source=daily(
            {**ALL, **edited({"BAKER_daily.json": ALL["BAKER_daily.json"]}, stamped(lambda at: at - 12_600_000))}
        ),
        settings=HALF,
        outcome="incomplete",
        says=(
            rejected("BAKER_daily.json", "add the exchange's timezone to BLUEDOT_EXCHANGE_TIMEZONES", "Asia/Tokyo"),
            check("accepted", "9 of 10"),
        ),
        remedy="Add the timezone to `BLUEDOT_EXCHANGE_TIMEZONES`.",
    ),
)
CASES: Final = (*FOLDERS, *UNFINISHED, *STAMPS)
