"""Whether the holidays of a calendar are known for long enough: `ending` is the one decider, and the page's is tested
with the same cases. The days themselves are in `sessions`."""

from datetime import date, timedelta
from typing import Final

ENDING: Final = timedelta(days=60)  # before a calendar's end; a year's holidays are announced in its last weeks
REMEDY: Final = (
    "update (docs_site/docs/tutorials/upgrading.md), or write the holidays that follow into BLUEDOT_HOLIDAYS."
)

# The exchanges that announce their holidays year by year: no other calendar ends. As MARKETS of the page's health.js.
_MARKETS: Final = {"XBOM": "BSE Mumbai", "XSES": "SGX Singapore", "XSHG": "SSE Shanghai"}


def market(code: str) -> str:
    """The name of a calendar's exchange with its code, or the code alone."""
    return f"{_MARKETS[code]} ({code})" if code in _MARKETS else code


def ending(code: str, until: date | None, today: date) -> str | None:
    """A sentence when the calendar's holidays are known for less than 60 more days; `until` is None without an end."""
    if until is None or until - today >= ENDING:
        return None
    if until < today:
        return f"{market(code)}: holidays are not known any more since {until}."
    return f"{market(code)}: holidays are known only to {until}, {(until - today).days} days from now."
