"""What becomes of each bar of a file (its fate), decided for all bars of a shard at once, as columns: which bars hold,
which values of them do, and what was off by noise alone. Which files hold is decided in `normalize`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.dots import dates, place_of
from bluedot_assets.kernel.bars.tables import EARLIEST_SESSION
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.vendor_fields import Bar

FLOAT_NOISE: Final = 1e-6  # relative; a high so far below the close is its rounding and no other price
FATES: Final = (
    *("kept", "holiday", "undated", "unfinished", "suspended", "impossible", "future", "repeated", "conflicting"),
)
_VALUES: Final = ("open", "high", "low", "close", "volume", "rlst", "bc")


@dataclass(frozen=True)
class FateRules:
    """What bars are judged by: the timeframe, the partition's last day, and whether unfinished bars are kept."""

    timeframe: Timeframe
    last_day: date
    publish_unfinished: bool


@dataclass(frozen=True)
class DatedBars:
    """The bars of one file with their sessions, and the last day whose bars were over when it was answered; None where
    that is not known."""

    bars: Sequence[Bar]
    sessions: Sequence[date | None]
    over_until: date | None


def judge_bars(files: Sequence[DatedBars], rules: FateRules) -> pl.DataFrame:
    """Every bar of every file in the file's order, with its `fate`: kept, holiday, undated, unfinished, suspended (a
    day without trade), impossible, future, or one of two on a date (`repeated` when identical, `conflicting` when not);
    values out of range already null, counted in `nulled`. Columns: stock (number in `files`), session, unfinished,
    open .. bc, fate, nulled, clamped, place (`place_of`)."""
    records = [bar for one in files for bar in one.bars]
    numbers = [number for number, one in enumerate(files) for _ in one.sessions]
    frame = pl.DataFrame(
        {
            "stock": pl.Series(numbers, dtype=pl.Int64),
            "session": dates([day for one in files for day in one.sessions]),
            "holiday": pl.Series([bar.pdt == "Holiday" for bar in records], dtype=pl.Boolean),
            # One column after the other: a tuple for each bar takes five times as long.
            "open": pl.Series([bar.open for bar in records], dtype=pl.Float64),
            "high": pl.Series([bar.high for bar in records], dtype=pl.Float64),
            "low": pl.Series([bar.low for bar in records], dtype=pl.Float64),
            "close": pl.Series([bar.close for bar in records], dtype=pl.Float64),
            "volume": pl.Series([bar.volume for bar in records], dtype=pl.Float64),
            "rlst": pl.Series([bar.rlst for bar in records], dtype=pl.Float64),
            "bc": pl.Series([bar.bc for bar in records], dtype=pl.Float64),
        }
    )
    until = pl.Series([one.over_until for one in files], dtype=pl.Date).gather(frame["stock"])
    frame = frame.with_columns(unfinished=(pl.col("session") > until).fill_null(False))
    return _without_repeats(_with_values(frame, rules), rules.timeframe)


def _with_values(frame: pl.DataFrame, rules: FateRules) -> pl.DataFrame:
    prices = [pl.col("open"), pl.col("high"), pl.col("low"), pl.col("close")]
    top, bottom = pl.max_horizontal("open", "close"), pl.min_horizontal("open", "close")
    # TradingView takes no date before 1900; nor does it exist in a market's data.
    dated = (pl.col("session") >= EARLIEST_SESSION).fill_null(False)
    possible = pl.all_horizontal(
        dated,
        *[(price.is_finite() & (price > 0)).fill_null(False) for price in prices],
        (pl.col("high") >= top * (1 - FLOAT_NOISE)).fill_null(False),
        (pl.col("low") <= bottom * (1 + FLOAT_NOISE)).fill_null(False),
    )
    in_range = {
        "rlst": pl.col("rlst").is_between(0, 99),
        "bc": pl.col("bc").is_finite() & (pl.col("bc") > 0),
        # int64 ends at 2**63; floats next to it would overflow in the cast.
        "volume": pl.col("volume").is_between(0, 2.0**62),
    }
    return frame.with_columns(
        fate=pl.when("holiday")
        .then(pl.lit("holiday"))
        .when(pl.col("session").is_null())
        .then(pl.lit("undated"))
        .when(pl.col("unfinished") & (pl.col("session") <= rules.last_day) & (not rules.publish_unfinished))
        .then(pl.lit("unfinished"))
        .when(dated & _without_trade())
        .then(pl.lit("suspended"))
        .when(~possible)
        .then(pl.lit("impossible"))
        .when(pl.col("session") > rules.last_day)
        .then(pl.lit("future"))
        .otherwise(pl.lit("kept")),
        clamped=((pl.col("high") < top) | (pl.col("low") > bottom)).fill_null(False),
        nulled=pl.sum_horizontal(
            *[(pl.col(name).is_not_null() & ~good.fill_null(False)) for name, good in in_range.items()]
        ),
        high=pl.max_horizontal("high", top),
        low=pl.min_horizontal("low", bottom),
        **{name: pl.when(good).then(pl.col(name)) for name, good in in_range.items()},
        # -0.0 is within 0 to 99, and a minus sign breaks TradingView's rules for rows.
    ).with_columns(pl.col("volume").round().cast(pl.Int64), pl.col("rlst").abs())


def _without_trade() -> pl.Expr:
    """A day on which nobody traded: the vendor carries the close over, and gives nothing else."""
    nothing = [(pl.col(name).fill_null(0) == 0) for name in ("open", "high", "low", "volume")]
    return pl.all_horizontal(*nothing, (pl.col("close").is_finite() & (pl.col("close") > 0)).fill_null(False))


def _without_repeats(frame: pl.DataFrame, timeframe: Timeframe) -> pl.DataFrame:
    """Of two kept bars on a date, or in a week of weekly bars, the one that stands first in the file stays (the
    vendor writes newest first)."""
    frame = frame.with_columns(place=place_of("session", timeframe))
    kept = pl.col("fate") == "kept"
    if frame.select(pl.col("place").filter(kept).is_unique().all()).item():
        return frame
    rows = frame.with_row_index("row")
    again = rows.filter(kept).filter(~pl.col("place").is_first_distinct())
    firsts = rows.filter(kept).unique("place", keep="first")
    identical = again.join(firsts, on=["place", *_VALUES], how="semi", nulls_equal=True).select("row")
    return rows.with_columns(
        fate=pl.when(pl.col("row").is_in(identical["row"].implode()))
        .then(pl.lit("repeated"))
        .when(pl.col("row").is_in(again["row"].implode()))
        .then(pl.lit("conflicting"))
        .otherwise("fate")
    ).drop("row")
