"""The two timeframes and their partition keys: one value each, from which factories make everything else. People and
folders write `2024-08-02` and `2024-W31`; Dagster writes the week as the ISO date of its Monday, `2024-W31-1`, because
`%G-W%V` alone does not parse. Which key a misspelled one means is in `misnamed_keys`, Dagster's partitions are
`defs/partitions`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bluedot_assets.kernel.calendar.misnamed_keys import existing_day, named_day, named_week, nth_week, weeks_of
from bluedot_assets.kernel.errors import UsageError

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


@dataclass(frozen=True)
class Timeframe:
    """A cadence of partitions: `daily` (a folder per session) or `weekly` (a folder per ISO week)."""

    name: str
    ending: str  # of a stock's file name
    periodcity: str  # the vendor's word for it (its spelling)
    days: int  # calendar days that one partition spans
    example: str

    def start(self, key: str) -> date:
        """First calendar day of the partition. Raises UsageError when `key` is not a key of this timeframe."""
        day = _week_start(key) if self.days == 7 else _day(key)
        if day is None:
            raise UsageError(f"{key!r} is not a {self.name} partition: write it like {self.example}{self.hint(key)}.")
        return day

    def end(self, key: str) -> date:
        """Last calendar day of the partition: the latest date that its data may carry."""
        return self.start(key) + timedelta(days=self.days - 1)

    def is_key(self, text: str) -> bool:
        return (_week_start(text) if self.days == 7 else _day(text)) is not None

    def hint(self, text: str) -> str:
        """What may help who wrote `text` in place of a key, in brackets; "" where nothing is known."""
        if self.days == 7 and _week_start(text.removesuffix("-1")):
            return f" (Dagster's {text} is {text.removesuffix('-1')})"
        if self.days == 1 and _week_start(text):
            return " (a week goes with --timeframe weekly)"
        if self.days == 7 and _day(text):
            return f" (that day lies in {self.meant(text)})"
        return self.correction(text)

    def correction(self, text: str) -> str:
        """Which day or week does not exist, or which key was meant, in brackets; "" where nothing is known."""
        if reason := self.absence(text):
            return f" ({reason})"
        return f" (did you mean {meant}?)" if (meant := self.meant(text)) else ""

    def meant(self, text: str) -> str:
        """The key that a name means which is not written as one (`2025_08_01`, `2025-W31 (1)`), or a week that its year
        does not have (`2025-W53`); "" where none shows or several could be meant."""
        if self.days == 7 and (week := named_week(text)):
            day = nth_week(*week)
        else:
            day = existing_day(*ymd) if (ymd := named_day(text)) else None
        return self.key_of(day) if day else ""

    def absence(self, text: str) -> str:
        """Why the day or week that `text` names does not exist; "" where it does, or names none."""
        if self.days == 1:
            ymd = named_day(text)
            return "{}-{:02}-{:02} is not in the calendar".format(*ymd) if ymd and not existing_day(*ymd) else ""
        year, number = named_week(text) or (0, 0)
        last = weeks_of(year)
        if not last or 1 <= number <= last:
            return ""
        if number == 0:
            return f"ISO weeks begin with 01: it is {year - 1}-W{weeks_of(year - 1)} or {year}-W01"
        return f"{year} has {last} ISO weeks" + (f": that week is {key}" if (key := self.meant(text)) else "")

    def key_of(self, day: date) -> str:
        """The key of the partition that holds `day`."""
        if self.days == 7:
            year, week, _ = day.isocalendar()
            return f"{year:04d}-W{week:02d}"
        return day.isoformat()

    def dagster_key(self, key: str) -> str:
        """`key` as Dagster's UI and CLI write it."""
        self.start(key)
        return f"{key}-1" if self.days == 7 else key

    def folder_key(self, dagster_key: str) -> str:
        """The inverse of `dagster_key`."""
        key = dagster_key.removesuffix("-1") if self.days == 7 else dagster_key
        self.start(key)
        return key


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _week_start(text: str) -> date | None:
    match = _WEEK.fullmatch(text)
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 7) - timedelta(days=6) if match else None
    except ValueError:  # among them 9999-W52, which ends after the calendar does
        return None


DAILY: Final = Timeframe("daily", "_daily.json", "Daily", 1, "2024-08-02")
WEEKLY: Final = Timeframe("weekly", "_weekly.json", "Weekly", 7, "2024-W31")
TIMEFRAMES: Final = {timeframe.name: timeframe for timeframe in (DAILY, WEEKLY)}
