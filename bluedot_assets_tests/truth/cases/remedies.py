"""Files that cannot be read, and what the reason says."""

from typing import Final

from bluedot_assets_tests.truth.case import Case, check, rejected
from bluedot_assets_tests.truth.market import daily, edited, put, stocks

HALF: Final = {"BLUEDOT_MIN_COMPLETE": "50"}
ALL: Final = stocks()

CASES: Final = (
    Case(
        name="All files are good",
        source=daily(ALL),
        silent=("received", "accepted", "values_kept"),
        quick=True,
    ),
    Case(
        name="The vendor answered with an error for one stock",
        source=daily(
            edited(ALL, put("responseHeader", {"error": True, "errorCode": 1004, "errorShortDesc": "No data"}), "DOG")
        ),
        settings=HALF,
        outcome="incomplete",
        says=(
            rejected("DOG_daily.json", "1004", "No data"),
            check("accepted", "4 of 5"),
        ),
        remedy="Ask the vendor for that stock again, then run the partition again.",
        quick=True,
    ),
)
