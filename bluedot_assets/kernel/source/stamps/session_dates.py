"""From a vendor's epoch milliseconds to session dates: which exchange timezone a file's bars are midnight in. Why they
are midnight in none is in `stamp_faults`, which days are sessions at all in `calendar/sessions`."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from bluedot_assets.kernel.source.stamps.instants import midnight_date
from bluedot_assets.kernel.source.stamps.stamp_faults import stamp_fault
from bluedot_assets.kernel.source.vendor_file import Unreadable

MOST_STRAYS: Final = 0.10  # of a file's instants, or one: the others give the zone
FEWEST_WITH_STRAY: Final = 3  # instants of a file that may have one, so that two agree on the zone
_FIELD: Final = "chart.prices.priceDate"


class _Midnights(dict[float | None, date | None]):
    """The date of each instant that is midnight in a zone, of any other None. A known one costs no call of Python's:
    all stocks of an exchange share them."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__({None: None})
        self._zone = zone

    def __missing__(self, instant: float) -> date | None:
        day = self[instant] = midnight_date(instant, self._zone)
        return day


class SessionDates:
    """Session dates in the candidate zones."""

    def __init__(self, timezones: Sequence[str]) -> None:
        self._zones = {name: ZoneInfo(name) for name in timezones}
        self._midnights = {name: _Midnights(zone) for name, zone in self._zones.items()}

    @property
    def only_zone(self) -> ZoneInfo | None:
        """The exchange's timezone where no other is possible."""
        return next(iter(self._zones.values())) if len(self._zones) == 1 else None

    def of(self, instants_ms: Sequence[float | None]) -> tuple[str, list[date | None]]:
        """The timezone in which all instants (epoch milliseconds) are midnight, else the only one in which nearly all
        are, and the date of each there; None for an instant that is no number or no midnight. Raises Unreadable when
        there is no such zone, and when there are several that disagree on a date."""
        found = self._zones_of(instants_ms, instants_ms, 0)  # as in nearly every file; None is no midnight
        if not found:
            numbers = [one for one in instants_ms if one is not None and not math.isnan(one)]
            one = int(len(numbers) >= FEWEST_WITH_STRAY)
            found = self._zones_of(instants_ms, numbers, 0)
            found = found or self._zones_of(instants_ms, numbers, max(one, MOST_STRAYS * len(numbers)))
            if not found:
                raise Unreadable(stamp_fault(numbers, self._zones), _FIELD)
        if len(found) > 1 and any(day is not None for day in next(iter(found.values()))):
            raise Unreadable(
                f"its bars are midnight in several zones with different dates ({', '.join(found)}): "
                "leave only the right one in BLUEDOT_EXCHANGE_TIMEZONES",
                _FIELD,
            )
        return next(iter(found.items()))

    def _zones_of(
        self, instants_ms: Sequence[float | None], numbers: Sequence[float | None], most_strays: float
    ) -> dict[str, list[date | None]]:
        """The dates in each zone in which no more than so many of the `numbers` are strays; zones that agree on all are
        one."""
        found: dict[str, list[date | None]] = {}
        for name, midnights in self._midnights.items():
            days = map(midnights.__getitem__, numbers)
            if sum(day is None for day in days) <= most_strays if most_strays else all(days):
                sessions = list(map(midnights.__getitem__, instants_ms))
                if sessions not in found.values():
                    found[name] = sessions
        return found
