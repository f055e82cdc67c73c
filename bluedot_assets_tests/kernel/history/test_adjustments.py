"""Each adjustment that an invented vendor makes is found with its ratio and day; what is none is not."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest

from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, all_adjustments, name_of
from bluedot_assets.kernel.history.merge import State, merge
from bluedot_assets.kernel.history.tables import SEEN, VERSIONS, VOLUMES
from bluedot_assets_tests.kernel.history.vendor import WINDOW, Event, Stock, observed_after, sessions

COUNT = 110
KNOWN = 100  # the session after which the vendor restates
DAYS = sessions(COUNT)


def found(stock: Stock, numbers: Sequence[int] = (90, 98, KNOWN, 105)) -> pl.DataFrame:
    state = State()
    for number in numbers:
        state = merge(state, observed_after([stock], number, DAYS)).state
    made = all_adjustments(state[VERSIONS], state[VOLUMES], state[SEEN])
    assert not ADJUSTMENTS.violations(made)
    return made


@pytest.mark.parametrize(
    ("event", "name", "shares"),
    [
        (Event(99, 1 / 5, KNOWN), "1:5 split", True),
        (Event(99, 2 / 3, KNOWN), "1:2 bonus", True),
        (Event(99, 10.0, KNOWN), "10:1 reverse split", True),
        (Event(99, 0.873, KNOWN, shares=False), None, False),  # a demerger
        (Event(99, 0.96, KNOWN, shares=False), None, False),  # a special dividend
        (Event(80, 1 / 2, KNOWN), "1:2 split", True),  # made late
    ],
)
def test_an_adjustment_has_its_ratio_its_day_and_its_kind(event: Event, name: str | None, shares: bool) -> None:
    rows = found(Stock("A", events=[event])).rows(named=True)
    assert [(row["effective"], row["shares"], row["nearest"], row["state"]) for row in rows] == [
        (DAYS[event.at], shares, name, "applied")
    ]
    assert rows[0]["ratio"] == pytest.approx(event.ratio, rel=1e-3)
    assert rows[0]["worst_ticks"] < 0.6


def test_two_adjustments_between_two_partitions_are_found_apart() -> None:
    events = [Event(85, 1 / 2, KNOWN), Event(96, 0.9, KNOWN, shares=False)]
    rows = found(Stock("A", events=events)).rows(named=True)
    assert [(row["effective"], row["shares"]) for row in rows] == [(DAYS[85], True), (DAYS[96], False)]
    assert [row["ratio"] for row in rows] == pytest.approx([0.5, 0.9], rel=2e-3)


def test_a_penny_stock_in_coarse_ticks_is_decided_as_well() -> None:
    (row,) = found(Stock("A", price=3.0, tick=0.05, events=[Event(99, 1 / 2, KNOWN)])).rows(named=True)
    assert (row["effective"], row["state"]) == (DAYS[99], "applied")
    assert row["ratio"] == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize(
    "stock",
    [
        Stock("A"),
        Stock("A", corrected={KNOWN: range(60, 79)}),  # fewer than an adjustment changes
        Stock("A", corrected={KNOWN: range(60, 90)}),  # many highs, and no level of prices
        Stock("A", events=[Event(99, 1.003, KNOWN, shares=False)]),
    ],
)
def test_corrections_are_no_adjustment(stock: Stock) -> None:
    assert found(stock).is_empty()


def test_what_no_ratio_explains_is_frozen_and_named() -> None:
    rows = found(Stock("A", unlike={KNOWN: 7})).rows(named=True)
    assert [(row["effective"], row["ratio"], row["state"]) for row in rows] == [(DAYS[99], None, "frozen")]


@pytest.mark.parametrize(("left", "states"), [(0, ["applied"]), (2, ["applied"]), (6, ["frozen"]), (39, [])])
def test_a_change_of_many_sessions_that_leaves_older_ones_is_frozen(left: int, states: list[str]) -> None:
    """Of 58 sessions that both answers have; fewer than 20 changed ones are corrections."""
    split, plain = (Stock("A", events=[Event(99, 1 / 5, at)]) for at in (KNOWN, 999))
    restated, before = (observed_after([one], KNOWN, DAYS) for one in (split, plain))
    old = pl.col("session") < DAYS[KNOWN - WINDOW + 1 + left]
    given = replace(restated, bars=pl.concat([before.bars.filter(old), restated.bars.filter(~old)]))
    state = merge(merge(State(), observed_after([plain], 98, DAYS)).state, given).state
    made = all_adjustments(state[VERSIONS], state[VOLUMES], state[SEEN])
    assert made["state"].to_list() == states


def gapped(*windows: tuple[int, int | None], event: Event | None = None) -> pl.DataFrame:
    """Of a stock that splits in session 90, answers after those sessions, and when they were asked for."""
    state, days, stock = State(), sessions(200), Stock("A", tick=0.01, events=[event or Event(90, 1 / 5, 90)])
    for number, asked in windows:
        state = merge(state, observed_after([stock], number, days, asked)).state
    made = all_adjustments(state[VERSIONS], state[VOLUMES], state[SEEN])
    assert not ADJUSTMENTS.violations(made)
    return made.select("effective", "state")


def test_an_answer_that_shares_too_few_sessions_with_older_bars_leaves_them_undecided() -> None:
    days = sessions(200)
    assert gapped((70, None)).is_empty()  # nothing is older
    assert gapped((70, None), (131, None)).rows() == [(days[72], "frozen")]
    assert gapped((70, None), (128, None)).rows() == [(days[69], "frozen")]  # two sessions, both changed
    unchanged = Event(20, 1 / 5, 20)
    assert gapped((70, None), (128, None), event=unchanged).is_empty()
    assert gapped((70, None), (131, None), event=unchanged).rows() == [(days[72], "frozen")]


def test_answers_that_fill_the_gap_decide_what_lies_before_it() -> None:
    days = sessions(200)
    known_then, in_hindsight = [(70, None), (100, None), (131, None)], [(70, None), (131, None), (100, 140)]
    assert gapped(*known_then).rows() == [(days[71], "applied")]
    assert gapped(*in_hindsight).rows() == [(days[72], "applied")]
    # By several, the newest first, of which each has a part of the next.
    chain = [(70, None), (190, None), (160, 195), (140, 196), (85, 197)]
    assert gapped(*chain[:-1]).rows() == [(days[131], "frozen")]
    assert gapped(*chain)["state"].to_list() == ["applied"]


def test_single_corrections_beside_a_split_do_not_hide_it() -> None:
    (row,) = found(Stock("A", events=[Event(99, 1 / 5, KNOWN)], corrected={KNOWN: [70]})).rows(named=True)
    assert (row["nearest"], row["state"]) == ("1:5 split", "applied")


@pytest.mark.parametrize(
    ("ratio", "name"),
    [(0.2, "1:5 split"), (2 / 3, "1:2 bonus"), (0.5, "1:2 split"), (5.0, "5:1 reverse split"), (0.8734, None)],
)
def test_ratios_have_the_names_of_what_companies_do(ratio: float, name: str | None) -> None:
    assert name_of(ratio) == name
