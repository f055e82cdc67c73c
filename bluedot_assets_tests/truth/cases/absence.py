"""What is not there, and is a finding; and what is there in another form."""

from datetime import UTC, date, datetime
from typing import Any, Final

from bluedot_assets_tests.truth.case import HALF, Case, check, dashboard, rows
from bluedot_assets_tests.truth.market import (
    Document,
    Edit,
    Files,
    daily,
    each_bar,
    edited,
    put,
    stocks,
    take,
    without_bars,
)

ALL: Final = stocks()
THURSDAY: Final = daily(stocks(newest=date(2025, 7, 31)), "2025-07-31")
DATES: Final = "chart.blueDotData.dates"
NO_DOT: Final = check("dots_given", "5 stocks of Asia/Kolkata have no dot at all", "chart.blueDotData.dates")
WHERE_ARE_THEY: Final = "See a file with `bluedot raw`: where are the dots now? Have the files made anew."


def _lacking(field: str, fault: str, files: Files, *edits: Edit) -> Case:
    """Most stocks lack a field."""
    for one in edits:
        files = edited(files, one)
    return Case(
        name=fault,
        source=daily(files),
        says=(check("fields_given", "Not given:", field, "renamed or moved"),),
        published="All stocks, without that field.",
        remedy="See a file with `bluedot raw`: has the vendor renamed, moved or dropped the field?",
    )


def _meant(name: str, form: str, edit: Edit, **more: Any) -> Case:
    """DOG's file has a value in another form, and is read as the others are."""
    return Case(
        name=name,
        source=daily(edited(ALL, edit, "DOG")),
        says=(check("forms_as_usual", f"{form} in 1 files"),),
        silent=("values_kept", "accepted", "dots_given", "fields_given"),
        published="All stocks, as if it had come in the usual form.",
        remedy="Nothing has to be run again; ask the vendor whether it is meant to stay so.",
        **more,
    )


def _as_text(content: Document) -> None:
    for one in content["chart"]["prices"]:
        one.update({name: f"{one[name]}" for name in ("open", "high", "low", "close", "volume", "rlst", "bc")})


def _dates_as_object(content: Document) -> None:
    dots = content["chart"]["blueDotData"]
    dots["dates"] = {str(place): one for place, one in enumerate(dots["dates"])}


def _dates_at_midnight(content: Document) -> None:
    for one in content["chart"]["blueDotData"]["dates"]:
        one["blueDotDate"] += "T00:00:00"


def _one_bar(content: Document) -> None:
    content["chart"]["prices"] = content["chart"]["prices"][0]


