"""Holidays and sessions that an installation names itself, which decide before any calendar (BLUEDOT_HOLIDAYS). The
file that may hold them is read by `adapters/user_files`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bluedot_assets.kernel.errors import SettingsError

_FORM: Final = re.compile(r"(?:([A-Za-z0-9_/]{2,12}):)?(\+?)(\d{4}-\d{2}-\d{2})", re.ASCII)
REMEDY: Final = (
    "write days such as 2027-01-15 (a holiday), +2027-11-07 (a session) or XBOM:2027-01-15 (of one calendar), "
    "separated by commas, or the path of a file with one on each line"
)


@dataclass(frozen=True)
class OwnDay:
    """One day of one calendar, or of every exchange."""

    day: date
    session: bool
    calendar: str | None = None


def parse_own_days(words: Iterable[str]) -> tuple[OwnDay, ...]:
    """The days of these words. Raises SettingsError for a word that is no day, and a day that is both."""
    found: dict[tuple[str | None, date], OwnDay] = {}
    for word in words:
        one = _parse(word)
        if found.setdefault((one.calendar, one.day), one) != one:
            raise SettingsError(f"BLUEDOT_HOLIDAYS has {one.day} as a holiday and as a session: remove one of them.")
    return tuple(found.values())


def _parse(word: str) -> OwnDay:
    form = _FORM.fullmatch(word)
    try:
        day = date.fromisoformat(form[3] if form else word)
    except ValueError:
        form = None
    if form is None:
        raise SettingsError(f"BLUEDOT_HOLIDAYS has {word!r}, which is no day: {REMEDY}.")
    return OwnDay(day, bool(form[2]), form[1])


def is_path(words: Sequence[str]) -> bool:
    """Whether what was written is the path of a file."""
    return len(words) == 1 and not _FORM.fullmatch(words[0]) and bool(re.search(r"[./\\]", words[0]))


def own_days_of(days: Sequence[OwnDay], calendar: str | None = None) -> Mapping[date, bool]:
    """Whether each day is a session of the calendar: what names it decides before what names none."""
    general = {one.day: one.session for one in days if one.calendar is None}
    return general | {one.day: one.session for one in days if calendar is not None and one.calendar == calendar}
