"""The page *Reliability* is made of the report that is kept, each at its full length."""

from bluedot_assets_tests.torture.attacks import ATTACKS
from bluedot_assets_tests.torture.page import PAGE, page, read_report


def test_the_page_is_made_of_the_report_that_is_kept() -> None:
    assert PAGE.read_text("utf-8") == page(read_report())


def test_each_row_of_the_page_is_an_attack_as_often_as_it_is_tried_at_length() -> None:
    shown = {row.name: (row.group, row.words, row.tries) for row in read_report().rows}
    assert shown == {one.name: (one.group, one.words, one.long) for one in ATTACKS.values()}


def test_nothing_was_lost() -> None:
    assert [row.lost for row in read_report().rows if row.lost] == []
