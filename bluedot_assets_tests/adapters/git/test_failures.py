"""What git prints, as our errors. The texts are those of git and GitHub, word for word."""

import pytest
from git import GitCommandError

from bluedot_assets.adapters.git.address import GitAddress
from bluedot_assets.adapters.git.failures import LostRace, git_failure, text_of
from bluedot_assets.kernel.errors import BluedotError, PublishRefused, RepositoryRefused, RepositoryUnreachable

HTTPS = GitAddress("https://github.com/user/repo.git", "t")
TOKENLESS = GitAddress("https://github.com/user/repo.git")
FILE = GitAddress("file:///srv/site.git")
SSH = GitAddress("git@github.com:user/repo.git")
RPC = "error: RPC failed; HTTP "
HUNG = "\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly"
FROM_HOOK = "pre-receive hook declined"


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
        (
            SSH,
            "ERROR: The key you are authenticating with has been marked as read only.\nfatal: Could not read from ...",
            "add the key there with write access",
        ),
        (
            FILE,
            "error: unable to create file /srv/site.git/x: Permission denied",
            "give the user that runs this the right to write in that folder",
        ),
        (
            HTTPS,
            "remote: This repository was archived so it is read-only.\nfatal: unable to access 'x': The requested URL "
            "returned error: 403",
            "Unarchive it there",
        ),
        (
            HTTPS,
            "remote: The 'acme' organization has enabled or enforced SAML SSO.\nfatal: unable to access 'x': The "
            "requested URL returned error: 403",
            "authorize the token for that organization",
        ),
        (
            HTTPS,
            "remote: Your account is suspended. Please visit https://support.github.com for more information.\nfatal: "
            "unable to access 'x': The requested URL returned error: 403",
            "with GITHUB_TOKEN (Your account is suspended",
        ),
        (
            HTTPS,
            "remote: You are not allowed to push code to this project.\nfatal: unable to access 'x': The requested URL "
            "returned error: 403",
            "GitLab: write_repository",
        ),
        (FILE, "fatal: '/srv/site.git' does not appear to be a git repository", "make one there (git init --bare)"),
        (SSH, "ERROR: Repository not found.\nfatal: Could not read from remote repository.", "this machine's SSH key"),
        (HTTPS, "fatal: https://github.com/ not valid: is this a git repository?", "correct the address"),
        (HTTPS, "fatal: unable to update url base from redirection:\n  asked for: x", "correct the address"),
        (HTTPS, "fatal: unable to access 'x': The requested URL returned error: 410", "correct the address"),
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
        "fatal: unable to access 'x': The requested URL returned error: 400",
        "fatal: unable to access 'x': The requested URL returned error: 408",
        "error: RPC failed; result=22, HTTP code = 503",
        "error: RPC failed; curl 92 HTTP/2 stream 3 was not closed cleanly: CANCEL (err 8)",
        "remote: 413, no space left on device, archived\nfatal: the remote end hung up unexpectedly",
        "kex_exchange_identification: Connection closed by remote host\nfatal: Could not read from remote repository.",
        "something that no version of git has said before",
    ],
)
def test_what_may_pass_may_be_tried_again(said: str) -> None:
    found = git_failure(error(said), HTTPS, "push to")
    assert isinstance(found, RepositoryUnreachable)
    assert found.retryable


