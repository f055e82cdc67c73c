"""The built documentation in a browser: every page on a phone and on a desktop, and the search."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from bluedot_assets.adapters.site.pages import SHELL
from bluedot_assets_tests.browser.site_pages import served
from docs_site.build import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.long
# The theme puts each table into a box of its own once the page is loaded.
BOXED = """document.querySelectorAll("article table:not([class])").length
    === document.querySelectorAll(".md-typeset__scrollwrap table").length"""


GIVEN_UP = "net::ERR_ABORTED"  # by the browser itself, which goes on to the next page


@pytest.fixture(scope="module")
def documentation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """Its address, below /docs/ of a site as each publish has it, and the paths of its pages."""
    web = tmp_path_factory.mktemp("web")
    shutil.copytree(SHELL, web / "repository")
    folder = web / "repository/docs"
    build(folder)
    paths = sorted(page.parent.relative_to(folder).as_posix() for page in folder.rglob("index.html"))
    with served(web) as address:
        yield f"{address.rstrip('/')}/docs", paths


@pytest.fixture
def faults(browser: "Browser", documentation: tuple[str, list[str]]) -> Iterator[tuple["Page", list[str]]]:
    """A page, and what goes wrong on it: errors, what cannot be had, what another host is asked for."""
    address, _ = documentation
    found: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", lambda one: None if one.failure == GIVEN_UP else found.append(f"{one.url}: {one.failure}"))
    page.on("response", lambda answer: found.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("request", lambda one: None if one.url.startswith((address, "data:")) else found.append(f"asked {one.url}"))
    yield page, found
    context.close()


def test_every_page_fits_a_phone_and_a_desktop_and_asks_nobody_else(
    documentation: tuple[str, list[str]], faults: tuple["Page", list[str]]
) -> None:
    address, paths = documentation
    page, found = faults
    for path in paths:
        page.goto(f"{address}/{path}/")
        page.wait_for_function(BOXED)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            # A drawer slides away for a moment.
            page.wait_for_function(f"document.documentElement.scrollWidth <= {width}", timeout=5_000)
    assert len(paths) > 35
    assert found == []


def test_a_table_that_is_wider_than_a_phone_scrolls_in_its_own_box_and_breaks_no_name(
    documentation: tuple[str, list[str]], faults: tuple["Page", list[str]]
) -> None:
    page, _ = faults
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{documentation[0]}/settings/")
    box = page.locator(".md-typeset__scrollwrap").first
    assert box.evaluate("one => one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX") == "auto"
    names = page.locator("td:first-child code")
    lines = names.evaluate_all("all => all.filter(one => one.getClientRects().length > 1).map(one => one.textContent)")
    assert names.count() > 45
    assert lines == []


@pytest.mark.parametrize(
    ("word", "heading"), [("RLST", "RLST"), ("session", "Session"), ("partition", "Partition"), ("dot", "Dot")]
)
def test_the_search_finds_the_glossary_first(
    documentation: tuple[str, list[str]], faults: tuple["Page", list[str]], word: str, heading: str
) -> None:
    page, found = faults
    page.set_viewport_size({"width": 1280, "height": 844})
    page.goto(f"{documentation[0]}/")
    page.locator(".md-search__input").click()
    page.keyboard.type(word, delay=30)
    first = page.locator(".md-search-result__item").first
    first.wait_for(timeout=20_000)
    assert "/glossary/" in (first.locator("a").first.get_attribute("href") or "")
    assert heading in first.inner_text()
    assert found == []


def test_a_reader_comes_from_the_first_page_to_what_a_dot_is(
    documentation: tuple[str, list[str]], faults: tuple["Page", list[str]]
) -> None:
    page, found = faults
    page.goto(f"{documentation[0]}/")
    page.get_by_role("main").get_by_role("link", name="For traders").first.click()
    page.wait_for_url("**/for-traders/")
    assert "blue dot" in page.get_by_role("main").inner_text()
    assert found == []


def test_a_reader_comes_back_to_the_site_from_any_page(
    documentation: tuple[str, list[str]], faults: tuple["Page", list[str]]
) -> None:
    address, _ = documentation
    page, _ = faults
    site = address.removesuffix("docs")
    for path in ("", "for-traders/", "tutorials/backfill/"):
        page.goto(f"{address}/{path}")
        page.get_by_role("link", name="Scripts", exact=True).first.click()
        page.wait_for_url(f"{site}pine/index.html")
    page.get_by_role("link", name="How to read this").click()
    page.get_by_role("link", name="Dots", exact=True).first.click()
    page.wait_for_url(f"{site}index.html")
