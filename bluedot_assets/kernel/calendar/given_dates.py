"""The forms in which who computes with the tables writes a moment, or partitions: texts, and dates of Python, numpy and
pandas. What keys there are is in `timeframes`."""

from datetime import UTC, date, datetime, time
from typing import Final

import numpy as np

from bluedot_assets.kernel.calendar.timeframes import WEEKLY
from bluedot_assets.kernel.errors import UsageError

Day = str | date | np.datetime64
Moment = Day | datetime
_MIDNIGHT: Final = time()


def moment_of(given: Moment) -> datetime:
    """In UTC. A date, and midnight without a timezone, is the end of its day, and the key of a week the end of that
    week: what was known then counts. Raises UsageError."""
    stated = _stated(given)
    if stated is None:
        raise UsageError(f"{given!r} is no moment: write it like 2024-08-02, 2024-W31 or 2024-08-02T14:30:00+00:00.")
    if stated.tzinfo:
        return stated.astimezone(UTC)
    return datetime.combine(stated, time.max if stated.time() == _MIDNIGHT else stated.time(), UTC)


def _stated(given: Moment) -> datetime | None:
    """As it was written; None for what is no moment, as pandas' NaT, whose year is no number."""
    found = given.astype("datetime64[us]").astype(datetime) if isinstance(given, np.datetime64) else given
    if isinstance(found, str):
        found = _read(found)
    if isinstance(found, date) and not isinstance(found, datetime):
        return datetime.combine(found, _MIDNIGHT)
    return found if isinstance(found, datetime) and found.year > 0 else None


def _read(text: str) -> date | None:
    if "W" in text:  # Python takes a week for its Monday
        return WEEKLY.end(text) if WEEKLY.is_key(text) else None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def ends_of(as_of: Day | tuple[Day, Day]) -> tuple[str, str]:
    """The keys of the first and the last partition. Raises UsageError for what is neither one nor a range."""
    ends = as_of if isinstance(as_of, tuple) else (as_of, as_of)
    if len(ends) != 2 or not all(isinstance(one, Day) for one in ends):
        raise UsageError(f"{as_of!r} is no partition and no range: give one key, or the first and the last as a tuple.")
    return _key(ends[0]), _key(ends[1])


def _key(day: Day) -> str:
    if isinstance(day, np.datetime64):
        return str(day.astype("datetime64[D]"))
    return day.date().isoformat() if isinstance(day, datetime) else str(day)
