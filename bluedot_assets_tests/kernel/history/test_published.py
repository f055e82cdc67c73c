"""The published tables: bars on one basis over all that was seen, and dots with what was known of them when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import polars as pl
import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.history.adjustments import all_adjustments
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
    return all_adjustments(state[VERSIONS], state[VOLUMES], state[SEEN])


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


def flat(known: int, dots: set[int], last: int | None = None, **more: Any) -> Answer:
    last = 29 + known if last is None else last
    closes = dict.fromkeys(range(20, last + 1), 1.0)
    return Answer(
        "A", known, closes, dict.fromkeys(closes, 50 + known), dict.fromkeys(closes, 1), frozenset(dots), **more
    )


def test_the_ledger_says_when_each_dot_was_known_and_when_it_went() -> None:
    """The answers come at midnight UTC, half past five in Mumbai, from Friday 1 March (day 60) on."""
    answers = [flat(0, {5, 58, 59}), flat(1, {5, 58, 59, 60}), flat(3, {5, 52, 59, 60, 62}), flat(4, {5, 52, 60, 62})]
    ledger = ledger_of(merged([one] for one in answers)[LISTED], merged([answers])[FIRST_SEEN], DAILY)
    assert not LEDGER.violations(ledger)
    columns = ("date", "known", "withdrawn", "origin", "rlst_known")
    assert ledger.select(columns).rows() == [
        (day(5), moment(0), None, "hindsight", 50.0),
        (day(52), moment(3), None, "late", 53.0),
        (day(58), moment(0), moment(3), "hindsight", 50.0),
        (day(59), moment(0), moment(4), "live", 50.0),
        (day(60), moment(1), None, "live", 51.0),
        (day(62), moment(3), None, "live", 53.0),
    ]


def origins(answers: Sequence[Answer], timeframe: Timeframe = DAILY) -> dict[date, str]:
    state = merged([one] for one in answers)
    return dict(ledger_of(state[LISTED], state[FIRST_SEEN], timeframe).select("date", "origin").iter_rows())


def test_a_dot_is_live_where_it_was_known_before_the_next_open() -> None:
    """Day 60 is a Friday, and so is day 53."""
    found = origins([flat(0, {55}, 60), flat(30, {55, 65, 89, 90}, 90)])  # no answer for a month
    assert found == {day(55): "hindsight", day(65): "late", day(89): "live", day(90): "live"}
    assert origins([flat(730, {55, 60}, 60)]) == {day(55): "hindsight", day(60): "hindsight"}  # an old folder
    weekend = [flat(0, set(), 59), flat(2, {60}, 60)], [flat(0, set(), 59), flat(4, {60}, 60)]
    assert [origins(one)[day(60)] for one in weekend] == ["live", "late"]  # on Sunday; on Tuesday


def test_the_exchanges_clock_decides_what_is_live() -> None:
    """At midnight UTC it is eleven in Sydney and seven in the evening before in New York."""
    zones = ("America/New_York", "Australia/Sydney", "Nowhere/Known")
    found = {zone: origins([flat(0, set(), 58), flat(0, {59}, 59, timezone=zone, modified=1)]) for zone in zones}
    assert [one[day(59)] for one in found.values()] == ["live", "hindsight", "hindsight"]


def test_a_weekly_dot_is_live_until_the_next_week_opens() -> None:
    """Day 57 is a Tuesday, day 64 the one of the next week."""
    weeks = [[flat(0, set(), 53), flat(known, {57}, 60)] for known in (1, 3, 4)]
    assert [origins(one, WEEKLY)[day(57)] for one in weeks] == ["live", "live", "late"]


def test_a_run_of_dots_counts_those_that_were_listed_then() -> None:
    state = merged([[flat(0, {1, 2, 3, 25, 26, 29}, 29)], [flat(1, {1, 2, 3, 29, 30}, 30)]])
    days = dict(ledger_of(state[LISTED], state[FIRST_SEEN], DAILY).select("date", "run_day").iter_rows())
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


def test_what_one_later_answer_lacks_of_a_session_stays_in_the_history() -> None:
    stock, days = Stock("A", price=900, tick=0.01, events=[Event(70, 1 / 5, 71)]), sessions(COUNT)
    hole, unrated = days[50], days[51]
    given = [observed_after([stock], number, days) for number in (60, 61, 71)]
    without = (
        given[1]
        .bars.filter(pl.col("session") != hole)
        .with_columns(
            pl.when(pl.col("session") == unrated).then(None).otherwise(name).alias(name) for name in ("rlst", "volume")
        )
    )
    state = merge(merge(State(), given[0]).state, replace(given[1], bars=without)).state
    bars = history(state, adjustments_of(state))
    kept = given[0].bars.filter(pl.col("session").is_in([hole, unrated]))
    columns = ["session", "close", "rlst", "volume"]
    assert bars.join(kept, on="session", how="semi").select(columns).equals(kept.select(columns))
    # The split, of an answer that lacks it as well, is no jump of the day that the vendor did not restate.
    state = merge(state, replace(given[2], bars=given[2].bars.filter(pl.col("session") != hole))).state
    (row,) = history(state, adjustments_of(state)).filter(session=hole).rows(named=True)
    truth = kept.filter(session=hole)["close"][0] / 5
    assert (row["basis"], row["close"]) == ("scaled", pytest.approx(truth, abs=0.02))
