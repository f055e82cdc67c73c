"""What a person has to do: each refusal its own sentence with the remedy, before any download, and no secret in any."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httplib2
import pytest
from googleapiclient.errors import HttpError

from bluedot_assets.adapters.source.drive.access import DriveAccess, drive_credentials
from bluedot_assets.adapters.source.drive.failures import Transient, drive_failure
from bluedot_assets.adapters.source.drive.source import DriveSource
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import SourceRefused, SourceUnreadable
from bluedot_assets_tests.examples.drive_sources import (
    KEY,
    as_account,
    as_key,
    check,
    fill,
    open_drive,
    read_all,
    rejected,
)
from bluedot_assets_tests.servers.drive import SERVICE_ACCOUNT, DriveServer
from bluedot_assets_tests.servers.drive.keys import generate_key

WRONG_KEY = "AIzaSyWrongKeyWrongKeyWrongKeyWrongKey1"


@pytest.fixture
def drive() -> Iterator[DriveServer]:
    with DriveServer() as server:
        fill(server, 3)
        yield server


def refused(source: DriveSource) -> str:
    """The sentence of check(); listing says the same, and nothing was downloaded for it."""
    with pytest.raises(SourceRefused) as caught:
        check(source)
    with pytest.raises(SourceRefused) as listing:
        source.partitions(DAILY)
    assert not caught.value.retryable
    assert str(caught.value) == str(listing.value)
    return str(caught.value)


def account(drive: DriveServer, **changes: str) -> DriveAccess:
    info = drive.service_account_info() | changes
    return drive_credentials({"GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(info)})


def test_a_check_of_a_good_source_says_nothing_and_downloads_nothing(drive: DriveServer) -> None:
    check(open_drive(drive))
    assert drive.downloads == 0


@pytest.mark.parametrize("root_id", [None, "1nowhere"])
def test_a_folder_that_is_not_shared_says_with_whom_to_share_it(drive: DriveServer, root_id: str | None) -> None:
    if root_id is None:
        drive.make_private(drive.root_id)
    said = refused(open_drive(drive, root_id=root_id))
    assert f"The Drive folder {root_id or drive.root_id} does not exist or is not shared" in said
    assert said.endswith(f"check the id in BLUEDOT_SOURCE, and share it with {SERVICE_ACCOUNT}.")


def test_a_folder_that_is_not_public_says_to_an_api_key_how_to_share_it(drive: DriveServer) -> None:
    assert 'share it as "anyone with the link"' in refused(open_drive(drive, as_key(drive)))


def test_a_root_without_the_tree_says_which_folder_is_meant(drive: DriveServer) -> None:
    with pytest.raises(SourceUnreadable, match=r"holds neither daily/ nor weekly/: give the id of the folder above"):
        check(open_drive(drive, root_id=drive.find("daily")))


def test_an_unknown_api_key_is_named_by_its_variable(drive: DriveServer) -> None:
    said = refused(open_drive(drive, drive_credentials({"GOOGLE_DRIVE_API_KEY": WRONG_KEY})))
    assert said.startswith("Google does not know the API key in GOOGLE_DRIVE_API_KEY: create one")


def test_an_account_that_was_deleted_is_named_with_its_remedy(drive: DriveServer) -> None:
    said = refused(open_drive(drive, account(drive, client_email="gone@example.com")))
    assert said.startswith("Google gives no token to gone@example.com: the key in GOOGLE_DRIVE_SERVICE_ACCOUNT was del")


def test_a_key_that_was_replaced_is_named_with_its_remedy(drive: DriveServer) -> None:
    said = refused(open_drive(drive, account(drive, private_key=generate_key().pem())))
    assert f"Google gives no token to {SERVICE_ACCOUNT}" in said
    assert said.endswith("create a new JSON key for the service account and set it there.")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("authError", "Google refused the credential in GOOGLE_DRIVE_SERVICE_ACCOUNT (401): run again"),
        ("keyInvalid", "Google does not know the API key"),
        ("accessNotConfigured", "is not enabled in the project of GOOGLE_DRIVE_SERVICE_ACCOUNT: enable it"),
        ("dailyLimitExceeded", "quota of the day is used up (dailyLimitExceeded): run again after midnight Pacific"),
    ],
)
def test_each_refusal_by_google_is_its_own_sentence(drive: DriveServer, fault: str, says: str) -> None:
    drive.faults.add(fault)
    assert says in refused(open_drive(drive))
    assert drive.downloads == 0


def test_no_way_to_the_server_is_an_error_that_may_pass(drive: DriveServer) -> None:
    nobody = DriveServer()
    nobody._sockets.server_close()  # a port on which nobody listens
    with pytest.raises(SourceUnreadable, match=r"connection was refused\): run it again, and check this machine's net"):
        check(open_drive(drive, endpoint=nobody.endpoint))


def answer(status: int, **error: Any) -> HttpError:
    """The client's error for an answer that the local server does not give."""
    headers = {"status": str(status), **error.pop("headers", {})}
    content = json.dumps({"error": {"code": status, **error}}).encode()
    return HttpError(httplib2.Response(headers), content, uri=f"https://example.com/?key={WRONG_KEY}")


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("API_KEY_SERVICE_BLOCKED", "is restricted: allow it the Google Drive API"),
        ("API_KEY_IP_ADDRESS_BLOCKED", "is restricted"),
        ("SERVICE_DISABLED", "is not enabled"),
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "may not use the Drive API"),
    ],
)
def test_reasons_in_the_new_form_are_understood(drive: DriveServer, reason: str, says: str) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    failure = drive_failure(answer(403, details=details), as_account(drive))
    assert isinstance(failure, SourceRefused)
    assert says in str(failure)


