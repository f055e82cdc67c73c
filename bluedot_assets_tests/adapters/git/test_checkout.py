"""Where people read the code: known from a checkout or from GitHub, and never with a secret in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets.adapters.git import checkout
from bluedot_assets.adapters.git.checkout import files_address, module_address

MODULE = "bluedot_assets.pipeline.stages.bars"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    cached = checkout._tree
    cached.cache_clear()
    yield
    cached.cache_clear()


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/me/bluedot.git", "https://github.com/me/bluedot/blob/HEAD"),
        ("https://me:ghp_SECRET@github.com/me/bluedot", "https://github.com/me/bluedot/blob/HEAD"),
        ("git@github.com:me/bluedot.git", "https://github.com/me/bluedot/blob/HEAD"),
        ("ssh://git@github.com/me/bluedot.git", "https://github.com/me/bluedot/blob/HEAD"),
        ("https://gitlab.com/us/data/bluedot.git", "https://gitlab.com/us/data/bluedot/-/blob/HEAD"),
        ("/srv/git/bluedot", None),
        ("file:///srv/git/bluedot", None),
        ("https://github.com/", None),
        ("", None),
    ],
)
def test_a_remote_leads_to_its_files(remote: str, address: str | None) -> None:
    assert files_address(remote) == address


def test_a_checkout_knows_the_page_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    config = '[core]\n\tbare = false\n[remote "origin"]\n\turl = git@github.com:me/bluedot.git\n'
    (tmp_path / ".git/config").write_text(config)
    assert checkout._tree(tmp_path) == "https://github.com/me/bluedot/blob/HEAD"
    (tmp_path / ".git/config").write_text("no config at all")
    checkout._tree.cache_clear()
    assert checkout._tree(tmp_path) is None


def test_on_github_it_is_the_commit_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "me/bluedot")
    monkeypatch.setenv("GITHUB_SHA", "abc123")
    assert checkout._tree(tmp_path) is None  # installed by a job of another repository
    (tmp_path / ".git").mkdir()
    checkout._tree.cache_clear()
    assert checkout._tree(tmp_path) == "https://github.com/me/bluedot/blob/abc123"
    monkeypatch.setattr(checkout, "_tree", lambda _root: "https://github.com/me/bluedot/blob/abc123")
    page = "https://github.com/me/bluedot/blob/abc123/bluedot_assets/pipeline/stages/bars.py"
    assert module_address(MODULE) == page
