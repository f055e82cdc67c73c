"""The newest bars of each stock, and its rating as of a bar: the last one that is known. The bars themselves, and the
CSVs made of them, keep what the vendor gave, null or not; whether the newest bars have as many ratings as usual is in
`checks/session_counts`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Final

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.dots import period_of
from bluedot_assets.kernel.bars.tables import BARS
from bluedot_assets.kernel.calendar.timeframes import Timeframe

BARS_AGO: Final = (5, 20)
RATINGS: Final = ("rlst", *(f"rlst_{count}" for count in BARS_AGO))
REACH: Final = {"daily": 3, "weekly": 1}  # sessions of the exchange that a rating is good for; of weekly bars weeks
NEWEST: Final = 1 + max(BARS_AGO) + max(REACH.values())  # bars of a stock that decide on its ratings


@dataclass(frozen=True)
class NewestBars:
    """What the bars table says of a stock as of its last bar: a few rows for each stock and for each session, so that
    who needs it never has the whole table in memory."""

    bars: pl.DataFrame  # symbol, session, close, rlst of the newest NEWEST of each stock, oldest first
    dotted: pl.DataFrame  # symbol, session of its newest bar with a dot, and how many of its bars came after
    days: pl.DataFrame  # stocks with a bar, by timezone and session


def newest_bars(parts: Iterable[pl.DataFrame], stocks: pl.DataFrame) -> NewestBars:
    """Of the bars table in parts that each have all bars of some stocks (symbol, session, close, rlst, blue_dot),
    oldest first; `stocks` has symbol and timezone."""
    gathered = [(_newest(part), _dotted(part), _days(part, stocks)) for part in chain([BARS.empty()], parts)]
    bars, dotted, days = zip(*gathered, strict=True)
    return NewestBars(pl.concat(bars), pl.concat(dotted), _summed(days))


def stocks_by_session(parts: Iterable[pl.DataFrame], stocks: pl.DataFrame) -> pl.DataFrame:
    """How many stocks have a bar, by timezone and session, of the bars table in such parts (symbol, session)."""
    return _summed(_days(part, stocks) for part in chain([BARS.empty()], parts))


def _newest(bars: pl.DataFrame) -> pl.DataFrame:
    return bars.select("symbol", "session", "close", "rlst").group_by("symbol", maintain_order=True).tail(NEWEST)


def _dotted(bars: pl.DataFrame) -> pl.DataFrame:
    dotted, places = pl.col("blue_dot"), pl.int_range(pl.len())
    newest = bars.group_by("symbol").agg(
        pl.col("session").filter(dotted).max(), after=pl.len() - 1 - places.filter(dotted).max()
    )
    return newest.drop_nulls()


def _days(bars: pl.DataFrame, stocks: pl.DataFrame) -> pl.DataFrame:
    zoned = bars.join(stocks.select("symbol", "timezone"), on="symbol")
    return zoned.group_by("timezone", "session").agg(stocks=pl.len().cast(pl.Int64))


def _summed(days: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(days).group_by("timezone", "session").agg(pl.col("stocks").sum())


class KnownRating(msgspec.Struct, frozen=True, array_like=True):
    """The rating of a stock as of its last bar, the session that it is of (None: that bar's), and those of as many bars
    ago as BARS_AGO has."""

    rlst: float | None
    rlst_date: date | None
    ago: list[float | None]

    @property
    def values(self) -> dict[str, Any]:
        """By the names of the columns."""
        return {**dict(zip(RATINGS, (self.rlst, *self.ago), strict=True)), "rlst_date": self.rlst_date}


def last_known_ratings(
    newest: NewestBars, stocks: pl.DataFrame, timeframe: Timeframe, daily: pl.DataFrame | None = None
) -> pl.DataFrame:
    """A row for each stock: its rating as of the last bar (rlst), the session that this is of where that is an earlier
    one (rlst_date), and the ratings of as many bars ago as BARS_AGO has. `stocks` has symbol and timezone. A week
    without a rating of its own has that of its last rated session in `daily` (of `daily_ratings`)."""
    bars = newest.bars.with_columns(rated_on="session", period=period_of("session", timeframe))
    rated = bars if daily is None else _of_weeks(bars, daily)
    place = pl.when(pl.col("rlst").is_not_null())
    known = (
        _with_places(rated, stocks, newest.days, timeframe)
        .with_columns(rated_on=place.then("rated_on"), rated_at=place.then("place"))
        .with_columns(pl.col("rlst", "rated_on", "rated_at").forward_fill().over("symbol"))
        .with_columns(good=pl.col("place") - pl.col("rated_at") <= REACH[timeframe.name])
        .with_columns(pl.when("good").then(pl.col("rlst", "rated_on")))
    )
    ago = {f"rlst_{count}": pl.col("rlst").get(-count - 1, null_on_oob=True) for count in BARS_AGO}
    earlier = pl.when(pl.col("rated_on") != pl.col("session")).then("rated_on").last()
    return known.group_by("symbol").agg(pl.col("rlst").last(), rlst_date=earlier, **ago)


def daily_ratings(daily: Iterable[pl.DataFrame], timeframe: Timeframe) -> pl.DataFrame:
    """The rating of each stock's last rated session in a week (rlst_daily, session_daily), of daily bars (symbol,
    session, rlst) in parts that each have all bars of some stocks."""
    of_week = pl.col("rlst", "session").sort_by("session").last().name.suffix("_daily")
    return pl.concat(
        part.filter(pl.col("rlst").is_not_null())
        .group_by("symbol", period=period_of("session", timeframe))
        .agg(of_week)
        for part in chain([BARS.empty()], daily)
    )


def _of_weeks(bars: pl.DataFrame, daily: pl.DataFrame) -> pl.DataFrame:
    """Weekly bars with the rating of the week, and the session that it is of."""
    own = pl.when(pl.col("rlst").is_not_null())
    return bars.join(daily, on=["symbol", "period"], how="left", maintain_order="left").with_columns(
        rlst=own.then("rlst").otherwise("rlst_daily"), rated_on=own.then("session").otherwise("session_daily")
    )


def _with_places(bars: pl.DataFrame, stocks: pl.DataFrame, days: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """The bars with their sessions' `place` among those of their exchange."""
    placed = bars.select("symbol", "session", "rlst", "rated_on", "period").join(
        stocks.select("symbol", "timezone"), on="symbol", maintain_order="left"
    )
    places = days.select("timezone", period=period_of("session", timeframe)).unique()
    places = places.with_columns(place=pl.col("period").rank("dense").over("timezone").cast(pl.Int64))
    return placed.join(places, on=["timezone", "period"], maintain_order="left")


def ratings_of_weeks(
    newest: NewestBars, stocks: pl.DataFrame, timeframe: Timeframe, daily: pl.DataFrame
) -> dict[str, KnownRating]:
    """By symbol, the ratings that daily bars (`daily_ratings`) know better than the weekly ones alone."""
    own, asked = (last_known_ratings(newest, stocks, timeframe, of) for of in (None, daily))
    better = asked.join(own, on=asked.columns, how="anti", nulls_equal=True).sort("symbol")
    return {
        row["symbol"]: KnownRating(row["rlst"], row["rlst_date"], [row[name] for name in RATINGS[1:]])
        for row in better.iter_rows(named=True)
    }
