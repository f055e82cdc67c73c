"""Dots and fields that no file of an exchange has, or a stock has no more."""

from datetime import date
from typing import Final

from bluedot_assets_tests.examples.vendor_files import NEW_YORK
from bluedot_assets_tests.truth.case import Case, check, dashboard, rows
from bluedot_assets_tests.truth.market import daily, each_bar, edited, put, stocks, take

ALL: Final = stocks()
THURSDAY: Final = daily(stocks(newest=date(2025, 7, 31)), "2025-07-31")
TWO_DOTS: Final = [{"blueDotDate": "2025-07-28"}, {"blueDotDate": "2024-05-06"}]
NO_DOTS: Final = put("chart.blueDotData.dates", [])
DOTS_REMEDY: Final = (
    "See a file with `bluedot raw`: where are the dots now? Have the files made anew. If the exchange really has none, "
    "take its stocks out of the folder, or BLUE_DOTS out of `BLUEDOT_INDICATORS`."
)
FIELD_REMEDY: Final = "See a file with `bluedot raw`; ask the vendor whether the field was renamed, moved or dropped."

CASES: Final = (
    Case(
        name="No file has a list of dots",
        fault="`dates: null` in all files",
        source=daily(edited(ALL, put("chart.blueDotData.dates", None))),
        outcome="blocked",
        says=(check("dots_given", "5 stocks of Asia/Kolkata have no dot at all", "chart.blueDotData.dates"),),
        remedy=DOTS_REMEDY,
    ),
    Case(
        name="No file has blueDotData",
        fault="`blueDotData` is missing from all files",
        source=daily(edited(ALL, take("chart.blueDotData"))),
        outcome="blocked",
        says=(
            check("dots_given", "5 stocks of Asia/Kolkata"),
            check("fields_given", "chart.blueDotData.isASM (5 of 5", "chart.blueDotData.isGSM (5 of 5"),
        ),
        remedy=DOTS_REMEDY,
    ),
    Case(
        name="blueDotData is a list in all files",
        fault="`blueDotData` is a list of two dots in all files",
        source=daily(edited(ALL, put("chart.blueDotData", TWO_DOTS))),
        outcome="blocked",
        says=(
            check("dots_given", "5 stocks of Asia/Kolkata"),
            check("values_kept", "10 dots (100.0%)", "chart.blueDotData.dates"),
            check("fields_given", "chart.blueDotData.isASM"),
        ),
        remedy=DOTS_REMEDY,
    ),
    Case(
        name="blueDotData is text in all files",
        fault="`blueDotData` is the text `2025-07-28,2024-05-06` in all files",
        source=daily(edited(ALL, put("chart.blueDotData", "2025-07-28,2024-05-06"))),
        outcome="blocked",
        says=(
            check("dots_given", "5 stocks of Asia/Kolkata"),
            check("values_kept", "10 dots (100.0%)"),
            check("fields_given", "chart.blueDotData.isASM"),
        ),
        remedy=DOTS_REMEDY,
    ),
    Case(
        name="The dots are one text in all files",
        fault="`dates` is the text `2025-07-28,2024-05-06` in all files",
        source=daily(edited(ALL, put("chart.blueDotData.dates", "2025-07-28,2024-05-06"))),
        outcome="blocked",
        says=(check("dots_given", "5 stocks of Asia/Kolkata"), check("values_kept", "10 dots (100.0%)")),
        remedy=DOTS_REMEDY,
    ),
    Case(
        name="One of two exchanges has no dot",
        fault="Five US stocks without a single dot beside five Indian ones",
        source=daily(ALL | edited(stocks(zone=NEW_YORK), NO_DOTS)),
        outcome="blocked",
        says=(check("dots_given", "5 stocks of America/New_York have no dot at all"),),
        remedy=DOTS_REMEDY,
    ),
    Case(
        name="An exchange of two stocks has no dot",
        fault="Two stocks, neither with a single dot: of so few that may be so",
        source=daily(edited(stocks(2), NO_DOTS)),
        says=(check("dots_given", "2 stocks of Asia/Kolkata have no dot at all"),),
        shows=(dashboard("ABLE", dot_age=None, last_dot=None),),
        remedy="If both are young or weak, nothing; else see a file with `bluedot raw`.",
    ),
    Case(
        name="There are no dots, and none are published",
        fault="No file has a dot, and BLUE_DOTS is not among `BLUEDOT_INDICATORS`",
        source=daily(edited(ALL, NO_DOTS)),
        settings={"BLUEDOT_INDICATORS": "PRICE_DATA,RLST_RATING,BC_INDICATOR"},
        silent=("dots_given",),
        remedy="Nothing: who publishes no dots misses none.",
    ),
    Case(
        name="Only one file has a dot, of years ago",
        fault="One dot of 2021 in one of five files: the list is where it was",
        source=daily(
            edited(ALL, NO_DOTS)
            | edited({"DOG_daily.json": ALL["DOG_daily.json"]}, put("chart.blueDotData.dates", ["2021-07-27"]))
        ),
        silent=("dots_given", "values_kept"),
        shows=(dashboard("DOG", last_dot="2021-07-27"),),
    ),
    Case(
        name="One stock's earlier dots are gone",
        fault="A stock that had dots the day before has `dates: null` now",
        earlier=THURSDAY,
        source=THURSDAY | daily(edited(ALL, put("chart.blueDotData.dates", None), "DOG")),
        says=(check("dots_as_before", "withdrew", "1 stocks have none left", "DOG"),),
        published="All stocks; that one without dots.",
        remedy="Ask the vendor; run the partition again when the file has its dots.",
    ),
    Case(
        name="One stock's earlier dots are gone, and the site alone knows them",
        fault="The same on a machine without the tables of the day before",
        earlier=THURSDAY,
        fresh_machine=True,
        source=daily(edited(ALL, put("chart.blueDotData", None), "DOG")),
        says=(check("dots_as_before", "as far as the site shows them", "1 stocks have none left", "DOG"),),
        published="All stocks; that one without dots.",
        remedy="Ask the vendor; run the partition again when the file has its dots.",
    ),
    Case(
        name="No file has a volume",
        fault="`volume` is null in all bars of all files",
        source=daily(edited(ALL, each_bar(volume=None))),
        says=(check("fields_given", "chart.prices.volume (5 of 5 stocks of Asia/Kolkata"),),
        shows=(rows("DOG_PRICE_DATA.csv", "20250801T,210.14,212.11,209.64,211.61,0"),),
        published="All stocks, with 0 as volume.",
        remedy=FIELD_REMEDY,
    ),
    Case(
        name="The newest bars have no volume",
        fault="`volume` is null on the newest bar of all stocks",
        source=daily(edited(ALL, each_bar(0, 1, volume=None))),
        says=(check("fields_given", "chart.prices.volume (5 of 5", "0.0% lacked it on the sessions before"),),
        remedy="The vendor exported too early: export again, then run the partition again.",
    ),
    Case(
        name="No stock has a name",
        fault="`name` is null in all files",
        source=daily(edited(ALL, put("chart.peripheralData.name", None))),
        says=(check("fields_given", "chart.peripheralData.name (5 of 5 stocks of Asia/Kolkata)"),),
        shows=(dashboard("DOG", name=None),),
        remedy=FIELD_REMEDY,
    ),
    Case(
        name="No stock has a name any more",
        fault="No stock has a name, and the day before, which the site alone knows, all had one",
        earlier=THURSDAY,
        fresh_machine=True,
        source=daily(edited(ALL, put("chart.peripheralData.name", ""))),
        says=(check("fields_given", "chart.peripheralData.name", "5 of these stocks had it"),),
        remedy=FIELD_REMEDY,
    ),
    Case(
        name="Some stocks have no name",
        fault="Two of five stocks have no name",
        source=daily(edited(ALL, put("chart.peripheralData.name", None), "ABLE", "DOG")),
        silent=("fields_given",),
        shows=(dashboard("DOG", name=None),),
    ),
    Case(
        name="peripheralData is a list in all files",
        source=daily(edited(ALL, put("chart.peripheralData", []))),
        says=(check("fields_given", "name (5 of 5", "currencySymbol (5 of 5", "periodcity (5 of 5", "isETF (5 of 5"),),
        remedy=FIELD_REMEDY,
    ),
    Case(
        name="No bar says whether it is a holiday",
        fault="`pdt` is null in all bars: placeholders would pass for bars",
        source=daily(edited(ALL, each_bar(pdt=None))),
        says=(check("fields_given", "chart.prices.pdt (5 of 5"),),
        remedy=FIELD_REMEDY,
    ),
    Case(
        name="No file has flags",
        fault="`isASM` and `isGSM` are missing from all files",
        source=daily(edited(edited(ALL, take("chart.blueDotData.isASM")), take("chart.blueDotData.isGSM"))),
        says=(check("fields_given", "chart.blueDotData.isASM (5 of 5", "chart.blueDotData.isGSM (5 of 5"),),
        remedy=FIELD_REMEDY,
    ),
    Case(
        name="US stocks have no flags of India",
        source=daily(
            edited(edited(stocks(zone=NEW_YORK), take("chart.blueDotData.isASM")), take("chart.blueDotData.isGSM"))
        ),
        settings={"BLUEDOT_EXCHANGES": "America/New_York=NASDAQ"},
        silent=("fields_given", "dots_given"),
    ),
    Case(
        name="No stock of many has a pattern",
        fault="`lastCompletedPattern` is null in all of 12 files",
        source=daily(edited(stocks(12), put("chart.lastCompletedPattern", None))),
        says=(check("fields_given", "chart.lastCompletedPattern (12 of 12"),),
        remedy=FIELD_REMEDY,
    ),
    Case(
        name="None of a few stocks has a pattern",
        source=daily(edited(ALL, put("chart.lastCompletedPattern", None))),
        silent=("fields_given",),
    ),
)
