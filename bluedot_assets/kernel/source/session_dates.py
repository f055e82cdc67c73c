"""From a vendor's epoch milliseconds to session dates: which exchange timezone a file's bars are midnight in. Which
days are sessions at all is in `calendar/sessions`."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bluedot_assets.kernel.source.vendor_file import Unreadable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIELD: Final = "chart.prices.priceDate"


class SessionDates:
    """Session dates in the candidate zones; remembers each instant, for all stocks of an exchange share them."""

    def __init__(self, timezones: Sequence[str]) -> None:
        self._zones = {name: ZoneInfo(name) for name in timezones}
        self._known: dict[str, dict[float, date | None]] = {name: {} for name in timezones}

    @property
    def only_zone(self) -> ZoneInfo | None:
        """The exchange's timezone where no other is possible."""
        return next(iter(self._zones.values())) if len(self._zones) == 1 else None

    def of(self, instants_ms: Sequence[float | None]) -> tuple[str, list[date | None]]:
        """The timezone in which all instants (epoch milliseconds) are midnight, and the date of each there; None
        for an instant that is no number. Raises Unreadable when they are midnight in no candidate, or in several
        that disagree on a date."""
        found: dict[str, list[date | None]] = {}
        for name in self._zones:
            sessions = self._in_zone(name, instants_ms)
            if sessions is not None and sessions not in found.values():
                found[name] = sessions
        if not found:
            raise Unreadable(
                f"its bars are midnight in none of {', '.join(self._zones)}: "
                "add the exchange's timezone to BLUEDOT_EXCHANGE_TIMEZONES",
                _FIELD,
            )
        if len(found) > 1 and any(day is not None for day in next(iter(found.values()))):
            raise Unreadable(
                f"its bars are midnight in several zones with different dates ({', '.join(found)}): "
                "leave only the right one in BLUEDOT_EXCHANGE_TIMEZONES",
                _FIELD,
            )
        return next(iter(found.items()))

    def _in_zone(self, name: str, instants_ms: Sequence[float | None]) -> list[date | None] | None:
        known = self._known[name]
        sessions: list[date | None] = []
        for instant in instants_ms:
            if instant is None or math.isnan(instant):
                sessions.append(None)
                continue
            if instant not in known:
                known[instant] = midnight_date(instant, self._zones[name])
            day = known[instant]
            if day is None:
                return None
            sessions.append(day)
        return sessions


def midnight_date(instant_ms: float, zone: ZoneInfo) -> date | None:
    """The date whose midnight in `zone` the instant is, else None."""
    try:
        local = (_EPOCH + timedelta(milliseconds=instant_ms)).astimezone(zone)
    except OverflowError:
        return None
    return local.date() if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0) else None
