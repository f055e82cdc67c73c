"""The table itself: it is whole, and the documentation's page is made of it."""

from collections import Counter
from typing import Final

import pytest

from bluedot_assets.kernel.calendar.timeframes import WEEKLY
from bluedot_assets.pipeline.stages.bars import bars_stage
from bluedot_assets.pipeline.stages.raw_json import RAW_JSON
from bluedot_assets_tests.truth.case import KINDS
from bluedot_assets_tests.truth.cases import CASES
from bluedot_assets_tests.truth.page import PAGE, page

ALL: Final = [case for cases in CASES.values() for case in cases]
RULES: Final = {rule.name: rule for rule in (*RAW_JSON.checks, *bars_stage(WEEKLY).checks)}
# No file can break it: what is not as declared is left out before. It is tested in `kernel/checks`.
UNBREAKABLE: Final = "schema"


def test_the_page_is_made_of_the_cases() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m bluedot_assets_tests.truth.page"


def test_every_kind_is_known_and_no_sentence_stands_twice() -> None:
    assert list(CASES) == list(KINDS)
    assert [name for name, times in Counter(case.name for case in ALL).items() if times > 1] == []


def test_every_case_that_says_something_says_what_to_do() -> None:
    assert [case.name for case in ALL if case.says and not case.remedy] == []


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_a_case_that_breaks_it_and_one_to_which_it_is_silent(rule: str) -> None:
    breaking = [case for case in ALL if any(message.by == rule for message in case.says) and not case.pending]
    assert breaking or rule == UNBREAKABLE
    assert [case for case in ALL if rule in case.silent and not case.pending]
    if RULES[rule].blocking and rule != UNBREAKABLE:
        assert [case for case in breaking if case.outcome == "blocked"]
        assert [case for case in breaking if case.outcome != "blocked"] or rule == "folder_named_right"


def test_the_quick_cases_are_few() -> None:
    assert sum(case.quick for case in ALL) <= 12, "each costs `make test` more than a second"
