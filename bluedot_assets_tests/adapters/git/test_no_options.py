"""What is given to git is never taken for an option, and a token never goes on to another host: with git itself."""

import subprocess
from pathlib import Path

import pytest
from git import GitError

from bluedot_assets.adapters.git.address import GitAddress
from bluedot_assets.adapters.git.branch import GitRemote, RemoteBranch
from bluedot_assets.kernel.errors import BluedotError, RepositoryRefused
from bluedot_assets.kernel.site.addresses import is_branch
from bluedot_assets_tests.servers.git import TOKEN, git
from bluedot_assets_tests.servers.one_answer import one_answer


def test_an_address_that_no_parser_saw_runs_no_command(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    remote = GitRemote(GitAddress(f"--upload-pack=touch {mark} #@h:y"))
    with pytest.raises((BluedotError, GitError)):
        remote.tip("gh-pages")
    with pytest.raises((BluedotError, GitError)):
        RemoteBranch(remote, "gh-pages")
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    [
        *("gh-pages", "main", "a/b", "é", "a+b#1", "a.b", "a@b", "a{b", "_", "a-", "heads/x", "HEAD/x", "Head"),
        *("HEAD", "-x", "--upload-pack=id", "a//b", "a/.b", ".a", "a/", "/a", "a.", "a..b", "a.lock", "a.lock/b", ""),
        *("a b", "a\tb", "a\x7fb", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a@{b", "@{-1}", "@{u}"),
    ],
)
def test_a_branch_is_what_git_takes_for_one(name: str, tmp_path: Path) -> None:
    done = subprocess.run(["git", "check-ref-format", "--branch", name], cwd=tmp_path, capture_output=True, check=False)
    assert is_branch(name) == (done.returncode == 0)


@pytest.mark.parametrize("name", ["refs/heads/x", "@"])
def test_a_whole_ref_and_what_git_takes_for_head_are_no_branch(name: str) -> None:
    assert not is_branch(name)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_repository_that_has_moved_gets_no_token_elsewhere(status: int) -> None:
    moved = pytest.raises(RepositoryRefused, match="has moved")
    with one_answer(200) as other, one_answer(status, to=other.url) as host, moved:
        GitRemote(GitAddress(f"{host.url}/user/site.git", TOKEN)).tip("gh-pages")
    assert host.headers
    assert other.headers == []


def test_a_ref_whose_name_ends_like_the_branch_is_not_the_branch(tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", str(tmp_path))
    tree = git("mktree", folder=tmp_path, content=b"").decode().strip()
    who = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    first, second = (git(*who, "commit-tree", "-m", name, tree, folder=tmp_path).decode().strip() for name in "ab")
    git("update-ref", "refs/a/refs/heads/gh-pages", first, folder=tmp_path)
    remote = GitRemote(GitAddress(f"file://{tmp_path}"))
    assert remote.tip("gh-pages") is None
    git("update-ref", "refs/heads/gh-pages", second, folder=tmp_path)
    assert remote.tip("gh-pages") == second
