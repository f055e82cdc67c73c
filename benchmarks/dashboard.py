"""The dashboard of 5,000 stocks in Chromium: from the navigation to today's dots in sight; and the index's bytes."""

import shutil
import statistics
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
from playwright.sync_api import Browser, sync_playwright

from benchmarks.figures import Figure
from bluedot_assets.adapters.site.pages import SHELL
from bluedot_assets.kernel.series.indicators import DEFAULT_INDICATORS
from bluedot_assets_tests.browser.site_pages import CHROMIUM, Site, launch, many_stocks, served
from bluedot_assets_tests.examples.publications import publication

STOCKS = 5000
ROUNDS = 5
# The time of the first paint after the first row stands there, on the page's own clock (0 is the navigation).
ROWS_SEEN = """new Promise((done) => {
    const look = () => document.querySelector('.grid tbody a')
        ? requestAnimationFrame(() => setTimeout(() => done(performance.now()))) : requestAnimationFrame(look);
    look();
})"""


def measure() -> list[Figure]:
    """Figures; without Chromium, that it is absent."""
    index = _index()
    if CHROMIUM is None:
        return [index, Figure("Today's dots in sight", None, "s", at_most=1.5, note="no Chromium here")]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        shutil.copytree(SHELL, root / "repository")
        site = Site(root / "repository")
        site.registry()
        site.status()
        site.dashboard(many_stocks(STOCKS))
        size = (site.folder / "daily/latest/dashboard.json").stat().st_size
        browser = launch(playwright)
        with served(root) as address:
            times = [_seconds(browser, f"{address}?view={view}") for view in ("today", "rise5") for _ in range(ROUNDS)]
        browser.close()
    today, movers = statistics.median(times[:ROUNDS]), statistics.median(times[ROUNDS:])
    what = f"{STOCKS:,} stocks, dashboard.json {size / 1000:.0f} KB; median of {ROUNDS}, empty cache"
    slowest = f"the slowest {max(times[:ROUNDS]):.2f} s; {what}"
    return [
        index,
        Figure("Today's dots in sight", today, "s", at_most=1.5, note=slowest),
        Figure("RLST movers in sight", movers, "s"),
    ]


def _seconds(browser: Browser, address: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address, wait_until="commit")
    seen_ms = float(page.evaluate(ROWS_SEEN))
    context.close()
    return seen_ms / 1000


def _index() -> Figure:
    """The largest index of 1,000 stocks that is likely: long names, four CSVs each."""
    wanted = publication()
    stock = msgspec.structs.replace(
        wanted.index.stocks[0],
        name="Larsen & Toubro Infotech and Mindtree Limited",
        last_dot=date(2024, 8, 2),
        pattern="Cup with handle",
        sha256=["0" * 64] * len(DEFAULT_INDICATORS),
        bytes=[12345] * len(DEFAULT_INDICATORS),
    )
    stocks = [msgspec.structs.replace(stock, symbol=f"SYMBOL{number:05d}") for number in range(1000)]
    index = msgspec.structs.replace(wanted.index, indicators=[*DEFAULT_INDICATORS], stocks=stocks)
    large = replace(wanted, index=index)
    return Figure("index.json of 1,000 stocks", len(large.index.encoded()) / 1000, "KB", at_most=600)
