"""The anomalies of a partition: verdicts over the facts of its shards and the partitions before it. All are warnings,
for each of them can be the truth. Each rule is in `kernel/checks`; those that block are in `stages/bars`."""

import polars as pl

from bluedot_assets.kernel.checks.benchmark import benchmark_verdict
from bluedot_assets.kernel.checks.continuity import (
    continued,
    continuity_verdict,
    renamed_stocks,
    uncompared_verdict,
)
from bluedot_assets.kernel.checks.missing_sessions import current_verdict, sessions_verdict
from bluedot_assets.kernel.checks.price_jumps import jumps_verdict
from bluedot_assets.kernel.checks.rewritten_history import bars_as_before_verdict, changed_dots, dots_as_before_verdict
from bluedot_assets.kernel.checks.same_bars import same_bars_verdict
from bluedot_assets.kernel.checks.session_counts import dots_share_verdict, rlst_verdict
from bluedot_assets.kernel.checks.shard_facts import ShardFacts
from bluedot_assets.kernel.checks.verdict import Verdict
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
    "benchmark_agrees": "All stocks of an exchange give the same benchmark for a session; a warning.",
    "dots_as_usual": "Not far more stocks than usual have a dot on the newest bar; a warning.",
    "contents_differ": "No two stocks have the same bars under different names; a warning.",
}


def anomaly_verdicts(
    work: Work, facts: ShardFacts, stocks: pl.DataFrame, dots: pl.DataFrame, before: EarlierPartitions
) -> list[Verdict]:
    """One verdict for each of CHECKS."""
    days, frame = work.platform.trading_days, work.timeframe
    as_before, *past = _against_before(work, facts, stocks, dots, before)
    return [
        as_before,
        current_verdict(stocks, facts.days, facts.holidays, days, frame, frame.end(work.key)),
        sessions_verdict(facts.gaps, facts.days, days, frame),
        *past,
        jumps_verdict(facts.jumps),
        rlst_verdict(facts.days),
        benchmark_verdict(facts.benchmarks),
        dots_share_verdict(facts.days),
        same_bars_verdict(facts.contents),
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
