"""The scripts' page and the copies for the paste script, in Chromium: what is copied is what the kernel writes."""

import json
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

pytest.importorskip("playwright", reason="needs playwright, which the development dependencies hold")

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.kernel.bars.ratings import last_known_ratings, newest_bars
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.tradingview.pine.data import epoch_of, paste_text
from bluedot_assets.kernel.tradingview.pine.stocks import stocks_with_dots
from bluedot_assets_tests.browser.site_pages import Site, served
from bluedot_assets_tests.examples.trees import DAY, Installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.long
CLIPBOARD = "() => navigator.clipboard.readText()"


@pytest.fixture
def real(published: Installation, browser: "Browser", site: Site) -> "Iterator[BrowserContext]":
    """The site of a whole run under a sub-path, and a browser that may read the clipboard."""
    root = site.folder.parent.parent / "real"
    root.mkdir()
    (root / "repository").symlink_to(published.site)
    with served(root) as site.address:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(10_000)
        yield context
        context.close()
    assert site.said == []
    assert site.foreign() == []


def expected(published: Installation, *symbols: str) -> str:
    """The text of those stocks as the kernel makes it of the stored tables."""
    made = published.platform.outputs.require(Slot("daily", DAY, "bars"))
    tables = {
        one.name.removesuffix(".parquet"): pl.read_parquet(published.platform.outputs.read(one)) for one in made.objects
    }
    keys = {symbol: symbol for symbol in tables["stocks"]["symbol"]}
    ratings = last_known_ratings(newest_bars([tables["bars"]], tables["stocks"]), tables["stocks"], DAILY)
    every = stocks_with_dots(tables["stocks"], ratings, tables["dots"], keys)
    as_of = date.fromisoformat(DAY)
    return paste_text([one for one in every if not symbols or one.symbol in symbols], as_of, epoch_of(every, as_of))


def first_symbol(published: Installation) -> str:
    return str(json.loads((published.site / "daily/latest/dashboard.json").read_text())["stocks"][0][0])


def copied(page: "Page", label: str) -> str:
    page.get_by_role("button", name=label).click()
    page.locator(".copied", has_text="Copied").first.wait_for()
    return str(page.evaluate(CLIPBOARD)).replace("\r\n", "\n")


@pytest.mark.parametrize("timeframe", ["daily", "weekly"])
def test_a_stock_page_copies_what_the_kernel_writes(
    published: Installation, real: "BrowserContext", site: Site, timeframe: str
) -> None:
    symbol = first_symbol(published)
    page = site.listen(real.new_page())
    page.goto(f"{site.address}stock.html?symbol={symbol}&timeframe={timeframe}")
    assert copied(page, "Copy as text for the paste script") == expected(published, symbol)


def test_the_table_copies_the_stocks_that_it_shows(published: Installation, real: "BrowserContext", site: Site) -> None:
    page = site.listen(real.new_page())
    page.goto(f"{site.address}?view=last20")
    page.wait_for_selector(".grid tbody a")
    shown = [str(one) for one in page.locator(".grid tbody a").all_inner_texts()]
    assert copied(page, "Copy these stocks as text for the paste script") == expected(published, *shown)


def test_the_page_of_scripts_copies_each_of_them_whole(
    published: Installation, real: "BrowserContext", site: Site
) -> None:
    page = site.listen(real.new_page())
    page.goto(f"{site.address}pine/index.html")
    page.wait_for_selector(".script")
    files = sorted(path for path in (published.site / "pine/scripts").glob("*.pine"))
    assert page.locator(".script").count() == len(files) == 4
    assert "made-up sample data" in page.locator("#scripts").inner_text()
    for path in files:
        card = page.locator(f".script[data-file='{path.name}']")
        card.get_by_role("button", name=f"Copy {path.name}").click()
        card.locator(".copied", has_text="Copied").wait_for()
        assert page.evaluate(CLIPBOARD).replace("\r\n", "\n") == path.read_text()
        card.locator("summary").click()
        card.locator("pre", has_text="//@version=6").wait_for()
        assert card.locator("code").text_content() == path.read_text()


def test_without_a_clipboard_the_text_stands_there_selected(
    published: Installation, browser: "Browser", site: Site, real: "BrowserContext"
) -> None:
    symbol = first_symbol(published)
    page = site.listen(real.new_page())
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })")
    page.goto(f"{site.address}stock.html?symbol={symbol}")
    page.get_by_role("button", name="Copy as text for the paste script").press("Enter")
    page.locator(".copied", has_text="press Ctrl+C").wait_for()
    box = page.locator(".copying textarea")
    assert box.input_value() == expected(published, symbol)
    assert page.evaluate("() => document.activeElement.selectionEnd") == len(box.input_value())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_scripts_fits_a_phone(
    published: Installation, browser: "Browser", site: Site, real: "BrowserContext", scheme: str
) -> None:
    page = site.listen(real.new_page())
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site.address}pine/index.html")
    page.wait_for_selector(".script")
    page.locator("summary").first.click()
    page.locator("pre", has_text="//@version=6").first.wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


def test_without_scripts_the_page_says_so(page: "Page", site: Site) -> None:
    page.goto(f"{site.address}pine/index.html")
    page.wait_for_selector(".sentence.bad")
    assert "There are no scripts to show yet" in page.locator("#scripts").inner_text()


def test_hostile_names_in_the_catalog_stay_text(page: "Page", site: Site) -> None:
    name = "<img src=x onerror=alert(1)>"
    script = {"file": f"{name}.pine", "kind": "embedded", "tokens": 1, "bytes": 1, "number": 1, "of": 2, "stocks": 1}
    catalog = {
        "as_of": name,
        "stocks": 1,
        "newest": None,
        "sample": False,
        "scripts": [script | {"first": name, "last": name}],
    }
    site.write("pine/scripts/scripts.json", json.dumps(catalog))
    page.goto(f"{site.address}pine/index.html")
    page.wait_for_selector(".script")
    assert page.locator("#scripts img").count() == 0
    assert name in page.locator("#scripts").inner_text()
