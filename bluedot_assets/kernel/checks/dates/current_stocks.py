"""Stocks that end before the last session of their exchange, and exchanges most of whose stocks repeat a bar. What is a
session is decided in `missing_sessions`; stocks that are absent altogether are in `continuity`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

import polars as pl

from bluedot_assets.kernel.bars.dots import LOST_AS, period_of
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.kernel.checks.dates.missing_sessions import MOST, calendar_periods, is_session
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict

RULE: Final = Rule("stocks_are_current", "Every stock has a bar of its exchange's last session.")
NAMED: Final = 3  # stocks in a sentence
FEW: Final = 2  # stocks; a bar of one that repeats is chance
SEARCHED_BACK: Final = 14  # days in which an exchange must have had a session


def endings_of(stocks: pl.DataFrame, unkept: pl.DataFrame) -> pl.DataFrame:
    """What became of the newest row of each stock whose file goes on after its last bar, up to the partition's end
    (symbol, why)."""
    return (
        unkept.filter(pl.col("fate") != "future")
        .join(stocks.select("symbol", "last_session"), on="symbol")
        .filter(pl.col("session") > pl.col("last_session"))
        .sort("session")
        .group_by("symbol", maintain_order=True)
        .agg(why=pl.col("fate").last().replace(LOST_AS))
    )


def holidays_of(stocks: pl.DataFrame, unkept: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """How many stocks of an exchange have a Holiday row on a day (timezone, period, stocks)."""
    return (
        unkept.filter(fate="holiday")
        .join(stocks.select("symbol", "timezone"), on="symbol")
        .select("symbol", "timezone", period=period_of("session", timeframe))
        .unique()
        .group_by("timezone", "period")
        .agg(stocks=pl.len().cast(pl.Int64))
    )


@dataclass(frozen=True)
class _FolderMade:
    """When a partition's folder was made: the latest answer of the vendor by exchange, None where the files do not say
    it."""

    known: Mapping[str, datetime | None]
    days: TradingDays

    @classmethod
    def of(cls, stocks: pl.DataFrame, days: TradingDays) -> Self:
        return cls(dict(stocks.group_by("timezone").agg(pl.col("known").max()).sort("timezone").iter_rows()), days)

    def can_have(self, zone: str, session: date) -> bool:
        """Whether the session is no later than the folder: a folder is named after the day where that begins first, so
        there it always is. Each other exchange has its own clock: in India's evening New York trades."""
        begins = {one: datetime.combine(session, time(), ZoneInfo(one)) for one in self.known}
        first, at = min(begins.values()), self.known[zone]
        if begins[zone] == first or at is None:
            return begins[zone] == first
        # What was answered before that day began anywhere is no reason: such files are older than their folder.
        return at < first or self.days.close_at(zone, session) <= at


@dataclass
class _Found:
    """What is wrong with stocks of an exchange, or the `note` on one where nothing is."""

    sentences: list[str] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    stocks: int = 0
    note: str = ""


def current_verdict(
    stocks: pl.DataFrame,
    market: pl.DataFrame,
    holidays: pl.DataFrame,
    endings: pl.DataFrame,
    days: TradingDays,
    timeframe: Timeframe,
    end: date,
) -> Verdict:
    """A warning for stocks whose last bar is older than the last session of their exchange that the partition's folder
    can have; `endings` are those of `endings_of`."""
    found, made, why = [], _FolderMade.of(stocks, days), dict(endings.iter_rows())
    for (zone,), of_zone in stocks.sort("symbol").group_by("timezone", maintain_order=True):
        exchange = str(zone)
        calendar = _searched(exchange, end, days, timeframe)
        periods = _periods_of(exchange, market, holidays, calendar, timeframe)
        sessions = _last_sessions(periods, of_zone.height)
        last = _last_period(exchange, sessions, made, timeframe)
        of_exchange = _judge(exchange, of_zone, market.filter(timezone=zone), last, why, timeframe)
        word = _name(last, timeframe)
        if not of_exchange.stocks and last < sessions[0][0]:
            of_exchange.note = f" That of {zone} is {word}: the next one was not over when the folder was made."
        elif not of_exchange.stocks and not periods.filter(pl.col("period") > last, ~pl.col("declared")).is_empty():
            of_exchange.note = f" That of {zone} is {word}, as far as known: no calendar has the days after it."
        found.append(of_exchange)
    numbers = Numbers(sum(one.stocks for one in found), stocks.height)
    if not numbers.offenders:
        notes = "".join(one.note for one in found)
        return RULE.passes(f"Every stock has a bar of its exchange's last session.{notes}", numbers)
    message = "; ".join(sentence for one in found for sentence in one.sentences)
    return RULE.warns(f"{message}.", [row for one in found for row in one.rows], numbers)


