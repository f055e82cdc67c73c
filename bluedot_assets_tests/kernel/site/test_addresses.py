"""Addresses: what is a folder, what is a repository or a server, and what is this machine."""

import pytest

from bluedot_assets.kernel.site.addresses import (
    bucket_address,
    commit_page,
    is_address,
    is_bucket,
    is_loopback,
    missing_scheme,
    parse_address,
    public_address,
    site_address,
    without_users,
)


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


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("github.com/user/repo", "https://github.com/user/repo.git"),
        ("github.com/user/repo.git", "https://github.com/user/repo.git"),
        ("github.com/user/repo/", "https://github.com/user/repo.git"),
        ("github.com/user/repo/tree/gh-pages/daily", "https://github.com/user/repo.git"),
        ("github.com/user/repo?tab=readme#top", "https://github.com/user/repo.git"),
        ("www.github.com/user/repo", "https://github.com/user/repo.git"),
        ("GitHub.com/User/Repo", "https://GitHub.com/User/Repo.git"),
        ("//github.com/user/repo", "https://github.com/user/repo.git"),
        (" github.com/user/repo ", "https://github.com/user/repo.git"),
        ("git@github.com/user/repo.git", "https://github.com/user/repo.git"),
        ("secret-token@github.com/user/repo", "https://github.com/user/repo.git"),
        ("github.com\\user\\repo", "https://github.com/user/repo.git"),
        ("gitlab.com/user/repo", "https://gitlab.com/user/repo.git"),
        ("gitlab.com/group/sub/repo/-/tree/main", "https://gitlab.com/group/sub/repo.git"),
        ("bitbucket.org/user/repo", "https://bitbucket.org/user/repo.git"),
        ("codeberg.org/user/repo", "https://codeberg.org/user/repo.git"),
        ("git.example.com/user/repo.git", "https://git.example.com/user/repo.git"),
        ("git.example.com/user/repo", "https://git.example.com/user/repo.git"),
        ("gitlab.example.co.uk/group/repo", "https://gitlab.example.co.uk/group/repo.git"),
        ("code.example.com/user/repo.git", "https://code.example.com/user/repo.git"),
        ("user/repo.git", "https://github.com/user/repo.git"),
        ("github.com", "https://github.com/<user>/<repo>.git"),
        ("github.com/user", "https://github.com/<user>/<repo>.git"),
        ("user.github.io/repo/", "https://github.com/<user>/<repo>.git"),
        ("user.gitlab.io/a/b/c", "https://github.com/<user>/<repo>.git"),
    ],
)
def test_a_repository_without_its_scheme_is_told_the_right_form(text: str, right: str) -> None:
    assert missing_scheme(text) == right
    assert missing_scheme(right) is None


@pytest.mark.parametrize(
    "text",
    [
        *("site", "./site", "../site", "data/site", "/srv/site", "~/site", "C:\\site", "D:/site", ".", ""),
        *("site.v2", "site.v2/public", "data.d/site", "example.com/public", "www.example.com/html", "my.site/daily/x"),
        *("github", "github/user/repo", "github.com.bak/site/x", "git/site", "site.git", "data/deep/site.git"),
        *("./github.com/user/repo", "/srv/github.com/user/repo", "./user/repo.git", "/srv/site.git", "/srv/a/site.git"),
        *("https://github.com/user/repo.git", "git@github.com:user/repo.git", "file:///srv/site.git"),
    ],
)
def test_a_folder_and_a_whole_address_miss_no_scheme(text: str) -> None:
    assert missing_scheme(text) is None


@pytest.mark.parametrize(
    "text", ["s3://bucket", "gs://bucket/a/b.c", "az://box/site/", "s3://bucket.name-1/year=2024/x"]
)
def test_a_bucket_is_an_address_and_no_repository(text: str) -> None:
    assert is_bucket(text)
    assert is_address(text)
    assert bucket_address(text) == text.rstrip("/")


@pytest.mark.parametrize("text", ["https://host/bucket", "file:///s3", "s3", "./s3:/x", "git@s3:bucket/site.git"])
def test_anything_else_is_no_bucket(text: str) -> None:
    assert not is_bucket(text)


