"""Prices and values that cannot be, or are out of proportion."""

from datetime import date
from functools import reduce
from typing import Final

from bluedot_assets_tests.truth.case import HALF, Case, check, dashboard, rejected, rows
from bluedot_assets_tests.truth.market import (
    Files,
    daily,
    each_bar,
    edited,
    newer_bar,
    put,
    sessions,
    stocks,
    without_bars,
)

ALL: Final = stocks()
LONG: Final = stocks(bars=70)
DAYS: Final = sessions(70)


def _without_close(files: Files, chosen: tuple[int, str]) -> Files:
    place, name = chosen
    return edited(files, each_bar(19 + place, 20 + place, close=None), name)


def _scaled(factor: float) -> dict[str, object]:
    return {name: lambda price: round(price * factor, 2) for name in ("open", "high", "low", "close")}


CASES: Final = (
    Case(
        name="Ratings are out of range in more than 1 % of the bars",
        fault="A rating of 150 in 2 of 150 bars",
        source=daily(edited(ALL, each_bar(8, 10, rlst=150), "DOG")),
        says=(check("values_kept", "2 rlst, bc or volume values (1.3%)"),),
        shows=(rows("DOG_RLST_RATING.csv", lacks=(f"{DAYS[8]:%Y%m%d}T", f"{DAYS[9]:%Y%m%d}T")),),
        published="All stocks; those values are left out.",
        remedy="Compare a file with last week's (`bluedot raw`), and ask the vendor.",
    ),
    Case(
        name="A rating is out of range in one bar of a hundred and fifty",
        fault="A rating of 150 in a single bar of 150 costs that value, and is counted",
        source=daily(edited(ALL, each_bar(8, 9, rlst=150), "DOG")),
        silent=("values_kept", "rlst_given"),
        shows=(rows("DOG_RLST_RATING.csv", lacks=(f"{DAYS[8]:%Y%m%d}T",)),),
    ),
    Case(
        name="Every rating is out of range",
        fault="The ratings go to 999 in all files",
        source=daily(edited(ALL, each_bar(rlst=999))),
        outcome="blocked",
        says=(check("values_kept", "150 rlst, bc or volume values (50.0%)", "format changed"), check("rlst_given")),
        remedy="The vendor has changed its format: ask what the numbers mean now.",
    ),
    Case(
        name="Every benchmark is negative",
        fault="The benchmark's closes (bc) are negative in all files",
        source=daily(edited(ALL, each_bar(bc=lambda bc: -bc))),
        outcome="blocked",
        says=(check("values_kept", "150 rlst, bc or volume values"), check("fields_given", "chart.prices.bc")),
        remedy="Ask the vendor for another export; nothing lets this pass.",
    ),
    Case(
        name="Single bars without a price",
        fault="One bar without a close in each of four stocks",
        source=daily(reduce(_without_close, enumerate(("ABLE", "BAKER", "CHARLIE", "DOG")), LONG)),
        says=(check("values_kept", "4 bars (1.1%)"),),
        silent=("sessions_complete", "accepted"),
        shows=(rows("ABLE_PRICE_DATA.csv", lacks=(f"{DAYS[19]:%Y%m%d}T",)),),
        published="All stocks; those bars are left out.",
        remedy="Tell the vendor; nothing has to be run again.",
    ),
    Case(
        name="A stock with many impossible bars",
        fault="The lowest price is above the highest in 4 of a stock's 30 bars",
        source=daily(edited(ALL, each_bar(5, 9, low=500), "DOG")),
        settings=HALF,
        outcome="incomplete",
        says=(
            rejected("DOG_daily.json", "4 of 30 bars have impossible prices", "more than 10%"),
            check("accepted", "4 of 5 files (80 %)"),
        ),
        remedy="The file cannot be trusted: have it made anew.",
    ),
    Case(
        name="A price that is not adjusted for a split",
        fault="The newest close is a fifth of the one before",
        source=daily(edited(ALL, each_bar(0, 1, **_scaled(0.2)), "DOG")),
        says=(check("price_jumps", "1 new closes are out of proportion", "DOG -7", "unadjusted split"),),
        remedy="Look for a split; have the file corrected, and run the partition again.",
    ),
    Case(
        name="A price that moves by a fifth",
        fault="A close that is 20 % above the one before: a market's business",
        source=daily(edited(ALL, each_bar(0, 1, **_scaled(1.2)), "DOG")),
        silent=("price_jumps",),
    ),
    Case(
        name="The vendor answers for one stock with another",
        fault="Two stocks have the same bars",
        source=daily(ALL | {"BAKER_daily.json": ALL["ABLE_daily.json"]}),
        says=(check("contents_differ", "ABLE, BAKER"),),
        remedy="See both files with `bluedot raw`, and have the wrong one made anew.",
    ),
    Case(
        name="Two funds of one price",
        fault="Two stocks with the same prices on all days, and other volumes",
        source=daily(
            ALL | edited({"BAKER_daily.json": ALL["ABLE_daily.json"]}, each_bar(volume=lambda volume: volume + 1))
        ),
        silent=("contents_differ",),
    ),
    Case(
        name="One stock has another benchmark",
        fault="One stock's benchmark close differs from that of all others on a day",
        source=daily(edited(ALL, each_bar(0, 1, bc=9000.5), "DOG")),
        says=(check("benchmark_agrees", "On 1 sessions", "first: DOG"),),
        remedy="Do not trust the RS line of the stocks that are named; ask the vendor.",
    ),
    Case(
        name="One stock has no benchmark",
        fault="One stock's benchmark close is null on a day; that day has no row in its CSV",
        source=daily(edited(ALL, each_bar(0, 1, bc=None), "DOG")),
        silent=("benchmark_agrees", "values_kept"),
        shows=(rows("DOG_BC_INDICATOR.csv", lacks=("20250801T",)),),
    ),
    Case(
        name="Every stock has a dot",
        fault="All stocks have a dot on the newest session",
        source=daily(edited(ALL, put("chart.blueDotData.dates", [{"blueDotDate": "2025-08-01"}]))),
        says=(check("dots_as_usual", "5 of 5 stocks of Asia/Kolkata on 2025-08-01"),),
        shows=(dashboard("DOG", dot_age=0),),
        remedy="A dot that all stocks have says nothing of any of them: look at the index before you act.",
    ),
    Case(
        name="Some stocks have a dot",
        fault="Two of five stocks have a dot on the newest session",
        source=daily(edited(ALL, put("chart.blueDotData.dates", [{"blueDotDate": "2025-08-01"}]), "ABLE", "DOG")),
        silent=("dots_as_usual",),
        shows=(rows("DOG_BLUE_DOTS.csv", "20250801T,1,1,1,1,0"), rows("EASY_BLUE_DOTS.csv", "20250801T,0,0,0,0,0")),
    ),
    Case(
        name="A dot lies on a Sunday",
        source=daily(edited(ALL, put("chart.blueDotData.dates", [{"blueDotDate": "2025-07-27"}]), "DOG")),
        says=(check("dots_on_bars", "1 dots of 1 stocks lie on no bar"),),
        published="All stocks; that dot is in no series.",
        remedy="Look at the stock's chart, and tell the vendor.",
    ),
    Case(
        name="A dot lies before the first bar",
        fault="A dot of four years ago, before the stock's first bar",
        source=daily(edited(ALL, put("chart.blueDotData.dates", [{"blueDotDate": "2021-07-27"}]), "DOG")),
        silent=("dots_on_bars",),
        shows=(dashboard("DOG", last_dot="2021-07-27"),),
    ),
    Case(
        name="Dots that are no dates",
        fault="A stock's dots are written 27.07.2025",
        source=daily(edited(ALL, put("chart.blueDotData.dates", ["27.07.2025", "26.07.2025"]), "DOG")),
        says=(check("values_kept", "2 dots"), check("dots_given", "of 1 stocks all dots are unusable, first: DOG")),
        published="All stocks; those dots are left out.",
        remedy="Ask the vendor for dates such as 2025-07-27.",
    ),
    Case(
        name="A high below the close by a float's noise",
        fault="A high is a thousand-millionth below the close: it is put right, and the bar keeps its dot",
        source=daily(
            edited(
                edited(ALL, each_bar(0, 1, high=211.61 * (1 - 1e-9)), "DOG"),
                put("chart.blueDotData.dates", ["2025-08-01"]),
                "DOG",
            )
        ),
        silent=("values_kept", "dots_on_bars"),
        shows=(
            rows("DOG_PRICE_DATA.csv", "20250801T,210.14,211.61,209.64,211.61,100856"),
            rows("DOG_BLUE_DOTS.csv", "20250801T,1,1,1,1,0"),
        ),
    ),
    Case(
        name="A stock was not traded for days",
        fault="On 4 days open, high and low are null, the volume is 0 and the close is carried over",
        source=daily(edited(ALL, each_bar(1, 5, open=None, high=None, low=None, volume=0), "DOG")),
        silent=("values_kept", "accepted", "sessions_complete", "dots_on_bars"),
        shows=(rows("DOG_PRICE_DATA.csv", lacks=tuple(f"{day:%Y%m%d}T" for day in DAYS[1:5])),),
        published="All stocks; that one without those days.",
    ),
    Case(
        name="A dot lies on a day without trade",
        source=daily(
            edited(
                edited(ALL, each_bar(1, 2, open=0, high=0, low=0, volume=None), "DOG"),
                put("chart.blueDotData.dates", [str(DAYS[1])]),
                "DOG",
            )
        ),
        says=(check("dots_on_bars", "1 dots of 1 stocks lie on no bar"),),
        silent=("values_kept", "sessions_complete"),
        published="All stocks; that dot is in no series.",
        remedy="Look at the stock's chart, and tell the vendor.",
    ),
    Case(
        name="A stock was never traded",
        fault="All bars of a stock have prices of 0, no volume and a close that is carried over",
        source=daily(edited(ALL, each_bar(open=0, high=0, low=0, volume=0), "DOG")),
        settings=HALF,
        outcome="incomplete",
        says=(rejected("DOG_daily.json", "on none of its days there was trade"), check("accepted", "4 of 5 files")),
        remedy="Take the stock out of the upload, if it is suspended for good.",
    ),
    Case(
        name="Four equal prices and no volume",
        fault="A bar whose four prices are equal, with a volume of 0: a bar like any other",
        source=daily(edited(ALL, each_bar(3, 4, open=210.0, high=210.0, low=210.0, close=210.0, volume=0), "DOG")),
        silent=("values_kept", "sessions_complete"),
        shows=(rows("DOG_PRICE_DATA.csv", f"{DAYS[3]:%Y%m%d}T,210,210,210,210,0"),),
    ),
    Case(
        name="A stock with few bars",
        fault="A stock has 3 bars, and `BLUEDOT_MIN_BARS` asks for 20",
        source=daily(edited(ALL, without_bars(3), "DOG")),
        settings={"BLUEDOT_MIN_BARS": "20"},
        says=(check("bars_enough", "1 stocks have fewer than the 20 bars", "DOG"),),
        shows=(dashboard("DOG", last="2025-08-01"),),
        remedy="A young stock has few bars; many at once mean that the vendor cut the history.",
    ),
    Case(
        name="A stock with few bars, and nobody asks for more",
        source=daily(edited(ALL, without_bars(3), "DOG")),
        silent=("bars_enough",),
        shows=(dashboard("DOG", last="2025-08-01"),),
    ),
    Case(
        name="One stock ran ahead",
        fault="One stock has a bar that is dated after the folder's day",
        source=daily(edited(ALL, newer_bar(date(2025, 8, 4)), "DOG")),
        says=(check("future_bars", "1 bars of 1 stocks", "DOG"),),
        shows=(dashboard("DOG", last="2025-08-01"),),
        published="All stocks; that bar is left out.",
        remedy="That file is newer than its folder, or wrongly dated.",
    ),
    Case(
        name="Two bars of one date contradict each other",
        fault="A stock has a second bar of its newest day, with another close",
        source=daily(edited(LONG, newer_bar(date(2025, 8, 1), close=211.5), "DOG")),
        says=(check("duplicate_bars", "1 bars of 1 stocks", "DOG"),),
        silent=("values_kept",),
        shows=(dashboard("DOG", close=211.5),),
        published="All stocks; the first of the two bars.",
        remedy="See the file with `bluedot raw`, and tell the vendor which of the two is right.",
    ),
    Case(
        name="A bar stands twice",
        source=daily(edited(ALL, newer_bar(date(2025, 8, 1)), "DOG")),
        silent=("duplicate_bars", "values_kept"),
    ),
    Case(
        name="A volume is null",
        fault="A bar without volume has 0 in its CSV",
        source=daily(edited(ALL, each_bar(0, 1, volume=None), "DOG")),
        silent=("values_kept", "schema"),
        shows=(rows("DOG_PRICE_DATA.csv", "20250801T,210.14,212.11,209.64,211.61,0"),),
    ),
    Case(
        name="A series has no value at all",
        fault="The benchmark's close (bc) is null in all files",
        source=daily(edited(ALL, each_bar(bc=None))),
        outcome="blocked",
        says=(
            check("tradingview_rows", "No stock has a single value of it"),
            check("fields_given", "chart.prices.bc (5 of 5"),
        ),
        remedy="Ask the vendor for the field; if it is meant to be so, take BC_INDICATOR out of `BLUEDOT_INDICATORS`.",
    ),
    Case(
        name="One stock has no value of a series",
        fault="The benchmark's close (bc) is null in all bars of one stock, which then has no such CSV",
        source=daily(edited(ALL, each_bar(bc=None), "DOG")),
        silent=("tradingview_rows", "benchmark_agrees"),
    ),
)
