"""Every page of a published site in Chromium, its Content-Security-Policy switched off, over names that are markup and
programs: nothing of them runs. Which names there are is in `torture/hostile`."""

import json
import random
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from bluedot_assets_tests.servers.processes import start
from bluedot_assets_tests.torture.attack import Once, attack
from bluedot_assets_tests.torture.attacks.names import GROUP
from bluedot_assets_tests.torture.hostile import ALL, PAGES, write_hostile, write_lists

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

VIEWS: Final = ("today", "last5", "last20", "rise5", "rise20", "above80", "__proto__")
# Texts that stay what they are: dates, versions, digests, what names a column or a file.
FIXED: Final = frozenset(
    {"columns", "timeframe", "as_of", "session", "last", "indicators", "timezones", "partition", "outcome", "at"}
)
LINKS: Final = "all => all.map((one) => one.href)"


def _spoiled(value: Any, chance: random.Random, key: str = "") -> Any:
    """JSON as somebody would write it who may write to the site: hostile wherever a text is free."""
    if isinstance(value, dict):
        return {name: _spoiled(one, chance, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_spoiled(one, chance, key) for one in value]
    free = isinstance(value, str) and key not in FIXED and not value[:2].isdigit() and chance.random() < 0.3
    return chance.choice(PAGES) if free else value


class Visit:
    """One reader: what its pages ask for, say and do."""

    def __init__(self, browser: "Browser", address: str) -> None:
        self.address, self.count, self.wrong = address, 0, list[str]()
        self.context = browser.new_context(bypass_csp=True, accept_downloads=True)
        self.context.set_default_timeout(15_000)
        # Before any script of the page: whatever sets the marker is seen, also in a frame.
        self.context.add_init_script("Object.defineProperty(window, 'taken', {set() { console.log('TAKEN'); }})")
        self.page = self.context.new_page()
        self._listen(self.page)

    def _listen(self, page: "Page") -> None:
        page.on("console", lambda one: self.wrong.append("a text ran") if "TAKEN" in one.text else None)
        page.on("pageerror", lambda error: self.wrong.append(f"a script failed: {error}"))
        page.on("dialog", self._dismissed)
        page.on("popup", lambda other: self.wrong.append(f"another window: {other.url}"))
        page.on("request", lambda request: self._requested(request.url))

    def _dismissed(self, dialog: "Dialog") -> None:
        self.wrong.append("a dialog")
        dialog.dismiss()

    def _requested(self, url: str) -> None:
        if not url.startswith((self.address.removesuffix("repository/"), "data:image/svg+xml,%3Csvg", "blob:")):
            self.wrong.append(f"a request to {url[:200]}")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_timeout(250)  # what runs at all runs then
        for url in self.page.locator("a[href]").evaluate_all(LINKS):
            if not str(url).startswith((self.address, "https://www.tradingview.com/", "https://github.com/", "blob:")):
                self.wrong.append(f"a link to {str(url)[:200]}")
        self.count += 1

    def press_everything(self) -> None:
        """Each button that is seen, downloads among them."""
        for button in self.page.locator("button:visible").all():
            if button.is_visible() and button.is_enabled():
                button.click(no_wait_after=True)
        self.page.wait_for_timeout(200)

    def search(self, text: str) -> None:
        self.page.locator("#search").fill(text[:100])
        self.page.wait_for_timeout(150)
        self.page.keyboard.press("Escape")  # the list of what was found covers buttons

    def end(self) -> None:
        self.context.close()
        assert not self.wrong, f"at {self.page.url[:200]}: {', '.join(dict.fromkeys(self.wrong))}"


def _walk(visit: Visit, symbols: list[str], chance: random.Random) -> None:
    odd = quote(chance.choice(PAGES))
    for timeframe in ("daily", "weekly"):
        visit.go(f"index.html?timeframe={timeframe}&view={chance.choice(VIEWS)}")
        visit.press_everything()
    for symbol in chance.sample(symbols, min(2, len(symbols))):
        visit.go(f"stock.html?symbol={symbol}&timeframe=daily")
        visit.search(chance.choice(ALL))
        visit.press_everything()
    for path in (f"stock.html?symbol={odd}", f"index.html?view={odd}&timeframe={odd}&q={odd}#{odd}"):
        visit.go(path)
    visit.go("pine/index.html")
    visit.press_everything()


def _walk_the_rest(visit: Visit, chance: random.Random) -> None:
    for path in ("docs/", "docs/for-traders/", f"nothing/{quote(chance.choice(PAGES))}"):
        visit.go(path)


@attack(
    GROUP,
    "the same in every page in Chromium, its Content-Security-Policy switched off: each view, stock, script, download, "
    "link and address; then with hostile texts in `status.json`, `dashboard.json` and `index.json` themselves",
    long=6,
    short=1,
)
def hostile_pages(folder: Path) -> Iterator[Once]:
    # An attack is declared on machines without a browser too.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from bluedot_assets_tests.browser.site_pages import launch, served  # noqa: PLC0415

    web = folder / "web"
    web.mkdir()
    (web / "repository").symlink_to(folder / "shown")

    def once(chance: random.Random) -> Mapping[str, int]:
        root, shown = folder / "here", folder / "shown"
        for one in (root, shown):
            shutil.rmtree(one, ignore_errors=True)
        root.mkdir()
        write_hostile(root / "drive", chance)
        assert start(root, "bluedot", "run", **write_lists(root, chance)).wait(180) == 0
        shutil.copytree(root / "site", shown)
        dashboard = json.loads((shown / "daily/latest/dashboard.json").read_bytes())
        symbol, name = (dashboard["columns"].index(one) for one in ("symbol", "name"))
        names = {row[symbol]: row[name] for row in dashboard["stocks"]}
        with sync_playwright() as playwright, served(web) as address:
            browser = launch(playwright)
            first = Visit(browser, address)
            _walk(first, [*names], chance)
            _walk_the_rest(first, chance)
            _read_names(first, names)
            first.end()
            for path in [shown / "status.json", *shown.glob("*ly/latest/*.json")]:
                content = json.dumps(_spoiled(json.loads(path.read_bytes()), chance))
                path.unlink()
                path.write_text(content)
            second = Visit(browser, address)
            _walk(second, [*names], chance)
            second.wrong = [one for one in second.wrong if not one.startswith("a script failed")]
            second.end()
            browser.close()
        return {"pages": first.count + second.count, "stocks": len(names)}

    # Playwright's loop is that of a thread, and the tests of the pages keep the one of theirs.
    with ThreadPoolExecutor(1) as thread:
        yield lambda chance: thread.submit(once, chance).result()


def _read_names(visit: Visit, names: Mapping[str, str | None]) -> None:
    """Each stock's page shows its name, letter by letter; by symbol."""
    for symbol, name in names.items():
        visit.go(f"stock.html?symbol={symbol}&timeframe=daily")
        shown = visit.page.evaluate("document.body.textContent")
        if (name or "") not in shown:
            visit.wrong.append(f"the name {name!r} is not shown as it is")
