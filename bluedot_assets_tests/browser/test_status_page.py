"""The status page, served over http and opened in Chromium."""

import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.commands.serve import SiteHandler
from bluedot_assets_tests.trees import DAY, WEEK, Installation

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"),
    *("--disable-background-networking", "--disable-sync", "--virtual-time-budget=5000", "--dump-dom"),
)

FAILURE = {"outcome": "failed", "at": "", "run_id": "", "reason": "No files."}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium, which .ci/run installs"),
]


class Page:
    """The site under a sub-path, as Pages has it, and what a browser makes of it."""

    def __init__(self, folder: Path, profile: Path) -> None:
        self.site = folder / "repository"
        self._profile = profile
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SiteHandler, directory=str(folder)))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def text(self) -> str:
        """What a person reads on the page."""
        address = f"http://127.0.0.1:{self._server.server_port}/repository/"
        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={self._profile}", address]
        dumped = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout
        return html.unescape(re.sub(r"<[^>]*>", " ", dumped.partition("<body>")[2]))

    def change(self, **daily: Any) -> None:
        """Change the daily timeframe in the served status.json."""
        status = json.loads((self.site / "status.json").read_bytes())
        status["timeframes"]["daily"] |= daily
        (self.site / "status.json").write_text(json.dumps(status))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def page(published: Installation, tmp_path: Path) -> Iterator[Page]:
    shutil.copytree(published.site, tmp_path / "web" / "repository")
    opened = Page(tmp_path / "web", tmp_path / "profile")
    yield opened
    opened.close()


def test_the_page_shows_both_timeframes_and_says_that_the_data_are_made_up(page: Page) -> None:
    text = page.text()
    assert "healthy" in text
    assert DAY in text
    assert WEEK in text
    assert "made-up sample data" in text


def test_a_failure_is_told_with_its_reason_while_the_data_stay(page: Page) -> None:
    page.change(failures={key: FAILURE | {"partition": key} for key in ("2024-07-31", "2024-08-05")})
    text = page.text()
    assert "failed: the run for 2024-08-05 published nothing. No files." in text
    assert DAY in text


def test_failures_of_older_partitions_are_a_warning_that_names_them(page: Page) -> None:
    page.change(failures={key: FAILURE | {"partition": key} for key in ("2024-07-30", "2024-07-31")})
    text = page.text()
    assert "older partitions failed and are absent or not corrected: 2024-07-31, 2024-07-30" in text
    assert "published nothing" not in text


def test_what_comes_from_the_data_is_text_and_never_markup(page: Page) -> None:
    page.change(
        rejected=[{"file": "<script>document.title='taken'</script>", "reason": '"><img src=x onerror=alert(1)>'}]
    )
    text = page.text()
    assert "<script>document.title='taken'</script>" in text
    assert '"><img src=x onerror=alert(1)>' in text


@pytest.mark.parametrize("content", [None, "", "{"])
def test_without_a_readable_status_the_page_says_so(page: Page, content: str | None) -> None:
    (page.site / "status.json").unlink()
    if content is not None:
        (page.site / "status.json").write_text(content)
    assert "status.json cannot be read" in page.text()
