"""Holidays and sessions that an installation names itself, which decide before any calendar (BLUEDOT_HOLIDAYS). The
file that may hold them is read by `adapters/user_files`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

from bluedot_assets.kernel.errors import SettingsError

_FORM: Final = re.compile(
    r"(?:([A-Za-z0-9_/]{2,12}):)?(?:(\d{4}-\d{2}-\d{2})|\+(\d{4}-\d{2}-\d{2})(?:@([0-2]\d:[0-5]\d))?)", re.ASCII
)
REMEDY: Final = (
    "write days such as 2027-01-15 (a holiday), +2027-11-07@19:15 (a session that closes at that time) or "
    "XBOM:2027-01-15 (of one calendar), separated by commas, or the path of a file with one on each line"
)


@dataclass(frozen=True)
class OwnDay:
    """One day of one calendar, or of every exchange; of a session also when it closes, by the exchange's clock."""

    day: date
    session: bool
    calendar: str | None = None
    close: time | None = None


def parse_own_days(words: Iterable[str]) -> tuple[OwnDay, ...]:
    """The days of these words. Raises SettingsError for a word that is no day, and a day that is both."""
    found: dict[tuple[str | None, date], OwnDay] = {}
    for word in words:
        one = _parse(word)
        if found.setdefault((one.calendar, one.day), one) != one:
            raise SettingsError(f"BLUEDOT_HOLIDAYS has {one.day} twice, and not alike: remove one of them.")
    return tuple(found.values())


def _parse(word: str) -> OwnDay:
    form = _FORM.fullmatch(word)
    try:
        day = date.fromisoformat((form[2] or form[3]) if form else word)
        close = time.fromisoformat(form[4]) if form and form[4] else None
    except ValueError:
        form = None
    if form is None:
        raise SettingsError(f"BLUEDOT_HOLIDAYS has {word!r}, which is no day: {REMEDY}.")
    return OwnDay(day, form[2] is None, form[1], close)


def is_path(words: Sequence[str]) -> bool:
    """Whether what was written is the path of a file."""
    return len(words) == 1 and not _FORM.fullmatch(words[0]) and bool(re.search(r"[./\\]", words[0]))


def own_days_of(days: Sequence[OwnDay], calendar: str | None = None) -> Mapping[date, bool]:
    """Whether each day is a session of the calendar: what names it decides before what names none."""
    general = {one.day: one.session for one in days if one.calendar is None}
    return general | {one.day: one.session for one in days if calendar is not None and one.calendar == calendar}


def own_closes_of(days: Sequence[OwnDay], calendar: str | None = None) -> Mapping[date, timedelta]:
    """When the named sessions close, in time after midnight, as far as that is timed."""
    timed = [one for one in days if one.close is not None and one.calendar in {None, calendar}]
    timed.sort(key=lambda one: one.calendar is not None)  # what names the calendar decides
    return {one.day: timedelta(hours=one.close.hour, minutes=one.close.minute) for one in timed if one.close}
