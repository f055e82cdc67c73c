"""TradingView's rules for the rows of a CSV: one broken at a time, each found in its file and line."""

import re
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluedot_assets.kernel.series.tradingview_rows import Violation, violations

LATEST = date(2024, 8, 2)
GOOD = b"20240731T,101,104.5,100.25,103,341381\n20240801T,103,103,103,103,0\n20240802T,0.0000001,16768.05,0,94,7\n"
FORM = "not YYYYMMDDT and five plain decimals, separated by commas"


def with_line(number: int, line: bytes) -> bytes:
    """The good file with another line `number` (from 1)."""
    lines = GOOD.split(b"\n")
    lines[number - 1] = line
    return b"\n".join(lines)


def among_good_ones(content: bytes) -> list[Violation]:
    """What is found when the file stands between two good ones."""
    return violations({"A.csv": GOOD, "B.csv": content, "C.csv": GOOD}, LATEST)


def test_a_good_file_breaks_nothing() -> None:
    assert among_good_ones(GOOD) == []
    assert violations({}, LATEST) == []
    assert violations({"A.csv": b"19000101T,1,1,1,1,0\n"}, LATEST) == []


@pytest.mark.parametrize(
    "line",
    [
        b"date,open,high,low,close,volume",
        b"# comment",
        b"",
        b" ",
        b"20240801T, 103,103,103,103,0",
        b"20240801T,103,103,103,103,0 ",
        b"20240801T,103,103,103,103,0\r",
        b"20240801T;103;103;103;103;0",
        b"20240801,103,103,103,103,0",
        b"2024-08-01T,103,103,103,103,0",
        b"240801T,103,103,103,103,0",
        b"20240801TT,103,103,103,103,0",
        b"20240801T,103,103,103,103",
        b"20240801T,103,103,103,103,0,0",
        b"20240801T,103,103,103,103,",
        b"20240801T,,103,103,103,0",
        b"20240801T,None,103,103,103,0",
        b"20240801T,NaN,103,103,103,0",
        b"20240801T,nan,103,103,103,0",
        b"20240801T,inf,103,103,103,0",
        b"20240801T,1e-7,103,1e-7,103,0",
        b"20240801T,103,1E22,103,103,0",
        b"20240801T,103,103,-103,103,0",
        b"20240801T,103,103,103,103,-1",
        b"20240801T,+103,103,103,103,0",
        b"20240801T,103.,103,103,103,0",
        b"20240801T,.5,103,.5,103,0",
        b"20240801T,1.2.3,103,1,103,0",
        b"20240801T,1_0,103,1,103,0",
        b'20240801T,"103",103,103,103,0',
        "20240801T,\uff11,103,1,103,0".encode(),
        b"20240801T,103,103,103,103,0\0",
    ],
)
def test_a_line_that_is_not_of_the_form_is_found(line: bytes) -> None:
    assert among_good_ones(with_line(2, line)) == [Violation("B.csv", 2, FORM)]


@pytest.mark.parametrize(
    ("number", "line", "rule"),
    [
        (1, b"20240230T,1,1,1,1,0", "the date does not exist"),
        (2, b"20241301T,1,1,1,1,0", "the date does not exist"),
        (3, b"20240803T,1,1,1,1,0", "the date is after 2024-08-02"),
        (1, b"18991231T,1,1,1,1,0", "the date is before 1900-01-01"),
        (2, b"20240731T,1,1,1,1,0", "dates are not ascending and unique"),
        (2, b"20240730T,1,1,1,1,0", "dates are not ascending and unique"),
        (3, b"20240801T,1,1,1,1,0", "dates are not ascending and unique"),
        (2, b"20240801T,103,104,103.5,103.75,0", "low is above open, close or high"),
        (2, b"20240801T,103.75,104,103.5,103,0", "low is above open, close or high"),
        (2, b"20240801T,104.5,104,103,103,0", "high is below open or close"),
        (2, b"20240801T,103,104,103,104.0000000001,0", "high is below open or close"),
        (2, b"20240801T,1,%b,1,1,0" % (b"9" * 400), "a number is not finite"),
        (2, b"20240801T,1,1,1,1,%b" % (b"9" * 400), "a number is not finite"),
    ],
)
def test_a_value_that_breaks_a_rule_is_found_in_its_file_and_line(number: int, line: bytes, rule: str) -> None:
    found = among_good_ones(with_line(number, line))
    assert Violation("B.csv", number, rule) in found
    assert {one.file for one in found} == {"B.csv"}


