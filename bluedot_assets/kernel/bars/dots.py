"""Blue dots: from what the file lists to dates, and from dates to the bars that they mark. A dot is a calendar date at
the exchange, in weekly partitions too; there it marks the bar of its ISO week. Which dots are new is in
`site/new_dots`, how many are usual in `checks/session_counts`."""

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source import plain_values as plain
from bluedot_assets.kernel.source.plain_values import MOST_DAYS, Forms
from bluedot_assets.kernel.source.stamps.instants import midnight_date

# Dots inside the price window that lie on no bar: which stock, which day, and what became of its bar.
OFF_BAR: Final = {"symbol": pl.String(), "date": pl.Date(), "why": pl.String()}
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EARLIEST: Final = date(1990, 1, 1)
_EPOCH: Final = date(1970, 1, 1).toordinal()
HOLIDAY: Final = "Holiday row"
SUSPENDED: Final = "day without trade"
# What became of a day's bar, by its row's fate.
LOST_AS: Final = {
    "holiday": HOLIDAY,
    "impossible": "dropped bar",
    "future": "dropped bar",
    "unfinished": "unfinished bar",
    "suspended": SUSPENDED,
}
_FIELD: Final = "chart.blueDotData.dates"


@dataclass(frozen=True)
class ListedDots:
    """What a file lists as chart.blueDotData.dates, as it came; `lost` are values that stand where no dot can."""

    stock: int
    dates: object
    timezone: str
    lost: int
    forms: Forms  # those of the file; what was read in another form is added


def read_dots(listed: Iterable[ListedDots], last_day: date) -> tuple[pl.DataFrame, dict[int, int]]:
    """The stocks' dots (columns stock, date; unique) and how many of each stock were no date or lie in the future; no
    more than it has days."""
    stocks: list[int] = []
    days: list[date] = []
    dropped = {}
    for one in listed:
        dots = dots_with_dates(one)
        given = dict.fromkeys(day for _, day in dots)
        dated = sorted(day for day in given if day is not None)
        fine = dated[: bisect_right(dated, last_day)]
        dropped[one.stock] = one.lost
        if len(fine) < len(given):
            bad = (dot for dot, day in dots if day is None or day > last_day)
            dropped[one.stock] += sum(plain.values_in(dot) if isinstance(dot, list) else 1 for dot in bad)
        dropped[one.stock] = min(dropped[one.stock], MOST_DAYS)
        stocks += [one.stock] * len(fine)
        days += fine
    return pl.DataFrame({"stock": pl.Series(stocks, dtype=pl.Int64), "date": dates(days)}), dropped


def dots_with_dates(listed: ListedDots) -> list[tuple[object, date | None]]:
    """Each value of the list with its date, None for what is no dot."""
    zone = ZoneInfo(listed.timezone)
    return [(dot, _dot_date(dot, zone, listed.forms)) for dot in _as_list(listed)]


def dates(days: Sequence[date | None]) -> pl.Series:
    """As a column. There are few distinct ones: each is made a number once, which polars itself does for each row."""
    numbers = {day: day and day.toordinal() - _EPOCH for day in set(days)}
    return pl.Series(list(map(numbers.__getitem__, days)), dtype=pl.Int32).cast(pl.Date)


def without_unfinished(dots: pl.DataFrame, until: Sequence[date | None]) -> pl.DataFrame:
    """Those of days that were over when the vendor answered, by a stock's number: a dot may be gone at the close."""
    limits = pl.Series(until, dtype=pl.Date).gather(dots["stock"])
    return dots.filter((pl.col("date") <= limits).fill_null(True))


def _as_list(listed: ListedDots) -> list[object]:
    """The dots one by one. What is of a wrong kind is as many values that are no dots, so that it is counted: else a
    vendor's change goes unseen."""
    dates = listed.dates
    if isinstance(dates, list):
        return dates
    if dates is None or plain.is_nothing(dates, _FIELD, listed.forms):
        return []
    if isinstance(dates, dict) and "blueDotDate" not in dates:
        listed.forms.add((plain.DOTS_AS_OBJECT, _FIELD))
        return list(dates.values())
    if _dot_date(dates, ZoneInfo(listed.timezone), listed.forms) is None:
        return [None] * plain.values_in(dates)
    listed.forms.add((plain.ONE_DOT, _FIELD))
    return [dates]


def _dot_date(dot: object, zone: ZoneInfo, forms: Forms) -> date | None:
    value = dot.get("blueDotDate") if isinstance(dot, dict) else dot
    if isinstance(value, str) and len(value) == len("2024-08-02"):  # the cache keeps what it was asked
        if day := _iso_day(value):
            return day
        if _ISO_DAY.fullmatch(value):
            return None
    day = _date_in_other_form(value, zone, forms)
    return day if day is not None and day >= _EARLIEST else None


@lru_cache(1 << 14)  # all stocks of an exchange have the same few thousand
def _iso_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and day >= _EARLIEST else None


def _date_in_other_form(value: object, zone: ZoneInfo, forms: Forms) -> date | None:
    if isinstance(value, str) and (day := plain.day(value, zone)):
        forms.add((plain.DAY_AS_TEXT, _FIELD))
        return day
    read = plain.number(value, _FIELD, forms)
    # Seconds, or midnight of another zone, would be a wrong day: such a number is no date.
    return midnight_date(read, zone) if read is not None and math.isfinite(read) else None


def mark_bars(kept: pl.DataFrame, dots: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """The kept bars, oldest first, with `blue_dot`: by date, in weekly bars by ISO week."""
    dotted = dots.select(place_of("date", timeframe)).to_series()
    return kept.with_columns(blue_dot=pl.col("place").is_in(dotted.implode())).sort("place")


def period_of(column: str, timeframe: Timeframe) -> pl.Expr:
    """What two dates of one bar have in common: the day, in weekly partitions the Monday of the ISO week."""
    return pl.col(column).dt.truncate("1w") if timeframe.days == 7 else pl.col(column)


def place_number(stock: pl.Expr, day: pl.Expr) -> pl.Expr:
    """A stock's number and that of a day as one: it sorts, finds and joins in a third of the time of two, or less."""
    return stock * 2**32 + day


def place_of(column: str, timeframe: Timeframe) -> pl.Expr:
    return place_number(pl.col("stock"), period_of(column, timeframe).to_physical())


def dots_off_bar(
    unkept: pl.DataFrame, marked: pl.DataFrame, dots: pl.DataFrame, symbols: pl.DataFrame, timeframe: Timeframe
) -> pl.DataFrame:
    """Dots between a stock's first and last bar that lie on none (columns: OFF_BAR); `unkept` are the rows that
    gave no bar."""
    window = marked.group_by("stock").agg(first=pl.col("place").min(), last=pl.col("place").max())
    why = unkept.select("place", why="fate").unique("place", keep="first", maintain_order=True)
    return (
        dots.with_columns(place=place_of("date", timeframe))
        .join(window, on="stock")
        .filter(pl.col("place").is_between("first", "last"), ~pl.col("place").is_in(marked["place"].implode()))
        .join(why, on="place", how="left")
        .join(symbols, on="stock")
        .with_columns(pl.col("why").replace(LOST_AS).fill_null("no bar"))
        .select(list(OFF_BAR))
        .sort("symbol", "date")
    )
