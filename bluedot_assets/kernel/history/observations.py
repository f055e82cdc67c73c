"""A partition's tables as answers of the vendor: what each stock's file said, over which days, and when it was known.
What earlier answers said is in `merge`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from bluedot_assets.kernel.history.tables import SEEN

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Observed:
    """The answers of some stocks, one of each: `answers` as SEEN; `bars` has the columns of BARS, `dots` those of
    DOTS, of these stocks alone."""

    answers: pl.DataFrame
    bars: pl.DataFrame
    dots: pl.DataFrame

    def only(self, answers: pl.DataFrame) -> "Observed":
        """Those of the stocks in `answers`."""
        if answers.height == self.answers.height:
            return self
        mine = answers["symbol"].implode()
        return Observed(
            answers, self.bars.filter(pl.col("symbol").is_in(mine)), self.dots.filter(pl.col("symbol").is_in(mine))
        )


def answers_of(stocks: pl.DataFrame, partition: str, end: date) -> pl.DataFrame:
    """The answers of a partition, which ends with the day `end`, from its table of stocks: the columns of SEEN but
    those of bars and dots. What has no knowledge time that can be (none before the stock's newest session) has that
    of its writing, else the end of the partition."""
    last = pl.lit(datetime.combine(end, time(), UTC) + _DAY)
    earliest = pl.col("last_session").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") - _DAY

    def possible(moment: str) -> pl.Expr:
        return pl.when(pl.col(moment) >= earliest).then(moment)

    return stocks.select(
        "symbol",
        known=pl.coalesce(possible("known"), possible("modified"), last),
        partition=pl.lit(partition),
        modified=pl.coalesce("modified", last),
        **{name: pl.col(name) for name in ("md5", "first_session", "last_session")},
        pattern_known=pl.col("base_pattern"),
        **{name: pl.col(name) for name in ("name", "is_etf", "is_asm", "is_gsm")},
    )


def observed(answers: pl.DataFrame, bars: pl.DataFrame, dots: pl.DataFrame) -> Observed:
    """The answers with what their bars and dots add."""
    reach = dots.group_by("symbol").agg(first_dot=pl.col("date").min(), last_dot=pl.col("date").max())
    whole = answers.join(_newest_rating(bars), on="symbol", how="left").join(reach, on="symbol", how="left")
    return Observed(whole.select(list(SEEN.polars_schema)).sort("symbol"), bars, dots)


def _newest_rating(bars: pl.DataFrame) -> pl.DataFrame:
    newest = pl.col("session") == pl.col("session").max().over("symbol")
    return bars.filter(newest).select("symbol", rlst_known="rlst")