@pytest.mark.parametrize(
    ("said", "kind", "remedy"),
    [
        (
            f"{RPC}411 curl 22 The requested URL returned error: 411",
            PublishRefused,
            "let the proxy pass such (chunked)",
        ),
        (f"{RPC}413 curl 22 The requested URL returned error: 413{HUNG}", PublishRefused, "client_max_body_size"),
        (f"error: RPC failed; result=22, HTTP code = 413{HUNG}", PublishRefused, "the repository's ssh:// address"),
        (f"{RPC}422 curl 22 The requested URL returned error: 422{HUNG}", PublishRefused, "(GitHub takes 2 GB in one"),
        (f"{RPC}507 curl 22 The requested URL returned error: 507", PublishRefused, "make room"),
        ("fatal: unable to access 'x': The requested URL returned error: 407", RepositoryRefused, "HTTPS_PROXY"),
        ("fatal: unable to access 'x': The requested URL returned error: 451", RepositoryRefused, "ask the host"),
        ("fatal: unable to access 'x': The requested URL returned error: 405", RepositoryRefused, "own address"),
        (f"{RPC}307 curl 22 The requested URL returned error: 307{HUNG}", RepositoryRefused, "own address"),
        (
            "fatal: unable to access 'x': SSL certificate problem: unable to get local issuer certificate",
            RepositoryRefused,
            "GIT_SSL_CAINFO",
        ),
        (
            "fatal: unable to access 'x': server certificate verification failed. CAfile: none CRLfile: none",
            RepositoryRefused,
            "Install ca-certificates",
        ),
        ("fatal: unable to access 'x': Could not resolve proxy: proxy.lan", RepositoryRefused, "Correct HTTPS_PROXY"),
        ("fatal: write error: No space left on device\nfatal: early EOF", RepositoryRefused, "set TMPDIR"),
        ("error: cannot run ssh: No such file or directory\nfatal: unable to fork", RepositoryRefused, "OpenSSH"),
        ("git: 'remote-https' is not a git command. See 'git --help'.", RepositoryRefused, "Install the whole git"),
        ("bash: git-receive-pack: command not found\nfatal: Could not read", RepositoryRefused, "on the server"),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", RepositoryRefused, "ssh -T"),
        (
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
            RepositoryRefused,
            "ssh-keygen -R",
        ),
        (
            "@ WARNING: UNPROTECTED PRIVATE KEY FILE! @\nPermissions 0644 for '/k' are too open.\n"
            "git@github.com: Permission denied (publickey).",
            RepositoryRefused,
            "chmod 600",
        ),
        (
            "fatal: detected dubious ownership in repository at '/srv/site.git'\nTo add an exception for this "
            "directory, call:\n\n\tgit config --global --add safe.directory /srv/site.git\nfatal: Could not read "
            "from remote repository.",
            RepositoryRefused,
            "run `git config --global --add safe.directory /srv/site.git` on that machine",
        ),
        (
            "fatal: unsafe repository ('/srv/site.git' is owned by someone else)",
            RepositoryRefused,
            "safe.directory <its folder>",
        ),
    ],
)
def test_what_another_try_cannot_cure_is_not_tried_again_and_names_its_own_cure(
    said: str, kind: type[BluedotError], remedy: str
) -> None:
    found = git_failure(error(said), HTTPS, "push to")
    assert type(found) is kind
    assert not found.retryable
    assert remedy in str(found)
    assert "try again" not in str(found)
    assert HTTPS.url in str(found)


@pytest.mark.parametrize(
    ("stderr", "why"),
    [
        ("remote: error: denying non-fast-forward refs/heads/gh-pages (you should pull first)", "non-fast-forward"),
        ("remote: error: GH013: Repository rule violations\nremote: - Cannot force-push to this branch", FROM_HOOK),
        ("remote: GitLab: You are not allowed to force push code to a protected branch on this project.", FROM_HOOK),
        ("remote: branch gh-pages is protected from force push", FROM_HOOK),
        ("remote: TF401027: You need the Git 'ForcePush' permission", FROM_HOOK),
    ],
)
def test_a_server_that_takes_no_rewritten_history_is_no_race_and_names_the_setting(stderr: str, why: str) -> None:
    found = git_failure(error(stderr, f"!\tabc:refs/heads/gh-pages\t[remote rejected] ({why})"), HTTPS, "push to")
    assert isinstance(found, PublishRefused)
    assert "Set BLUEDOT_SITE_HISTORY=keep, or allow force pushes" in str(found)
    assert stderr.removeprefix("remote: ").split("\n")[0].rstrip(".") in str(found)


@pytest.mark.parametrize(
    ("remote", "remedy"),
    [
        ("error: refusing to update checked out branch: refs/heads/gh-pages", "git init --bare"),
        (
            "error: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'",
            "delete the branch that is in the way",
        ),
        ("error: cannot lock ref 'refs/heads/a': Unable to create '/x/a.lock': Permission denied", "Permission denied"),
        (
            "error: cannot lock ref 'refs/heads/a': Unable to create '/x/a.lock': No space left on device",
            "No space left",
        ),
    ],
)
def test_a_reference_that_cannot_be_written_is_no_race(remote: str, remedy: str) -> None:
    stdout = "!\tabc:refs/heads/gh-pages\t[remote rejected] (failed to update ref)"
    if "checked out" in remote:
        stdout = stdout.replace("failed to update ref", "branch is currently checked out")
    found = git_failure(error(f"remote: {remote}", stdout), HTTPS, "push to")
    assert isinstance(found, PublishRefused)
    assert remedy in str(found)


def test_a_lock_that_a_dead_push_may_have_left_is_named() -> None:
    said = "remote: error: cannot lock ref 'refs/heads/a': Unable to create '/x/a.lock': File exists."
    found = git_failure(error(said, "!\tx\t[remote rejected] (failed to update ref)"), HTTPS, "push to")
    assert isinstance(found, LostRace)
    assert "has left /x/a.lock there: delete it" in str(found)


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
