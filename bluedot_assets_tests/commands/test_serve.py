"""`bluedot serve`: the site over http, as it is now."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bluedot_assets.commands.serve.site import USUAL_PORT
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, Installation, stock_files


@contextmanager
def serving(published: Installation, *words: str) -> Iterator[str]:
    """The address of a server of its own process, as a person starts it."""
    server = subprocess.Popen(
        [Path(sys.executable).with_name("bluedot"), "serve", *words],
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


@pytest.fixture(scope="module")
def address(published: Installation) -> Iterator[str]:
    with serving(published, "--port", "0") as address:
        yield address


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
    assert "`bluedot --sample serve` shows that of the sample" in called.err


def test_a_repository_is_no_folder_to_serve(bluedot: Bluedot, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEDOT_SITE", "file:///somewhere/site.git")
    called = bluedot("serve")
    assert called.code == 2
    assert "BLUEDOT_SITE is a repository or a bucket: open the address" in called.err


def test_a_taken_port_is_a_sentence(bluedot: Bluedot, done: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        called = bluedot("serve", "--port", str(taken.getsockname()[1]))
    assert called.code == 2
    assert "choose another with --port" in called.err


def test_an_address_of_another_machine_is_a_sentence(bluedot: Bluedot, done: Path) -> None:
    for words in (["serve"], ["dev", "--port", "3999"]):
        called = bluedot(*words, "--host", "192.0.2.1")
        assert called.code == 2
        assert "Cannot listen on 192.0.2.1 (Cannot assign requested address): choose an address of" in called.err


def test_where_the_usual_port_is_taken_another_is_used_and_named(published: Installation) -> None:
    with socket.socket() as taken:
        with suppress(OSError):  # another program has it already
            taken.bind(("127.0.0.1", USUAL_PORT))
            taken.listen()
        with serving(published) as address:
            assert not address.endswith(f":{USUAL_PORT}")
            assert get(address)[0] == (published.site / "index.html").read_bytes()


def test_without_a_source_dev_names_the_command_that_shows_the_sample(bluedot: Bluedot, folder: Path) -> None:
    called = bluedot("dev", "--host", "192.0.2.1")  # where it cannot begin
    assert called.code == 2
    assert (
        "BLUEDOT_SOURCE is not set: nothing can run here. `bluedot --sample dev` shows the sample's runs." in called.err
    )
