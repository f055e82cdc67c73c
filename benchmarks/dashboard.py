"""The dashboard of 5,000 stocks in Chromium: from the navigation to today's dots in sight; and the index's bytes."""

import json
import shutil
import statistics
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
from playwright.sync_api import Browser, sync_playwright

from bluedot_assets.adapters.site.pages import SHELL
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


def measure() -> list[str]:
    """Lines of figures; without Chromium, that it is absent."""
    lines = [_index_bytes()]
    if CHROMIUM is None:
        return [*lines, "no chromium here: the pages are not measured"]
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
    return [
        *lines,
        f"{STOCKS:,} stocks, dashboard.json {size / 1000:.0f} KB; median of {ROUNDS}, empty cache",
        f"today's dots in sight after {today:.2f} s, the slowest {max(times[:ROUNDS]):.2f} s (aim: 1.5)",
        f"RLST movers in sight after {movers:.2f} s",
    ]


def _seconds(browser: Browser, address: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address, wait_until="commit")
    seen_ms = float(page.evaluate(ROWS_SEEN))
    context.close()
    return seen_ms / 1000


def _index_bytes() -> str:
    """The largest index of 1,000 stocks that is likely: long names, four CSVs each."""
    wanted = publication()
    stock = msgspec.structs.replace(
        wanted.index.stocks[0],
        name="Larsen & Toubro Infotech and Mindtree Limited",
        last_dot=date(2024, 8, 2),
        pattern="Cup with handle",
        sha256=["0" * 64] * 4,
        bytes=[12345] * 4,
    )
    stocks = [msgspec.structs.replace(stock, symbol=f"SYMBOL{number:05d}") for number in range(1000)]
    large = replace(wanted, index=msgspec.structs.replace(wanted.index, stocks=stocks))
    return f"index.json of 1,000 stocks: {len(large.index.encoded()) / 1000:.0f} KB (aim: below 600)"


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
