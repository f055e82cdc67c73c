"""Sessions of the exchange that a stock passes over, and stocks that end before its last one. A session is what the
exchange's calendar says, unless most of its stocks have a Holiday row on it; without a calendar it is a day on which
most of them have a bar. Weekly bars count by week. Stocks that are absent altogether are in `continuity`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

import polars as pl

from bluedot_assets.kernel.bars.dots import HOLIDAY, LOST_AS, period_of
from bluedot_assets.kernel.calendar.sessions import Calendar, TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import Verdict, rows_of, warning

MOST: Final = 0.5  # of an exchange's stocks
RECENT: Final = 5  # sessions in which a single gap is reported
FEW_GAPS: Final = 0.02  # of a stock's bars; older gaps up to that share are counted and not listed
SEARCHED_BACK: Final = 14  # days in which an exchange must have had a session


def gaps_of(
    bars: pl.DataFrame, stocks: pl.DataFrame, unkept: pl.DataFrame, days: TradingDays, timeframe: Timeframe
) -> pl.DataFrame:
    """Sessions between a stock's first and last bar on which it has none (symbol, timezone, period, why). `unkept` are
    the rows of the file that gave no bar (symbol, session, fate)."""
    window_of = {name: period_of(f"{name}_session", timeframe) for name in ("first", "last")}
    window = stocks.select("symbol", "timezone", **window_of)
    expected = [pl.DataFrame(schema={"timezone": pl.String(), "period": pl.Date()})]
    for (zone,), of_zone in window.group_by("timezone"):
        first, last = of_zone["first"].min(), of_zone["last"].max()
        assert isinstance(first, date) and isinstance(last, date)  # noqa: S101  a group is never empty
        expected.append(_sessions(str(zone), first, last, days, timeframe))
    why = unkept.select("symbol", period=period_of("session", timeframe), why="fate")
    return (
        window.join(pl.concat(expected), on="timezone")
        .filter(pl.col("period").is_between("first", "last"))
        .join(bars.select("symbol", period=period_of("session", timeframe)), on=["symbol", "period"], how="anti")
        .join(why.unique(["symbol", "period"], keep="first"), on=["symbol", "period"], how="left")
        .with_columns(pl.col("why").replace(LOST_AS).fill_null("no row"))
        .select("symbol", "timezone", "period", "why")
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


def _sessions(zone: str, first: date, last: date, days: TradingDays, timeframe: Timeframe) -> pl.DataFrame:
    found = days.calendar_or_weekdays(zone).between(first, last + timedelta(days=timeframe.days - 1))
    frame = pl.DataFrame({"session": found}, {"session": pl.Date})
    return frame.select(pl.lit(zone).alias("timezone"), period_of("session", timeframe).alias("period")).unique()


def sessions_verdict(gaps: pl.DataFrame, market: pl.DataFrame, days: TradingDays, timeframe: Timeframe) -> Verdict:
    """A warning where an exchange's stocks pass over a session together, and where a stock has no recent bar or many
    gaps. `market` has the bars of each exchange and session (`session_counts`)."""
    rule = "sessions_complete"
    counted = _counted(gaps, market, days, timeframe)
    missing = counted.filter(pl.col("missing") > MOST * (pl.col("missing") + pl.col("has")))
    together = _without_old_special_sessions(missing, market, timeframe).sort("period")
    single = gaps.join(counted, on=["timezone", "period"]).join(missing, on=["timezone", "period"], how="anti")
    stocks = _stocks_with_gaps(single, market, timeframe)
    reported = stocks.filter((pl.col("recent") > 0) | (pl.col("bars") > FEW_GAPS * pl.col("sessions")))
    columns = ["symbol", pl.col("timezone").alias("exchange"), "bars", "newest", "why"]
    whole_exchange = together.with_columns(
        pl.format("{} stocks", "missing").alias("symbol"),
        bars="missing",
        newest="period",
        why=pl.lit("the whole exchange"),
    )
    listed = reported.sort("recent", "bars", "symbol", descending=[True, True, False]).select(columns)
    rows = rows_of(pl.concat([whole_exchange.select(columns), listed], how="vertical_relaxed"))
    few = f"{single.height} bars of {stocks.height} stocks are missing" if single.height else "No bar is missing"
    few += ", none of them recent" if single.height and not rows else ""
    if special := missing.height - together.height:
        few += f"; {special} special sessions of long ago are missing for whole exchanges"
    if not rows:
        return warning(rule, True, f"{few}.")
    exchanges = f"; {together.height} sessions are missing for whole exchanges" if together.height else ""
    return warning(rule, False, f"{few}{exchanges}. First: {rows[0]['symbol']}.", rows)


def _counted(gaps: pl.DataFrame, market: pl.DataFrame, days: TradingDays, timeframe: Timeframe) -> pl.DataFrame:
    """The sessions on which bars are missing, of how many stocks, and how many have one; days that are no sessions are
    left out."""
    has = (
        market.select("timezone", "stocks", period=period_of("session", timeframe))
        .group_by("timezone", "period")
        .agg(has=pl.col("stocks").sum())
    )
    counted = (
        gaps.group_by("timezone", "period")
        .agg(missing=pl.len().cast(pl.Int64), closed=(pl.col("why") == HOLIDAY).sum().cast(pl.Int64))
        .join(has, on=["timezone", "period"], how="left")
        .with_columns(pl.col("has").fill_null(0))
        .filter(pl.col("closed") < MOST * (pl.col("missing") + pl.col("has")))
    )
    calendars = [(one.timezone, one.first, one.last) for one in days.calendars]
    known = pl.DataFrame(calendars, {"timezone": pl.String(), "since": pl.Date(), "until": pl.Date()}, orient="row")
    in_calendar = pl.col("period").is_between("since", "until").fill_null(False)
    return (
        counted.join(known, on="timezone", how="left")
        .filter(in_calendar | (pl.col("has") > pl.col("missing")))
        .drop("since", "until")
    )


def _without_old_special_sessions(together: pl.DataFrame, market: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """A vendor who gives no Saturday's session at all is warned of while it is recent: it would be so for years."""
    weekday = pl.col("period").dt.weekday()
    usual = market.select("timezone", weekday=period_of("session", timeframe).dt.weekday(), usual=pl.lit(True)).unique()
    return (
        together.join(_recent(market, timeframe), on="timezone", how="left")
        .with_columns(weekday=weekday)
        .join(usual, on=["timezone", "weekday"], how="left")
        .filter(pl.col("usual").fill_null(False) | (pl.col("period") >= pl.col("since")).fill_null(True))
        .select(together.columns)
    )


