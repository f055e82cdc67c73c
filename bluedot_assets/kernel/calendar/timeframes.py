"""The two timeframes and their partition keys: one value each, from which factories make everything else. People and
folders write `2024-08-02` and `2024-W31`; Dagster writes the week as the ISO date of its Monday, `2024-W31-1`, because
`%G-W%V` alone does not parse. Dagster's partitions are `defs/partitions`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

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
            hint = _hint(key, self.days)
            raise UsageError(f"{key!r} is not a {self.name} partition: write it like {self.example}{hint}.")
        return day

    def end(self, key: str) -> date:
        """Last calendar day of the partition: the latest date that its data may carry."""
        return self.start(key) + timedelta(days=self.days - 1)

    def is_key(self, text: str) -> bool:
        return (_week_start(text) if self.days == 7 else _day(text)) is not None

    def key_of(self, day: date) -> str:
        """The key of the partition that holds `day`."""
        if self.days == 7:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
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


def _hint(key: str, days: int) -> str:
    if days == 7 and _day(key):
        return f" (that day lies in {WEEKLY.key_of(date.fromisoformat(key))})"
    if days == 7 and _week_start(key.removesuffix("-1")):
        return f" (Dagster's {key} is {key.removesuffix('-1')})"
    if days == 1 and _week_start(key):
        return " (a week goes with --timeframe weekly)"
    return ""


DAILY: Final = Timeframe("daily", "_daily.json", "Daily", 1, "2024-08-02")
WEEKLY: Final = Timeframe("weekly", "_weekly.json", "Weekly", 7, "2024-W31")
TIMEFRAMES: Final = {timeframe.name: timeframe for timeframe in (DAILY, WEEKLY)}
