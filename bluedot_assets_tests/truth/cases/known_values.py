"""A rating that is not given for the newest bar: the last known one stands, with its own date."""

from datetime import UTC, date, datetime
from typing import Any, Final

from bluedot_assets_tests.truth.case import Case, Value, check, rows
from bluedot_assets_tests.truth.market import Files, daily, each_bar, edited, stocks, weekly, weekly_stocks

THURSDAY: Final = date(2025, 8, 14)  # the Friday is Independence Day
WEEK: Final = "2025-W33"
STRONG: Final = each_bar(1, 2, rlst=95)
NO_RATING: Final = check("rlst_given", "5 of 5 stocks of Asia/Kolkata")
NOTHING: Final = "Nothing: the vendor rates no week whose Friday was a holiday."
NOT_GIVEN: Final = "The list is right, and as of the date that stands in it. Ask the vendor when it goes on."


def _of_week(**more: Any) -> Case:
    """The weekly files of a week whose Friday was a holiday: no rating on the newest bar; a week ago ABLE had 95."""
    files = edited(edited(weekly_stocks(newest=THURSDAY), each_bar(0, 1, rlst=None)), STRONG, "ABLE")
    now = datetime(2025, 8, 17, 12, tzinfo=UTC)
    return Case(
        **{"source": weekly(files, WEEK), "words": (), "now": now, "says": (NO_RATING,), "remedy": NOTHING, **more}
    )


def _unrated(sessions: int) -> Files:
    """Daily files whose newest bars have no rating; before them ABLE had 95."""
    files = edited(stocks(), each_bar(0, sessions, rlst=None))
    return edited(files, each_bar(sessions, sessions + 1, rlst=95), "ABLE")


CASES: Final = (
    _of_week(
        name="No weekly rating in a week whose Friday was a holiday",
        words=("--timeframe", "weekly"),
        published="The rating of the week before, with its date. CSVs have what the vendor gave.",
        shows=(
            rows("weekly/latest/watchlists/rlst_90.txt", "###RLST 90 or more 2025-08-08,NSE:ABLE"),
            Value("weekly/latest/dashboard.json", "stocks/0/16", "2025-08-08"),
            Value("weekly/latest/index.json", "stocks/0/rlst", 95),
            Value("weekly/latest/index.json", "stocks/0/rlst_date", "2025-08-08"),
            rows("weekly/latest/ABLE_RLST_RATING.csv", "20250808T,95,95,95,95,0", lacks=("20250815",)),
        ),
    ),
    _of_week(
        name="No weekly rating, and the daily files of that week are there",
        source=weekly(edited(weekly_stocks(newest=THURSDAY), each_bar(0, 1, rlst=None)), WEEK)
        | daily(edited(stocks(newest=THURSDAY), each_bar(0, 1, rlst=92), "BAKER"), str(THURSDAY)),
        published="The rating of the week's last rated session.",
        shows=(
            rows("weekly/latest/watchlists/rlst_90.txt", "###RLST 90 or more 2025-08-14,NSE:BAKER"),
            Value("weekly/latest/dashboard.json", "stocks/1/6", 92),
            Value("weekly/latest/dashboard.json", "stocks/1/16", "2025-08-14"),
        ),
        quick=True,
    ),
    Case(
        name="No daily rating for two sessions",
        source=daily(_unrated(2)),
        says=(NO_RATING,),
        published="The rating of at most 3 sessions ago, with its date.",
        remedy=NOT_GIVEN,
        shows=(
            rows("daily/latest/watchlists/rlst_90.txt", "###RLST 90 or more 2025-07-30,NSE:ABLE"),
            Value("daily/latest/dashboard.json", "stocks/0/16", "2025-07-30"),
        ),
    ),
    Case(
        name="No daily rating for four sessions",
        source=daily(_unrated(4)),
        says=(NO_RATING,),
        published="No rating: what is older than 3 sessions says nothing of today.",
        remedy="Ask the vendor; the lists by rating are empty until it goes on.",
        shows=(
            rows("daily/latest/watchlists/rlst_90.txt", "###RLST 90 or more 2025-08-01 none"),
            Value("daily/latest/dashboard.json", "stocks/0/6", None),
        ),
    ),
)
