"""What is not there, and is a finding."""

from datetime import UTC, date, datetime
from typing import Final

from bluedot_assets_tests.truth.case import HALF, Case, check, dashboard, rows
from bluedot_assets_tests.truth.market import daily, each_bar, edited, put, stocks

ALL: Final = stocks()
THURSDAY: Final = daily(stocks(newest=date(2025, 7, 31)), "2025-07-31")
NO_DATES: Final = edited(ALL, put("chart.blueDotData.dates", None))
NO_DOT: Final = check("dots_given", "5 stocks of Asia/Kolkata have no dot at all", "chart.blueDotData.dates")
WHERE_ARE_THEY: Final = "See a file with `bluedot raw`: where are the dots now? Have the files made anew."

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
        name="Every list of dots is null on the second day",
        fault="`blueDotData.dates` is null in all files of today",
        earlier=THURSDAY,
        source=THURSDAY | daily(NO_DATES),
        outcome="blocked",
        says=(NO_DOT, check("dots_as_before", "withdrew")),
        published="Nothing of today; the site keeps yesterday.",
        remedy=WHERE_ARE_THEY,
        quick=True,
    ),
    Case(
        name="Every list of dots is null, on a machine that knows only the site",
        fault="The same on a machine that knows only the site",
        earlier=THURSDAY,
        fresh_machine=True,
        source=THURSDAY | daily(NO_DATES),
        outcome="blocked",
        says=(NO_DOT, check("dots_as_before", "as far as the site shows them")),
        published="Nothing of today; the site keeps yesterday.",
        remedy=WHERE_ARE_THEY,
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
        says=(
            check("received", "5 of 10 files (50 %) arrived", "less than the 95 %"),
            check("received", "5 files are missing: the trigger announced 10, the folder has 5."),
        ),
        remedy="Wait for the upload, or correct the number in the trigger; then run the partition again.",
    ),
    Case(
        name="The folder is empty",
        source={"daily/2025-08-01/": b""},
        outcome="blocked",
        says=(check("received", "0 of 0 files"),),
        remedy="Wait for the upload. Nothing lets a folder without files pass.",
    ),
    Case(
        name="A stock has no blueDotData",
        fault="One stock has `blueDotData: null`: it never had a dot",
        source=daily(edited(ALL, put("chart.blueDotData", None), "DOG")),
        silent=("dots_as_before", "values_kept"),
        shows=(rows("DOG_BLUE_DOTS.csv", "20250801T,0,0,0,0,0"), dashboard("DOG", dot_age=None, last_dot=None)),
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
