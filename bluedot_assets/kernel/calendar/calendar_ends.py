"""Whether the holidays of a calendar are known for long enough: `ending` is the one decider, and the page's is tested
with the same cases. The days themselves are in `sessions`."""

from datetime import date, timedelta
from typing import Final

ENDING: Final = timedelta(days=60)  # before a calendar's end; a year's holidays are announced in its last weeks
REMEDY: Final = "update (tutorials/upgrading.md), or write the holidays that follow into BLUEDOT_HOLIDAYS."


def ending(name: str, until: date | None, today: date) -> str | None:
    """A sentence when the calendar's holidays are known for less than 60 more days; `until` is None without an end."""
    if until is None or until - today >= ENDING:
        return None
    if until < today:
        return f"{name}: holidays are not known any more since {until}."
    return f"{name}: holidays are known only to {until}, {(until - today).days} days from now."