def _judge(
    exchange: str,
    stocks: pl.DataFrame,
    market: pl.DataFrame,
    last: date,
    why: Mapping[str, str],
    timeframe: Timeframe,
) -> _Found:
    """The stocks of an exchange that have no bar of its `last` session, and where most repeat their bar before."""
    found, word = _Found(), _name(last, timeframe)
    behind = stocks.filter(period_of("last_session", timeframe) < last)
    if behind.height:
        ended = [
            {"symbol": symbol, "last bar": newest.isoformat(), "why": why.get(symbol) or _why(known, last, exchange)}
            for symbol, newest, known in behind.select("symbol", "last_session", "known").rows()
        ]
        named = some_of([f"{one['symbol']} (last bar {one['last bar']}: {one['why']})" for one in ended], NAMED)
        of_all = f"{behind.height} of {stocks.height} stocks of {exchange}"
        found.sentences.append(f"{of_all} have no bar of {word}: {named}")
        found.rows += [{**one, "exchange": exchange, "last session": word} for one in ended]
        found.stocks += behind.height
    if copied := _repeated(market):
        newest, copies = copied
        found.sentences.append(f"{copies} of {stocks.height} stocks of {exchange} repeat the bar before on {newest}")
        row = {"symbol": f"{copies} stocks", "last bar": str(newest), "why": "repeats the bar before"}
        found.rows.append({**row, "exchange": exchange, "last session": word})
        found.stocks += copies
    return found


def _name(period: date, timeframe: Timeframe) -> str:
    return period.isoformat() if timeframe.days == 1 else timeframe.key_of(period)


def _why(known: datetime | None, session: date, zone: str) -> str:
    """Why a file that says nothing of the days after its last bar has none of the `session`."""
    if known is None or known.astimezone(ZoneInfo(zone)).date() >= session:
        return "its file ends there"
    return f"its file was answered on {known.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def _repeated(market: pl.DataFrame) -> tuple[date, int] | None:
    """The newest session of an exchange and how many of its stocks have the bar before once more, where those are most:
    the vendor had none of that day."""
    newest, stocks, repeated = market.sort("session").select("session", "stocks", "repeated").row(-1)
    return (newest, repeated) if repeated > MOST * stocks and stocks > FEW else None


def _searched(zone: str, end: date, days: TradingDays, timeframe: Timeframe) -> pl.DataFrame:
    """The calendar of the days up to `end` in which an exchange must have had a session."""
    until = timeframe.start(timeframe.key_of(end))
    return calendar_periods(zone, end - timedelta(days=SEARCHED_BACK - 1), until, days, timeframe)


def _periods_of(
    zone: str, market: pl.DataFrame, holidays: pl.DataFrame, calendar: pl.DataFrame, timeframe: Timeframe
) -> pl.DataFrame:
    """What speaks for a session of an exchange, by period: how many stocks have a bar (has) or a Holiday row (closed),
    and what the calendar says (declared)."""
    bars = market.filter(timezone=zone).group_by(period_of("session", timeframe).alias("period"))
    closed = holidays.filter(timezone=zone).select("period", closed="stocks")
    having = bars.agg(has=pl.col("stocks").sum()).join(closed, on="period", how="full", coalesce=True)
    return having.join(calendar, on="period", how="full", coalesce=True)


def _last_sessions(periods: pl.DataFrame, stocks: int) -> list[tuple[date, bool]]:
    """The days (of weekly bars: the weeks' Mondays) of an exchange's sessions, newest first, and whether most of its
    stocks have a bar. Where only the weekday speaks for one, the bar of any of its stocks makes it, or a later weekday
    without one: an alarm waits a session longer. `periods` are those of `_periods_of`."""
    counted = periods.with_columns(pl.col("has", "closed").fill_null(0))
    guessed = pl.col("declared").is_not_null() & ((pl.col("has") > 0) | (pl.col("period") < _newest_guess(counted)))
    by_calendar = pl.col("declared") | guessed
    sessions = counted.filter(is_session(pl.lit(stocks), by_calendar.fill_null(False)))
    having = counted.filter(pl.col("has") > 0)
    found = having if sessions.is_empty() else sessions
    return found.sort("period", descending=True).select("period", most=pl.col("has") > MOST * stocks).rows()


def _newest_guess(counted: pl.DataFrame) -> pl.Expr:
    """The newest period for which only a weekday speaks, of none of whose stocks there is a bar."""
    return pl.lit(counted.filter(pl.col("declared").not_(), pl.col("has") == 0)["period"].max(), pl.Date)


def _last_period(zone: str, sessions: Sequence[tuple[date, bool]], made: _FolderMade, timeframe: Timeframe) -> date:
    """The last of an exchange's `sessions` that most of its stocks have or the folder can have, which is never older
    than the last but one."""
    (newest, most), *others = sessions
    days = made.days.calendar_or_weekdays(zone).expected(newest, newest + timedelta(days=timeframe.days - 1))
    if most or not others or made.can_have(zone, days[-1] if days else newest):
        return newest
    return others[0][0]
