"""Which days are sessions."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from bluedot_assets_tests.examples.vendor_files import INDIA, NEW_YORK
from bluedot_assets_tests.truth.case import Case, Value, check, dashboard, refused
from bluedot_assets_tests.truth.market import (
    NAMES,
    Document,
    Edit,
    Files,
    answered,
    bar,
    daily,
    edited,
    holiday,
    newer_bar,
    sessions,
    stocks,
    without_bars,
)

PLACE: Final = 3  # of the bar that is taken out; nobody has a dot on it
TUESDAY: Final = sessions(PLACE + 1)[-1]  # 2025-07-29
MONDAY: Final = date(2025, 8, 18)
DIWALI: Final = date(2025, 10, 21)
AFTER_DIWALI: Final = datetime(2025, 10, 22, 6, tzinfo=UTC)


def without_tuesday(*names: str) -> Files:
    return edited(stocks(), without_bars(PLACE, PLACE + 1), *names)


def with_holiday_row(day: date) -> Edit:
    """An edit that puts the vendor's placeholder of a holiday among the bars."""

    def edit(content: Document) -> None:
        prices: list[Any] = content["chart"]["prices"]
        prices.append(holiday(day, INDIA, 0))
        prices.sort(key=lambda one: -one["priceDate"])

    return edit


def with_bar(day: date) -> Edit:
    def edit(content: Document) -> None:
        prices: list[Any] = content["chart"]["prices"]
        number = NAMES[INDIA].index(str(content["chart"]["peripheralData"]["name"]).split()[0].upper())
        prices.append(bar(day, INDIA, number))
        prices.sort(key=lambda one: -one["priceDate"])

    return edit


def _day(key: str, files: Files, **more: Any) -> dict[str, Any]:
    """The folder of a day, seen on the morning after."""
    at = datetime.fromisoformat(f"{key}T06:00Z") + timedelta(days=1)
    return {"source": daily(files, key), "now": at, **more}


