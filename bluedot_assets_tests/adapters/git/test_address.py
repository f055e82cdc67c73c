"""Addresses of repositories: which are taken, and where a token goes."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bluedot_assets.adapters.git.address import GitAddress, git_address
from bluedot_assets.adapters.git.branch import GitRemote, RemoteBranch, commit_head
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.settings.load import SECRETS
from bluedot_assets_tests.servers.git import Repository, git

TOKEN = "a-token-of-this-test"  # noqa: S105


def configured(environment: dict[str, str]) -> list[tuple[str, str]]:
    count = int(environment["GIT_CONFIG_COUNT"])
    return [
        (environment[f"GIT_CONFIG_KEY_{number}"], environment[f"GIT_CONFIG_VALUE_{number}"])
        for number in range(count)
        if f"GIT_CONFIG_KEY_{number}" in environment
    ]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/user/repo.git", "repo"),
        ("https://github.com/user/repo", "repo"),
        ("https://github.com/user/repo/", "repo"),
        ("ssh://git@github.com/user/repo.git", "repo"),
        ("git@github.com:user/repo.git", "repo"),
        ("git@host:repo.git", "repo"),
        ("org-1@host.example:v3/a/repo", "repo"),
        ("ssh://me@corp.example@source.example:2022/p/r/repo", "repo"),
        ("ssh://git@host:22/~me/-repo.git", "-repo"),
        ("file:///srv/my site.git", "my site"),
        ("http://127.0.0.1:8080/repo.git", "repo"),
        ("http://localhost/repo.git", "repo"),
        ("http://[::1]:80/repo.git", "repo"),
    ],
)
def test_an_address_is_taken_as_it_stands(url: str, name: str) -> None:
    address = git_address("BLUEDOT_SITE", url)
    assert (address.url, address.name, address.token) == (url, name, None)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("git://github.com/user/repo.git", "use https://, ssh:// or file://"),
        ("ext::sh -c id", "use https://"),
        ("--upload-pack=id", "use https://"),
        ("/srv/site.git", "use https://"),
        ("http://github.com/user/repo.git", "use https://, for http hides nothing"),
        ("http://127.0.0.1.example.org/repo.git", "for http hides nothing"),
        ("https://user:SECRET@github.com/user/repo.git", "put the token in GITHUB_TOKEN"),
        ("https://SECRET@github.com/user/repo.git", "put the token in GITHUB_TOKEN"),
        ("ssh://git:SECRET@github.com/user/repo.git", "put the token in GITHUB_TOKEN"),
        ("https://SECRET@[github.com/user/repo.git", "is no address: write it like"),
        ("https://github.com", "names no repository"),
        ("https:///repo.git", "names no repository"),
        ("https://github.com/user/repo.git?access_token=SECRET", "names no repository"),
        ("https://github.com/user/repo.git#main", "names no repository"),
        ("--upload-pack=cd;touch x #@h:y", "begins with -"),
        ("-x@github.com:a/b", "begins with -"),
        ("git@-oProxyCommand=id:a", "begins with -"),
        ("git@github.com:-a/b", "begins with -"),
        ("git@git hub.com:a/b", "characters that no address"),
        ("git@github.com:a\nb", "characters that no address"),
        ("ssh://-oProxyCommand=id/a/b", "begins with -"),
        ("ssh://-l@github.com/a/b", "begins with -"),
        ("ssh://git@-oProxyCommand=id/a/b", "begins with -"),
        ("https://-h/a/b", "begins with -"),
        ("https://github.com;id/a/b", "characters that no address"),
    ],
)
def test_what_git_must_not_be_asked_for_is_refused_without_its_secret(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as raised:
        git_address("BLUEDOT_SITE", url)
    assert str(raised.value).startswith("BLUEDOT_SITE ")
    assert "SECRET" not in str(raised.value)


def test_a_token_is_sent_as_github_expects_it_and_to_its_host_alone() -> None:
    config = configured(GitAddress("https://github.com/user/repo.git", TOKEN).environment({}))
    headers = [(key, value) for key, value in config if "extraHeader" in key]
    encoded = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    assert headers == [
        ("http.https://github.com/.extraHeader", ""),
        ("http.https://github.com/.extraHeader", f"Authorization: Basic {encoded}"),
    ]
    assert ("credential.helper", "") in config


@pytest.mark.parametrize("url", ["ssh://git@github.com/user/repo.git", "file:///srv/site.git"])
def test_a_token_goes_nowhere_but_to_http(url: str) -> None:
    environment = GitAddress(url, TOKEN).environment({})
    assert not any("extraHeader" in value for value in environment.values())
    assert TOKEN not in repr(environment)


KEYS = ("AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_KEY", "PGPASSWORD")


@pytest.mark.parametrize(
    ("host", "given"),
    [
        ("git-codecommit.eu-west-1.amazonaws.com", ["SECRET", "", ""]),
        ("git-codecommit.example.com", ["", "", ""]),
        ("github.com", ["", "", ""]),
    ],
)
def test_the_keys_of_aws_reach_git_for_codecommit_alone(host: str, given: list[str]) -> None:
    inherited = dict.fromkeys(KEYS, "SECRET")
    environment = inherited | GitAddress(f"https://{host}/v1/repos/site").environment(inherited)
    assert [environment[name] for name in KEYS] == given


def test_what_git_starts_gets_no_secret_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = (*SECRETS, "DAGSTER_PG_URL", "BLUEDOT_DATA", "BLUEDOT_VARIABLES", "ACTIONS_RUNTIME_TOKEN", *KEYS)
    for name in hidden:
        monkeypatch.setenv(name, "marked")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy.example")
    repository = Repository(tmp_path / "site.git")
    git("init", "--quiet", "--bare", str(repository.path))
    repository.hook("pre-receive", f"env > {tmp_path / 'environment'}")
    branch = RemoteBranch(GitRemote(GitAddress(repository.path.as_uri(), TOKEN)), "next")
    branch.push(branch.commit([commit_head("first", datetime.now(UTC), None), b"\n"]))
    given = (tmp_path / "environment").read_text()
    assert "marked" not in given
    assert "HTTPS_PROXY=http://user:password@proxy.example" in given


def test_the_configuration_that_the_environment_has_already_stays() -> None:
    inherited = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_SSH_COMMAND": "ssh -i key",
    }
    environment = GitAddress("https://github.com/user/repo.git", TOKEN).environment(inherited)
    assert "GIT_CONFIG_KEY_0" not in environment
    assert f"GIT_CONFIG_KEY_{int(environment['GIT_CONFIG_COUNT']) - 1}" in environment
    assert environment["GIT_SSH_COMMAND"] == "ssh -i key"


def test_nobody_is_asked_for_a_password() -> None:
    environment = GitAddress("https://github.com/user/repo.git").environment({})
    assert (environment["GIT_TERMINAL_PROMPT"], environment["GIT_TRACE_REDACT"]) == ("0", "1")
    assert "BatchMode=yes" in environment["GIT_SSH_COMMAND"]
