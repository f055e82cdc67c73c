"""Weekly bars made of daily ones: which weeks of a stock a daily table has whole, what their bars are, and a shard that
has them in place of the vendor's. Whether the vendor's agree with them is in `checks/agreement/weekly_bars`."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.dots import period_of
from bluedot_assets.kernel.bars.normalize import Shard
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import WEEKLY

MOST: Final = 0.5  # of an exchange's stocks
FRIDAY: Final = pl.duration(days=4)  # after the week's Monday; the vendor dates its weekly bars so
WEEKS: Final = {
    "symbol": pl.String(),
    "week": pl.Date(),
    **{name: BARS.polars_schema[name] for name in ("open", "high", "low", "close", "volume", "rlst", "bc")},
    "same_volume": pl.Boolean(),
    "same_rlst": pl.Boolean(),
}
NO_WEEKS: Final = pl.DataFrame(schema=WEEKS)
_MONDAY: Final = period_of("session", WEEKLY)


def sessions_of_weeks(has: pl.DataFrame, stocks: pl.DataFrame, days: TradingDays) -> pl.DataFrame:
    """The sessions of each exchange in the weeks of a daily table (timezone, session, week; this a Monday): those that
    its calendar knows, and days on which most of the stocks that span them have a bar. Before the table's first day
    and after its last a weekday is one unless it is known to be none: such a week is not whole. `has` is of
    `stocks_by_session`."""
    spans = stocks.group_by("timezone", "first_session", "last_session").len("spanning").join(has, on="timezone")
    spans = spans.filter(pl.col("session").is_between("first_session", "last_session"))
    counted = spans.group_by("timezone", "session").agg(pl.col("stocks").first(), pl.col("spanning").sum())
    found = [counted.filter(pl.col("stocks") > MOST * pl.col("spanning")).select("timezone", "session")]
    for (zone,), of_zone in has.group_by("timezone"):
        first, last = of_zone["session"].min(), of_zone["session"].max()
        assert isinstance(first, date) and isinstance(last, date)  # noqa: S101  a group is never empty
        calendar, monday = days.calendar_or_weekdays(str(zone)), first - timedelta(days=first.weekday())
        sessions = calendar.between(monday, last + timedelta(days=6 - last.weekday()))
        known = [day for day in sessions if calendar.knows(day) or not first <= day <= last]
        found.append(pl.DataFrame({"timezone": [str(zone)] * len(known), "session": known}, found[0].schema))
    return pl.concat(found).unique().with_columns(week=_MONDAY)


def weeks_of(daily: pl.DataFrame, stocks: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """A bar for each stock and week of which the daily bars have every session (columns: WEEKS). Volume is the sum of
    what is known, rlst the last known, `same_volume` and `same_rlst` say whether every volume, and the last session's
    rlst, are; bc is the last session's, for an older one is another day's. `stocks` gives each symbol's timezone,
    `sessions` is of `sessions_of_weeks`."""
    expected = sessions.group_by("timezone", "week").agg(sessions=pl.len())
    return (
        daily.join(stocks.select("symbol", "timezone"), on="symbol")
        .with_columns(week=_MONDAY)
        .join(sessions.with_columns(counts=pl.lit(True)), on=["timezone", "week", "session"], how="left")
        .sort("symbol", "session")
        .group_by("symbol", "timezone", "week", maintain_order=True)
        .agg(
            pl.col("open").first(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("close").last(),
            pl.when(pl.col("volume").is_not_null().any()).then(pl.col("volume").sum()),
            pl.col("rlst").drop_nulls().last(),
            pl.col("bc").last(),
            same_volume=pl.col("volume").is_not_null().all(),
            same_rlst=pl.col("rlst").last().is_not_null(),
            has=pl.col("counts").sum(),
        )
        .join(expected, on=["timezone", "week"])
        .filter(pl.col("has") == pl.col("sessions"))
        .select(list(WEEKS))
        .sort("symbol", "week")
    )


def with_daily_weeks(shard: Shard, weeks: pl.DataFrame) -> Shard:
    """The shard with bars of `weeks_of` wherever they lie between a stock's first and last bar, those that the vendor
    left out too. Their date is the vendor's, else the week's Friday. A volume, rlst or bc that the daily bars do not
    have is the vendor's, where it gave one."""
    place = ["symbol", "week"]
    order = shard.stocks.select("symbol").with_row_index("order")
    of_vendor = shard.bars.with_columns(week=_MONDAY)
    window = of_vendor.group_by("symbol").agg(first=pl.col("week").min(), last=pl.col("week").max())
    dotted = shard.dots.select("symbol", week=period_of("date", WEEKLY)).unique()
    inside = weeks.join(window, on="symbol").filter(pl.col("week").is_between("first", "last"))
    made = (
        inside.join(of_vendor.select(*place, "session", "volume", "rlst", "bc"), on=place, how="left", suffix="_given")
        .join(dotted.with_columns(blue_dot=pl.lit(True)), on=place, how="left")
        .with_columns(
            pl.col("session").fill_null(pl.col("week") + FRIDAY),
            pl.when("same_volume").then("volume").otherwise(pl.coalesce("volume_given", "volume")).alias("volume"),
            pl.when("same_rlst").then("rlst").otherwise(pl.coalesce("rlst_given", "rlst")).alias("rlst"),
            pl.coalesce("bc", "bc_given"),
            pl.col("blue_dot").fill_null(False),
        )
    )
    columns = list(BARS.polars_schema)
    bars = pl.concat([of_vendor.join(made, on=place, how="anti").select(columns), made.select(columns)])
    counts = bars.group_by("symbol").agg(bars=pl.len().cast(pl.Int64))
    off_bar = shard.off_bar.with_columns(week=period_of("date", WEEKLY))
    return replace(
        shard,
        bars=bars.join(order, on="symbol").sort("order", "session").select(columns),
        stocks=shard.stocks.update(counts, on="symbol"),
        off_bar=off_bar.join(made, on=place, how="anti", maintain_order="left").drop("week"),
        from_daily=made.height,
    )
