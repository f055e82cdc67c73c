"""Dates of dots to text and back; the Pine runtime decodes the same cases in `pine/test_decoder.py`."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluedot_assets.kernel.tradingview.pine.encoding import DIGITS, FARTHEST, encode_days
from bluedot_assets_tests.examples.pine_cases import decode_days

EPOCH = date(2020, 1, 1)
FAR = st.lists(st.integers(0, 40_000), max_size=1000)


@given(FAR)
def test_any_days_come_back_sorted_and_once(offsets: list[int]) -> None:
    days = [EPOCH + timedelta(days=offset) for offset in offsets]
    assert decode_days(encode_days(days, EPOCH), EPOCH) == sorted(set(days))


@given(st.lists(st.sampled_from([1, 2, 59, 60, 61, 62, 63, 3000, FARTHEST - 1, FARTHEST, FARTHEST + 1]), max_size=40))
def test_gaps_around_every_boundary_come_back(gaps: list[int]) -> None:
    days = [EPOCH + timedelta(days=sum(gaps[:count])) for count in range(len(gaps) + 1)]
    assert decode_days(encode_days(days, EPOCH), EPOCH) == days


@pytest.mark.parametrize(
    ("gap", "text"), [(0, "0"), (60, "y"), (61, "z0z"), (62, "z10"), (3000, "zmO"), (3843, "zzz0"), (7686, "zzzzzz0")]
)
def test_a_gap_is_written_so(gap: int, text: str) -> None:
    assert encode_days([EPOCH + timedelta(days=gap)], EPOCH) == text


def test_no_dots_are_no_text() -> None:
    assert encode_days([], EPOCH) == ""
    assert decode_days("", EPOCH) == []


def test_a_thousand_dots_on_following_days_take_a_thousand_characters() -> None:
    days = [EPOCH + timedelta(days=1 + number) for number in range(1000)]
    assert encode_days(days, EPOCH) == "1" * 1000


def test_a_day_before_the_epoch_is_an_error() -> None:
    with pytest.raises(ValueError, match="before the epoch"):
        encode_days([EPOCH - timedelta(days=1)], EPOCH)


@pytest.mark.parametrize("text", ["z", "z1", "1z1", "-", "1|", "z1-"])
def test_a_text_that_nobody_wrote_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="cut short or damaged"):
        decode_days(text, EPOCH)


def test_the_digits_mean_nothing_inside_a_pine_string() -> None:
    assert len(set(DIGITS)) == 62
    assert DIGITS.isascii()
    assert DIGITS.isalnum()
