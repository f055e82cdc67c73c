"""The page of one stock in Chromium, of 1,000 stocks with ten years of history: what opening it takes, and then all of
its years, from a server 30 ms away at 20 Mbit/s."""

import json
import re
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks import history
from benchmarks.figures import Figure
from bluedot_assets.adapters.site.pages import SHELL
from bluedot_assets_tests.browser.site_pages import CHROMIUM, Site, launch, served, stock

YEARS: Final = 10
ROUNDS: Final = 5
AWAY_MS: Final = 30
BYTES_A_SECOND: Final = 20e6 / 8
SYMBOL: Final = history.NAMES[history.STOCKS // 2]
PUBLISHED: Final = re.compile(r"bars-\d{4}|dots|adjustments")
# The time of the first paint after all is drawn, on the page's own clock (0 is the navigation).
DRAWN: Final = """(words) => new Promise((done) => {
    const look = () => document.querySelector('.tools p')?.innerText.includes(words)
        ? requestAnimationFrame(() => setTimeout(() => done(performance.now()))) : requestAnimationFrame(look);
    look();
})"""


class Opened(NamedTuple):
    """Requests and bytes of bodies of an opened page, and with all years, which then took so many seconds."""

    requests: int
    size: int
    of_years: int
    size_of_years: int
    seconds: float


def measure() -> list[Figure]:
    """Figures; without Chromium, that it is absent."""
    if CHROMIUM is None:
        return [Figure("Ten years of a stock drawn", None, "s", note="no Chromium here")]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        size = _publish(Path(folder))
        browser = launch(playwright)
        with served(Path(folder)) as address:
            pages = [_opened(browser, f"{address}stock.html?symbol={SYMBOL}&timeframe=daily") for _ in range(ROUNDS)]
        browser.close()
    one = pages[-1]
    seconds = statistics.median(page.seconds for page in pages)
    away = f"{AWAY_MS} ms away at {BYTES_A_SECOND * 8 / 1e6:.0f} Mbit/s, empty cache; median of {ROUNDS}"
    opening = f"of which the first page is drawn from the series; {one.size / 1000:.0f} KB in all"
    return [
        Figure("All ten years drawn, from the click", seconds, "s", note=away),
        Figure("Bytes for that", one.size_of_years / 1e6, "MB", at_most=3, note=f"of {size / 1e6:.0f} MB of tables"),
        Figure("Requests for that", one.of_years, "", at_most=2 * (YEARS + 1), note="two a calendar year"),
        Figure("Requests of the page before", one.requests, "", note=opening),
    ]


def _publish(root: Path) -> int:
    """Gives the bytes of the published tables."""
    shutil.copytree(SHELL, root / "repository")
    site = Site(root / "repository")
    site.registry()
    site.status()
    site.dashboard([stock(SYMBOL)])
    site.series(SYMBOL, bars=history.WINDOW)
    made = {file.name: content for file, content in history.files_of(YEARS).items() if PUBLISHED.fullmatch(file.name)}
    for name, content in made.items():
        site.write(f"daily/history/{name}.parquet", content)
    files = {f"{name}.parquet": {"bytes": len(content)} for name, content in made.items()}
    site.write("daily/history/history.json", json.dumps({"schema_version": 1, "files": files}))
    return sum(map(len, made.values()))


def _opened(browser: Browser, address: str) -> Opened:
    context = browser.new_context()
    page = context.new_page()
    _away(page)
    got: list[Response] = []
    page.on("response", lambda one: got.append(one))  # noqa: PLW0108  playwright marks what it calls
    page.goto(address)
    page.get_by_role("region", name="Every dot").wait_for()
    page.wait_for_load_state("networkidle")
    before = [*got]
    begun = float(page.evaluate("performance.now()"))
    page.get_by_role("button", name="All", exact=True).click()
    seconds = (float(page.evaluate(DRAWN, "since")) - begun) / 1000
    years = got[len(before) :]
    opened = Opened(len(before), _size(before), len(years), _size(years), seconds)
    context.close()
    return opened


def _away(page: Page) -> None:
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    speed = {"offline": False, "latency": AWAY_MS, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", speed)


def _size(responses: list[Response]) -> int:
    return sum(int(one.headers.get("content-length", 0)) for one in responses)