def test_the_constant_layout_of_old_is_refused() -> None:
    assert among_good_ones(with_line(2, b"20240801T,0,1000,0,24565.35,0")) == [
        Violation("B.csv", 2, "high is below open or close")
    ]


def test_newest_first_is_refused_from_the_second_line_on() -> None:
    newest_first = b"".join(reversed(GOOD.splitlines(keepends=True)))
    rule = "dates are not ascending and unique"
    assert among_good_ones(newest_first) == [Violation("B.csv", 2, rule), Violation("B.csv", 3, rule)]


@pytest.mark.parametrize(
    ("content", "line", "rule"),
    [
        (b"", 1, "the file is empty"),
        (b"\n", 1, FORM),
        (GOOD[:-1], 3, "the last line has no end"),
        (GOOD + b"\n", 4, FORM),
        (b"\xef\xbb\xbf" + GOOD, 1, FORM),
        (GOOD.replace(b"\n", b"\r\n"), 1, FORM),
        (GOOD.replace(b"\n", b""), 1, "the last line has no end"),
    ],
)
def test_a_file_without_rows_or_with_another_ending_is_found(content: bytes, line: int, rule: str) -> None:
    assert among_good_ones(content) == [Violation("B.csv", line, rule)]


def test_a_file_of_bad_form_does_not_hide_the_bad_values_of_another() -> None:
    files = {"A.csv": b"", "B.csv": with_line(2, b"20240801T,103,103,103,104,0"), "C.csv": with_line(1, b"x")}
    assert {(one.file, one.line) for one in violations(files, LATEST)} == {("A.csv", 1), ("B.csv", 2), ("C.csv", 1)}


def test_dates_are_compared_within_a_file_and_not_across_files() -> None:
    assert violations({"A.csv": b"20240802T,1,1,1,1,0\n", "B.csv": b"20240801T,1,1,1,1,0\n"}, LATEST) == []


def test_a_violation_reads_as_file_line_and_rule() -> None:
    assert str(Violation("B.csv", 2, "the date does not exist")) == "B.csv, line 2: the date does not exist"


def breaks_a_rule(content: bytes) -> bool:
    """The same rules once more, line by line in plain Python."""
    if not re.fullmatch(rb"(?:[0-9]{8}T(?:,[0-9]+(?:\.[0-9]+)?){5}\n)+", content):
        return True
    earlier = ""
    for line in content.decode().splitlines():
        day, *numbers = line.split(",")
        opened, high, low, close, _ = map(float, numbers)
        try:
            known = date(1900, 1, 1) <= datetime.strptime(day, "%Y%m%dT").date() <= LATEST  # noqa: DTZ007
        except ValueError:
            known = False
        if not known or day <= earlier or not low <= opened <= high or not low <= close <= high:
            return True
        earlier = day
    return False


@st.composite
def nearly_good_files(draw: st.DrawFn) -> bytes:
    changed = bytearray(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(changed) - 1))
        piece = draw(st.sampled_from([b"", b"0", b"1", b".", b",", b"T", b"\n", b"T,", b"9,", b" ", b"-", b"e"]))
        changed[place : place + draw(st.integers(0, 2))] = piece
    return bytes(changed)


@settings(max_examples=300, deadline=None)
@given(st.lists(nearly_good_files(), min_size=1, max_size=3))
def test_the_checker_finds_a_fault_in_exactly_the_files_that_have_one(contents: list[bytes]) -> None:
    files = {f"{place}.csv": content for place, content in enumerate([*contents, GOOD])}
    found = {one.file for one in violations(files, LATEST)}
    assert found == {name for name, content in files.items() if breaks_a_rule(content)}
