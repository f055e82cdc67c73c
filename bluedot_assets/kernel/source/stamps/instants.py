"""Epoch milliseconds as the vendor writes them: the moment, and the time that it is at an exchange. Which zone a file's
bars are dated in is in `session_dates`."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MIDNIGHT: Final = time()


def moment_of(instant_ms: float) -> datetime | None:
    """The moment in UTC, None where no calendar has it."""
    try:
        return _EPOCH + timedelta(milliseconds=instant_ms)
    except (OverflowError, ValueError):  # infinity, NaN
        return None


def local_time(instant_ms: float, zone: ZoneInfo) -> datetime | None:
    """The time that it is in `zone`, None where no calendar has it."""
    try:
        moment = moment_of(instant_ms)
        return moment.astimezone(zone) if moment else None
    except OverflowError:
        return None


@lru_cache(1 << 15)  # all stocks of an exchange have the same few thousand
def midnight_date(instant_ms: float, zone: ZoneInfo) -> date | None:
    """The date whose midnight in `zone` the instant is, else None."""
    local = local_time(instant_ms, zone)
    return local.date() if local is not None and local.time() == _MIDNIGHT else None
