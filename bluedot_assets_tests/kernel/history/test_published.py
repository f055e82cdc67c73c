"""The published tables: bars on one basis over all that was seen, and dots with what was known of them when."""

from datetime import UTC, datetime, time

import numpy as np
import polars as pl
import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.history.adjustments import ADJUSTMENTS, find_adjustments
from bluedot_assets.kernel.history.merge import State, merge
from bluedot_assets.kernel.history.published import HISTORY, LEDGER, bars_of, ledger_of
from bluedot_assets.kernel.history.tables import FIRST_SEEN, LISTED, RATINGS, SEEN, VERSIONS, VOLUMES
from bluedot_assets_tests.kernel.history.made import Answer, day, merged, moment
from bluedot_assets_tests.kernel.history.vendor import (
    WINDOW,
    Event,
    Stock,
    observed_after,
    partitions,
    sessions,
    traded,
)

COUNT = 170


def history(state: State, adjustments: pl.DataFrame) -> pl.DataFrame:
    made = bars_of(state[VERSIONS], state[RATINGS], state[VOLUMES], state[LISTED], adjustments, DAILY)
    assert not HISTORY.violations(made)
    return made


def adjustments_of(state: State) -> pl.DataFrame:
    return find_adjustments(state[VERSIONS], state[VOLUMES], state[SEEN], ADJUSTMENTS.empty())


def state_of(stocks: list[Stock]) -> State:
    state = State()
    for given in partitions(stocks, COUNT):
        state = merge(state, given).state
    return state


def test_bars_that_left_the_vendors_window_follow_its_later_adjustments() -> None:
    events = [Event(90, 1 / 5, 91), Event(140, 2 / 3, 145), Event(150, 0.95, 150, shares=False)]
    stock = Stock("A", price=900, tick=0.01, events=events)
    state = state_of([stock])
    bars = history(state, adjustments_of(state))
    days, (prices, volumes) = sessions(COUNT), traded(stock, COUNT)
    factors, shares = np.ones(COUNT), np.ones(COUNT)
    for event in events:
        factors[: event.at] *= event.ratio
        if event.shares:
            shares[: event.at] *= event.ratio
    seen = range(1, COUNT)
    assert bars["session"].to_list() == [days[at] for at in seen]
    for column, name in enumerate(("open", "high", "low", "close")):
        truth = prices[:, column] * factors
        # Each restatement rounds to a tick, each scaling multiplies by a ratio that rounding leaves unsharp.
        assert np.abs(bars[name].to_numpy() - truth[1:]).max() < 3 * 0.01, name
    assert bars["volume"].to_list() == pytest.approx((volumes / shares)[1:], rel=1e-3)
    assert bars["close_traded"].to_list() == pytest.approx(prices[1:, 3])
    left = days[145 - WINDOW + 1]  # what the vendor restated last but one himself
    assert set(bars.filter(pl.col("session") < left)["basis"]) == {"scaled"}
    assert set(bars.filter(pl.col("session") >= days[150 - WINDOW + 1])["basis"]) == {"same"}


def test_what_cannot_be_decided_leaves_older_bars_as_they_were_and_says_so() -> None:
    state = state_of([Stock("A", unlike={130: 3})])
    bars, days = history(state, adjustments_of(state)), sessions(COUNT)
    oldest_restated = days[130 - WINDOW + 1]
    assert set(bars.filter(pl.col("session") < oldest_restated)["basis"]) == {"unknown"}
    assert set(bars.filter(pl.col("session") >= oldest_restated)["basis"]) == {"same"}


def flat(known: int, dots: set[int], **more: int) -> Answer:
    closes = dict.fromkeys(range(20, 30 + known), 1.0)
    return Answer("A", known, closes, dict.fromkeys(closes, 50 + known), dict.fromkeys(closes, 1), frozenset(dots))


def test_the_ledger_says_when_each_dot_was_known_and_when_it_went() -> None:
    answers = [flat(0, {5, 28, 29}), flat(1, {5, 28, 29, 30}), flat(2, {5, 22, 29, 30}), flat(3, {5, 22, 29, 30, 32})]
    state = merged([one] for one in answers)
    ledger = ledger_of(state[LISTED], state[SEEN], state[FIRST_SEEN])
    assert not LEDGER.violations(ledger)
    columns = ("date", "known", "withdrawn", "origin", "rlst_known")
    assert ledger.select(columns).rows() == [
        (day(5), moment(0), None, "hindsight", 50.0),
        (day(22), moment(2), None, "late", 52.0),
        (day(28), moment(0), moment(2), "hindsight", 50.0),
        (day(29), moment(0), None, "live", 50.0),
        (day(30), moment(1), None, "live", 51.0),
        (day(32), moment(3), None, "live", 53.0),
    ]


def test_a_run_of_dots_counts_those_that_were_listed_then() -> None:
    state = merged([[flat(0, {1, 2, 3, 25, 26, 29})], [flat(1, {1, 2, 3, 29, 30})]])
    days = dict(ledger_of(state[LISTED], state[SEEN], state[FIRST_SEEN]).select("date", "run_day").iter_rows())
    # When that of day 30 was known, those of days 25 and 26 were withdrawn.
    assert days == {day(1): 1, day(2): 2, day(3): 3, day(25): 1, day(26): 2, day(29): 3, day(30): 2}


def test_an_old_folder_that_is_filled_after_a_split_is_on_the_new_basis_already() -> None:
    stock = Stock("A", price=900, tick=0.01, events=[Event(120, 1 / 5, 121)])
    days, (prices, _) = sessions(COUNT), traded(stock, COUNT)
    state = state_of([stock])
    once = adjustments_of(state)
    late = merge(state, observed_after([stock], 100, days, asked=COUNT - 1)).state
    assert adjustments_of(late).equals(once)
    assert once.height == 1
    closes = history(late, once)["close"].to_numpy()
    truth = prices[:, 3] * np.where(np.arange(COUNT) < 120, 1 / 5, 1.0)
    assert np.abs(closes - truth[1:]).max() < 0.02


def test_what_was_known_before_a_split_is_on_the_old_basis() -> None:
    stock = Stock("A", price=900, tick=0.01, events=[Event(120, 1 / 5, 121)])
    days, (prices, _) = sessions(COUNT), traded(stock, COUNT)
    state = state_of([stock])
    tables = (state[VERSIONS], state[RATINGS], state[VOLUMES], state[LISTED], adjustments_of(state), DAILY)
    before = bars_of(*tables, datetime.combine(days[119], time(23), UTC))
    assert before["session"].to_list() == days[1:120]
    assert before["close"].to_list() == pytest.approx(prices[1:120, 3])
    assert set(before["basis"]) == {"same"}
    after = bars_of(*tables, datetime.combine(days[130], time(23), UTC))
    assert after["close"].to_list()[:118] == pytest.approx(prices[1:119, 3] / 5, abs=0.01)
    assert after["session"].to_list() == days[1:131]


def test_a_short_overlap_that_moved_by_one_ratio_leaves_the_older_bars_open() -> None:
    stock = Stock("A", price=900, tick=0.01, events=[Event(100, 1 / 5, 101)])
    days, state = sessions(COUNT), State()
    for number in (60, 60 + WINDOW - 10):  # ten sessions are in both
        state = merge(state, observed_after([stock], number, days)).state
    found = adjustments_of(state)
    assert found["state"].to_list() == ["frozen"]
    bars = history(state, found)
    assert set(bars.filter(pl.col("session") < found["restated_from"][0])["basis"]) == {"unknown"}
