"""Values in another form than the source format's: what is plainly meant is read, and said."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bluedot_assets_tests.examples.vendor_files import INDIA
from bluedot_assets_tests.truth.case import HALF, Case, check, dashboard, rejected, rows
from bluedot_assets_tests.truth.market import Document, Edit, bar, daily, each_bar, edited, put, stocks

ALL: Final = stocks()
REMEDY: Final = "Ask the vendor whether it is meant to stay so; nothing has to be run again."
NEWEST: Final = rows("DOG_PRICE_DATA.csv", "20250801T,210.14,212.11,209.64,211.61,100856")


def _as_text(value: Any) -> Any:
    """The same JSON with every number and truth value as text."""
    if isinstance(value, dict):
        return {name: _as_text(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _dots(change: Callable[[list[str]], Any]) -> Edit:
    """An edit that puts the dots of a file into another form."""

    def edit(content: Document) -> None:
        data = content["chart"]["blueDotData"]
        data["dates"] = change([one["blueDotDate"] for one in data["dates"]])

    return edit


def _day(instant_ms: int) -> str:
    return str(datetime.fromtimestamp(instant_ms / 1000, ZoneInfo(INDIA)).date())


CASES: Final = (
    Case(
        name="All numbers are text",
        fault='All numbers and truth values of all files are text, `"603.20"` and `"false"`',
        source=daily({name: _as_text(content) for name, content in ALL.items()}),
        says=(check("forms_as_usual", "Numbers came as text in 5 files", "truth values came as text in 5 files"),),
        silent=("values_kept", "fields_given"),
        shows=(NEWEST, dashboard("DOG", last="2025-08-01", close=211.61, etf=0, last_dot="2025-08-01")),
        published="All stocks, as from numbers.",
        remedy=REMEDY,
    ),
    Case(
        name="A number in text may mean two",
        fault='The high of a bar is `"1,234"`, which may be 1234 or 1.234: no number, so that the bar is left out',
        source=daily(edited(stocks(bars=70), each_bar(19, 20, high="1,234"), "DOG")),
        silent=("values_kept", "forms_as_usual", "sessions_complete"),
    ),
    Case(
        name="Text stands for no value",
        fault='`rlst` is `"N/A"` and `volume` `"-"` in one bar of a stock',
        source=daily(edited(ALL, each_bar(3, 4, rlst="N/A", volume="-"), "DOG")),
        says=(check("forms_as_usual", "stood for no value in 1 files", "DOG_daily.json", "chart.prices.rlst"),),
        silent=("values_kept", "rlst_given"),
        remedy=REMEDY,
    ),
    Case(
        name="Dots are an object",
        fault="The dots of one file are an object, as prices may be",
        source=daily(edited(ALL, _dots(lambda days: {str(place): one for place, one in enumerate(days)}), "DOG")),
        says=(check("forms_as_usual", "Dots came as an object instead of a list in 1 files"),),
        silent=("values_kept", "dots_given"),
        shows=(dashboard("DOG", last_dot="2025-08-01"),),
        remedy=REMEDY,
    ),
    Case(
        name="One dot is not in a list",
        source=daily(edited(ALL, put("chart.blueDotData.dates", {"blueDotDate": "2025-07-28"}), "DOG")),
        says=(check("forms_as_usual", "One dot came without a list in 1 files"),),
        shows=(dashboard("DOG", last_dot="2025-07-28"),),
        remedy=REMEDY,
    ),
    Case(
        name="Dots have a midnight",
        fault="Dots are written `2025-07-28T00:00:00` in all files",
        source=daily(edited(ALL, _dots(lambda days: [f"{day}T00:00:00" for day in days]))),
        says=(check("forms_as_usual", "Dates came as text in another form in 5 files", "chart.blueDotData.dates"),),
        silent=("values_kept", "dots_given"),
        shows=(dashboard("DOG", last_dot="2025-08-01"),),
        remedy=REMEDY,
    ),
    Case(
        name="Dots have a time of day",
        fault="Dots are written `2025-07-28T09:15:00` in all files, which may be any zone's time",
        source=daily(edited(ALL, _dots(lambda days: [f"{day}T09:15:00" for day in days]))),
        outcome="blocked",
        says=(check("values_kept", "dots (100.0%)"), check("dots_given", "5 stocks of Asia/Kolkata")),
        remedy="Ask the vendor for dates such as 2025-07-28.",
    ),
    Case(
        name="The one bar is not in a list",
        fault="A young stock's only bar is no list of one",
        source=daily(edited(ALL, put("chart.prices", bar(date(2025, 8, 1), INDIA, 3)), "DOG")),
        says=(check("forms_as_usual", "One bar came without a list in 1 files", "DOG_daily.json"),),
        shows=(rows("DOG_PRICE_DATA.csv", "20250801T,210.14,212.11,209.64,211.61,100856"),),
        remedy=REMEDY,
    ),
    Case(
        name="Bars name days",
        fault="`priceDate` is `2025-08-01` in all files, and one timezone alone is set",
        source=daily(edited(ALL, each_bar(priceDate=_day))),
        settings={"BLUEDOT_EXCHANGE_TIMEZONES": INDIA},
        says=(check("forms_as_usual", "Dates came as text in another form in 5 files", "chart.prices.priceDate"),),
        shows=(NEWEST,),
        remedy=REMEDY,
    ),
    Case(
        name="Bars name days, which may be those of several exchanges",
        fault="`priceDate` is `2025-08-01` in all bars of a file, and two timezones are possible",
        source=daily(edited(ALL, each_bar(priceDate=_day), "DOG")),
        settings=HALF,
        outcome="incomplete",
        says=(
            rejected("DOG_daily.json", "leave only the right one in BLUEDOT_EXCHANGE_TIMEZONES"),
            check("accepted", "4 of 5 files (80 %)"),
        ),
        remedy="Leave only the right timezone in `BLUEDOT_EXCHANGE_TIMEZONES`.",
    ),
)
