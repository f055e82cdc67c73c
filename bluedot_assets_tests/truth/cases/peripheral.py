"""What a file says of its stock, against its own bars."""

from collections.abc import Callable
from typing import Any, Final

from bluedot_assets_tests.truth.case import Case, check
from bluedot_assets_tests.truth.market import Document, Edit, daily, edited, stocks

REMEDY: Final = "Compare the file with the exchange's page, and have it made anew; until then do not act on that stock."
# Longer than a year, and made up: before 2025 every weekday is a session.
YEAR: Final = stocks(bars=300)
EVERY_WEEKDAY: Final = {"BLUEDOT_CALENDARS": "none"}
STATED: Final = ("week52High", "week52Low", "vol50ma", "prevPrice", "rsRating")


def states(**changes: Callable[[Any], Any] | None) -> Edit:
    """An edit of what the file says of its bars: each value made from the right one, or taken out."""

    def edit(content: Document) -> None:
        stated = content["chart"]["peripheralData"]
        for name, change in changes.items():
            stated[name] = change and change(stated[name])

    return edit


def one_states(field: str, change: Callable[[Any], Any], fault: str) -> Case:
    """A case of one stock among five that says something else of its bars."""
    return Case(
        name=fault,
        source=daily(edited(YEAR, states(**{field: change}), "DOG")),
        settings=EVERY_WEEKDAY,
        says=(check("peripheral_agrees", f"{field} of 1", f"First: DOG, {field}."),),
        remedy=REMEDY,
    )


CASES: Final[tuple[Case, ...]] = (
    Case(
        name="What the files say of their own bars is so",
        source=daily(YEAR),
        settings=EVERY_WEEKDAY,
        silent=("peripheral_agrees",),
    ),
    one_states(
        "week52High",
        lambda high: 2 * high,
        "A file's 52-week high is twice that of its bars: one of them is not adjusted",
    ),
    one_states("week52Low", lambda low: low / 10, "A file's 52-week low is a tenth of that of its bars"),
    one_states("vol50ma", lambda mean: 100 * mean, "A file's 50-day mean volume is a hundred times that of its bars"),
    one_states("prevPrice", lambda close: 1.25 * close, "A file's previous close is not that of its bars"),
    one_states("rsRating", lambda rating: rating - 30, "A file's rating is not that of its newest bar"),
    Case(
        name="The files' bars end a session earlier than what they say of them, and no calendar knows it",
        source=daily(edited(YEAR, lambda content: content["chart"]["prices"].pop(0))),
        settings=EVERY_WEEKDAY,
        says=(check("peripheral_agrees", "Of 5 files 5 say", "prevPrice of 5"),),
        remedy="Export the files again after the close, and run the partition again.",
    ),
    Case(
        name="An exchange corrected one stock's previous close on its ex-date",
        source=daily(edited(YEAR, states(prevPrice=lambda close: 0.985 * close), "DOG")),
        settings=EVERY_WEEKDAY,
        silent=("peripheral_agrees",),
    ),
    Case(
        name="Files that say nothing of their own bars",
        source=daily(edited(YEAR, states(**dict.fromkeys(STATED)))),
        settings=EVERY_WEEKDAY,
        silent=("peripheral_agrees",),
    ),
    Case(
        name="A stock that was listed a month ago has no year and no mean of fifty days",
        source=daily(edited(stocks(), states(week52High=lambda _: 1, week52Low=lambda _: 1, vol50ma=lambda _: 1))),
        silent=("peripheral_agrees",),
    ),
)