def test_a_rate_limit_in_the_new_form_is_tried_again(drive: DriveServer) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}]
    assert isinstance(drive_failure(answer(403, details=details), as_account(drive)), Transient)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12),
        ({"retry-after": "Fri, 02 Aug 2024 12:00:30 GMT", "date": "Fri, 02 Aug 2024 12:00:00 GMT"}, 30),
        ({"retry-after": "Fri, 02 Aug 2024 12:00:30 GMT"}, None),
        ({"retry-after": "soon", "date": "Fri, 02 Aug 2024 12:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_clock(
    drive: DriveServer, headers: dict[str, str], seconds: float | None
) -> None:
    failure = drive_failure(answer(503, headers=headers), as_account(drive))
    assert isinstance(failure, Transient)
    assert failure.retry_after_s == seconds


def _log(source: DriveSource) -> None:
    assert source.append_log("a line")


def _read(source: DriveSource) -> None:
    read = read_all(source, open_listing(source))
    raise AssertionError(rejected(read))


def open_listing(source: DriveSource) -> Any:
    return source.files(DAILY, KEY)


SITUATIONS: dict[str, Callable[[DriveServer], object]] = {
    "not shared": lambda drive: drive.make_private(drive.root_id),
    "daily limit": lambda drive: drive.faults.add("dailyLimitExceeded"),
    "unauthorized": lambda drive: drive.faults.add("authError"),
    "server error": lambda drive: drive.faults.add("503"),
    "web page": lambda drive: drive.faults.add("502html"),
    "reset": lambda drive: drive.faults.add("reset"),
    "broken listing": lambda drive: drive.faults.add("short", match="list"),
    "broken downloads": lambda drive: drive.faults.add("truncated"),
    "malware": lambda drive: drive.faults.add("cannotDownloadAbusiveFile", match="download"),
}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("kind", ["account", "key", "wrong key"])
def test_no_secret_is_in_any_error_log_or_repr(situation: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with DriveServer(link_public=True) as drive:
        fill(drive, 2)
        access = {
            "account": lambda: as_account(drive),
            "key": lambda: as_key(drive),
            "wrong key": lambda: drive_credentials({"GOOGLE_DRIVE_API_KEY": WRONG_KEY}),
        }[kind]()
        source = open_drive(drive, access, retries=1)
        shown = [repr(access), repr(source)]
        if kind == "account":
            check(source)  # so that there is a token to be lost
        SITUATIONS[situation](drive)
        for use in (check, _read, _log, lambda one: one.trigger(DAILY), lambda one: one.latest(DAILY)):
            try:
                use(source)
            except (SourceUnreadable, AssertionError) as error:
                shown += [*traceback.format_exception(error), repr(error), *_chain(error)]
        shown.append(str(source.append_log("a line")))
        secrets = [drive.api_key, WRONG_KEY, "PRIVATE KEY", drive.service_account_info()["private_key"][100:160]]
        secrets += [str(access.credentials.token)] if access.credentials.token else []
        text = "\n".join([*shown, caplog.text])
        assert len(text) > 500
        for secret in secrets:
            assert secret not in text


def _chain(error: BaseException | None) -> list[str]:
    """Everything that hangs on an error, shown or not."""
    texts = []
    while error is not None:
        texts.append(f"{error!r} {vars(error)}")
        error = error.__cause__ or error.__context__
    return texts


def test_the_clients_own_errors_do_not_hang_on_ours(drive: DriveServer) -> None:
    drive.faults.add("503")
    with pytest.raises(SourceUnreadable) as caught:
        check(open_drive(drive, as_key(drive), retries=0))
    assert not any("HttpError" in text for text in _chain(caught.value))


@pytest.mark.long
def test_a_token_endpoint_that_fails_is_an_error_that_may_pass(drive: DriveServer) -> None:
    drive.faults.add("500", match="token")
    with pytest.raises(SourceUnreadable) as caught:
        check(open_drive(drive, retries=0))
    assert caught.value.retryable
