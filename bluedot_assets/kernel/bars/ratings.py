"""The rating of a stock as of a bar: the last one that is known. The bars themselves, and the CSVs made of them, keep
what the vendor gave, null or not; whether the newest bars have as many ratings as usual is in
`checks/session_counts`."""

from datetime import date
from typing import Any, Final

import msgspec
import polars as pl

from bluedot_assets.kernel.bars.dots import period_of
from bluedot_assets.kernel.calendar.timeframes import Timeframe

BARS_AGO: Final = (5, 20)
RATINGS: Final = ("rlst", *(f"rlst_{count}" for count in BARS_AGO))
REACH: Final = {"daily": 3, "weekly": 1}  # sessions of the exchange that a rating is good for; of weekly bars weeks


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
    bars: pl.DataFrame, stocks: pl.DataFrame, timeframe: Timeframe, daily: pl.DataFrame | None = None
) -> pl.DataFrame:
    """A row for each stock: its rating as of the last bar (rlst), the session that this is of where that is an earlier
    one (rlst_date), and the ratings of as many bars ago as BARS_AGO has. `bars` (symbol, session, rlst) are oldest
    first, `stocks` has symbol and timezone. `daily` are daily bars: a week without a rating of its own has that of its
    last rated session there."""
    rated = _of_weeks(bars, daily, timeframe) if daily is not None else bars.with_columns(rated_on="session")
    place = pl.when(pl.col("rlst").is_not_null())
    known = (
        _with_places(rated, stocks, timeframe)
        .with_columns(rated_on=place.then("rated_on"), rated_at=place.then("place"))
        .with_columns(pl.col("rlst", "rated_on", "rated_at").forward_fill().over("symbol"))
        .with_columns(good=pl.col("place") - pl.col("rated_at") <= REACH[timeframe.name])
        .with_columns(pl.when("good").then(pl.col("rlst", "rated_on")))
    )
    ago = {f"rlst_{count}": pl.col("rlst").get(-count - 1, null_on_oob=True) for count in BARS_AGO}
    earlier = pl.when(pl.col("rated_on") != pl.col("session")).then("rated_on").last()
    return known.group_by("symbol").agg(pl.col("rlst").last(), rlst_date=earlier, **ago)


def _of_weeks(bars: pl.DataFrame, daily: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """Weekly bars with the rating of the week, and the session that it is of."""
    of_week = (
        daily.filter(pl.col("rlst").is_not_null())
        .group_by("symbol", period=period_of("session", timeframe))
        .agg(pl.col("rlst", "session").sort_by("session").last().name.suffix("_daily"))
    )
    own = pl.when(pl.col("rlst").is_not_null())
    return (
        bars.with_columns(period=period_of("session", timeframe))
        .join(of_week, on=["symbol", "period"], how="left", maintain_order="left")
        .with_columns(
            rlst=own.then("rlst").otherwise("rlst_daily"), rated_on=own.then("session").otherwise("session_daily")
        )
    )


def _with_places(bars: pl.DataFrame, stocks: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """The bars with their sessions' `place` among those of their exchange."""
    placed = bars.select("symbol", "session", "rlst", "rated_on", period=period_of("session", timeframe)).join(
        stocks.select("symbol", "timezone"), on="symbol", maintain_order="left"
    )
    places = placed.select("timezone", "period").unique()
    places = places.with_columns(place=pl.col("period").rank("dense").over("timezone").cast(pl.Int64))
    return placed.join(places, on=["timezone", "period"], maintain_order="left")


def ratings_of_weeks(
    bars: pl.DataFrame, stocks: pl.DataFrame, timeframe: Timeframe, daily: pl.DataFrame
) -> dict[str, KnownRating]:
    """By symbol, the ratings that `daily` bars know better than the weekly ones alone."""
    own, asked = (last_known_ratings(bars, stocks, timeframe, of) for of in (None, daily))
    better = asked.join(own, on=asked.columns, how="anti", nulls_equal=True).sort("symbol")
    return {
        row["symbol"]: KnownRating(row["rlst"], row["rlst_date"], [row[name] for name in RATINGS[1:]])
        for row in better.iter_rows(named=True)
    }
