"""The real google-api-python-client, pointed at a DriveServer, and small questions about its errors."""

import json
from collections.abc import Callable
from typing import Any

import google_auth_httplib2  # type: ignore[import-untyped]
import httplib2
import pytest
from google.oauth2 import credentials as oauth2
from google.oauth2 import service_account
from googleapiclient import discovery, discovery_cache, errors

from bluedot_assets_tests.servers.drive import SERVICE_ACCOUNT, DriveServer

SCOPE = "https://www.googleapis.com/auth/drive"


def client(endpoint: str, **identity: Any) -> Any:
    """The client, from the static discovery document with its root at the server."""
    document = json.loads(discovery_cache.get_static_doc("drive", "v3"))  # type: ignore[no-untyped-call]
    return discovery.build_from_document(document | {"rootUrl": endpoint}, **identity)  # type: ignore[attr-defined]


def account_credentials(drive: DriveServer, email: str = SERVICE_ACCOUNT, scope: str = SCOPE) -> Any:
    """A service account's credentials, from the JSON that the server hands out."""
    info = drive.service_account_info(email)
    return service_account.Credentials.from_service_account_info(info, scopes=[scope])  # type: ignore[no-untyped-call]


def as_account(drive: DriveServer, email: str = SERVICE_ACCOUNT, scope: str = SCOPE) -> Any:
    """The client of a service account."""
    return client(drive.endpoint, credentials=account_credentials(drive, email, scope))


def as_person(drive: DriveServer, email: str, scope: str = SCOPE) -> Any:
    """The client of a person who has signed in."""
    credentials = oauth2.Credentials(token=drive.token(email, scope))  # type: ignore[no-untyped-call]
    return client(drive.endpoint, credentials=credentials)


def with_key(drive: DriveServer, key: str | None = None) -> Any:
    """The client of an API key; without one, of somebody who shows nothing at all."""
    return client(drive.endpoint, http=httplib2.Http(timeout=10), developerKey=key)


def own_http(credentials: Any, timeout_s: float = 10) -> google_auth_httplib2.AuthorizedHttp:
    """A connection of one's own, for one thread."""
    return google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=timeout_s))


def failure(call: Callable[[], object]) -> tuple[int, str]:
    """Status and reason of the error that the client raises."""
    with pytest.raises(errors.HttpError) as caught:
        call()
    error = json.loads(caught.value.content)["error"]
    assert error["code"] == caught.value.resp.status
    return error["code"], error["errors"][0]["reason"]


def failure_place(call: Callable[[], object]) -> tuple[int, str, str]:
    """Status, reason and location (the parameter or header at fault) of the error that the client raises."""
    with pytest.raises(errors.HttpError) as caught:
        call()
    item = json.loads(caught.value.content)["error"]["errors"][0]
    return caught.value.resp.status, item["reason"], item["location"]


def names(answer: dict[str, Any]) -> list[str]:
    """The names of a listing, sorted."""
    return sorted(one["name"] for one in answer["files"])


class Clock:
    """A clock that a test moves by hand; epoch seconds."""

    def __init__(self) -> None:
        self.now = 1_722_600_000.0

    def __call__(self) -> float:
        return self.now
