"""Which partitions are due: those of the retention window that the site lacks."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final

from bluedot_assets.kernel.calendar.timeframes import Timeframe

MOST_AT_ONCE: Final = 10


def partitions_in_reach(listed: Iterable[str], timeframe: Timeframe, start: date, today: date) -> list[str]:
    """Those of the source's folders that are partitions here: from the one that holds `start` to the current one.
    Dagster refuses a whole tick for one key that it does not know."""
    return [key for key in listed if timeframe.end(key) >= start and timeframe.start(key) <= today]


def partitions_due(listed: Collection[str], published: Collection[str], keep: int, floor: str = "") -> list[str]:
    """Keys that the source has and the site should have but has not, oldest first: partitions newer than the newest
    published, or absent within the window of the newest `keep` (older ones the site would drop again at once), but
    for `floor` and older ones, for which its budget had no room."""
    window = sorted({*listed, *published})[-keep:]
    return [key for key in window if key in listed and key not in published and key > floor]
