"""The public site as the world reads it: what is there, what is not, and how long a publish is waited for."""

import re
import time as seconds
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bluedot_assets.adapters.site.public import PublicSite, wait_for
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.kernel.errors import PublicSiteUnreadable
from bluedot_assets_tests.contracts.publications import contents, publication, publish
from bluedot_assets_tests.contracts.site import DAY, EARLIER
from bluedot_assets_tests.examples.git_sites import open_git
from bluedot_assets_tests.servers.git import GitServer, Repository
from bluedot_assets_tests.servers.public_sites import served

LATEST = "daily/latest/index.json"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = datetime(2024, 8, 5, tzinfo=UTC)
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "git") as serving:
        yield serving


@pytest.fixture
def branch(server: GitServer, tmp_path: Path) -> Repository:
    """A site with one day on it."""
    repository = server.create("site")
    store = LocalStore(tmp_path / "data")
    publish(open_git(server.url("site"), store), publication(store, "daily", EARLIER, contents("1")))
    return repository


@pytest.fixture
def site(server: GitServer, branch: Repository) -> PublicSite:
    return PublicSite(server.pages("site"), timeout_s=5)


def waited(site: PublicSite, content: bytes, time: Time, minutes: float = 10) -> str | None:
    return wait_for(site, LATEST, content, timedelta(minutes=minutes), time, time.sleep)


def test_a_file_is_read_and_an_absent_one_is_none(site: PublicSite, branch: Repository) -> None:
    assert site.read(LATEST) == branch.get(LATEST)
    assert site.read("daily/2020-01-01/index.json") is None


def test_no_cache_is_asked_twice_for_the_same_address(site: PublicSite, server: GitServer) -> None:
    addresses: list[str] = []
    server.faults.before = addresses.append
    site.read(LATEST)
    site.read(LATEST)
    assert len(set(addresses)) == 2
    assert all(address.startswith(f"/pages/site/{LATEST}?") for address in addresses)


def test_a_site_that_fails_is_never_taken_for_an_absent_file(site: PublicSite, server: GitServer) -> None:
    server.faults.status["/pages/"] = 503
    with pytest.raises(PublicSiteUnreadable, match=r"index\.json answers 503"):
        site.read(LATEST)


def test_a_site_that_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises(PublicSiteUnreadable, match=r"http://127\.0\.0\.1:9/status\.json cannot be read \(.*refused"):
        PublicSite("http://127.0.0.1:9").read("status.json")


def test_a_site_that_drips_is_given_up(tmp_path: Path) -> None:
    with served(tmp_path) as slow:
        slow.slow.add("*")
        began = seconds.monotonic()
        with pytest.raises(PublicSiteUnreadable, match=r"cannot be read \(no whole answer within 0\.5 s\)"):
            PublicSite(slow.url, longest_s=0.5).read("status.json")
        assert seconds.monotonic() - began < 3


def test_what_is_public_already_is_not_waited_for(site: PublicSite, branch: Repository) -> None:
    time = Time()
    assert waited(site, branch.get(LATEST) or b"", time) is None
    assert time.slept == []


def test_a_publish_is_seen_when_the_host_has_built_it(
    site: PublicSite, server: GitServer, branch: Repository, tmp_path: Path
) -> None:
    store, time = LocalStore(tmp_path / "data"), Time()
    before = branch.tip()
    publish(open_git(server.url("site"), store), publication(store, "daily", DAY, contents("2")))
    wanted, after = branch.get(LATEST) or b"", branch.tip()
    branch.git("update-ref", "refs/heads/gh-pages", str(before))  # the host still shows the old build

    def build(path: str) -> None:
        if len(time.slept) == 4:
            branch.git("update-ref", "refs/heads/gh-pages", str(after))

    server.faults.before = build
    assert waited(site, wanted, time) is None
    assert len(time.slept) == 4


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, rf"site/{LATEST} still shows {EARLIER} as made 2024-08-05 00:00 UTC\."),
        (404, rf"site/{LATEST} is not there\."),
        (500, rf"site/{LATEST} answers 500"),
    ],
)
def test_after_the_patience_it_is_said_what_is_there_instead(
    site: PublicSite, server: GitServer, status: int | None, said: str
) -> None:
    time = Time()
    if status:
        server.faults.status["/pages/"] = status
    found = waited(site, b"something newer", time, minutes=10)
    assert found is not None
    assert re.search(said, found)
    assert sum(time.slept) == pytest.approx(600)
    assert len(time.slept) < 60


def test_a_page_that_is_no_index_is_called_so(site: PublicSite, server: GitServer, branch: Repository) -> None:
    found = wait_for(site, "index.html", b"{}", timedelta(0), Time(), lambda seconds: None)
    assert found is not None
    assert found.endswith("/index.html is something else than an index of ours.")
