"""Which day or week a name means that is no partition key: other separators, blanks, a copy's number, a week that its
year does not have. The keys themselves are in `timeframes`; what follows for a folder is in `source/tree_names`."""

import re
import unicodedata
from datetime import date, timedelta
from typing import Final

_YEAR_FIRST: Final = re.compile(
    r"(?<!\d)(\d{4})([\W_]{1,3})(\d{1,2})\2(\d{1,2})(?!\d)|(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)"
)
_YEAR_LAST: Final = re.compile(r"(?<!\d)(\d{1,2})([\W_]{1,3})(\d{1,2})\2(\d{4})(?!\d)")
_YEAR_WEEK: Final = re.compile(r"(?<!\d)(\d{4})[\W_]*(?:w|wk|week)[\W_]*(\d{1,2})(?!\d)", re.IGNORECASE)
_WEEK_YEAR: Final = re.compile(r"(?<![^\W\d_])(?:w|wk|week)[\W_]*(\d{1,2})[\W_]+(\d{4})(?!\d)", re.IGNORECASE)
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\ufe58\ufe63\uff0d"), "-")


def plain(text: str) -> str:
    """Without what only looks like a plain character: full-width letters and digits, hyphens of other alphabets."""
    return unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)


def named_day(text: str) -> tuple[int, int, int] | None:
    """(year, month, day) as `text` has them, whether or not there is such a day; None where it names none, or day and
    month could be each other."""
    if match := _YEAR_FIRST.search(plain(text)):
        year, month, day = (int(part) for part in match.group(1, 3, 4) + match.group(5, 6, 7) if part)
        return year, month, day
    if match := _YEAR_LAST.search(plain(text)):
        first, second, year = (int(part) for part in match.group(1, 3, 4))
        if first > 12 or first == second:
            return year, second, first
        if second > 12:
            return year, first, second
    return None


def existing_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def named_week(text: str) -> tuple[int, int] | None:
    """(year, number) of a week as `text` has them, whether or not there is such a week; None where it names none."""
    if match := _YEAR_WEEK.search(plain(text)):
        return int(match[1]), int(match[2])
    if match := _WEEK_YEAR.search(plain(text)):
        return int(match[2]), int(match[1])
    return None


def weeks_of(year: int) -> int:
    """ISO weeks of a year, of which 28 December lies in the last; 0 at the ends of the calendar."""
    return date(year, 12, 28).isocalendar().week if 1 < year < 9999 else 0


def nth_week(year: int, number: int) -> date | None:
    """Monday of an ISO week; one after the last is the first of the next year. None for any further, and for 0, which
    each way of counting places elsewhere."""
    last = weeks_of(year)
    return date.fromisocalendar(year, 1, 1) + timedelta(weeks=number - 1) if last and 1 <= number <= last + 1 else None
