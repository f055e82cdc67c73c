"""Dates of blue dots as text that a Pine script decodes: one character for most dots.

A dot is the gap in calendar days from the dot before it (from the script's epoch, for the first), as one base-62
character; 61 days and more are an escape and two characters. `kernel/pine/decoder.pine.j2` is the other half."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ESCAPE: Final = DIGITS[-1]  # so that 0 to 60 days are one character
LONG: Final = len(DIGITS) - 1  # the shortest gap that is escaped
FARTHEST: Final = len(DIGITS) ** 2 - 1  # this much after an escape moves on by as many days, without a dot there


def encode_days(days: Iterable[date], epoch: date) -> str:
    """The text of those days in any order. Raises ValueError for a day before `epoch`."""
    text = []
    last = epoch
    for day in sorted(set(days)):
        gap = (day - last).days
        if gap < 0:
            raise ValueError(f"{day} lies before the epoch {epoch}")
        text += [*_gap(gap)]
        last = day
    return "".join(text)


def _gap(days: int) -> Iterator[str]:
    while days >= FARTHEST:
        yield f"{ESCAPE}{ESCAPE}{ESCAPE}"
        days -= FARTHEST
    if days < LONG:
        yield DIGITS[days]
    else:
        yield f"{ESCAPE}{DIGITS[days // len(DIGITS)]}{DIGITS[days % len(DIGITS)]}"


def decode_days(text: str, epoch: date) -> list[date]:
    """The days of a text, oldest first. Raises ValueError on what `encode_days` does not write."""
    days: list[date] = []
    at, place = epoch, 0
    while place < len(text):
        long = text[place] == ESCAPE
        place += 1 if long else 0
        digits = text[place : place + (2 if long else 1)]
        if len(digits) < 1 + long or not set(digits) <= set(DIGITS):
            raise ValueError(f"the dots {text!r} are cut short or damaged at character {place + 1}")
        gap = DIGITS.index(digits[0]) * len(DIGITS) + DIGITS.index(digits[1]) if long else DIGITS.index(digits)
        at += timedelta(days=gap)
        place += len(digits)
        if not (long and gap == FARTHEST):
            days.append(at)
    return days
