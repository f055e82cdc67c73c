"""The page *Speed* says what the report beside it says; how fast anything is, is no matter of tests."""

from benchmarks.page import PAGE, kept_report, page


def test_the_page_is_made_of_the_report_that_is_kept() -> None:
    assert PAGE.read_text("utf-8") == page(kept_report())


def test_a_budget_names_every_second_of_a_run() -> None:
    names = [part.name for part in kept_report().budget]
    assert {"imports", "definitions", "step raw_json", "step bars", "step site"} <= set(names)
    assert names[0] == "Python starts"
    assert names[-1] == "workers and Python end"
