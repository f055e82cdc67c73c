"""Whatever answers come, in whatever order and however often: the history is what plain Python makes of all of them."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluedot_assets.kernel.history.tables import STATE
from bluedot_assets_tests.kernel.history.made import COLUMNS, Answer, merged, plain, rows_of

DAYS = 6


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    first = draw(st.integers(0, DAYS - 1))
    sessions = range(first, draw(st.integers(first, DAYS - 1)) + 1)
    present = {first, sessions[-1]} | draw(st.sets(st.sampled_from(sessions)))
    few = st.sampled_from([1, 2])
    return Answer(
        symbol=draw(st.sampled_from(["A", "B"])),
        known=draw(st.integers(0, 5)),
        closes={at: float(draw(few)) for at in present},
        ratings={at: draw(st.none() | few) for at in present},
        volumes={at: draw(st.none() | few) for at in present},
        dots=frozenset(draw(st.sets(st.integers(-3, DAYS)))),
        partition=draw(st.sampled_from(["2024-03-01", "2024-03-02"])),
        modified=draw(st.integers(0, 1)),
        timezone=draw(st.sampled_from(["Asia/Kolkata", "America/New_York"])),
    )


@st.composite
def partitions(draw: st.DrawFn) -> list[list[Answer]]:
    return draw(st.lists(st.lists(answers(), max_size=2, unique_by=lambda one: one.symbol), max_size=8))


@settings(max_examples=6)
@given(partitions(), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_what_all_answers_say(
    given_: Sequence[Sequence[Answer]], chance: random.Random
) -> None:
    merge_in_any_order(given_, chance)


@pytest.mark.long
@settings(max_examples=30)
@given(partitions(), st.randoms(use_true_random=False))
def test_the_same_of_many_more(given_: Sequence[Sequence[Answer]], chance: random.Random) -> None:
    merge_in_any_order(given_, chance)


def merge_in_any_order(given_: Sequence[Sequence[Answer]], chance: random.Random) -> None:
    shuffled = [*given_, *chance.sample(list(given_), len(given_) // 2)]
    chance.shuffle(shuffled)
    state = merged(shuffled)
    assert rows_of(state) == {table: plain(one for some in given_ for one in some)[table] for table in COLUMNS}
    for table in STATE:
        assert not table.violations(state[table])
        assert state[table].equals(merged(given_)[table])