@pytest.mark.parametrize(
    "text",
    ["s3://", "s3:///x", "s3://b//x", "s3://b/..", "s3://b/./x", "s3://u@b", "s3://b?x", "s3://b/*", "s3://b:1/x"],
)
def test_what_is_more_than_a_place_in_a_bucket_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        bucket_address(text)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", [None, "", "localhost.example.com", "127.0.0.1.example.com", "192.168.0.7", "::2"])
def test_any_other_host_is_another_machine(host: str | None) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("repository", "page"),
    [
        ("https://github.com/user/repo.git", "https://github.com/user/repo/commit/c0ffee"),
        ("git@github.com:user/repo.git", "https://github.com/user/repo/commit/c0ffee"),
        ("https://gitlab.com/group/inner/repo/", "https://gitlab.com/group/inner/repo/-/commit/c0ffee"),
        ("file:///srv/site.git", None),
        ("https://git.example.com/user/repo.git", None),
        ("/srv/site.git", None),
    ],
)
def test_a_commit_has_a_page_where_it_is_known_how_the_host_shows_commits(repository: str, page: str | None) -> None:
    assert commit_page(repository, "c0ffee") == page


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("sftp://user:SECRET@host/x", "sftp://host/x"),
        ("sftp://user:SEC@RET@host/x", "sftp://host/x"),
        ("s3://bucket/x?key=SECRET", "s3://bucket/x"),
        ("s3://bucket/x@2", "s3://bucket/x@2"),
        ("/data/a@b?c", "/data/a@b?c"),
        ("a@b/c", "a@b/c"),
        ("SECRET@github.com/u/r", "github.com/u/r"),
        ("user:SECRET@git.example.com/u/r", "git.example.com/u/r"),
        ("user:SECRET@host", "host"),
        ("http://user:SECRET@host", "http://host"),
        ("https://user:SEC/RET@host/x", "https://host/x"),
        ("https://user:SEC/R@ET@host:80/x?y", "https://host:80/x"),
        ("https://user:SEC/R@ET@host:80/x?y@z", "https://..."),  # the ? or the @ behind it may belong to a password
        ("s3://k:SECRET/e?c@b/x", "s3://..."),
        ("s3://k:1/SECRET@b/x", "s3://b/x"),
        ("s3://SEC?RET@b/x", "s3://..."),
        ("s3://bucket/x?key=SEC@RET", "s3://bucket/x"),
        ("//user:SECRET@host/x", "//host/x"),
        ("//user:SEC?RET@host/x", "//..."),
        ("github.com/a/b?SECRET", "github.com/a/b"),
        ("https://:SECRET@host/x", "https://host/x"),
        ("https://host:80/a@b", "https://b"),
        ("https://host/a@b", "https://host/a@b"),
        ("git@host.example:u/r", "host.example:u/r"),
        ("gdrive:x?key=SECRET", "gdrive:x"),
        ("drive.google.com/drive/x?resourcekey=SECRET&a=b", "drive.google.com/drive/x"),
        ("data/what?", "data/what?"),
    ],
)
def test_an_address_for_people_has_no_password(url: str, address: str) -> None:
    assert public_address(url) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://user.github.io/repo/", "https://user.github.io/repo"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
    ],
)
def test_a_public_site_has_an_address_without_a_slash_at_its_end(text: str, address: str) -> None:
    assert site_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "example.org", "ftp://example.org", "https://", "https:///x", "user:SECRET@host", "file:///x"),
        *("https://user:SECRET@host/x", "https://SECRET@host", "https://:SECRET@host", "https://user:SEC/RET@host"),
        *("https://host/?token=SECRET", "https://host/?", "https://host/#SECRET", "https://host:port/", "https://-x/"),
        *("https://host:0/", "https://host/a b", "https://host/a\nb", "https://[host/"),
    ],
)
def test_what_a_public_address_cannot_hold_is_refused_unseen(text: str) -> None:
    with pytest.raises(ValueError, match="write it like https://") as refused:
        site_address(text)
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("fatal: http://me:SECRET@host/x: 401", "fatal: http://host/x: 401"),
        ("https://SECRET@host/x and https://SECRET:x@host", "https://host/x and https://host"),
        ("http://me:a/SECRET@host/x@y z", "http://y z"),
        ("('ssh://git:SECRET@host/x')", "('ssh://host/x')"),
        ('["http://host:80/a", "me@host"]', '["http://host:80/a", "me@host"]'),
        ("https://host/@user and http://host:80", "https://host/@user and http://host:80"),
        ("fatal: s3://k:SECRET/e?c@b/x: no", "fatal: s3://... no"),
        ("fatal: '//me:SECRET@host/x' is none", "fatal: '//host/x' is none"),
        ("[page](https://host/index.html?a=b) @you", "[page](https://host/index.html?a=b) @you"),
    ],
)
def test_the_users_of_all_addresses_in_a_text_are_left_out(text: str, left: str) -> None:
    assert without_users(text) == left
