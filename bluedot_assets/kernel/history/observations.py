"""A partition's tables as answers of the vendor: what each stock's file said, over which days, and when it was known.
What earlier answers said is in `merge`."""

from collections.abc import Mapping
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
        return Observed(answers, self.bars.filter(pl.col("symbol").is_in(mine)), self.dots.filter(pl.col("symbol").is_in(mine)))


def observed(
    tables: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
    partition: str,
    end: date,
    modified: Mapping[str, datetime],
    now: datetime,
) -> Observed:
    """The answers of a partition, which ends with the day `end`. `tables` are its bars, dots and stocks, `modified` is
    when each file was last written, by its name. What has no knowledge time that can be (history.md: from a day before
    the end of the partition until now) has that of its writing, else the end of the partition."""
    bars, dots, stocks = tables
    last = datetime.combine(end, time(), UTC) + _DAY
    written = pl.col("file").replace_strict(modified, default=None, return_dtype=pl.Datetime("us", "UTC"))

    def possible(moment: pl.Expr) -> pl.Expr:
        return pl.when(moment.is_between(last - 2 * _DAY, now)).then(moment)

    answers = (
        stocks.with_columns(written=written)
        .with_columns(
            known=pl.coalesce(possible(pl.col("known")), possible(pl.col("written")), pl.lit(last)),
            modified=pl.coalesce("written", pl.lit(last)),
            partition=pl.lit(partition),
            pattern_known=pl.col("base_pattern"),
        )
        .join(_newest_rating(bars), on="symbol", how="left")
        .join(dots.group_by("symbol").agg(first_dot=pl.col("date").min(), last_dot=pl.col("date").max()), "symbol", "left")
        .select(list(SEEN.polars_schema))
        .sort("symbol")
    )
    return Observed(answers, bars, dots)


def _newest_rating(bars: pl.DataFrame) -> pl.DataFrame:
    newest = pl.col("session") == pl.col("session").max().over("symbol")
    return bars.filter(newest).select("symbol", rlst_known="rlst")
