"""Git sites for tests, opened as a run opens them. Module-level, so that another process can do the same."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from bluedot_assets.adapters.git.address import GitOptions, git_address
from bluedot_assets.adapters.git.branch import GitRemote
from bluedot_assets.adapters.site.git_branch import GitSite
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets_tests.contracts.publications import OpenSite
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository


def now() -> datetime:
    return datetime.now(UTC)


def open_git(
    url: str, store: Store, token: str | None = TOKEN, squash: bool = True, attempts: int = 3, branch: str = "gh-pages"
) -> GitSite:
    options = GitOptions(branch, squash, token, attempts, now, time.sleep)
    return GitSite(GitRemote(git_address("BLUEDOT_SITE", url, token)), store, options)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "data")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "git") as serving:
        yield serving


@pytest.fixture
def public(server: GitServer) -> Repository:
    return server.create("site")


@pytest.fixture
def open_site(server: GitServer, public: Repository, store: LocalStore) -> OpenSite:
    return partial(open_git, server.url("site"), store)