CASES: Final[tuple[Case, ...]] = (
    Case(
        name="A session that all stocks lack is missing for the whole exchange",
        fault="The vendor left a session out, in all files",
        source=daily(without_tuesday()),
        says=(check("sessions_complete", "1 sessions are missing for whole exchanges"),),
        remedy="Ask the vendor for the day. It was a holiday that the calendar does not know: `BLUEDOT_HOLIDAYS`.",
    ),
    Case(
        name="A session that one stock passes over is a gap of that stock",
        fault="One stock has no bar of a recent session",
        source=daily(without_tuesday("DOG")),
        says=(check("sessions_complete", "1 stocks lack recent or many bars", "first DOG (1 bars, "),),
        remedy="Was it suspended? If not, tell the vendor.",
    ),
    Case(
        name="An unplanned holiday that the files call one is no session, though the calendar has it",
        source=daily(edited(without_tuesday(), with_holiday_row(TUESDAY))),
        silent=("sessions_complete", "stocks_are_current"),
    ),
    Case(
        name="A holiday that BLUEDOT_HOLIDAYS names is no session",
        source=daily(without_tuesday()),
        settings={"BLUEDOT_HOLIDAYS": f"XBOM:{TUESDAY}"},
        silent=("sessions_complete",),
    ),
    Case(
        name="A folder of a holiday lacks no bar",
        source=daily(stocks(newest=date(2025, 8, 14)), "2025-08-15"),
        now=datetime(2025, 8, 16, 6, tzinfo=UTC),
        silent=("sessions_complete", "stocks_are_current"),
    ),
    Case(
        name="A stray bar of one stock on a holiday makes no session of it",
        source=daily(
            edited(stocks(newest=date(2025, 8, 18), bars=10), with_bar(date(2025, 8, 15)), "DOG"), "2025-08-18"
        ),
        now=datetime(2025, 8, 19, 6, tzinfo=UTC),
        silent=("sessions_complete", "stocks_are_current"),
    ),
    Case(
        name="The hour of Diwali, which the calendar calls a holiday, is a session when most stocks have it",
        source=daily(stocks(newest=DIWALI, bars=10), str(DIWALI)),
        now=AFTER_DIWALI,
        silent=("sessions_complete", "stocks_are_current"),
        shows=(Value("daily/latest/dashboard.json", "session", str(DIWALI)),),
    ),
    Case(
        name="A stock that lacks a session which only the bars of the others know is behind",
        fault="One stock has no bar of a special session that is in no calendar",
        source=daily(edited(stocks(newest=DIWALI, bars=10), without_bars(0, 1), "DOG"), str(DIWALI)),
        now=AFTER_DIWALI,
        says=(check("stocks_are_current", f"1 of 5 stocks of {INDIA} have no bar of {DIWALI}"),),
        remedy="It was suspended, or the vendor did not renew its file.",
    ),
    Case(
        name="A day that is none in BLUEDOT_HOLIDAYS is refused",
        fault="BLUEDOT_HOLIDAYS names a day that there is not (2027-13-01)",
        source=daily(stocks()),
        settings={"BLUEDOT_HOLIDAYS": "2027-13-01"},
        outcome="refused",
        says=(refused("BLUEDOT_HOLIDAYS", "has '2027-13-01', which is no day"),),
        remedy="Write it as 2027-01-15, or +2027-11-07 for an extra session.",
    ),
    Case(
        name="A close that is no time is refused",
        fault="BLUEDOT_CLOSE_TIMES has no time (Asia/Tokyo=half past three)",
        source=daily(stocks()),
        settings={"BLUEDOT_CLOSE_TIMES": "Asia/Tokyo=half past three"},
        outcome="refused",
        says=(refused("BLUEDOT_CLOSE_TIMES", "write it like Asia/Kolkata=15:30"),),
        remedy="Write it as Asia/Tokyo=15:30.",
    ),
    Case(
        name="A stock passed over one session long ago",
        fault="A stock of 70 bars passed over one session three weeks ago: counted, and no warning",
        source=daily(edited(stocks(bars=70), without_bars(16, 17), "DOG")),
        silent=("sessions_complete",),
    ),
    Case(
        name="A stock ends a session early",
        fault="One stock has no bar of the folder's day",
        source=daily(edited(stocks(), without_bars(0, 1), "DOG")),
        says=(check("stocks_are_current", "1 of 5 stocks of Asia/Kolkata have no bar of 2025-08-01"),),
        silent=("sessions_complete",),
        remedy="Suspended, delisted, or not renewed by the vendor: do not trade on its last dot as if it were new.",
    ),
    Case(
        name="An exchange's holiday has no bars",
        fault="Independence Day, 15 August 2025, lies between the bars",
        **_day("2025-08-18", stocks(newest=date(2025, 8, 18))),
        silent=("sessions_complete", "stocks_are_current"),
    ),
    Case(
        name="A session on a Saturday is there",
        fault="The budget session of Saturday, 1 February 2025",
        **_day("2025-02-01", stocks(newest=date(2025, 2, 1))),
        silent=("stocks_are_current", "sessions_complete", "dots_on_bars"),
        shows=(dashboard("DOG", last="2025-02-01"),),
    ),
    Case(
        name="A session on a Saturday is left out",
        fault="The budget session of Saturday, 1 February 2025, is in no file on Monday",
        **_day("2025-02-03", edited(stocks(newest=date(2025, 2, 3)), without_bars(1, 2))),
        says=(check("sessions_complete", "1 sessions are missing for whole exchanges"),),
        remedy="Ask the vendor for that day: its exports know weekdays alone.",
    ),
    Case(
        name="A session on a Saturday of 2024 is left out",
        fault="The session of Saturday, 20 January 2024, is in no file on Tuesday",
        **_day("2024-01-23", edited(stocks(newest=date(2024, 1, 23)), without_bars(1, 2))),
        says=(check("sessions_complete", "1 sessions are missing for whole exchanges"),),
        remedy="Ask the vendor for that day: its exports know weekdays alone.",
    ),
    Case(
        name="An extra session that only the setting knows",
        fault="A session of Saturday, 2 August 2025, named as `BLUEDOT_HOLIDAYS=+2025-08-02`, is in one file only",
        **_day(
            "2025-08-02", edited(edited(stocks(), answered("2025-08-02T23:30Z")), newer_bar(date(2025, 8, 2)), "DOG")
        ),
        settings={"BLUEDOT_HOLIDAYS": "+2025-08-02"},
        says=(check("stocks_are_current", "4 of 5 stocks of Asia/Kolkata have no bar of 2025-08-02"),),
        remedy="The other files were exported before that session: have them exported again.",
    ),
    Case(
        name="BLUEDOT_CALENDARS names a calendar that there is not",
        source=daily(stocks()),
        settings={"BLUEDOT_CALENDARS": "XBOM,NOWHERE"},
        outcome="refused",
        says=(refused("BLUEDOT_CALENDARS names 'NOWHERE'"),),
        remedy="Write a market code of exchange_calendars, such as XBOM or XNYS; or `none`.",
    ),
    Case(
        name="Independence Day of the USA",
        fault="A folder of 4 July 2025: American stocks end on the 3rd, Indian ones on the 4th",
        **_day(
            "2025-07-04",
            stocks(newest=date(2025, 7, 4)) | stocks(3, NEW_YORK, date(2025, 7, 3)),
            settings={"BLUEDOT_EXCHANGES": "America/New_York=NASDAQ"},
        ),
        silent=("stocks_are_current", "sessions_complete"),
    ),
    Case(
        name="A holiday is written as it is spoken",
        fault="`BLUEDOT_HOLIDAYS=15.01.2027`, which could be a file's name",
        source=daily(stocks()),
        settings={"BLUEDOT_HOLIDAYS": "15.01.2027"},
        outcome="refused",
        says=(refused("BLUEDOT_HOLIDAYS names no day and no file", "write days such as 2027-01-15 (a holiday)"),),
        remedy="Write `2027-01-15`, `+2027-11-07` for an extra session, or the path of a file.",
    ),
    Case(
        name="Holidays stand in a file",
        fault="`BLUEDOT_HOLIDAYS` names a file with the day that all files lack",
        source=daily(without_tuesday()) | {"holidays.txt": b"# our own\n2025-07-29  # a strike\n"},
        settings={"BLUEDOT_HOLIDAYS": "drive/holidays.txt"},
        silent=("sessions_complete", "stocks_are_current"),
    ),
)
