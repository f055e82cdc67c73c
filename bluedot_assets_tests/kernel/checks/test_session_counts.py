"""What a session's stocks say together: ratings, dots and the benchmark; each rule broken once and silent once."""

from dataclasses import replace
from datetime import timedelta

import polars as pl

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.checks.agreement.benchmark import benchmark_verdict, benchmarks_of
from bluedot_assets.kernel.checks.dates.missing_sessions import sessions_verdict
from bluedot_assets.kernel.checks.price_jumps import jumps_verdict
from bluedot_assets.kernel.checks.rewritten_history import bars_as_before_verdict
from bluedot_assets.kernel.checks.same_bars import same_bars_verdict
from bluedot_assets.kernel.checks.session_counts import days_of, dots_share_verdict, rlst_verdict
from bluedot_assets.kernel.checks.shard_facts import ShardFacts, merge_facts, shard_facts
from bluedot_assets_tests.examples.market_tables import (
    DAYS,
    INDIA,
    LAST,
    SESSIONS,
    US,
    bars,
    market,
    stocks,
)
from bluedot_assets_tests.examples.vendor_files import NO_FILES

NAMES = [chr(65 + place) * (1 + place) for place in range(20)]
WHOLE = market(*[bars(name) for name in NAMES])


def days(table: pl.DataFrame) -> pl.DataFrame:
    return days_of(table, stocks(table))


def facts(*tables: pl.DataFrame, timezones: tuple[str, ...] = (INDIA, INDIA)) -> ShardFacts:
    """Of one shard for each table."""
    shards = [
        replace(NO_FILES, bars=table, stocks=stocks(table, zone))
        for table, zone in zip(tables, timezones, strict=False)
    ]
    return merge_facts([shard_facts(shard, None, DAYS, DAILY) for shard in shards])


def on_last(table: pl.DataFrame, few: int, **values: object) -> pl.DataFrame:
    """The table with other values on the newest bar of some stocks."""
    here = (pl.col("session") == LAST) & pl.col("symbol").is_in(NAMES[:few])
    return table.with_columns(
        pl.when(here).then(pl.lit(value)).otherwise(name).alias(name) for name, value in values.items()
    )


def test_shards_add_up_to_the_whole() -> None:
    parts = [WHOLE.filter(pl.col("symbol") < "K"), WHOLE.filter(pl.col("symbol") >= "K")]
    found = facts(*parts)
    assert found.days.equals(days(WHOLE).sort("session"))
    assert found.days["stocks"].unique().to_list() == [len(NAMES)]
    assert (found.benchmarks.height, found.benchmarks["stocks"].sum()) == (len(SESSIONS), WHOLE.height)


def test_without_any_shard_there_is_nothing_to_find() -> None:
    nothing = merge_facts([])
    assert rlst_verdict(nothing.days).passed
    assert dots_share_verdict(nothing.days).passed
    assert benchmark_verdict(nothing.benchmarks).passed
    assert jumps_verdict(nothing.jumps).passed
    assert same_bars_verdict(nothing.contents).passed
    assert sessions_verdict(nothing.gaps, nothing.days, DAYS, DAILY).passed
    assert bars_as_before_verdict("2024-08-01", nothing.rewritten).passed


def test_ratings_that_are_null_as_usual_are_silent_and_far_more_are_told() -> None:
    assert rlst_verdict(days(WHOLE)).passed
    assert rlst_verdict(days(on_last(WHOLE, 3, rlst=None))).passed
    verdict = rlst_verdict(days(on_last(WHOLE, 8, rlst=None)))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert verdict.message == "No rlst on the newest bar: 8 of 20 stocks of Asia/Kolkata."
    assert verdict.rows[0]["usual"] == "0.0%"


def test_stocks_that_never_have_a_rating_are_usual_unless_they_are_most() -> None:
    funds = market(*[bars(name, rlst=None if place < 6 else 50.0) for place, name in enumerate(NAMES)])
    assert rlst_verdict(days(funds)).passed
    never = days(WHOLE.with_columns(rlst=pl.lit(None, pl.Float64)))
    assert not rlst_verdict(never).passed
    assert rlst_verdict(never, published=False).message.startswith("Not judged: no series")


def test_a_dot_on_most_stocks_at_once_is_told_and_some_more_than_usual_are_not() -> None:
    assert dots_share_verdict(days(WHOLE)).passed
    assert dots_share_verdict(days(on_last(WHOLE, 5, blue_dot=True))).passed
    verdict = dots_share_verdict(days(on_last(WHOLE, 20, blue_dot=True)))
    assert not verdict.passed
    assert verdict.message.startswith("Far more dots than usual: 20 of 20 stocks of Asia/Kolkata on 2024-08-02")


def test_one_stock_that_runs_ahead_hides_nothing_of_the_session_of_the_others() -> None:
    ahead = bars("AHEAD", [*SESSIONS, LAST + timedelta(days=3)])
    assert dots_share_verdict(days(market(on_last(WHOLE, 20, blue_dot=True), ahead))).passed is False
    assert rlst_verdict(days(market(on_last(WHOLE, 8, rlst=None), ahead))).passed is False
    assert dots_share_verdict(days(market(WHOLE, ahead))).passed


def test_without_a_past_no_share_is_unusual() -> None:
    young = market(*[bars(name, SESSIONS[-3:], blue_dot=True) for name in NAMES])
    assert dots_share_verdict(days(young)).passed


def test_a_benchmark_that_not_all_stocks_agree_on_is_told_with_who_and_when() -> None:
    assert benchmark_verdict(benchmarks_of(WHOLE, stocks(WHOLE))).passed
    odd = WHOLE.with_columns(bc=pl.when(pl.col("symbol") == "BB").then(pl.col("bc") + 1).otherwise("bc"))
    verdict = benchmark_verdict(benchmarks_of(odd, stocks(odd)))
    assert not verdict.passed
    assert verdict.message == f"On {len(SESSIONS)} sessions not all stocks give the same benchmark, first: BB."
    assert verdict.rows == [
        {
            "exchange": "Asia/Kolkata",
            "stocks": "BB",
            "sessions": len(SESSIONS),
            "first": SESSIONS[0].isoformat(),
            "last": LAST.isoformat(),
            "value": 20000.0 + len(SESSIONS),
            "of most stocks": 20000.0 + len(SESSIONS) - 1,
        }
    ]


def test_exchanges_have_benchmarks_of_their_own_and_null_is_no_disagreement() -> None:
    there = bars("Z", bc=5000.0)
    some = bars("Y", bc=[None, *[20000.0 + place for place in range(1, len(SESSIONS))]])
    here = market(WHOLE, some)
    assert benchmark_verdict(facts(here, there, timezones=(INDIA, US)).benchmarks).passed
