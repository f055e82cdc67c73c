"""`bluedot serve`: the site over http, as it is now."""

import http.client
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

from bluedot_assets.commands.serve.site import USUAL_PORT, asked_bytes
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


def ask(address: str, path: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-10", slice(10, 11)),
        ("bytes=7-", slice(7, None)),
        ("bytes=7-99999999", slice(7, None)),
        ("bytes=-20", slice(-20, None)),
        ("bytes=-99999999", slice(None)),
    ],
)
def test_a_part_of_a_file_is_served(address: str, published: Installation, asked: str, part: slice) -> None:
    whole = (published.site / "status.json").read_bytes()
    status, headers, content = ask(address, "/status.json?cache=no", Range=asked)
    wanted = range(len(whole))[part]
    assert (status, content) == (206, whole[part])
    assert headers["Content-Range"] == f"bytes {wanted[0]}-{wanted[-1]}/{len(whole)}"
    assert headers["Content-Length"] == str(len(wanted))
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999998-99999999", "bytes=-0"])
def test_a_part_behind_the_end_of_a_file_is_refused(address: str, published: Installation, asked: str) -> None:
    size = (published.site / "status.json").stat().st_size
    status, headers, content = ask(address, "/status.json", Range=asked)
    assert (status, headers["Content-Range"], content) == (416, f"bytes */{size}", b"")


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=0-1,4-5", "lines=0-1", "bytes=-", "bytes=a-b", f"bytes={'9' * 5000}-"]
)
def test_what_is_no_single_range_gets_the_whole_file(address: str, published: Installation, asked: str) -> None:
    status, headers, content = ask(address, "/status.json", Range=asked)
    assert (status, content) == (200, (published.site / "status.json").read_bytes())
    assert headers["Accept-Ranges"] == "bytes"


def test_a_part_of_a_file_that_has_changed_meanwhile_is_the_whole_new_one(
    address: str, published: Installation
) -> None:
    whole = (published.site / "status.json").read_bytes()
    changed = ask(address, "/status.json", Range="bytes=0-9")[1]["Last-Modified"]
    assert ask(address, "/status.json", Range="bytes=0-9", If_Range=changed)[0] == 206
    earlier = "Thu, 01 Aug 2024 00:00:00 GMT"
    assert ask(address, "/status.json", Range="bytes=0-9", If_Range=earlier)[::2] == (200, whole)
    assert ask(address, "/status.json", Range="bytes=0-9", If_Modified_Since=changed)[::2] == (304, b"")


def test_who_asks_for_no_content_learns_the_size_and_that_parts_can_be_had(
    address: str, published: Installation
) -> None:
    for range_ in ({}, {"Range": "bytes=0-9"}):
        status, headers, content = ask(address, "/status.json", "HEAD", **range_)
        assert (status, content, headers["Accept-Ranges"]) == (200, b"", "bytes")
        assert headers["Content-Length"] == str((published.site / "status.json").stat().st_size)
    assert ask(address, "/nowhere.csv", Range="bytes=0-9")[0] == 404
    assert ask(address, "/daily", Range="bytes=0-9")[0] == 301


def test_nothing_can_be_asked_of_an_empty_file() -> None:
    assert [asked_bytes(text, 0) for text in ("bytes=0-", "bytes=-5", "bytes=0-0")] == [range(0), range(0), range(0)]


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
