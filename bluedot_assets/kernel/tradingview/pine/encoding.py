"""Dates of blue dots as text that a Pine script decodes: one character for most dots.

A dot is the gap in calendar days from the dot before it (from the script's epoch, for the first), as one base-62
character; 61 days and more are an escape and two characters. `templates/lookup.pine.j2` decodes it; the records that
hold such texts are made in `data`."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from operator import sub
from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ESCAPE: Final = DIGITS[-1]  # so that 0 to 60 days are one character
LONG: Final = len(DIGITS) - 1  # the shortest gap that is escaped
FARTHEST: Final = len(DIGITS) ** 2 - 1  # this much after an escape moves on by as many days, without a dot there


def encode_days(days: Iterable[date], epoch: date) -> str:
    """The text of those days in any order. Raises ValueError for a day before `epoch`."""
    ordered = sorted(set(days))
    if ordered and ordered[0] < epoch:
        raise ValueError(f"{ordered[0]} lies before the epoch {epoch}")
    numbers = [day.toordinal() for day in (epoch, *ordered)]
    return "".join(map(_gap, map(sub, numbers[1:], numbers)))


@cache  # stocks have hundreds of dots, and the same few gaps
def _gap(days: int) -> str:
    far, days = divmod(days, FARTHEST)
    escaped = f"{ESCAPE}{ESCAPE}{ESCAPE}" * far
    if days < LONG:
        return f"{escaped}{DIGITS[days]}"
    return f"{escaped}{ESCAPE}{DIGITS[days // len(DIGITS)]}{DIGITS[days % len(DIGITS)]}"