CASES: Final = (
    Case(
        name="All is there",
        fault="Five files of good bars, ratings and dots",
        source=daily(ALL) | {"triggers/daily_ready.txt": b"2025-08-01\nexpected=5\n"},
        silent=(
            *("received", "files_named", "accepted", "values_kept", "dots_given", "fields_given", "forms_as_usual"),
            *("rlst_given", "schema", "tradingview_rows", "future_bars", "duplicate_bars", "bars_enough"),
        ),
        shows=(dashboard("DOG", last="2025-08-01", dot_age=0),),
        quick=True,
    ),
    Case(
        name="Every list of dots is null",
        fault="`blueDotData.dates` is null in all files",
        source=daily(edited(ALL, put(DATES, None))),
        outcome="blocked",
        says=(NO_DOT,),
        remedy=WHERE_ARE_THEY,
        quick=True,
    ),
    Case(
        name="Every list of dots is null on the second day",
        fault="`blueDotData.dates` is null in all files of today",
        earlier=THURSDAY,
        source=THURSDAY | daily(edited(ALL, put(DATES, None))),
        outcome="blocked",
        says=(NO_DOT, check("dots_as_before", "withdrew")),
        published="Nothing of today; the site keeps yesterday.",
        remedy=WHERE_ARE_THEY,
    ),
    Case(
        name="Every list of dots is null, on a machine that knows only the site",
        fault="The same on a machine that knows only the site",
        earlier=THURSDAY,
        fresh_machine=True,
        source=THURSDAY | daily(edited(ALL, put(DATES, None))),
        outcome="blocked",
        says=(NO_DOT, check("dots_as_before", "as far as the site shows them")),
        published="Nothing of today; the site keeps yesterday.",
        remedy=WHERE_ARE_THEY,
    ),
    Case(
        name="No file has blueDotData",
        fault="`blueDotData` is missing from all files, and the surveillance flags with it",
        source=daily(edited(ALL, take("chart.blueDotData"))),
        outcome="blocked",
        says=(NO_DOT, check("fields_given", "isASM", "isGSM")),
        remedy=WHERE_ARE_THEY,
    ),
    Case(
        name="Every blueDotData is text",
        fault="`blueDotData` is a text in all files",
        source=daily(edited(ALL, put("chart.blueDotData", "2025-08-01,2025-07-31"))),
        outcome="blocked",
        says=(NO_DOT, check("values_kept", "dots (100.0%)"), check("fields_given", "isASM")),
        remedy=WHERE_ARE_THEY,
    ),
    Case(
        name="A stock's earlier dots are gone",
        fault="One stock had dots yesterday and has none today",
        earlier=THURSDAY,
        source=THURSDAY | daily(edited(ALL, put(DATES, []), "DOG")),
        says=(check("dots_as_before", "DOG"),),
        silent=("dots_given",),
        remedy="Look at the stock's chart; ask the vendor whether it withdrew them.",
    ),
    Case(
        name="A stock never had a dot",
        fault="One stock has `blueDotData: null`, today as yesterday",
        earlier=daily(edited(stocks(newest=date(2025, 7, 31)), put("chart.blueDotData", None), "DOG"), "2025-07-31"),
        source=daily(edited(ALL, put("chart.blueDotData", None), "DOG")),
        silent=("dots_given", "dots_as_before", "values_kept", "fields_given"),
        shows=(rows("DOG_BLUE_DOTS.csv", "20250801T,0,0,0,0,0"), dashboard("DOG", dot_age=None, last_dot=None)),
    ),
    _lacking("chart.prices.volume", "The volume is null in all bars", ALL, each_bar(volume=None)),
    _lacking("chart.prices.pdt", "No bar says whether it is a trading day (`pdt`)", ALL, each_bar(pdt=None)),
    _lacking("chart.peripheralData.name", "No file has the company's name", ALL, take("chart.peripheralData.name")),
    _lacking(
        "chart.lastCompletedPattern",
        "Not one of ten files has a base pattern",
        stocks(10),
        put("chart.lastCompletedPattern", None),
    ),
    Case(
        name="Few files lack a field",
        fault="Two of five files have no company's name, and none of them a base pattern",
        source=daily(
            edited(
                edited(ALL, put("chart.lastCompletedPattern", None)),
                take("chart.peripheralData.name"),
                "DOG",
                "EASY",
            )
        ),
        silent=("fields_given",),
        shows=(dashboard("DOG", name=None, pattern=None),),
    ),
    _meant(
        "Numbers came as text",
        "Numbers came as text",
        _as_text,
        shows=(rows("DOG_PRICE_DATA.csv", "20250801T,210.14,212.11,209.64,211.61,100856"),),
    ),
    _meant(
        "Truth values came as text",
        "Truth values came as text",
        put("chart.peripheralData.isETF", "N"),
        shows=(dashboard("DOG", etf=0),),
    ),
    _meant(
        "The dots came as an object",
        "Dots came as an object instead of a list",
        _dates_as_object,
        shows=(rows("DOG_BLUE_DOTS.csv", "20250801T,1,1,1,1,0"),),
    ),
    _meant(
        "One dot came without a list",
        "One dot came without a list",
        put(DATES, {"blueDotDate": "2025-08-01"}),
        shows=(rows("DOG_BLUE_DOTS.csv", "20250801T,1,1,1,1,0"),),
    ),
    _meant(
        "The dots came as date-times",
        "Dates came as text in another form",
        _dates_at_midnight,
        shows=(rows("DOG_BLUE_DOTS.csv", "20250801T,1,1,1,1,0"),),
    ),
    _meant("One bar came without a list", "One bar came without a list", _one_bar),
    Case(
        name="A stock has few bars",
        fault="A stock has 8 bars, and `BLUEDOT_MIN_BARS` is 20",
        source=daily(edited(ALL, without_bars(8), "DOG")),
        settings={"BLUEDOT_MIN_BARS": "20"},
        says=(check("bars_enough", "1 stocks have fewer than the 20 bars of BLUEDOT_MIN_BARS. First: DOG"),),
        remedy="A young stock: its moving averages and its RS line say little. Many at once: the history was cut.",
    ),
    Case(
        name="A young stock",
        fault="A stock has 8 bars, and `BLUEDOT_MIN_BARS` is not set",
        source=daily(edited(ALL, without_bars(8), "DOG")),
        silent=("bars_enough", "sessions_complete"),
    ),
    Case(
        name="Fewer files than announced, and not by far",
        fault="The trigger announces 6 files and 5 are there, which is enough by `BLUEDOT_MIN_COMPLETE=50`",
        source=daily(ALL) | {"triggers/daily_ready.txt": b"2025-08-01\nexpected=6\n"},
        settings=HALF,
        outcome="incomplete",
        says=(check("received", "5 of 6 files (83.3 %) arrived"), check("accepted", "5 of 6")),
        remedy="Wait for the upload, or correct the number in the trigger; then run the partition again.",
    ),
    Case(
        name="Fewer files than announced",
        fault="The trigger announces 10 files and 5 are there",
        source=daily(ALL) | {"triggers/daily_ready.txt": b"2025-08-01\nexpected=10\n"},
        outcome="blocked",
        says=(check("received", "5 of 10 files (50 %) arrived", "less than the 95 %"),),
        remedy="Wait for the upload, or correct the number in the trigger; then run the partition again.",
        quick=True,
    ),
    Case(
        name="The folder is empty",
        source={"daily/2025-08-01/": b""},
        outcome="blocked",
        says=(check("received", "0 of 0 files"),),
        remedy="Wait for the upload. Nothing lets a folder without files pass.",
    ),
    Case(
        name="The newest bars have no rating",
        fault="`rlst` is null on the newest bar of 4 of 5 stocks",
        source=daily(edited(ALL, each_bar(0, 1, rlst=None), "ABLE", "BAKER", "CHARLIE", "DOG")),
        says=(check("rlst_given", "4 of 5 stocks of Asia/Kolkata"),),
        shows=(rows("DOG_RLST_RATING.csv", lacks=("20250801T",)),),
        published="All stocks; no row for what is null.",
        remedy="The vendor exported before its ratings were computed: export again, then run the partition again.",
    ),
    Case(
        name="A few of the newest bars have no rating",
        fault="`rlst` is null on the newest bar of 2 of 5 stocks",
        source=daily(edited(ALL, each_bar(0, 1, rlst=None), "ABLE", "DOG")),
        silent=("rlst_given",),
        shows=(rows("DOG_RLST_RATING.csv", lacks=("20250801T",)),),
    ),
    Case(
        name="Most bars have no rating",
        fault="`rlst` is null in all bars but the newest of every stock",
        source=daily(edited(ALL, each_bar(1, rlst=None))),
        says=(check("rlst_given", "0 of 5 stocks of Asia/Kolkata"),),
        remedy="Ask the vendor; watchlists and filters by rating are of no use until then.",
    ),
    Case(
        name="The next day's folder does not come",
        source=daily(ALL),
        now=datetime(2025, 8, 6, 6, tzinfo=UTC),
        says=(check("newest_expected_is_there", "2025-08-04 was due 2025-08-05 09:00 UTC and is not there"),),
        published="The day before stays.",
        remedy="`bluedot partitions` says what the source has. Ask who uploads.",
    ),
    Case(
        name="The weekend has no folder",
        fault="It is Sunday, and Friday's folder is the newest",
        source=daily(ALL),
        now=datetime(2025, 8, 3, 18, tzinfo=UTC),
        silent=("newest_expected_is_there",),
    ),
)
