"""What a value plainly means that came in another form than the source format has: numbers, truth values, days and "no
value" as text. Where each of them stands in a file is in `vendor_file`, of dots in `bars/dots`; which forms a
partition's files have is judged in `checks/files/left_out`."""

import math
import re
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bluedot_assets.kernel.source.stamps.instants import midnight_date

# What is read although the source format has it otherwise.
NUMBER_AS_TEXT: Final = "numbers came as text"
TRUTH_AS_TEXT: Final = "truth values came as text"
NOTHING_AS_TEXT: Final = "text such as '-' or 'N/A' stood for no value"
DAY_AS_TEXT: Final = "dates came as text in another form"
ONE_BAR: Final = "one bar came without a list"
DOTS_AS_OBJECT: Final = "dots came as an object instead of a list"
ONE_DOT: Final = "one dot came without a list"
MOST_LETTERS: Final = 200  # of a text from outside, a name or another's words
MOST_DAYS: Final = 50_000  # of a stock: there were fewer since 1900
CUT_TEXT: Final = f"texts of more than {MOST_LETTERS} letters were cut"

Forms = set[tuple[str, str]]  # those of a file, each with the path of its field

UTC: Final = ZoneInfo("UTC")
# One way alone to read a run of digits: with two, a long one takes time by the square of its length.
_PLAIN: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
# One comma alone ("1,234") may be a decimal one: a decimal point or a second comma says that it is not. Indian groups
# have two digits.
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?", re.ASCII)
_NOTHING: Final = frozenset({"", "-", "--", "n/a", "na", "null", "none", "nil"})
_TRUTHS: Final = dict.fromkeys(("true", "t", "yes", "y", "1"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "0"), False
)
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


def storable(text: str) -> str:
    """Text as it came, without what no table or page can hold (lone surrogates)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def cut(text: str) -> str:
    """The text in at most MOST_LETTERS letters; where more are missing, `…` stands for them."""
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


def text(value: object, field: str, forms: Forms) -> str | None:
    """What a text or a number says, cut; None for what is blank, absent or of another kind."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    given = str(value).strip()
    if len(given) > MOST_LETTERS:
        forms.add((CUT_TEXT, field))
    return storable(cut(given)) or None


def number(value: object, field: str, forms: Forms, *, whole: bool = False) -> float | None:
    """NaN for what is there but no number, so that it is counted as wrong and not taken for absent. `whole`: the field
    is a count, in which no comma is a decimal one."""
    if value is None:
        return None
    if isinstance(value, str):
        return _number_of_text(value.strip(), field, forms, whole)
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return math.nan


def _number_of_text(text: str, field: str, forms: Forms, whole: bool) -> float | None:
    plain = _PLAIN.fullmatch(text) is not None
    if not plain and is_nothing(text, field, forms):
        return None
    grouped = not plain and _GROUPED.fullmatch(text) and (whole or "." in text or text.count(",") > 1)
    if not plain and not grouped:
        return math.nan
    forms.add((NUMBER_AS_TEXT, field))
    return float(text.replace(",", ""))


def truth(value: object, field: str, forms: Forms) -> bool | None:
    """None for what is absent or neither true nor false."""
    if isinstance(value, str):
        value = _TRUTHS.get(value.strip().casefold())
        if value is not None:
            forms.add((TRUTH_AS_TEXT, field))
    return bool(value) if value in (True, False) else None


def is_nothing(value: object, field: str, forms: Forms) -> bool:
    """Whether it is text that stands for no value."""
    if not isinstance(value, str) or value.strip().casefold() not in _NOTHING:
        return False
    forms.add((NOTHING_AS_TEXT, field))
    return True


def moment(value: object) -> date | float | None:
    """The day of a text in ISO 8601 whose time, if any, is midnight; where it has an offset the instant, in epoch
    milliseconds; None for all else."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        read = datetime.fromisoformat(value)
        if read.tzinfo is not None:
            return read.timestamp() * 1000
    except (ValueError, OverflowError):
        return None
    return read.date() if (read.hour, read.minute, read.second, read.microsecond) == (0, 0, 0, 0) else None


def day(text: str, zone: ZoneInfo) -> date | None:
    """The day of a text in ISO 8601: of one that is midnight at the exchange, or in UTC, as programs write a day
    (2025-08-01T00:00:00Z)."""
    read = moment(text)
    if isinstance(read, date) or read is None:
        return read
    return midnight_date(read, zone) or midnight_date(read, UTC)


def values_in(value: object) -> int:
    """How many values something of a wrong kind has: what is not null in its lists and objects, the parts of a text;
    at least one, of null none."""
    if value is None:
        return 0
    count, open_values = 0, [value]
    while open_values:
        one: Any = open_values.pop()
        if isinstance(one, dict | list):
            open_values += one.values() if isinstance(one, dict) else one
        elif isinstance(one, str):
            count += len([part for part in re.split(r"[,;|\n]", one) if part.strip()])
        else:
            count += one is not None
    return max(count, 1)
