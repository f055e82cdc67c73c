"""Until when a token is good, asked of a server that stands in for GitHub."""

from datetime import UTC, datetime

import pytest

from bluedot_assets.adapters.git.token_expiry import HEADER, token_expiry
from bluedot_assets.kernel.errors import RepositoryUnreachable
from bluedot_assets_tests.servers.one_answer import one_answer

GOOD_UNTIL = "2026-12-24 10:22:33 UTC"


def asked_of(address: str) -> datetime | None:
    return token_expiry(
        "https://github.example/me/site.git",
        "SECRET",
        {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_API_URL": address},
    )


def test_the_answer_says_until_when() -> None:
    with one_answer(200, {HEADER: GOOD_UNTIL}) as github:
        assert asked_of(github.url) == datetime(2026, 12, 24, 10, 22, 33, tzinfo=UTC)
        assert [headers["Authorization"] for headers in github.headers] == ["Bearer SECRET"]


def test_a_token_follows_no_redirect_to_another_host() -> None:
    refused = pytest.raises(RepositoryUnreachable, match="302")
    with one_answer(200) as other, one_answer(302, to=other.url) as github, refused:
        asked_of(github.url)
    assert other.headers == []
