"""A stock that comes under another name is compared with itself."""

from datetime import UTC, date, datetime
from typing import Final

from bluedot_assets_tests.truth.case import Case, check, refused, rows
from bluedot_assets_tests.truth.market import Edit, Files, daily, each_bar, edited, put, renamed, stocks

DOTS: Final = [{"blueDotDate": day} for day in ("2025-07-21", "2025-07-14", "2024-05-02")]


def _dots(*dots: dict[str, str]) -> Edit:
    return put("chart.blueDotData.dates", list(dots))


# The same dots on both days, so that only what a case changes is news.
THURSDAY: Final = edited(stocks(newest=date(2025, 7, 31)), _dots(*DOTS))
FRIDAY: Final = edited(stocks(), _dots(*DOTS))
BEFORE: Final = "2025-07-31"
MIDWEEK: Final = date(2025, 8, 14)  # the session before Independence Day
PRICES: Final = ("open", "high", "low", "close")
POINT: Final = "Read why, and point what reads the old CSVs to the new ones."


# As after a split that the vendor adjusted.
HALVE: Final = each_bar(**{name: lambda price: round(price / 2, 2) for name in PRICES})


def _called(files: Files, name: str) -> Files:
    """The files, and the first stock under that name."""
    return renamed(files, {"ABLE_daily.json": f"{name}_daily.json"})


GOES_ON: Final = check("history_continues", "under another name: 1", "into BLUEDOT_RENAMES")


def _same(old: str, new: str) -> Case:
    return Case(
        name=f"{old} comes as {new}",
        fault=f"What a vendor adds to names comes and goes: `{old}` one day, `{new}` the next",
        earlier=daily(_called(THURSDAY, old), BEFORE),
        source=daily(_called(THURSDAY, old), BEFORE) | daily(_called(FRIDAY, new)),
        says=(
            check(
                "stocks_as_before",
                "0 stocks vanished, 0 are new",
                "1 have another name and are the same stocks",
            ),
            GOES_ON,
        ),
        silent=("bars_as_before", "dots_as_before", "price_jumps"),
        published="All stocks; the CSVs have the new name.",
        remedy=POINT,
    )


def _series(name: str, what: str, edit: Edit, rule: str, *texts: str, fresh_machine: bool = False) -> Case:
    goes_on = (GOES_ON,) if edit is not HALVE else ()  # other prices are another stock's
    return Case(
        name=name,
        fault=f"`ABLE` comes as `ABLE-BE`, and {what}",
        earlier=daily(THURSDAY, BEFORE),
        source=daily(THURSDAY, BEFORE) | daily(_called(edited(FRIDAY, edit, "ABLE"), "ABLE-BE")),
        fresh_machine=fresh_machine,
        says=(
            check("stocks_as_before", "1 changed the series at NSE", "ABLE is now ABLE_BE"),
            check(rule, *texts),
            *goes_on,
        ),
        published="All stocks; the CSVs have the new name.",
        remedy="As for a stock of the same name: see the check.",
    )


def _holiday(name: str) -> Files:
    return _called(
        edited(edited(stocks(newest=MIDWEEK), _dots(*DOTS)), _dots({"blueDotDate": str(MIDWEEK)}, *DOTS), "ABLE"), name
    )


CASES: Final = (
    _same("ABLE.NS", "ABLE"),
    _same("ABLE", "NSE_ABLE"),
    _same("BSE_500325", "500325.BO"),
    _series(
        "A stock changed its series and was split",
        "its prices are halved",
        HALVE,
        "bars_as_before",
        "First: ABLE_BE",
    ),
    _series(
        "A stock changed its series and lost a dot",
        "one of its past dots is gone",
        _dots(*DOTS[1:]),
        "dots_as_before",
        "First: ABLE_BE",
    ),
    _series(
        "A stock changed its series and jumps",
        "its newest close is twice the one before",
        each_bar(0, 1, high=lambda price: price * 3, close=lambda price: price * 2),
        "price_jumps",
        "ABLE_BE",
    ),
    _series(
        "A stock changed its series, and this machine is new",
        "its prices are halved; the site alone knows the day before",
        HALVE,
        "bars_as_before",
        "First: ABLE_BE",
        fresh_machine=True,
    ),
    Case(
        name="The dot of a stock that changed its series is no news",
        fault="A folder of a holiday repeats the dots of the day before, and `ABLE` comes as `ABLE-BE`",
        earlier=daily(_holiday("ABLE"), "2025-08-14"),
        source=daily(_holiday("ABLE"), "2025-08-14") | daily(_holiday("ABLE-BE"), "2025-08-15"),
        now=datetime(2025, 8, 16, 6, tzinfo=UTC),
        says=(check("stocks_as_before", "1 changed the series at NSE"),),
        silent=("new_dots_compared",),
        shows=(
            rows("daily/latest/watchlists/new_dots.txt", "###New blue dots 2025-08-14 none"),
            rows("daily/latest/watchlists/dots_today.txt", "###Blue dots 2025-08-14,NSE:ABLE"),
        ),
        published="The dot is among the dots of today and not among the new ones.",
        remedy=POINT,
    ),
    Case(
        name="A benchmark has a name that no script can show",
        fault="`BLUEDOT_BENCHMARKS` has quotes in it",
        source=daily(FRIDAY),
        settings={"BLUEDOT_BENCHMARKS": 'Asia/Kolkata=NIFTY "500"'},
        outcome="refused",
        says=(refused("BLUEDOT_BENCHMARKS", "no quotes, braces or backslashes"),),
        remedy="Write the name without them: `Asia/Kolkata=NIFTY 500`.",
    ),
)