def _recent(market: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """Since when sessions of an exchange are recent, and how many it has (timezone, since, sessions)."""
    periods = market.select("timezone", period=period_of("session", timeframe)).unique().sort("period")
    return periods.group_by("timezone").agg(since=pl.col("period").tail(RECENT).min(), sessions=pl.len())


def _stocks_with_gaps(single: pl.DataFrame, market: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """Per stock: bars missing, how many of its exchange's last sessions, of how many sessions, the newest and why."""
    return (
        single.sort("period")
        .join(_recent(market, timeframe), on="timezone", maintain_order="left")
        .group_by("symbol", "timezone", maintain_order=True)
        .agg(
            bars=pl.len(),
            recent=(pl.col("period") >= pl.col("since")).sum(),
            sessions=pl.col("sessions").first(),
            newest=pl.col("period").last(),
            why=pl.col("why").last(),
        )
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
        """Whether the session was over by then. Each exchange has its own clock: in India's evening New York trades."""
        begins = {one: datetime.combine(session, time(), ZoneInfo(one)) for one in self.known}
        at = self.known[zone]
        if at is None:  # a folder is named after the day where it begins first
            return begins[zone] == min(begins.values())
        # What was answered before that day began anywhere is no reason: such files are older than their folder.
        return at < min(begins.values()) or self.days.close_at(zone, session) <= at


def current_verdict(
    stocks: pl.DataFrame,
    market: pl.DataFrame,
    holidays: pl.DataFrame,
    days: TradingDays,
    timeframe: Timeframe,
    end: date,
) -> Verdict:
    """A warning for stocks whose last bar is older than the last session of their exchange that the partition's folder
    can have."""
    rule = "stocks_are_current"
    rows: list[dict[str, object]] = []
    sentences: dict[bool, list[str]] = {True: [], False: []}  # by whether all is well
    made = _FolderMade.of(stocks, days)
    for (zone,), of_zone in stocks.sort("symbol").group_by("timezone", maintain_order=True):
        exchange = str(zone)
        periods = market.filter(timezone=zone).group_by(period_of("session", timeframe).alias("period"))
        having = periods.agg(most=pl.col("stocks").sum() > MOST * of_zone.height)
        closed = holidays.filter(pl.col("stocks") >= MOST * of_zone.height, timezone=zone)["period"].to_list()
        sessions = _last_sessions(days.calendar(exchange), closed, timeframe, end)
        last = _last_period(exchange, sessions, having, made)
        behind = of_zone.filter(period_of("last_session", timeframe) < last)
        word = last.isoformat() if timeframe.days == 1 else timeframe.key_of(last)
        if behind.height:
            sentences[False].append(f"{behind.height} of {of_zone.height} stocks of {zone} have no bar of {word}")
            rows += [
                {"symbol": symbol, "exchange": exchange, "last bar": newest.isoformat(), "last session": word}
                for symbol, newest in behind.select("symbol", "last_session").rows()
            ]
        elif any(last < period for period in sessions):
            sentences[True].append(f" That of {zone} is {word}: the next one was not over when the folder was made.")
    if not rows:
        return warning(rule, True, f"Every stock has a bar of its exchange's last session.{''.join(sentences[True])}")
    return warning(rule, False, f"{'; '.join(sentences[False])}.", rows)


def _last_sessions(
    calendar: Calendar | None, closed: Collection[date], timeframe: Timeframe, end: date
) -> dict[date, date]:
    """An exchange's last sessions up to `end` that its calendar knows, newest first, each by its day; of weekly bars
    the last one of each week, by the week's Monday."""
    found: dict[date, date] = {}
    for day in reversed(calendar.between(end - timedelta(days=SEARCHED_BACK - 1), end) if calendar else []):
        period = day - timedelta(days=day.weekday()) if timeframe.days == 7 else day
        if calendar is not None and calendar.knows(day) and period not in closed:
            found.setdefault(period, day)
    return found


def _last_period(zone: str, sessions: Mapping[date, date], having: pl.DataFrame, made: _FolderMade) -> date:
    """The last of an exchange's `sessions` that the folder can have, which is never older than the last but one; or a
    later one that `most` of its stocks do have. Without a calendar: the newest one of any stock."""
    expected = list(sessions)[:2]
    if not expected:
        return having["period"].max()  # type: ignore[return-value]
    period: date = expected[0] if made.can_have(zone, sessions[expected[0]]) else expected[-1]
    later: list[date] = having.filter(pl.col("most"), pl.col("period") > period)["period"].to_list()
    return max([period, *later])
