"""When the vendor answered (the knowledge time of a file), and so which of its bars were over by then. What came before
the close of a bar's session, of a weekly bar before that of its week's last one, is unfinished: its prices are not the
last ones. What becomes of such a bar is in `normalize`, of its partition in `checks/dates`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from bluedot_assets.kernel.bars.tables import EARLIEST_SESSION
from bluedot_assets.kernel.calendar.sessions import EVERY_WEEKDAY, Calendar, TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY, Timeframe
from bluedot_assets.kernel.source.stamps.instants import midnight_date, moment_of

# For each readable file: when it was answered (`known`) and last quoted, the sessions of its newest bar, of its newest
# one that was over (after the partition's end too), and of its newest one that was not.
ANSWERS: Final = {
    "symbol": pl.String(),
    "timezone": pl.String(),
    "known": pl.Datetime("us", "UTC"),
    "quoted": pl.Datetime("us", "UTC"),
    "newest": pl.Date(),
    "finished": pl.Date(),
    "unfinished": pl.Date(),
}
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_LAST_QUOTE: Final = timedelta(minutes=5)  # before the close, even of a stock that trades all the time


@dataclass(frozen=True)
class AnswerRules:
    """What answers are judged by: the closes, the latest quote of each timezone for files that do not say when the
    vendor answered, and whether unfinished bars are published all the same."""

    days: TradingDays = EVERY_WEEKDAY
    quotes: Mapping[str, datetime] = field(default_factory=dict)
    publish: bool = False


@dataclass(frozen=True)
class Answer:
    """When a file was answered and its stock last quoted, in UTC; and the last days whose bars, and whose dots, were
    over by then. None is what is not known."""

    known: datetime | None
    quoted: datetime | None
    bars_until: date | None = None
    dots_until: date | None = None


class Answers:
    """The answers of a partition's files, the dates of which are known."""

    def __init__(self, timeframe: Timeframe, last_day: date, rules: AnswerRules) -> None:
        self._timeframe, self._last_day, self._rules = timeframe, last_day, rules

    def of(
        self,
        answered: float | None,
        quoted: float | None,
        modified: datetime,
        timezone: str,
        sessions: Sequence[date | None],
    ) -> Answer:
        """`answered` and `quoted` are asOfDate of the header and of the stock, in epoch milliseconds; `modified` is
        when the file was last written."""
        dated = list(filter(None, sessions))
        if not dated:
            return Answer(None, None)
        newest = max(dated)
        if newest > self._last_day:
            newest = max((day for day in dated if day <= self._last_day), default=min(dated))
        if newest < EARLIEST_SESSION:
            return Answer(None, None)
        latest = _latest_possible(newest, modified)
        known, quote = _instant(answered, timezone, latest), _instant(quoted, timezone, latest)
        if known is not None and known < _earliest_possible(newest, self._timeframe):
            known = None  # a bar may be made some days ahead; a week ahead it is the time that is wrong
        at = known or self._rules.quotes.get(timezone)
        if at is None:
            return Answer(known, quote)
        calendar = self._rules.days.calendar_or_weekdays(timezone)
        until = finished_until(at, calendar, self._timeframe)
        return Answer(known, quote, until, None if self._rules.publish else finished_until(at, calendar, DAILY))


def finished_until(at: datetime, calendar: Calendar, timeframe: Timeframe) -> date:
    """The last day whose bars were over at that moment; of weekly bars a Sunday."""
    day = at.astimezone(ZoneInfo(calendar.timezone)).date()
    day += timedelta(days=6 - day.weekday()) if timeframe.days == 7 else timedelta()
    while over_at(day, calendar, timeframe) > at:
        day -= timedelta(days=timeframe.days)
    return day


def over_at(day: date, calendar: Calendar, timeframe: Timeframe) -> datetime:
    """When the bar of that day is final: at its close, of a weekly bar at that of the last session of its ISO week."""
    if timeframe.days == 1:
        return calendar.close_at(day)
    monday = day - timedelta(days=day.weekday())
    sessions = calendar.between(monday, monday + 6 * _DAY)
    return calendar.close_at(sessions[-1] if sessions else monday + 4 * _DAY)


def _instant(value: float | None, timezone: str, latest: datetime) -> datetime | None:
    """The moment of an asOfDate, None where it is none: another unit, absurd, or a midnight, which is a date."""
    moment = moment_of(value) if value is not None else None
    if value is None or moment is None or not _FIRST <= moment <= latest:
        return None
    dated = any(midnight_date(value, ZoneInfo(zone)) for zone in (timezone, "UTC"))
    return None if dated else moment


def _earliest_possible(newest: date, timeframe: Timeframe) -> datetime:
    first = newest - timedelta(days=newest.weekday()) if timeframe.days == 7 else newest
    return datetime.combine(first - 7 * _DAY, time(), UTC)


def _latest_possible(newest: date, modified: datetime) -> datetime:
    """A file cannot hold what came after it was written; one that is older than its own bars was copied by something
    that keeps no times."""
    return modified + _DAY if modified.date() >= newest else _LAST


def answers_of(
    symbols: Sequence[str], timezones: Sequence[str], answers: Sequence[Answer], bars: pl.DataFrame
) -> pl.DataFrame:
    """What the checks need of each file (columns: ANSWERS). `bars` has stock (a number in these), session, fate and
    whether it is `unfinished`."""
    dated = bars.filter(pl.col("fate").is_in(["kept", "future", "unfinished"]))
    inside = pl.col("fate") != "future"
    newest = dated.group_by("stock").agg(
        newest=pl.col("session").max(),
        finished=pl.col("session").filter(~pl.col("unfinished")).max(),
        unfinished=pl.col("session").filter(pl.col("unfinished") & inside).max(),
    )
    files = pl.DataFrame(
        {
            "stock": range(len(symbols)),
            "symbol": symbols,
            "timezone": timezones,
            "known": [one.known for one in answers],
            "quoted": [one.quoted for one in answers],
        },
        {"stock": pl.Int64(), **{name: ANSWERS[name] for name in ("symbol", "timezone", "known", "quoted")}},
    )
    return files.join(newest, on="stock", how="left", maintain_order="left").select(list(ANSWERS))


def deciding_quotes(answers: pl.DataFrame, days: TradingDays, timeframe: Timeframe) -> dict[str, datetime]:
    """The latest quote of each timezone in which it decides: some file does not say when the vendor answered, and has a
    bar that was not over at that moment, give or take the minutes in which nothing may be traded. One stock's quote
    alone decides nothing: it may not have traded for hours."""
    found = {}
    silent = answers.filter(pl.col("known").is_null()).group_by("timezone").agg(pl.col("newest").max())
    latest = answers.group_by("timezone").agg(pl.col("quoted").max())
    for zone, newest, quote in silent.join(latest, on="timezone").drop_nulls().sort("timezone").iter_rows():
        if finished_until(quote + _LAST_QUOTE, days.calendar_or_weekdays(zone), timeframe) < newest:
            found[zone] = quote + _LAST_QUOTE
    return found
