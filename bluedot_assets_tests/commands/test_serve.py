"""`bluedot serve`: the site over http, as it is now."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, Installation, stock_files


@pytest.fixture(scope="module")
def address(published: Installation) -> Iterator[str]:
    """A server of its own process, as a person starts it."""
    server = subprocess.Popen(
        [Path(sys.executable).with_name("bluedot"), "serve", "--port", "0"],
        env=os.environ | {"BLUEDOT_SITE": str(published.site)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    line = server.stdout.readline()
    yield line.partition(" is at ")[2].partition(" ")[0].rstrip("/")
    server.terminate()
    server.wait(10)
    server.stdout.close()


def get(url: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.parametrize(
    ("path", "file", "kind"),
    [
        ("/", "index.html", "text/html"),
        ("/index.html", "index.html", "text/html"),
        ("/status.json", "status.json", "application/json"),
        ("/daily/latest/index.json", f"daily/{DAY}/index.json", "application/json"),
        ("/weekly/2024-W31/index.json", "weekly/2024-W31/index.json", "application/json"),
        ("/status.json?cache=no", "status.json", "application/json"),
    ],
)
def test_pages_and_data_are_served_uncached(
    address: str, published: Installation, path: str, file: str, kind: str
) -> None:
    content, headers = get(address + path)
    assert content == (published.site / file).read_bytes()
    assert headers["content-type"].startswith(kind)
    assert headers["cache-control"] == "no-cache"


def test_every_csv_is_served_as_text(address: str, published: Installation) -> None:
    for file in stock_files(published.source / "daily" / DAY):
        name = f"{file.name.removesuffix('_daily.json')}_BLUE_DOTS.csv"
        content, headers = get(f"{address}/daily/latest/{name}")
        assert content == (published.site / "daily/latest" / name).read_bytes()
        assert headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("path", ["/nowhere.csv", "/../drive/triggers/daily_ready.txt", "/%2e%2e/data", "/daily/2000"])
def test_what_is_not_in_the_site_is_not_served(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        get(address + path)
    assert raised.value.code == 404
    raised.value.close()


def test_without_a_site_it_says_how_to_make_one(bluedot: Bluedot, folder: Path) -> None:
    called = bluedot("serve")
    assert called.code == 2
    assert "There is no site in ./data/site: `bluedot run` publishes one" in called.err


def test_a_repository_is_no_folder_to_serve(bluedot: Bluedot, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEDOT_SITE", "file:///somewhere/site.git")
    called = bluedot("serve")
    assert called.code == 2
    assert "BLUEDOT_SITE is a repository: open the address" in called.err


def test_a_taken_port_is_a_sentence(bluedot: Bluedot, done: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        called = bluedot("serve", "--port", str(taken.getsockname()[1]))
    assert called.code == 2
    assert "choose another with --port" in called.err
