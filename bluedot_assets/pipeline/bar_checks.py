"""The anomalies of a partition: verdicts over the facts of its shards and the partitions before it. All are warnings,
for each of them can be the truth. Each rule is in `kernel/checks`; those that block are in `stages/bars`."""

from typing import Final

import polars as pl

from bluedot_assets.kernel.bars.unforeseen import FAULTS
from bluedot_assets.kernel.calendar.timeframes import WEEKLY
from bluedot_assets.kernel.checks import continuity, price_jumps, rewritten_history, same_bars, session_counts
from bluedot_assets.kernel.checks.agreement import benchmark, dot_lists, peripheral, weekly_bars
from bluedot_assets.kernel.checks.dates import current_stocks, missing_sessions
from bluedot_assets.kernel.checks.files import given_fields, left_out
from bluedot_assets.kernel.checks.shard_facts import ShardFacts
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.series.indicators import columns_published
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stored.daily_table import DailyTable
from bluedot_assets.pipeline.stored.earlier_partitions import EarlierPartitions, names_of, not_compared

CHECKS: Final = (
    *(continuity.RULE, current_stocks.RULE, missing_sessions.RULE),
    *(rewritten_history.BARS_RULE, rewritten_history.DOTS_RULE, price_jumps.RULE, session_counts.RATINGS_RULE),
    *(given_fields.FIELDS_RULE, left_out.FORMS_RULE, left_out.FUTURE_RULE, left_out.DUPLICATE_RULE),
    *(left_out.ENOUGH_RULE, benchmark.RULE, session_counts.DOTS_RULE, same_bars.RULE, peripheral.RULE),
)
CHECKS_OF_WEEKS: Final = (weekly_bars.RULE, dot_lists.RULE)


def anomaly_verdicts(
    work: Work,
    facts: ShardFacts,
    stocks: pl.DataFrame,
    dots: pl.DataFrame,
    before: EarlierPartitions,
    daily: DailyTable,
    from_daily: int,
) -> list[Verdict]:
    """One verdict for each of CHECKS, in a weekly partition also for each of CHECKS_OF_WEEKS."""
    days, frame = work.platform.trading_days, work.timeframe
    published = columns_published(work.platform.settings.indicators)
    as_before, *past = _against_before(work, facts, stocks, dots, before)
    return [
        as_before,
        current_stocks.current_verdict(
            stocks, facts.days, facts.holidays, facts.endings, days, frame, frame.end(work.key)
        ),
        missing_sessions.sessions_verdict(facts.gaps, facts.days, days, frame),
        *past,
        price_jumps.jumps_verdict(facts.jumps),
        session_counts.rlst_verdict(facts.days, published="rlst" in published),
        given_fields.fields_given_verdict(facts.given, facts.days, stocks, before.stocks, published),
        left_out.forms_verdict(facts.forms),
        left_out.future_bars_verdict(stocks),
        left_out.duplicate_bars_verdict(stocks),
        left_out.bars_enough_verdict(stocks, work.platform.settings.min_bars),
        benchmark.benchmark_verdict(facts.benchmarks),
        session_counts.dots_share_verdict(facts.days),
        same_bars.same_bars_verdict(facts.contents),
        peripheral.peripheral_verdict(facts.stated),
        *(_against_daily(work, facts, stocks, dots, daily, from_daily) if frame is WEEKLY else ()),
    ]


def _against_daily(
    work: Work,
    facts: ShardFacts,
    stocks: pl.DataFrame,
    dots: pl.DataFrame,
    daily: DailyTable,
    from_daily: int,
) -> list[Verdict]:
    wanted = work.platform.settings.weekly_from == "daily"
    if daily.made is None:
        first = work.timeframe.start(work.key)
        absent = weekly_bars.no_daily_verdict(daily.problem, wanted=wanted, first=first)
        return [absent, dot_lists.RULE.passes("There are no dots of a daily partition to compare with.")]
    key = daily.made.partition
    lists = dot_lists.dot_lists(dots, daily.dots, stocks, daily.stocks)
    replaced = from_daily if wanted else None
    return [
        weekly_bars.weekly_verdict(key, facts.weeks, facts.differing_weeks, replaced),
        dot_lists.dots_agree_verdict(key, lists),
    ]


def _against_before(
    work: Work, facts: ShardFacts, stocks: pl.DataFrame, dots: pl.DataFrame, before: EarlierPartitions
) -> list[Verdict]:
    """Of stocks, bars and dots; a stock that has another name now is compared with itself."""
    if before.key is None:
        return _uncompared(before.problem)
    try:
        return _compared(before.key, work, facts, stocks, dots, before)
    except FAULTS as error:
        return _uncompared(not_compared(error).problem)


def _uncompared(problem: str | None) -> list[Verdict]:
    rules = (continuity.RULE, rewritten_history.BARS_RULE, rewritten_history.DOTS_RULE)
    return [continuity.uncompared_verdict(rule, problem) for rule in rules]


def _compared(
    key: str, work: Work, facts: ShardFacts, stocks: pl.DataFrame, dots: pl.DataFrame, before: EarlierPartitions
) -> list[Verdict]:
    names = names_of(stocks, work, before.shared)
    renamed = continuity.continued(
        continuity.renamed_stocks(names, [symbols for _, symbols in before.history]), before.history[0][1]
    )
    known, shown = (frame.with_columns(pl.col("symbol").replace(renamed)) for frame in (before.stocks, before.dots))
    changed = rewritten_history.changed_dots(dots, shown, known, stocks, whole=before.whole)
    return [
        continuity.continuity_verdict(names, before.history),
        rewritten_history.bars_as_before_verdict(key, facts.rewritten, whole=before.whole),
        rewritten_history.dots_as_before_verdict(key, changed, whole=before.whole),
    ]
