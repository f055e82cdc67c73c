"""The anomalies of a partition: verdicts over the facts of its shards and the partitions before it. All are warnings,
for each of them can be the truth. Each rule is in `kernel/checks`; those that block are in `stages/bars`."""

import polars as pl

from bluedot_assets.kernel.checks.benchmark import benchmark_verdict
from bluedot_assets.kernel.checks.continuity import continuity_verdict, uncompared_verdict
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
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.source.nse_series import INDIAN_ZONES
from bluedot_assets.pipeline.earlier_partitions import EarlierPartitions
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
}


def anomaly_verdicts(
    work: Work, facts: ShardFacts, stocks: pl.DataFrame, dots: pl.DataFrame, before: EarlierPartitions
) -> list[Verdict]:
    """One verdict for each of CHECKS."""
    days, frame = work.platform.trading_days, work.timeframe
    return [
        _continuity(stocks, before),
        current_verdict(stocks, facts.days, facts.holidays, days, frame, frame.end(work.key)),
        sessions_verdict(facts.gaps, facts.days, days, frame),
        *_past(facts, stocks, dots, before),
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
    ]


def _continuity(stocks: pl.DataFrame, before: EarlierPartitions) -> Verdict:
    if before.key is None:
        return uncompared_verdict("stocks_as_before", before.problem)
    indian = stocks.filter(pl.col("timezone").is_in(list(INDIAN_ZONES)))["symbol"].to_list()
    return continuity_verdict(stocks["symbol"].to_list(), before.history, indian)


def _past(facts: ShardFacts, stocks: pl.DataFrame, dots: pl.DataFrame, before: EarlierPartitions) -> list[Verdict]:
    if before.key is None:
        return [uncompared_verdict(rule, before.problem) for rule in ("bars_as_before", "dots_as_before")]
    changed = changed_dots(dots, before.dots, before.stocks, stocks, whole=before.whole)
    return [
        bars_as_before_verdict(before.key, facts.rewritten, whole=before.whole),
        dots_as_before_verdict(before.key, changed, whole=before.whole),
    ]
