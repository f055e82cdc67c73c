"""The page *Scale* says what the report beside it gives, by an arithmetic that holds together."""

import pytest

from benchmarks.scale.limits import SITE_BUDGET, backfill, bucket_cost, daily
from benchmarks.scale.page import PAGE, kept_report, page
from benchmarks.scale.report import Growth, Line, line
from benchmarks.stocks import Run


def test_the_page_is_made_of_the_report_that_is_kept() -> None:
    assert PAGE.read_text("utf-8") == page(kept_report())


def test_what_is_said_to_fit_on_pages_is_within_the_budget_and_one_folder_more_is_not() -> None:
    growth = Growth(kept_report())
    for stocks in (100, 1000, 5000):
        folders = growth.dated_folders(stocks, SITE_BUDGET) + 1
        assert growth.pages + folders * growth.folder.of(stocks) <= SITE_BUDGET
        assert growth.pages + (folders + 1) * growth.folder.of(stocks) > SITE_BUDGET
    pages = next(one for one in daily(growth) if one.name == "GitHub Pages")
    assert growth.dated_folders(pages.stocks, SITE_BUDGET) == 1
    assert growth.dated_folders(pages.stocks + 1, SITE_BUDGET) == 0


def test_the_limit_that_binds_first_stands_first() -> None:
    growth = Growth(kept_report())
    reached = [one.stocks for one in daily(growth)]
    assert reached == sorted(reached)
    times = [one.amounts[1] for one in backfill(growth) if one.unit == "s"]
    assert times == sorted(times, reverse=True)


def test_free_of_charge_ends_where_it_is_said_to() -> None:
    growth = Growth(kept_report())
    free = bucket_cost(growth, 1000).free
    assert bucket_cost(growth, free - 1).r2 == 0
    assert bucket_cost(growth, free + 10).r2 > 0


def test_a_line_goes_through_what_was_measured_and_ends_at_its_limit() -> None:
    rows = [Run(stocks, 0, 2 + stocks / 100, 0, 0, 0, 0) for stocks in (1000, 5000, 20_000)]
    found = line(rows, lambda one: one.cpu_s)
    assert found == pytest.approx(Line(2, 0.01))
    assert found.until(12) in {999, 1000}
    assert line([Run(n, 0, n - 500, 0, 0, 0, 0) for n in (1000, 2000)], lambda one: one.cpu_s).fixed == 0
