"""Daily against weekly files."""

from datetime import date, timedelta
from typing import Final

from bluedot_assets_tests.examples.vendor_files import INDIA
from bluedot_assets_tests.truth.case import Case, check, rows
from bluedot_assets_tests.truth.market import (
    WEEK,
    Edit,
    Files,
    Source,
    bar,
    daily,
    each_bar,
    edited,
    put,
    stocks,
    weekly,
    weekly_stocks,
    without_bars,
)

BOTH: Final = ("--timeframe", "all")
ONE: Final = ("--timeframe", "weekly", "--partition", WEEK)
FROM_DAILY: Final = {"BLUEDOT_WEEKLY_FROM": "daily"}
DAYS: Final = stocks(bars=90)
WEEKS: Final = weekly_stocks(weeks=20)
APRIL: Final = 17  # place of the week of 31 March 2025, a Monday on which India's exchanges were closed
OPENED: Final = bar(date(2025, 4, 1), INDIA, 0)["open"]


def both(weeks: Files = WEEKS, days: Files = DAYS) -> Source:
    return daily(days) | weekly(weeks)


SWALLOWS: Final = edited(WEEKS, each_bar(APRIL, APRIL + 1, open=lambda price: round(0.95 * price, 2), low=1), "ABLE")


def april_rows(files: Files) -> str:
    """The row of that week in the price series of ABLE, as its weekly file has it."""
    content = files["ABLE_weekly.json"]
    assert isinstance(content, dict)
    week = content["chart"]["prices"][APRIL]
    return ",".join(["20250404T", *(f"{week[name]:g}" for name in ("open", "high", "low", "close", "volume"))])


def without_dots(of_newest: int) -> Edit:
    """An edit that takes the newest dots out of the list."""

    def edit(content: dict[str, dict[str, dict[str, list[object]]]]) -> None:
        dots = content["chart"]["blueDotData"]
        dots["dates"] = dots["dates"][of_newest:]

    return edit


def dots_from(first: date) -> Edit:
    """An edit that lists fifty dots of 2024, a week apart."""
    days = [first + timedelta(days=7 * place) for place in range(49, -1, -1)]
    return put("chart.blueDotData.dates", [{"blueDotDate": str(day)} for day in days])


MANY_DOTS: Final = dots_from(date(2024, 1, 1))
OTHER_DOTS: Final = dots_from(date(2024, 1, 2))

CASES: Final[tuple[Case, ...]] = (
    Case(
        name="Weekly bars hold what their days do, and list the same dots",
        source=both(),
        words=BOTH,
        silent=("weekly_agrees_with_daily", "dots_agree", "peripheral_agrees"),
    ),
    Case(
        name="A weekly bar swallows the placeholder of a Monday's holiday",
        fault="The vendor's weekly bar counts a holiday's placeholder as a day: its open is of the week before",
        source=both(SWALLOWS),
        words=BOTH,
        says=(check("weekly_agrees_with_daily", "1 of 95 weekly bars", "Worst: ABLE 2025-W14, low"),),
        shows=(rows("weekly/latest/ABLE_PRICE_DATA.csv", april_rows(SWALLOWS)),),
        published="The vendor's bar.",
        remedy="Set `BLUEDOT_WEEKLY_FROM=daily`, and run the week again.",
        quick=True,
    ),
    Case(
        name="Weekly bars that are made of the daily table have the week's own open",
        source=both(SWALLOWS),
        words=BOTH,
        settings=FROM_DAILY,
        silent=("weekly_agrees_with_daily",),
        shows=(rows("weekly/latest/ABLE_PRICE_DATA.csv", april_rows(WEEKS)),),
        published="The bar of its days.",
    ),
    Case(
        name="Weekly bars are to be made of daily ones, and there is no daily table",
        source=weekly(SWALLOWS),
        words=ONE,
        settings=FROM_DAILY,
        says=(check("weekly_agrees_with_daily", "no daily table of this week", "2025-07-28 or later"),),
        shows=(rows("weekly/latest/ABLE_PRICE_DATA.csv", april_rows(SWALLOWS)),),
        published="The vendor's bars.",
        remedy="Run the week's last daily partition with the same `BLUEDOT_DATA`, then the week again.",
    ),
    Case(
        name="A machine without daily tables publishes the vendor's weekly bars",
        source=weekly(WEEKS),
        words=ONE,
        silent=("weekly_agrees_with_daily", "dots_agree"),
    ),
    Case(
        name="The daily table ends on Thursday: the week of its end is not whole, and not compared",
        source=daily(edited(stocks(newest=date(2025, 7, 31)), MANY_DOTS), "2025-07-31")
        | weekly(edited(edited(weekly_stocks(), MANY_DOTS), each_bar(0, 1, open=1, low=1))),
        words=BOTH,
        silent=("weekly_agrees_with_daily",),
        settings=FROM_DAILY,
        shows=(rows("weekly/latest/ABLE_RLST_RATING.csv", lacks=("20250801T,1,",)),),
    ),
    Case(
        name="A week that the vendor left out is made of its days",
        source=both(edited(WEEKS, without_bars(3, 4), "ABLE")),
        words=BOTH,
        settings=FROM_DAILY,
        silent=("weekly_agrees_with_daily", "sessions_complete"),
        published="That week's bar too.",
    ),
    Case(
        name="The rating of a week is null, and its days have one",
        source=both(edited(WEEKS, each_bar(APRIL, APRIL + 1, rlst=None))),
        words=BOTH,
        settings=FROM_DAILY,
        silent=("weekly_agrees_with_daily",),
        shows=(
            rows(
                "weekly/latest/ABLE_RLST_RATING.csv",
                ",".join(["20250404T", *[str(bar(date(2025, 4, 4), INDIA, 0)["rlst"])] * 4, "0"]),
            ),
        ),
        published="The last rating of the week's days.",
    ),
    Case(
        name="Weekly ratings are not those of the week's last day",
        source=both(edited(WEEKS, each_bar(2, 3, rlst=7))),
        words=BOTH,
        says=(check("weekly_agrees_with_daily", "5 of 95 weekly bars, of 5 stocks in 1 weeks", "rlst"),),
        remedy="Ask the vendor which of the two files is right.",
    ),
    Case(
        name="The weekly files list other dots than the daily ones",
        source=both(edited(WEEKS, without_dots(4))),
        words=BOTH,
        says=(check("dots_agree", "stand in one list only"),),
        remedy="Ask the vendor for both files again; until then do not act on the dots that are listed.",
    ),
    Case(
        name="The vendor changed three dots of one stock between the daily and the weekly answer",
        source=both(edited(edited(WEEKS, MANY_DOTS), without_dots(3), "ABLE"), edited(DAYS, MANY_DOTS)),
        words=BOTH,
        silent=("dots_agree",),
    ),
    Case(
        name="One stock's weekly file lists the dots of another stock",
        source=both(edited(edited(WEEKS, MANY_DOTS), OTHER_DOTS, "ABLE"), edited(DAYS, MANY_DOTS)),
        words=BOTH,
        says=(check("dots_agree", "1 stocks have another list altogether, first: ABLE"),),
        remedy="Have both files of that stock made anew, and run both partitions again.",
    ),
)
