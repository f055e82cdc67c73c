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
    assert parse_trigger(text.encode(), DAILY, "v1") == Trigger(key, expected, None, "v1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_trigger_is_read_in_every_encoding_that_editors_write(encoding: str, ends: str) -> None:
    content = f"2024-08-02{ends}expected=1247{ends}".encode(encoding)
    assert parse_trigger(content, DAILY) == Trigger("2024-08-02", 1247)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\r\0\n\0", b"\xfe\xff\0\n"])
def test_a_byte_order_mark_alone_is_an_empty_trigger(content: bytes) -> None:
    assert parse_trigger(content, DAILY) == Trigger()


@pytest.mark.parametrize("content", [b"\xff\xfe\0", b"\xff", b"\0", b"\xff\xfe2\0x\0"])
def test_bytes_that_are_no_text_are_a_problem(content: bytes) -> None:
    assert "is no daily key" in (parse_trigger(content, DAILY).problem or "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("soon", "its first line 'soon' is no daily key like 2024-08-02"),
        ("2024-W31", "its first line '2024-W31' is no daily key like 2024-08-02"),
        (
            "2024-02-30\nexpected=5",
            "its first line '2024-02-30' is no daily key like 2024-08-02 (2024-02-30 is not in the calendar)",
        ),
        ("2024_08_02", "its first line '2024_08_02' is no daily key like 2024-08-02 (did you mean 2024-08-02?)"),
        ("2024-08-02\nexpected=many", "its second line 'expected=many' is not expected=NUMBER"),
        ("2024-08-02\n1247", "its second line '1247' is not expected=NUMBER"),
        ("2024-08-02\nexpected=-1", "its second line 'expected=-1' is not expected=NUMBER"),
    ],
)
def test_what_cannot_be_understood_is_a_problem_in_words(text: str, problem: str) -> None:
    assert parse_trigger(text.encode(), DAILY).problem == problem


def test_a_week_that_its_year_does_not_have_is_named_with_the_one_that_it_is() -> None:
    problem = parse_trigger(b"2025-W53", WEEKLY).problem
    assert problem is not None
    assert problem.endswith("(2025 has 52 ISO weeks: that week is 2026-W01)")


def test_a_long_wrong_line_is_cut_in_the_problem() -> None:
    assert len(parse_trigger(b"x" * 100_000, DAILY).problem or "") < 150


def test_weekly_triggers_take_weekly_keys() -> None:
    assert parse_trigger(b"2024-W31", WEEKLY).key == "2024-W31"
    assert parse_trigger(b"2024-08-02", WEEKLY).problem is not None


def test_the_expected_number_is_that_of_the_folder_it_speaks_of() -> None:
    named = Trigger("2024-08-01", 10)
    assert named.expected_of("2024-08-01", ["2024-08-01", "2024-08-02"]) == 10
    assert named.expected_of("2024-08-02", ["2024-08-01", "2024-08-02"]) is None
    newest = Trigger(None, 10)
    assert newest.expected_of("2024-08-02", ["2024-08-01", "2024-08-02"]) == 10
    assert newest.expected_of("2024-08-01", ["2024-08-01", "2024-08-02"]) is None
    assert Trigger("2024-08-01").expected_of("2024-08-01", ["2024-08-01", "2024-08-02"]) is None
