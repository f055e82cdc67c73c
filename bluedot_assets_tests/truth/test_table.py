"""The table itself: it is whole, and the documentation's page is made of it."""

from collections import Counter
from typing import Final

from bluedot_assets_tests.truth.case import KINDS
from bluedot_assets_tests.truth.cases import CASES
from bluedot_assets_tests.truth.page import PAGE, page

ALL: Final = [case for cases in CASES.values() for case in cases]


def test_the_page_is_made_of_the_cases() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m bluedot_assets_tests.truth.page"


def test_every_kind_is_known_and_no_sentence_stands_twice() -> None:
    assert list(CASES) == list(KINDS)
    assert [name for name, times in Counter(case.name for case in ALL).items() if times > 1] == []


def test_every_case_that_says_something_says_what_to_do() -> None:
    assert [case.name for case in ALL if case.says and not case.remedy] == []
