"""Tokens, keys, scopes."""

import json

import pytest
from google.auth import exceptions
from google.oauth2 import service_account
from googleapiclient import errors

from bluedot_assets_tests.servers.drive import OWNER, DriveServer
from bluedot_assets_tests.servers.drive.keys import generate_key
from bluedot_assets_tests.servers_tests.drive.clients import (
    SCOPE,
    Clock,
    account_credentials,
    as_account,
    as_person,
    client,
    failure,
    failure_place,
    with_key,
)


def test_a_service_account_gets_one_token_for_many_requests(drive: DriveServer) -> None:
    service = as_account(drive)
    for _ in range(3):
        service.files().get(fileId=drive.root_id).execute()
    assert drive.count("token", 200) == 1


def test_an_assertion_signed_with_another_key_is_an_invalid_grant(drive: DriveServer) -> None:
    info = drive.service_account_info() | {"private_key": generate_key().pem()}
    credentials = service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    service = client(drive.endpoint, credentials=credentials)
    with pytest.raises(exceptions.RefreshError, match=r"invalid_grant: Invalid JWT Signature\."):
        service.files().list().execute()


def test_an_account_that_does_not_exist_is_an_invalid_grant(drive: DriveServer) -> None:
    info = drive.service_account_info() | {"client_email": "nobody@bluedot-tests.iam.gserviceaccount.com"}
    credentials = service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    service = client(drive.endpoint, credentials=credentials)
    with pytest.raises(exceptions.RefreshError, match="account not found"):
        service.files().list().execute()


def test_an_unknown_token_is_a_401(drive: DriveServer) -> None:
    service = as_person(drive, OWNER)
    drive.revoke_tokens()
    with pytest.raises(exceptions.RefreshError):  # the client tries to refresh, and a bare token can't be
        service.files().list().execute()
    assert drive.count("list", 401) == 1


def test_a_token_that_was_revoked_midway_is_replaced_by_the_client(drive: DriveServer) -> None:
    service = as_account(drive)
    service.files().get(fileId=drive.root_id).execute()
    drive.revoke_tokens()
    service.files().get(fileId=drive.root_id).execute()
    assert [one.status for one in drive.requests if one.kind == "get"] == [200, 401, 200]
    assert drive.count("token", 200) == 2


def test_a_token_expires_after_an_hour_of_the_servers_clock(clock: Clock) -> None:
    with DriveServer(clock=clock) as drive:
        service = as_account(drive)
        service.files().get(fileId=drive.root_id).execute()
        clock.now += 3_600
        service.files().get(fileId=drive.root_id).execute()
        assert drive.count("get", 401) == 1


def test_a_key_that_is_unknown_is_called_not_valid(drive: DriveServer) -> None:
    with pytest.raises(errors.HttpError, match="API key not valid") as caught:
        with_key(drive, "AIzaWrong").files().list().execute()
    error = json.loads(caught.value.content)["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (400, "badRequest")
    assert error["details"][0]["reason"] == "API_KEY_INVALID"


def test_a_wrong_key_spoils_a_good_token(drive: DriveServer) -> None:
    service = client(drive.endpoint, credentials=account_credentials(drive), developerKey="AIzaWrong")
    assert failure(service.files().list().execute) == (400, "badRequest")


def test_who_shows_neither_key_nor_token_is_turned_away(drive: DriveServer) -> None:
    assert failure(with_key(drive).files().list().execute) == (403, "forbidden")


def test_a_scope_for_reading_does_not_write(drive: DriveServer) -> None:
    file_id = drive.add_file("a.txt", b"abc")
    files = as_account(drive, scope=f"{SCOPE}.readonly").files()
    assert files.get_media(fileId=file_id).execute() == b"abc"
    assert failure(files.update(fileId=file_id, body={"name": "b"}).execute) == (403, "insufficientPermissions")
    metadata_only = as_account(drive, scope=f"{SCOPE}.metadata.readonly").files()
    assert metadata_only.get(fileId=file_id).execute()["name"] == "a.txt"
    assert failure(metadata_only.get_media(fileId=file_id).execute) == (403, "insufficientPermissions")


def test_a_scope_for_own_files_sees_none_of_the_others(drive: DriveServer) -> None:
    file_id = drive.add_file("a.txt")
    files = as_account(drive, scope=f"{SCOPE}.file").files()
    assert failure_place(files.get(fileId=file_id).execute) == (404, "notFound", "fileId")


def test_the_credentials_file_is_complete_enough_for_google_auth(drive: DriveServer) -> None:
    assert account_credentials(drive).service_account_email == drive.service_account_info()["client_email"]
