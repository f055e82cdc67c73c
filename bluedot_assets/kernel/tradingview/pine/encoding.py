"""Dates of blue dots as text that a Pine script decodes: one character for most dots.

A dot is the gap in calendar days from the dot before it (from the script's epoch, for the first), as one base-62
character; 61 days and more are an escape and two characters. `templates/lookup.pine.j2` decodes it; the records that
hold such texts are made in `data`."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ESCAPE: Final = DIGITS[-1]  # so that 0 to 60 days are one character
LONG: Final = len(DIGITS) - 1  # the shortest gap that is escaped
FARTHEST: Final = len(DIGITS) ** 2 - 1  # this much after an escape moves on by as many days, without a dot there


def encode_days(days: Iterable[date], epoch: date) -> str:
    """The text of those days in any order. Raises ValueError for a day before `epoch`."""
    ordered = [epoch, *sorted(set(days))]
    if min(ordered) < epoch:
        raise ValueError(f"{min(ordered)} lies before the epoch {epoch}")
    return "".join(text for last, day in pairwise(ordered) for text in _gap((day - last).days))


def _gap(days: int) -> Iterator[str]:
    while days >= FARTHEST:
        yield f"{ESCAPE}{ESCAPE}{ESCAPE}"
        days -= FARTHEST
    if days < LONG:
        yield DIGITS[days]
    else:
        yield f"{ESCAPE}{DIGITS[days // len(DIGITS)]}{DIGITS[days % len(DIGITS)]}"
