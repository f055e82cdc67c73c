"""What the checks of a partition need of its bars once those are written: gathered shard by shard, a few rows for each
stock and for each day, so that memory stays bounded by the shard. What follows from them is in the other modules."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

import polars as pl

from bluedot_assets.kernel.bars.daily_weeks import NO_WEEKS
from bluedot_assets.kernel.bars.normalize import NormalizeRules, Shard, normalize
from bluedot_assets.kernel.calendar.sessions import EVERY_WEEKDAY, TradingDays
from bluedot_assets.kernel.calendar.timeframes import DAILY, Timeframe
from bluedot_assets.kernel.checks.agreement.benchmark import benchmarks_of
from bluedot_assets.kernel.checks.agreement.peripheral import stated_against_bars
from bluedot_assets.kernel.checks.agreement.weekly_bars import compared_weeks, week_differences
from bluedot_assets.kernel.checks.dates.current_stocks import endings_of, holidays_of
from bluedot_assets.kernel.checks.dates.missing_sessions import gaps_of
from bluedot_assets.kernel.checks.price_jumps import jumps_of
from bluedot_assets.kernel.checks.rewritten_history import rewritten_bars
from bluedot_assets.kernel.checks.same_bars import bar_contents
from bluedot_assets.kernel.checks.session_counts import COUNTED, days_of


@dataclass(frozen=True)
class ShardFacts:
    """Frames with the columns that the function of each names; `rewritten` has none without a partition before."""

    answers: pl.DataFrame
    days: pl.DataFrame
    benchmarks: pl.DataFrame
    contents: pl.DataFrame
    endings: pl.DataFrame
    gaps: pl.DataFrame
    holidays: pl.DataFrame
    jumps: pl.DataFrame
    given: pl.DataFrame
    forms: pl.DataFrame
    rewritten: pl.DataFrame
    stated: pl.DataFrame
    weeks: pl.DataFrame
    differing_weeks: pl.DataFrame


def shard_facts(
    shard: Shard,
    before: pl.DataFrame | None,
    days: TradingDays,
    timeframe: Timeframe,
    *,
    whole: bool = True,
    vendors: pl.DataFrame | None = None,
    weeks: pl.DataFrame | None = None,
) -> ShardFacts:
    """The facts of one shard. `before` are bars of the partition before (`COMPARED`), None without one; `vendors` the
    bars of the files themselves, where the shard has others; `weeks` those of the daily table, None without one."""
    bars, stocks = shard.bars, shard.stocks
    vendors = bars if vendors is None else vendors
    weeks = NO_WEEKS if weeks is None else weeks
    known = before.group_by("symbol").agg(last_session=pl.col("session").max()) if before is not None else None
    return ShardFacts(
        answers=shard.answers,
        days=days_of(bars, stocks),
        benchmarks=benchmarks_of(bars, stocks),
        contents=bar_contents(bars),
        endings=endings_of(stocks, shard.unkept),
        gaps=gaps_of(bars, stocks, shard.unkept, days, timeframe),
        holidays=holidays_of(stocks, shard.unkept, timeframe),
        jumps=jumps_of(bars, known),
        given=shard.given,
        forms=shard.forms,
        rewritten=pl.DataFrame() if before is None else rewritten_bars(bars, before, whole=whole),
        stated=stated_against_bars(shard.stated, vendors, stocks, shard.unkept, timeframe),
        weeks=compared_weeks(vendors, weeks),
        differing_weeks=week_differences(vendors, weeks),
    )


def merge_facts(parts: Sequence[ShardFacts]) -> ShardFacts:
    """The facts of all shards as one; of none, frames without rows."""
    parts = parts or [shard_facts(normalize([], NormalizeRules(DAILY, date.min, ())), None, EVERY_WEEKDAY, DAILY)]
    gathered = {one.name: pl.concat([getattr(part, one.name) for part in parts]) for one in fields(ShardFacts)}
    days = gathered["days"].group_by("timezone", "session").agg(pl.col(COUNTED).sum())
    benchmarks = gathered["benchmarks"].group_by("timezone", "session", "bc", maintain_order=True)
    gathered |= {
        "days": days.sort("session"),
        "benchmarks": benchmarks.agg(pl.col("stocks").sum(), pl.col("some").first()),
        "given": gathered["given"].group_by("timezone", "field").agg(pl.col("stocks", "lacking").sum()),
        "holidays": gathered["holidays"].group_by("timezone", "period").agg(pl.col("stocks").sum()),
    }
    return ShardFacts(**gathered)
