"""Sessions of the exchange that a stock passes over, and stocks that end before its last one. What is a session is
decided by `_is_session`: by the bars of most stocks before any calendar. Weekly bars count by week. Stocks that are
absent altogether are in `continuity`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

import polars as pl

from bluedot_assets.kernel.bars.dots import HOLIDAY, LOST_AS, SUSPENDED, period_of
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import Verdict, rows_of, warning

MOST: Final = 0.5  # of an exchange's stocks
RECENT: Final = 5  # sessions in which a single gap is reported
FEW_GAPS: Final = 0.02  # of a stock's bars; older gaps up to that share are counted and not listed
FEW: Final = 2  # stocks; a bar of one that repeats is chance
SEARCHED_BACK: Final = 14  # days in which an exchange must have had a session
_CALENDAR: Final = {"session": pl.Date(), "declared": pl.Boolean()}
_PERIODS: Final = {"timezone": pl.String(), "period": pl.Date(), "declared": pl.Boolean()}


def gaps_of(
    bars: pl.DataFrame, stocks: pl.DataFrame, unkept: pl.DataFrame, days: TradingDays, timeframe: Timeframe
) -> pl.DataFrame:
    """Days between a stock's first and last bar on which it has none and the calendar, or another stock, has a session
    (symbol, timezone, period, why). `unkept` are the rows of the file that gave no bar (symbol, session, fate)."""
    window_of = {name: period_of(f"{name}_session", timeframe) for name in ("first", "last")}
    window = stocks.select("symbol", "timezone", **window_of)
    traded = bars.select("symbol", period=period_of("session", timeframe)).join(window, on="symbol")
    expected = [traded.select("timezone", "period").unique()]
    for (zone,), of_zone in window.group_by("timezone"):
        first, last = of_zone["first"].min(), of_zone["last"].max()
        assert isinstance(first, date) and isinstance(last, date)  # noqa: S101  a group is never empty
        expected.append(_calendar(str(zone), first, last, days, timeframe).select("timezone", "period"))
    why = unkept.select("symbol", period=period_of("session", timeframe), why="fate")
    return (
        window.join(pl.concat(expected).unique(), on="timezone")
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


def _calendar(zone: str, first: date, last: date, days: TradingDays, timeframe: Timeframe) -> pl.DataFrame:
    """The periods from `first` to `last` in which an exchange trades by its calendar, and whether that is known and no
    guess (timezone, period, declared)."""
    calendar = days.calendar_or_weekdays(zone)
    sessions = calendar.expected(first, last + timedelta(days=timeframe.days - 1))
    frame = pl.DataFrame({"session": sessions, "declared": [calendar.knows(day) for day in sessions]}, _CALENDAR)
    by_period = frame.group_by(period=period_of("session", timeframe)).agg(pl.col("declared").any())
    return by_period.select(pl.lit(zone).alias("timezone"), "period", "declared")


def _is_session(of: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
    """Whether an exchange traded: the bars of most of its stocks (`has` of `of`) decide, then their Holiday rows
    (`closed`), and only then what the calendar says or what is guessed without one (`otherwise`)."""
    by_rows = pl.when(pl.col("closed") >= MOST * of).then(pl.lit(False)).otherwise(otherwise)
    return pl.when(pl.col("has") > MOST * of).then(pl.lit(True)).otherwise(by_rows)


def sessions_verdict(gaps: pl.DataFrame, market: pl.DataFrame, days: TradingDays, timeframe: Timeframe) -> Verdict:
    """A warning where an exchange's stocks pass over a session together, and where a stock has no recent bar or many
    gaps; a single stock's days without trade are counted and no gap. `market` has the bars of each exchange and
    session (`session_counts`)."""
    rule = "sessions_complete"
    counted = _counted(gaps, market, days, timeframe)
    missing = counted.filter(pl.col("missing") > MOST * (pl.col("missing") + pl.col("has")))
    together = _without_old_special_sessions(missing, market, timeframe).sort("period")
    single = gaps.join(counted, on=["timezone", "period"]).join(missing, on=["timezone", "period"], how="anti")
    suspended = single.filter(why=SUSPENDED).height
    single = single.filter(pl.col("why") != SUSPENDED)
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
    few += f"; {suspended} more are days without trade" if suspended else ""
    if special := missing.height - together.height:
        few += f"; {special} special sessions of long ago are missing for whole exchanges"
    if not rows:
        return warning(rule, True, f"{few}.")
    exchanges = f"; {together.height} sessions are missing for whole exchanges" if together.height else ""
    return warning(rule, False, f"{few}{exchanges}. First: {rows[0]['symbol']}.", rows)


def _counted(gaps: pl.DataFrame, market: pl.DataFrame, days: TradingDays, timeframe: Timeframe) -> pl.DataFrame:
    """The sessions on which bars are missing, of how many stocks, and how many have one; days that are no sessions are
    left out, and those that a calendar does not know unless most stocks have a bar."""
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
    )
    spans = counted.group_by("timezone").agg(first=pl.col("period").min(), last=pl.col("period").max()).rows()
    calendars = [_calendar(zone, first, last, days, timeframe) for zone, first, last in spans]
    declared = pl.concat([pl.DataFrame(schema=_PERIODS), *calendars])
    counted = counted.join(declared, on=["timezone", "period"], how="left")
    traded = _is_session(pl.col("missing") + pl.col("has"), pl.col("declared").fill_null(False))
    return counted.filter(traded).drop("declared")


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
        """Whether the session is no later than the folder: a folder is named after the day where that begins first, so
        there it always is. Each other exchange has its own clock: in India's evening New York trades."""
        begins = {one: datetime.combine(session, time(), ZoneInfo(one)) for one in self.known}
        first, at = min(begins.values()), self.known[zone]
        if begins[zone] == first or at is None:
            return begins[zone] == first
        # What was answered before that day began anywhere is no reason: such files are older than their folder.
        return at < first or self.days.close_at(zone, session) <= at


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
        calendar = _searched(exchange, end, days, timeframe)
        periods = _periods_of(exchange, market, holidays, calendar, timeframe)
        sessions = _last_sessions(periods, of_zone.height)
        last = _last_period(exchange, sessions, made, timeframe)
        behind = of_zone.filter(period_of("last_session", timeframe) < last)
        word = last.isoformat() if timeframe.days == 1 else timeframe.key_of(last)
        if behind.height:
            sentences[False].append(f"{behind.height} of {of_zone.height} stocks of {zone} have no bar of {word}")
            rows += [
                {"symbol": symbol, "exchange": exchange, "last bar": newest.isoformat(), "last session": word}
                for symbol, newest in behind.select("symbol", "last_session").rows()
            ]
        if copied := _repeated(market.filter(timezone=zone)):
            newest, copies = copied
            sentences[False].append(f"{copies} of {of_zone.height} stocks of {zone} repeat the bar before on {newest}")
            rows.append(
                {"symbol": f"{copies} stocks", "exchange": exchange, "last bar": str(newest), "last session": word}
            )
        elif behind.is_empty() and last < sessions[0][0]:
            sentences[True].append(f" That of {zone} is {word}: the next one was not over when the folder was made.")
        elif behind.is_empty() and not periods.filter(pl.col("period") > last, pl.col("declared").not_()).is_empty():
            sentences[True].append(f" That of {zone} is {word}, as far as known: no calendar has the days after it.")
    if not rows:
        return warning(rule, True, f"Every stock has a bar of its exchange's last session.{''.join(sentences[True])}")
    return warning(rule, False, f"{'; '.join(sentences[False])}.", rows)


def _repeated(market: pl.DataFrame) -> tuple[date, int] | None:
    """The newest session of an exchange and how many of its stocks have the bar before once more, where those are most:
    the vendor had none of that day."""
    newest, stocks, repeated = market.sort("session").select("session", "stocks", "repeated").row(-1)
    return (newest, repeated) if repeated > MOST * stocks and stocks > FEW else None


def _searched(zone: str, end: date, days: TradingDays, timeframe: Timeframe) -> pl.DataFrame:
    """The calendar of the days up to `end` in which an exchange must have had a session."""
    until = timeframe.start(timeframe.key_of(end))
    return _calendar(zone, end - timedelta(days=SEARCHED_BACK - 1), until, days, timeframe)


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
    sessions = counted.filter(_is_session(pl.lit(stocks), by_calendar.fill_null(False)))
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
