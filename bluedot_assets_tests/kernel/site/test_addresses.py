"""Addresses: what is a folder, what is a repository or a server, and what is this machine."""

import pytest

from bluedot_assets.kernel.site.addresses import is_address, is_loopback, parse_address


@pytest.mark.parametrize(
    ("text", "scheme", "user", "host", "path"),
    [
        ("https://github.com/u/r.git", "https", None, "github.com", "/u/r.git"),
        ("HTTPS://GITHUB.COM/u/r.git", "https", None, "github.com", "/u/r.git"),
        ("ssh://git@github.com/u/r.git", "ssh", "git", "github.com", "/u/r.git"),
        ("git@github.com:u/r.git", "ssh", "git", "github.com", "/u/r.git"),
        ("github.com:u/r.git", "ssh", None, "github.com", "/u/r.git"),
        ("file:///srv/site.git", "file", None, None, "/srv/site.git"),
        ("file:/srv/site.git", "file", None, None, "/srv/site.git"),
        ("gs://bucket/site", "gs", None, "bucket", "/site"),
    ],
)
def test_a_repository_or_a_server_is_taken_apart(text: str, scheme: str, user: str, host: str, path: str) -> None:
    parts = parse_address(text)
    assert (parts.scheme, parts.username, parts.hostname, parts.path) == (scheme, user, host, path)
    assert is_address(text)


@pytest.mark.parametrize("text", ["data/site", "/srv/with:colon/site", "data/with:colon", "C:\\data\\site", "D:/site"])
def test_a_folder_has_no_scheme(text: str) -> None:
    assert parse_address(text).scheme == ""
    assert not is_address(text)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", [None, "", "localhost.example.com", "127.0.0.1.example.com", "192.168.0.7", "::2"])
def test_any_other_host_is_another_machine(host: str | None) -> None:
    assert not is_loopback(host)
