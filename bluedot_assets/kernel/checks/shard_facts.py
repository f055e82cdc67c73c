"""What the checks of a partition need of its bars once those are written: gathered shard by shard, a few rows for each
stock and for each day, so that memory stays bounded by the shard. What follows from them is in the other modules."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import polars as pl

from bluedot_assets.kernel.bars.normalize import Shard
from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.checks.exchange_days import (
    BENCHMARKS,
    DAYS,
    benchmarks_of,
    days_of,
    gather_benchmarks,
    gather_days,
)
from bluedot_assets.kernel.checks.missing_sessions import GAPS, HOLIDAYS, gaps_of, holidays_of
from bluedot_assets.kernel.checks.price_jumps import JUMPS, jumps_of
from bluedot_assets.kernel.checks.rewritten_history import REWRITTEN, rewritten_bars
from bluedot_assets.kernel.checks.same_bars import CONTENTS, bar_contents


@dataclass(frozen=True)
class ShardFacts:
    """Frames with the columns that the module of each declares."""

    days: pl.DataFrame
    benchmarks: pl.DataFrame
    contents: pl.DataFrame
    gaps: pl.DataFrame
    holidays: pl.DataFrame
    jumps: pl.DataFrame
    rewritten: pl.DataFrame


_SCHEMAS = {
    "days": DAYS,
    "benchmarks": BENCHMARKS,
    "contents": CONTENTS,
    "gaps": GAPS,
    "holidays": HOLIDAYS,
    "jumps": JUMPS,
    "rewritten": REWRITTEN,
}


def shard_facts(
    shard: Shard, before: pl.DataFrame | None, days: TradingDays, timeframe: Timeframe, *, whole: bool = True
) -> ShardFacts:
    """The facts of one shard. `before` are bars of the partition before (`COMPARED`), None without one."""
    bars, stocks = shard.bars, shard.stocks
    known = before.group_by("symbol").agg(last_session=pl.col("session").max()) if before is not None else None
    return ShardFacts(
        days=days_of(bars, stocks),
        benchmarks=benchmarks_of(bars, stocks),
        contents=bar_contents(bars),
        gaps=gaps_of(bars, stocks, shard.unkept, days, timeframe),
        holidays=holidays_of(stocks, shard.unkept, timeframe),
        jumps=jumps_of(bars, known),
        rewritten=pl.DataFrame(schema=REWRITTEN) if before is None else rewritten_bars(bars, before, whole=whole),
    )


def merge_facts(parts: Sequence[ShardFacts]) -> ShardFacts:
    """The facts of all shards as one."""
    frames = {one.name: [getattr(part, one.name) for part in parts] for one in fields(ShardFacts)}
    together = {name: pl.concat([pl.DataFrame(schema=_SCHEMAS[name]), *of_all]) for name, of_all in frames.items()}
    holidays = together["holidays"].group_by("timezone", "period").agg(pl.col("stocks").sum())
    return ShardFacts(
        **{
            **together,
            "days": gather_days(frames["days"]),
            "benchmarks": gather_benchmarks(frames["benchmarks"]),
            "holidays": holidays,
        }
    )
