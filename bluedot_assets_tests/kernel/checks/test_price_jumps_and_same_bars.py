"""Jumps, lookalikes, unusual deliveries and long absences: each rule broken once and silent once."""

import polars as pl
import pytest

from bluedot_assets.kernel.checks.continuity import absences, continuity_verdict
from bluedot_assets.kernel.checks.file_counts import FileCounts, file_counts_verdict
from bluedot_assets.kernel.checks.price_jumps import jumps_of, jumps_verdict
from bluedot_assets.kernel.checks.same_bars import bar_contents, same_bars_verdict
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets_tests.examples.market_tables import LAST, SESSIONS, bars, market, stocks

BEFORE = stocks(market(bars("A", SESSIONS[:-1]), bars("BB", SESSIONS[:-1])))


def moved(factor: float, place: int = -1) -> Verdict:
    """A, whose close is another from that bar on."""
    from_there = (pl.col("session") >= SESSIONS[place]) & (pl.col("symbol") == "A")
    table = market(bars("A"), bars("BB")).with_columns(
        close=pl.when(from_there).then(pl.col("close") * factor).otherwise("close")
    )
    return jumps_verdict(jumps_of(table, BEFORE))


@pytest.mark.parametrize(("factor", "said"), [(0.5, "-50.0%"), (10, "+900.0%"), (1.4, "+40.0%")])
def test_a_new_close_far_out_of_proportion_is_told(factor: float, said: str) -> None:
    verdict = moved(factor)
    assert (verdict.passed, verdict.blocks) == (False, False)
    (row,) = verdict.rows
    assert (row["symbol"], row["session"]) == ("A", LAST.isoformat())
    assert abs(float(row["move"].rstrip("%")) - float(said.rstrip("%"))) < 20


def test_usual_moves_and_jumps_that_were_told_before_are_silent() -> None:
    assert moved(1.0).passed
    assert moved(1.1).passed
    assert moved(0.5, place=-5).passed


def test_a_stock_that_always_moves_far_does_not_jump() -> None:
    wild = bars("A", close=[100.0 if place % 2 else 150.0 for place in range(len(SESSIONS))], high=200.0, low=90.0)
    assert jumps_of(wild, BEFORE).is_empty()


def test_without_a_partition_before_the_newest_bar_is_looked_at() -> None:
    closes = [100.0 + place % 3 for place in range(len(SESSIONS))]
    assert jumps_of(bars("A", close=[*closes[:-1], 30.0]), None).height == 1
    assert jumps_of(bars("A", close=[*closes[:9], 30.0, *closes[10:]]), None).is_empty()


def test_the_same_bars_under_two_names_are_told_and_almost_the_same_are_not() -> None:
    a = bars("A")
    twin = a.with_columns(symbol=pl.lit("TWIN"))
    other = twin.with_columns(symbol=pl.lit("OTHER"), volume=pl.col("volume") + (pl.col("session") == LAST).cast(int))
    assert same_bars_verdict(bar_contents(market(a, other, bars("BB")))).passed
    verdict = same_bars_verdict(bar_contents(market(a, bars("BB"), twin)))
    assert (verdict.passed, verdict.blocks) == (False, False)
    assert verdict.rows == [{"symbols": "A, TWIN", "bars": len(SESSIONS), "last": LAST.isoformat()}]


USUAL = [FileCounts(f"2024-07-{day}", 1000 + day, 100_000 * (1000 + day)) for day in range(20, 30)]


@pytest.mark.parametrize(
    ("files", "kilobytes", "said"),
    [(1024, 100, None), (1100, 120, None), (800, 100, "800 files instead of about 1024.5"),
     (1300, 100, "1300 files"), (1024, 50, "50.0 KB a file instead of about 100.0"), (1024, 160, "160.0 KB")],
)  # fmt: skip
def test_a_delivery_far_off_the_usual_number_or_size_is_told(files: int, kilobytes: int, said: str | None) -> None:
    verdict = file_counts_verdict(FileCounts("2024-08-02", files, files * kilobytes * 1000), USUAL)
    assert verdict.passed == (said is None)
    assert said is None or said in verdict.message
    assert not verdict.blocks


def test_where_only_the_number_is_known_only_that_is_compared() -> None:
    shown = [FileCounts("2024-08-01", 1000, None)]
    assert file_counts_verdict(FileCounts("2024-08-02", 1000, 5), shown).passed
    assert not file_counts_verdict(FileCounts("2024-08-02", 500, 5), shown).passed
    assert file_counts_verdict(FileCounts("2024-08-02", 1000, 5), []).passed
    assert not file_counts_verdict(FileCounts("2024-08-02", 1000, 5), [], "The site cannot be read.").passed


def test_stocks_that_stay_away_are_counted_until_they_are_forgotten() -> None:
    history = [("d", ["A", "B"]), ("c", ["A", "B"]), ("b", ["A", "B", "OLD"]), ("a", ["A", "B", "OLD", "OLDER"])]
    assert absences(["A"], history) == {"OLD": 3, "OLDER": 4}  # B vanished only now
    assert absences(["A", "OLD", "OLDER"], history) == {}
    verdict = continuity_verdict({"A": "A"}, [("d", {"A": "A"}), ("c", {"A": "A"}), ("b", {"A": "A", "OLD": "OLD"})])
    assert (verdict.passed, verdict.rows) == (False, [{"symbol": "OLD", "change": "absent 3 times"}])
    assert "1 are absent for longer" in verdict.message
