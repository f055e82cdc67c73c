"""One Chromium for all tests of the pages, and a fresh site and page for each."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bluedot_assets.adapters.site.pages import SHELL

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from bluedot_assets_tests.browser.site_pages import Site


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    pytest.importorskip("playwright", reason="needs playwright, which the development dependencies hold")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from bluedot_assets_tests.browser.site_pages import CHROMIUM, launch  # noqa: PLC0415

    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def site(browser: "Browser", tmp_path: Path) -> "Iterator[Site]":
    """The pages over three made-up stocks, served under a sub-path."""
    from bluedot_assets_tests.browser.site_pages import Site, served, stock  # noqa: PLC0415

    folder = tmp_path / "web" / "repository"
    shutil.copytree(SHELL, folder)
    made = Site(folder)
    made.registry()
    made.status()
    made.dashboard([stock("ACC", rlst=90.0), stock("DIXON", rlst=70.0), stock("ZEE", rlst=None, dot_age=4)])
    with served(tmp_path / "web") as address:
        made.address = address
        yield made


@pytest.fixture
def page(browser: "Browser", site: "Site") -> "Iterator[Page]":
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(10_000)
    yield site.listen(context.new_page())
    context.close()
