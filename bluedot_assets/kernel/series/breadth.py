"""The breadth of each exchange: how many of its stocks rose, made new highs or have a dot, for each session of a
partition. What one stock's bars say is in `bars`, what is anomalous about them in `checks`."""

from collections.abc import Iterable
from itertools import chain
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.tables import BARS, Column, Table

MEANS: Final = (50, 200)  # bars
RANGE: Final = 250  # bars: a year of daily ones
STRONG: Final = (80, 90)
ROUNDING: Final = 1e-9  # relative: a mean of equal closes is that close
DAY: Final = ("timezone", "session")


def _count(name: str, meaning: str) -> Column:
    return Column(name, "integer", meaning, "stocks", at_least=0)


BREADTH: Final = Table(
    "breadth",
    "one row per exchange (timezone) and session of the partition, exchanges by name, oldest session first; a weekly "
    "partition counts its weeks",
    (
        Column("timezone", "text", "The exchange's timezone, as in `stocks`.", "IANA name"),
        Column("session", "date", "Session date at the exchange, as in `bars`."),
        _count("stocks", "Stocks with a bar on this session; funds are among them."),
        _count("compared", "Of these, those that have an earlier bar in the partition."),
        _count("advances", "Of `compared`, those that closed above their own bar before, whenever that was."),
        _count("declines", "Of `compared`, those that closed below it; the others closed unchanged."),
        _count("dots", "Stocks with a blue dot on this bar."),
        _count("rated", "Stocks with a rating (`rlst`) on this bar."),
        *(_count(f"rlst_{least}", f"Of `rated`, those with a rating of {least} or more.") for least in STRONG),
        *(
            column
            for bars in MEANS
            for column in (
                _count(f"judged_{bars}", f"Stocks with at least {bars} bars in the partition up to this one."),
                _count(
                    f"above_{bars}",
                    f"Of `judged_{bars}`, those that closed above the mean of their last {bars} "
                    "closes, this one included, by more than rounding.",
                ),
            )
        ),
        _count(f"judged_{RANGE}", f"Stocks with at least {RANGE} bars in the partition up to this one."),
        _count(
            f"highs_{RANGE}", f"Of `judged_{RANGE}`, those whose high is above each of the {RANGE - 1} highs before."
        ),
        _count(f"lows_{RANGE}", f"Of `judged_{RANGE}`, those whose low is below each of the {RANGE - 1} lows before."),
        Column(
            "bc",
            "number",
            "Close of the exchange's benchmark index on this session, as most of its stocks give it.",
            "index points",
            True,
            above=0,
        ),
    ),
    DAY,
    (
        "compared <= stocks AND advances + declines <= compared",
        "dots <= stocks AND rated <= stocks AND rlst_80 <= rated AND rlst_90 <= rlst_80",
        "above_50 <= judged_50 AND above_200 <= judged_200",
        "highs_250 <= judged_250 AND lows_250 <= judged_250",
    ),
)
NEEDED: Final = ("symbol", "session", "high", "low", "close", "rlst", "bc", "blue_dot")  # of the bars
_COUNTS: Final = tuple(column.name for column in BREADTH.columns if column.type == "integer")


def breadth_of(parts: Iterable[pl.DataFrame], stocks: pl.DataFrame) -> pl.DataFrame:
    """The breadth (columns: BREADTH) of the bars table in parts that each have all bars of some stocks, oldest first;
    `stocks` has symbol and timezone. No more than a part is in memory."""
    zones = stocks.select("symbol", "timezone")
    zoned = (part.join(zones, on="symbol", maintain_order="left") for part in chain([BARS.empty()], parts))
    found = [(_counts(part), _benchmarks(part)) for part in zoned]
    counted = pl.concat(counts for counts, _ in found).group_by(DAY).agg(pl.col(_COUNTS).sum())
    benchmarks = pl.concat(given for _, given in found)
    days = counted.join(_most_given(benchmarks), on=DAY, how="left")
    return days.select(*BREADTH.polars_schema).sort(DAY)


def _counts(bars: pl.DataFrame) -> pl.DataFrame:
    """Of the stocks of one part, by exchange and session."""
    number = pl.int_range(pl.len()).over("symbol") + 1
    close, rlst = pl.col("close"), pl.col("rlst")
    # No bar is judged by another stock's, so these need no groups; means do, whose rounding would come from there.
    before, highest = close.shift(), pl.col("high").shift().rolling_max(RANGE - 1)
    lowest = pl.col("low").shift().rolling_min(RANGE - 1)
    judged = {bars: pl.col("number") >= bars for bars in (*MEANS, RANGE)}
    found = {
        "stocks": pl.col("number") > 0,
        "compared": pl.col("number") > 1,
        "advances": (pl.col("number") > 1) & (close > pl.col("before")),
        "declines": (pl.col("number") > 1) & (close < pl.col("before")),
        "dots": pl.col("blue_dot"),
        "rated": rlst.is_not_null(),
        **{f"rlst_{least}": rlst >= least for least in STRONG},
        **{f"judged_{bars}": one for bars, one in judged.items()},
        **{f"above_{bars}": judged[bars] & (close > pl.col(f"mean_{bars}") * (1 + ROUNDING)) for bars in MEANS},
        f"highs_{RANGE}": judged[RANGE] & (pl.col("high") > pl.col("highest")),
        f"lows_{RANGE}": judged[RANGE] & (pl.col("low") < pl.col("lowest")),
    }
    means = {f"mean_{bars}": close.rolling_mean(bars).over("symbol") for bars in MEANS}
    measured = bars.with_columns(number=number, before=before, highest=highest, lowest=lowest, **means)
    return measured.group_by(DAY).agg(one.sum().cast(pl.Int64).alias(name) for name, one in found.items())


def _benchmarks(bars: pl.DataFrame) -> pl.DataFrame:
    """How many stocks give each benchmark close."""
    return bars.filter(pl.col("bc").is_not_null()).group_by(*DAY, "bc").agg(given=pl.len())


def _most_given(benchmarks: pl.DataFrame) -> pl.DataFrame:
    """The close that most stocks give; of several the lowest."""
    given = benchmarks.group_by(*DAY, "bc").agg(pl.col("given").sum())
    return (
        given.sort("given", "bc", descending=[True, False]).unique(DAY, keep="first", maintain_order=True).drop("given")
    )
