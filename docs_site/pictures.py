"""`python -m docs_site.pictures`: takes all pictures of the documentation anew, on a sample: the site, the asset graph,
and the tutorial *A backfill in the Dagster UI* by its steps. Needs chromium; takes some minutes."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Page, sync_playwright

IMAGES: Final = Path(__file__).parent / "docs/images"
BIN: Final = Path(sys.executable).parent
FLAGS: Final = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
MINUTE: Final = 60_000  # milliseconds


def site(page: Page, address: str) -> None:
    """Its first page, and the page of the stock that stands first there."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    first = page.locator("tbody a").first
    first.wait_for(timeout=MINUTE)
    take(page, "site")
    first.click()
    page.locator("canvas").first.wait_for(timeout=MINUTE)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.wait_for_timeout(1_000)
    take(page, "stock")


def asset_graph(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 2000, "height": 1100})  # in a smaller one the nodes are names alone
    page.goto(f"{address}/locations/__repository__@bluedot_assets/asset-groups/daily/lineage")
    page.get_by_text("pine_scripts").first.wait_for(timeout=2 * MINUTE)
    page.wait_for_timeout(10_000)  # counts and states come after the graph
    take(page, "asset-graph")


def backfill(page: Page, address: str, days: str) -> None:
    """The steps of the tutorial."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/jobs")
    page.get_by_role("link", name="daily_pipeline").click()
    page.goto(f"{page.url}/partitions")
    start = page.get_by_role("button", name="Materialize").first
    start.wait_for(timeout=2 * MINUTE)
    page.wait_for_timeout(10_000)  # the partitions come after the page
    take(page, "backfill-partitions")
    start.click()
    chosen = page.get_by_placeholder("No matching partitions")
    chosen.fill(days)
    chosen.press("Tab")
    page.wait_for_timeout(2_000)
    take(page, "backfill-dialog")
    page.get_by_role("button", name="Launch backfill").click()
    while not page.get_by_text("Succeeded").first.is_visible():  # a list that was empty does not follow by itself
        page.wait_for_timeout(10_000)
        page.reload()
        page.get_by_text("Backfill history").wait_for(timeout=MINUTE)
        page.wait_for_timeout(5_000)
    take(page, "backfill-done")


def take(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png")


@contextmanager
def running(folder: str, command: str, port: int) -> Iterator[str]:
    """A server of the sample until the end of the block, once it listens; its address."""
    with subprocess.Popen([BIN / "bluedot", "--sample", command, "--port", str(port)], cwd=folder) as process:
        try:
            while process.poll() is None and not _listens(port):
                time.sleep(1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def main() -> None:
    """A sample of eight days, of which the newest is made; the others are the backfill's."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        for arguments in (["sample", "--days", "8"], ["--sample", "run", "--quiet"]):
            subprocess.run([BIN / "bluedot", *arguments], check=True, cwd=folder)
        ui = stack.enter_context(running(folder, "dev", _free_port()))
        days = sorted(path.name for path in Path(folder, "sample/drive/daily").glob("20*"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        backfill(page, ui, f"[{days[0]}...{days[-2]}]")
        asset_graph(page, ui)
        site(page, stack.enter_context(running(folder, "serve", _free_port())))
        browser.close()


if __name__ == "__main__":
    main()
