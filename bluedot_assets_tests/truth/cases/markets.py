"""Stocks of several exchanges in one folder, each by its own clock."""

from datetime import UTC, date, datetime
from typing import Any, Final

from bluedot_assets_tests.examples.vendor_files import INDIA, NEW_YORK
from bluedot_assets_tests.truth.case import Case, Message, Value, check, rows
from bluedot_assets_tests.truth.market import Files, daily, edited, put, stocks

INDEPENDENCE_DAY: Final = date(2025, 7, 4)
BOTH: Final = {"BLUEDOT_EXCHANGES": "America/New_York=NYSE"}
UPLOADED: Final = "Has the upload taken the files of a day before? Run the partition again when they are there."
DASHBOARD: Final = "daily/latest/dashboard.json"
ALFA: Final = "stocks/1"  # in the order of names after ABLE
TODAY: Final = "daily/latest/watchlists/dots_today.txt"


def _files(zone: str, newest: date, answered: datetime, count: int = 4) -> Files:
    """Good files with one dot, of the first stock on the newest bar."""
    made = edited(stocks(count, zone, newest), put("responseHeader.asOfDate", int(answered.timestamp()) * 1000))
    made = edited(made, put("chart.blueDotData.dates", [{"blueDotDate": "2025-06-18"}]))
    return edited(made, put("chart.blueDotData.dates", [{"blueDotDate": str(newest)}]), *["ABLE", "ALFA"])


def _evening(india: date, york: date, day: date = date(2025, 8, 1)) -> Files:
    """The folder of `day` as an uploader in India makes it: at half past six in the evening there New York opens."""
    answered = datetime(day.year, day.month, day.day, 13, tzinfo=UTC)
    return _files(INDIA, india, answered) | _files(NEW_YORK, york, answered)


def _case(name: str, files: Files, *says: Message, **more: Any) -> Case:
    return Case(**{"name": name, "source": daily(files), "says": says, "settings": BOTH, **more})


FRIDAY, THURSDAY, WEDNESDAY = date(2025, 8, 1), date(2025, 7, 31), date(2025, 7, 30)
THIRD: Final = date(2025, 7, 3)
MORNING: Final = datetime(2025, 7, 4, 2, tzinfo=UTC)
ON_THE_THIRD: Final = daily(_files(INDIA, THIRD, MORNING) | _files(NEW_YORK, THIRD, MORNING), "2025-07-03")

CASES: Final = (
    _case(
        "Stocks of the USA end a session before those of India",
        _evening(FRIDAY, THURSDAY),
        fault="In India's evening New York is still trading, so its stocks end on the day before, every day",
        published="The newest session of each exchange is today's: both have their dots in lists, digest and page.",
        silent=("stocks_are_current", "new_dots_compared"),
        shows=(
            rows(TODAY, "###Blue dots 2025-08-01,NSE:ABLE,###Blue dots 2025-07-31,NYSE:ALFA"),
            rows(
                "daily/latest/watchlists/new_dots.txt",
                "###New blue dots 2025-08-01,NSE:ABLE,###New blue dots 2025-07-31,NYSE:ALFA",
            ),
            Value(DASHBOARD, "sessions", {INDIA: "2025-08-01", NEW_YORK: "2025-07-31"}),
            Value(DASHBOARD, "session", "2025-08-01"),
            Value(DASHBOARD, f"{ALFA}/9", 0),
        ),
        quick=True,
    ),
    _case(
        "One exchange has a holiday",
        _evening(INDEPENDENCE_DAY, THIRD, INDEPENDENCE_DAY),
        fault="On the 4th of July the stocks of the USA end on the 3rd",
        source=daily(_evening(INDEPENDENCE_DAY, THIRD, INDEPENDENCE_DAY), "2025-07-04"),
        now=datetime(2025, 7, 4, 20, tzinfo=UTC),
        silent=("stocks_are_current",),
        shows=(rows(TODAY, "###Blue dots 2025-07-04,NSE:ABLE,###Blue dots 2025-07-03,NYSE:ALFA"),),
    ),
    _case(
        "A dot is shown in two folders",
        {},
        fault="The folder of the 3rd of July was made on the next morning and has New York's 3rd of July already",
        earlier=ON_THE_THIRD,
        source=ON_THE_THIRD | daily(_evening(INDEPENDENCE_DAY, THIRD, INDEPENDENCE_DAY), "2025-07-04"),
        now=datetime(2025, 7, 4, 20, tzinfo=UTC),
        published="The dot is among today's in both folders, and news in the first one alone.",
        silent=("stocks_are_current", "new_dots_compared"),
        shows=(
            rows(TODAY, "###Blue dots 2025-07-04,NSE:ABLE,###Blue dots 2025-07-03,NYSE:ALFA"),
            rows("daily/latest/watchlists/new_dots.txt", "###New blue dots 2025-07-04,NSE:ABLE"),
        ),
    ),
    _case(
        "The bars of one exchange have stopped",
        _evening(FRIDAY, WEDNESDAY),
        check("stocks_are_current", "4 of 4 stocks of America/New_York have no bar of 2025-07-31"),
        fault="The stocks of the USA end two sessions before those of India",
        remedy=UPLOADED,
    ),
    _case(
        "The exchange that the folder is named after has no bar of its day",
        _evening(THURSDAY, THURSDAY),
        check("stocks_are_current", "4 of 4 stocks of Asia/Kolkata have no bar of 2025-08-01"),
        fault="In the evening of Friday the stocks of India end on Thursday",
        remedy=UPLOADED,
    ),
    _case(
        "A file of the USA ran ahead",
        _evening(FRIDAY, THURSDAY) | _files(NEW_YORK, FRIDAY, datetime(2025, 8, 1, 13, tzinfo=UTC), 1),
        check("bars_finished", "published as they are"),
        fault="One stock of four has a bar of the session that is still traded, and `BLUEDOT_UNFINISHED_BARS=publish`",
        settings=BOTH | {"BLUEDOT_UNFINISHED_BARS": "publish"},
        remedy="Export that stock again after the close.",
        silent=("stocks_are_current",),
        shows=(Value(DASHBOARD, "sessions", {INDIA: "2025-08-01", NEW_YORK: "2025-07-31"}),),
    ),
)
