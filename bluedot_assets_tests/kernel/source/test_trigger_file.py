"""What a trigger file says."""

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.source.trigger_file import Trigger, parse_trigger


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("", None, None),
        (" \n\n", None, None),
        ("\ufeff", None, None),
        ("2024-08-02", "2024-08-02", None),
        ("2024-08-02\nexpected=1247\n", "2024-08-02", 1247),
        ("\ufeff2024-08-02\r\nexpected=1247\r\n", "2024-08-02", 1247),
        ("\n2024-08-02 \n\n EXPECTED = 12\nanything", "2024-08-02", 12),
        ("expected=5", None, 5),
    ],
)
def test_a_trigger_names_a_folder_or_the_newest_and_may_expect_a_number(
    text: str, key: str | None, expected: int | None
) -> None:
    assert parse_trigger(text, DAILY, "v1") == Trigger(key, expected, None, "v1")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("soon", "its first line 'soon' is no daily key like 2024-08-02"),
        ("2024-W31", "its first line '2024-W31' is no daily key like 2024-08-02"),
        ("2024-02-30\nexpected=5", "its first line '2024-02-30' is no daily key like 2024-08-02"),
        ("2024-08-02\nexpected=many", "its second line 'expected=many' is not expected=NUMBER"),
        ("2024-08-02\n1247", "its second line '1247' is not expected=NUMBER"),
        ("2024-08-02\nexpected=-1", "its second line 'expected=-1' is not expected=NUMBER"),
    ],
)
def test_what_cannot_be_understood_is_a_problem_in_words(text: str, problem: str) -> None:
    assert parse_trigger(text, DAILY).problem == problem


def test_a_long_wrong_line_is_cut_in_the_problem() -> None:
    assert len(parse_trigger("x" * 100_000, DAILY).problem or "") < 150


def test_weekly_triggers_take_weekly_keys() -> None:
    assert parse_trigger("2024-W31", WEEKLY).key == "2024-W31"
    assert parse_trigger("2024-08-02", WEEKLY).problem is not None


def test_the_expected_number_is_that_of_the_folder_it_speaks_of() -> None:
    named = Trigger("2024-08-01", 10)
    assert named.expected_of("2024-08-01", ["2024-08-01", "2024-08-02"]) == 10
    assert named.expected_of("2024-08-02", ["2024-08-01", "2024-08-02"]) is None
    newest = Trigger(None, 10)
    assert newest.expected_of("2024-08-02", ["2024-08-01", "2024-08-02"]) == 10
    assert newest.expected_of("2024-08-01", ["2024-08-01", "2024-08-02"]) is None
    assert Trigger("2024-08-01").expected_of("2024-08-01", ["2024-08-01", "2024-08-02"]) is None
