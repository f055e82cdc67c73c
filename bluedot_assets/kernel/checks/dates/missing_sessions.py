"""Sessions of the exchange that a stock passes over. What is a session is decided by `is_session`: by the bars of most
stocks before any calendar. Weekly bars count by week. Stocks that end before the last session are in `current_stocks`,
those that are absent altogether in `continuity`."""

from datetime import date, timedelta
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.dots import HOLIDAY, LOST_AS, SUSPENDED, period_of
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.verdict import Numbers, Rule, Verdict, rows_of

RULE: Final = Rule("sessions_complete", "No stock passes over recent sessions of its exchange, or many.")
MOST: Final = 0.5  # of an exchange's stocks
RECENT: Final = 5  # sessions in which a single gap is reported
FEW_GAPS: Final = 0.02  # of a stock's bars; older gaps up to that share are counted and not listed
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
        expected.append(calendar_periods(str(zone), first, last, days, timeframe).select("timezone", "period"))
    why = unkept.select("symbol", period=period_of("session", timeframe), why="fate")
    return (
        window.join(pl.concat(expected).unique(), on="timezone")
        .filter(pl.col("period").is_between("first", "last"))
        .join(bars.select("symbol", period=period_of("session", timeframe)), on=["symbol", "period"], how="anti")
        .join(why.unique(["symbol", "period"], keep="first"), on=["symbol", "period"], how="left")
        .with_columns(pl.col("why").replace(LOST_AS).fill_null("no row"))
        .select("symbol", "timezone", "period", "why")
    )


def calendar_periods(zone: str, first: date, last: date, days: TradingDays, timeframe: Timeframe) -> pl.DataFrame:
    """The periods from `first` to `last` in which an exchange trades by its calendar, and whether that is known and no
    guess (timezone, period, declared)."""
    calendar = days.calendar_or_weekdays(zone)
    sessions = calendar.expected(first, last + timedelta(days=timeframe.days - 1))
    frame = pl.DataFrame({"session": sessions, "declared": [calendar.knows(day) for day in sessions]}, _CALENDAR)
    by_period = frame.group_by(period=period_of("session", timeframe)).agg(pl.col("declared").any())
    return by_period.select(pl.lit(zone).alias("timezone"), "period", "declared")


def is_session(of: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
    """Whether an exchange traded: the bars of most of its stocks (`has` of `of`) decide, then their Holiday rows
    (`closed`), and only then what the calendar says or what is guessed without one (`otherwise`)."""
    by_rows = pl.when(pl.col("closed") >= MOST * of).then(pl.lit(False)).otherwise(otherwise)
    return pl.when(pl.col("has") > MOST * of).then(pl.lit(True)).otherwise(by_rows)


def sessions_verdict(gaps: pl.DataFrame, market: pl.DataFrame, days: TradingDays, timeframe: Timeframe) -> Verdict:
    """A warning where an exchange's stocks pass over a session together, and where a stock has no recent bar or many
    gaps; a single stock's days without trade are counted and no gap. `market` has the bars of each exchange and
    session (`session_counts`)."""
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
    behind = gaps.join(together, on=["timezone", "period"], how="semi")["symbol"]
    numbers = Numbers(pl.concat([behind, reported["symbol"]]).n_unique())
    older = stocks.join(reported, on="symbol", how="anti")
    beside = [f"{older['bars'].sum()} older bars of {older.height} stocks are missing"] if older.height else []
    if special := missing.height - together.height:
        beside.append(f"{special} special session{'s' if special > 1 else ''} of long ago missing for whole exchanges")
    if not rows:
        beside += [f"{suspended} days without trade are no gap"] if suspended else []
        nothing = "No stock lacks recent or many bars" if beside else "No bar is missing"
        return RULE.passes(f"{'; '.join([nothing, *beside])}.", numbers)
    found = []
    if together.height:
        zone, first = together.select("timezone", "period").row(-1)
        found.append(f"{together.height} sessions are missing for whole exchanges, the newest {first} of {zone}")
    if reported.height:
        first = listed.row(0, named=True)
        named = f"{first['symbol']} ({first['bars']} bars, the newest {first['newest']}: {first['why']})"
        found.append(f"{reported.height} stocks lack recent or many bars, first {named}")
    return RULE.warns(f"{'; '.join([*found, *beside])}.", rows, numbers)


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
    calendars = [calendar_periods(zone, first, last, days, timeframe) for zone, first, last in spans]
    declared = pl.concat([pl.DataFrame(schema=_PERIODS), *calendars])
    counted = counted.join(declared, on=["timezone", "period"], how="left")
    traded = is_session(pl.col("missing") + pl.col("has"), pl.col("declared").fill_null(False))
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
