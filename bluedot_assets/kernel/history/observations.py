"""A partition's tables as answers of the vendor: what each stock's file gives, over which days, and when it was known.
What earlier answers gave is in `merge`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from bluedot_assets.kernel.history.tables import SEEN

_DAY = timedelta(days=1)
_MODIFIED: Final = {"file": pl.String(), "modified": pl.Datetime("us", "UTC")}


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


def answers_of(
    stocks: pl.DataFrame, partition: str, end: date, modified: Mapping[str, datetime], stored: datetime
) -> pl.DataFrame:
    """The answers of a partition, which ends with the day `end`, from its table of stocks and when each file was last
    written, by its name: the columns of SEEN but those of bars and dots. What has no knowledge time that can be (none
    before the stock's newest session) has that of its writing, where the partition was not `stored` before that, else
    the end of the partition."""
    last = pl.lit(datetime.combine(end, time(), UTC) + _DAY)
    earliest = pl.col("last_session").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") - _DAY
    files = pl.DataFrame({"file": [*modified], "modified": [*modified.values()]}, _MODIFIED)
    files = files.filter(pl.col("modified") <= pl.lit(stored))  # a clock that was wrong says nothing

    def possible(moment: str) -> pl.Expr:
        return pl.when(pl.col(moment) >= earliest).then(moment)

    return stocks.join(files, on="file", how="left", maintain_order="left").select(
        "symbol",
        known=pl.coalesce(possible("known"), possible("modified"), last),
        partition=pl.lit(partition),
        modified=pl.coalesce("modified", last),
        stated="symbol",
        **{name: pl.col(name) for name in ("md5", "timezone", "bars", "first_session", "last_session")},
        pattern_known=pl.col("base_pattern"),
        **{name: pl.col(name) for name in ("name", "is_etf", "is_asm", "is_gsm")},
    )


def answers_of_files(seen: pl.DataFrame, stocks: pl.DataFrame, partition: str) -> pl.DataFrame:
    """Those of the answers that are of the partition's files, as these are (of each one, if there are several)."""
    files = stocks.select("symbol", "md5", partition=pl.lit(partition))
    return seen.join(files, on=["symbol", "md5", "partition"], how="semi").unique(
        "symbol", keep="last", maintain_order=True
    )


def observed(answers: pl.DataFrame, bars: pl.DataFrame, dots: pl.DataFrame) -> Observed:
    """The answers with what their bars and dots add."""
    reach = dots.group_by("symbol").agg(first_dot=pl.col("date").min(), last_dot=pl.col("date").max())
    whole = answers.join(_newest_rating(bars), on="symbol", how="left").join(reach, on="symbol", how="left")
    return Observed(whole.select(list(SEEN.polars_schema)).sort("symbol"), bars, dots)


def _newest_rating(bars: pl.DataFrame) -> pl.DataFrame:
    newest = pl.col("session") == pl.col("session").max().over("symbol")
    return bars.filter(newest).select("symbol", rlst_known="rlst")
