"""The anomalies of a partition: verdicts over the facts of its shards and the partitions before it. All are warnings,
for each of them can be the truth. Each rule is in `kernel/checks`; those that block are in `stages/bars`."""

import polars as pl

from bluedot_assets.kernel.calendar.timeframes import WEEKLY
from bluedot_assets.kernel.checks.agreement import dot_lists, weekly_bars
from bluedot_assets.kernel.checks.agreement.benchmark import benchmark_verdict
from bluedot_assets.kernel.checks.agreement.peripheral import peripheral_verdict
from bluedot_assets.kernel.checks.continuity import (
    continued,
    continuity_verdict,
    renamed_stocks,
    uncompared_verdict,
)
from bluedot_assets.kernel.checks.dates.missing_sessions import current_verdict, sessions_verdict
from bluedot_assets.kernel.checks.files.given_fields import fields_given_verdict
from bluedot_assets.kernel.checks.files.left_out import (
    bars_enough_verdict,
    duplicate_bars_verdict,
    forms_verdict,
    future_bars_verdict,
)
from bluedot_assets.kernel.checks.price_jumps import jumps_verdict
from bluedot_assets.kernel.checks.rewritten_history import bars_as_before_verdict, changed_dots, dots_as_before_verdict
from bluedot_assets.kernel.checks.same_bars import same_bars_verdict
from bluedot_assets.kernel.checks.session_counts import dots_share_verdict, rlst_verdict
from bluedot_assets.kernel.checks.shard_facts import ShardFacts
from bluedot_assets.kernel.checks.verdict import Verdict, warning
from bluedot_assets.pipeline.daily_table import DailyTable
from bluedot_assets.pipeline.earlier_partitions import EarlierPartitions, names_of
from bluedot_assets.pipeline.stage import Work

CHECKS = {
    "stocks_as_before": "No stock of the partitions before is absent or changed its series; a warning. New: listed.",
    "stocks_are_current": "Every stock has a bar of its exchange's last session; a warning.",
    "sessions_complete": "No stock passes over recent sessions of its exchange, or many; a warning.",
    "bars_as_before": "Past bars are those of the partition before: no split, no correction; a warning.",
    "dots_as_before": "No dot of a past date was added or withdrawn; a warning.",
    "price_jumps": "No new close is out of proportion to its stock's usual moves; a warning.",
    "rlst_given": "The newest bars have as many ratings as usual; a warning.",
    "fields_given": "Most stocks of an exchange have each field that files normally have; a warning.",
    "forms_as_usual": "Values came in the form of the source format, numbers as numbers; a warning.",
    "future_bars": "No stock has bars dated after the partition's end; a warning.",
    "duplicate_bars": "No stock has two different bars of one date; a warning.",
    "bars_enough": "No stock has fewer bars than BLUEDOT_MIN_BARS; a warning.",
    "benchmark_agrees": "All stocks of an exchange give the same benchmark for a session; a warning.",
    "dots_as_usual": "Not far more stocks than usual have a dot on the newest bar; a warning.",
    "contents_differ": "No two stocks have the same bars under different names; a warning.",
    "peripheral_agrees": "What a file says of its own bars (52 weeks' high and low, ...) is so; a warning.",
}
CHECKS_OF_WEEKS = {
    weekly_bars.RULE: "Weekly bars are those of the daily table, week by week; a warning.",
    dot_lists.RULE: "A stock's weekly file lists the dots of its daily file; a warning.",
}


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
    as_before, *past = _against_before(work, facts, stocks, dots, before)
    return [
        as_before,
        current_verdict(stocks, facts.days, facts.holidays, days, frame, frame.end(work.key)),
        sessions_verdict(facts.gaps, facts.days, days, frame),
        *past,
        jumps_verdict(facts.jumps),
        rlst_verdict(facts.days),
        fields_given_verdict(facts.given, facts.days, stocks, before.stocks),
        forms_verdict(facts.forms),
        future_bars_verdict(stocks),
        duplicate_bars_verdict(stocks),
        bars_enough_verdict(stocks, work.platform.settings.min_bars),
        benchmark_verdict(facts.benchmarks),
        dots_share_verdict(facts.days),
        same_bars_verdict(facts.contents),
        peripheral_verdict(facts.stated),
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
        return [absent, warning(dot_lists.RULE, True, "There are no dots of a daily partition to compare with.")]
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
        rules = ("stocks_as_before", "bars_as_before", "dots_as_before")
        return [uncompared_verdict(rule, before.problem) for rule in rules]
    names = names_of(stocks, work, before.shared)
    renamed = continued(renamed_stocks(names, [symbols for _, symbols in before.history]), before.history[0][1])
    known, shown = (frame.with_columns(pl.col("symbol").replace(renamed)) for frame in (before.stocks, before.dots))
    changed = changed_dots(dots, shown, known, stocks, whole=before.whole)
    return [
        continuity_verdict(names, before.history),
        bars_as_before_verdict(before.key, facts.rewritten, whole=before.whole),
        dots_as_before_verdict(before.key, changed, whole=before.whole),
    ]
