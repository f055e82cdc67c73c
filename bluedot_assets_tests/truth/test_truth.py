"""Every case through the real `bluedot run`: what is published, what is said, and by which check."""

from pathlib import Path

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.truth.case import Case
from bluedot_assets_tests.truth.cases import CASES
from bluedot_assets_tests.truth.running import assert_outcome, assert_said, assert_shown, run_case


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    pending = [pytest.mark.xfail(reason="not yet so", strict=False)] if case.pending else []
    return pending if case.quick else [*pending, pytest.mark.long]


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name, marks=_marks(case)) for of_kind in CASES.values() for case in of_kind]
)
def test_what_the_source_does_gets_its_answer(case: Case, case_folder: Path, bluedot: Bluedot) -> None:
    called, site = run_case(case, case_folder, bluedot)
    assert_outcome(case, called, site)
    assert_said(case, called)
    assert_shown(case, site)
