"""What git prints, as our errors. The texts are those of git and GitHub, word for word."""

import pytest
from git import GitCommandError

from bluedot_assets.adapters.git.address import GitAddress
from bluedot_assets.adapters.git.failures import LostRace, git_failure, text_of
from bluedot_assets.kernel.errors import BluedotError, PublishRefused, RepositoryRefused, RepositoryUnreachable

HTTPS = GitAddress("https://github.com/user/repo.git", "t")
TOKENLESS = GitAddress("https://github.com/user/repo.git")
SSH = GitAddress("git@github.com:user/repo.git")


def error(stderr: str, stdout: str = "") -> GitCommandError:
    return GitCommandError(["git", "push"], 1, stderr, stdout)


@pytest.mark.parametrize(
    "said",
    [
        "!\tabc:refs/heads/gh-pages\t[rejected] (stale info)\nerror: failed to push some refs to 'x'",
        "!\tabc:refs/heads/gh-pages\t[rejected] (fetch first)",
        "!\tabc:refs/heads/gh-pages\t[remote rejected] (cannot lock ref 'refs/heads/gh-pages': is at 1 but expected 2)",
        "!\tabc:refs/heads/gh-pages\t[remote rejected] (failed to update ref)",
        "!\tabc:refs/heads/gh-pages\t[remote rejected] (reference already exists)",
        "!\tabc:refs/heads/gh-pages\t[remote rejected] (incorrect old value provided)",
    ],
)
def test_who_comes_second_has_lost_a_race(said: str) -> None:
    found = git_failure(error("error: failed to push some refs", said), HTTPS, "push to")
    assert isinstance(found, LostRace)
    assert found.retryable


@pytest.mark.parametrize(
    ("address", "said", "remedy"),
    [
        (HTTPS, "fatal: Authentication failed for 'https://github.com/user/repo.git/'", "Contents, read and write"),
        (TOKENLESS, "fatal: could not read Username for 'https://github.com': terminal prompts disabled", "is not set"),
        (
            HTTPS,
            "remote: Permission to user/repo.git denied to github-actions[bot].\nfatal: unable to access "
            "'https://github.com/user/repo.git/': The requested URL returned error: 403",
            "contents: write",
        ),
        (HTTPS, "remote: Write access to repository not granted.\nfatal: ... error: 403", "GITHUB_TOKEN"),
        (
            SSH,
            "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            "SSH key",
        ),
        (SSH, "Host key verification failed.\nfatal: Could not read from remote repository.", "SSH key"),
        (
            HTTPS,
            "remote: Repository not found.\nfatal: repository 'https://github.com/user/repo.git/' not found",
            "address",
        ),
        (HTTPS, "fatal: '/srv/x.git' does not appear to be a git repository", "address"),
    ],
)
def test_credentials_and_addresses_are_for_a_person_to_correct(address: GitAddress, said: str, remedy: str) -> None:
    found = git_failure(error(said), address, "push to")
    assert isinstance(found, RepositoryRefused)
    assert not found.retryable
    assert remedy in str(found)
    assert address.url in str(found)


@pytest.mark.parametrize(
    "said",
    [
        "fatal: unable to access 'https://github.com/user/repo.git/': Could not resolve host: github.com",
        "fatal: unable to access 'https://github.com/user/repo.git/': Failed to connect to github.com port 443",
        "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502",
        "fatal: the remote end hung up unexpectedly",
        "fatal: early EOF",
        "fatal: unable to access 'x': The requested URL returned error: 429",
        "fatal: unable to access 'x': Operation too slow. Less than 1000 bytes/sec transferred the last 60 seconds",
        "ssh: connect to host github.com port 22: Connection timed out",
        "something that no version of git has said before",
    ],
)
def test_what_may_pass_may_be_tried_again(said: str) -> None:
    found = git_failure(error(said), HTTPS, "push to")
    assert isinstance(found, RepositoryUnreachable)
    assert found.retryable


@pytest.mark.parametrize(
    ("stderr", "stdout", "why"),
    [
        (
            "remote: over the quota: 403 permission denied",
            "!\tx\t[remote rejected] (pre-receive hook declined)",
            "over the",
        ),
        (
            "remote: error: GH006: Protected branch update failed for refs/heads/gh-pages.",
            "!\tx\t[remote rejected] (protected branch hook declined)",
            "GH006",
        ),
        ("", "!\tx\t[remote rejected] (unpacker error)", "unpacker error"),
    ],
)
def test_a_refusal_is_told_in_the_remote_s_own_words(stderr: str, stdout: str, why: str) -> None:
    found = git_failure(error(stderr, stdout), HTTPS, "push to")
    assert isinstance(found, PublishRefused)
    assert why in str(found)


def test_every_failure_is_one_of_ours_and_names_the_repository() -> None:
    for said in ("", "\n\n", "fatal: x" * 1000):
        found: BluedotError = git_failure(error(said), HTTPS, "read")
        assert HTTPS.url in str(found)
        assert len(str(found)) < 500


def test_both_channels_are_read_as_text() -> None:
    assert "one" in text_of(error("two", "one"))
    assert "two" in text_of(error("two", "one"))
