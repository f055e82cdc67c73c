"""Misbehaviour: each kind as the real client meets it."""

import hashlib
import http.client
import time
from pathlib import Path
from typing import Any

import pytest
from googleapiclient import errors
from googleapiclient.http import MediaInMemoryUpload

from bluedot_assets_tests.servers.drive import DriveServer
from bluedot_assets_tests.servers_tests.drive.clients import (
    Clock,
    account_credentials,
    as_account,
    failure,
    names,
    own_http,
)

_CONTENT = bytes(range(256)) * 400


def _download(drive: DriveServer, file_id: str) -> bytes:
    body: bytes = as_account(drive).files().get_media(fileId=file_id).execute()
    return body


def _listed(drive: DriveServer, fields: str = "files(name)") -> dict[str, Any]:
    query = f"'{drive.root_id}' in parents"
    answer: dict[str, Any] = as_account(drive).files().list(q=query, fields=fields).execute()
    return answer


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("rateLimitExceeded", 403, "rateLimitExceeded"),
        ("userRateLimitExceeded", 403, "userRateLimitExceeded"),
        ("dailyLimitExceeded", 403, "dailyLimitExceeded"),
        ("downloadQuotaExceeded", 403, "downloadQuotaExceeded"),
        ("cannotDownloadAbusiveFile", 403, "cannotDownloadAbusiveFile"),
        ("accessNotConfigured", 403, "accessNotConfigured"),
        ("insufficientFilePermissions", 403, "insufficientFilePermissions"),
        ("notFound", 404, "notFound"),
        ("keyInvalid", 400, "keyInvalid"),
        ("408", 408, "backendError"),
        ("429", 429, "rateLimitExceeded"),
        ("500", 500, "internalError"),
        ("502", 502, "backendError"),
        ("503", 503, "backendError"),
    ],
)
def test_an_error_comes_as_often_as_told_and_then_no_more(
    drive: DriveServer, kind: str, status: int, reason: str
) -> None:
    file_id = drive.add_file("a.bin", _CONTENT)
    fault = drive.faults.add(kind, times=1)
    assert failure(lambda: _download(drive, file_id)) == (status, reason)
    assert _download(drive, file_id) == _CONTENT
    assert fault.hits == 1
    assert [(one.status, one.fault) for one in drive.requests if one.kind == "download"] == [
        (status, kind),
        (200, None),
    ]


def test_a_429_says_when_to_come_back(drive: DriveServer) -> None:
    drive.faults.add("429", seconds=7)
    with pytest.raises(errors.HttpError) as caught:
        _listed(drive)
    assert caught.value.resp["retry-after"] == "7"


def test_a_gateway_error_may_be_a_page_instead_of_json(drive: DriveServer) -> None:
    drive.faults.add("502html")
    with pytest.raises(errors.HttpError) as caught:
        _listed(drive)
    assert caught.value.resp.status == 502
    assert caught.value.content.startswith(b"<!DOCTYPE html>")


def test_storage_can_run_out_for_a_person_too(drive: DriveServer) -> None:
    drive.faults.add("storageQuotaExceeded")
    body = {"name": "x", "mimeType": "application/vnd.google-apps.folder", "parents": [drive.root_id]}
    assert failure(as_account(drive).files().create(body=body).execute) == (403, "storageQuotaExceeded")


def test_a_connection_is_reset(drive: DriveServer) -> None:
    service = as_account(drive)
    service.files().get(fileId=drive.root_id).execute()
    drive.faults.add("reset", match="get")
    with pytest.raises(ConnectionResetError):
        service.files().get(fileId=drive.root_id).execute()
    assert drive.requests[-1].status == 0


def test_a_request_hangs_until_the_client_gives_up(drive: DriveServer) -> None:
    drive.faults.add("timeout", match="get")
    connection = own_http(account_credentials(drive), timeout_s=0.2)
    with pytest.raises(TimeoutError):
        as_account(drive).files().get(fileId=drive.root_id).execute(http=connection)


def test_a_request_hangs_for_as_long_as_told(drive: DriveServer) -> None:
    drive.faults.add("timeout", seconds=0.1, match="get")
    with pytest.raises(http.client.RemoteDisconnected):
        as_account(drive).files().get(fileId=drive.root_id).execute()


def test_latency_delays_the_answer(drive: DriveServer) -> None:
    drive.latency_s = 0.1
    drive.faults.add("latency", seconds=0.1)
    drive.faults.add("500", times=1, match="get")
    service = as_account(drive)
    begun = time.monotonic()
    assert failure(service.files().get(fileId=drive.root_id).execute) == (500, "internalError")
    assert time.monotonic() - begun >= 0.3  # the token has the server's own latency, the request both


def test_a_truncated_body_ends_before_its_promised_length(drive: DriveServer) -> None:
    file_id = drive.add_file("a.bin", _CONTENT)
    drive.faults.add("truncated")
    with pytest.raises(http.client.IncompleteRead):
        _download(drive, file_id)


def test_a_short_body_is_taken_for_success(drive: DriveServer) -> None:
    file_id = drive.add_file("a.bin", _CONTENT)
    drive.faults.add("short")
    assert _download(drive, file_id) == _CONTENT[: len(_CONTENT) // 2]


def test_a_short_listing_is_given_out_by_the_client_as_a_piece_of_text(drive: DriveServer) -> None:
    drive.faults.add("short", match="list")
    answer: object = _listed(drive)
    assert isinstance(answer, str)  # where a dict was promised: the client swallows the bad JSON


def test_another_files_bytes_come_as_success(drive: DriveServer) -> None:
    file_id = drive.add_file("a.json", b"mine")
    drive.add_file("b.json", b"theirs")
    drive.faults.add("anotherFile")
    assert _download(drive, file_id) == b"theirs"


def test_a_corrupt_body_differs_in_one_byte(drive: DriveServer) -> None:
    file_id = drive.add_file("a.bin", _CONTENT)
    drive.faults.add("corrupt")
    received = _download(drive, file_id)
    assert sum(one != other for one, other in zip(received, _CONTENT, strict=True)) == 1


def test_a_file_changes_between_listing_and_download(drive: DriveServer) -> None:
    file_id = drive.add_file("a.json", b"before")
    listed = _listed(drive, "files(md5Checksum)")["files"][0]["md5Checksum"]
    drive.faults.add("changedFile", times=1)
    received = hashlib.md5(_download(drive, file_id), usedforsecurity=False).hexdigest()
    assert received != listed
    assert _listed(drive, "files(md5Checksum)")["files"][0]["md5Checksum"] == received


def test_another_writer_comes_between_reading_and_writing(drive: DriveServer) -> None:
    file_id = drive.add_file("process_log.txt", b"first\n")
    drive.faults.add("changedFile", match="update", times=1)
    media = MediaInMemoryUpload(b"first\nmine\n", mimetype="text/plain")
    as_account(drive).files().update(fileId=file_id, media_body=media).execute()
    assert [one.read() for one in drive.revisions(file_id)] == [b"first\n", b"first\n\n1", b"first\nmine\n"]


def test_a_stale_listing_lacks_what_is_newer_than_told(clock: Clock) -> None:
    with DriveServer(clock=clock) as drive:
        old = drive.add_file("old.json", b"1")
        clock.now += 100
        drive.add_file("new.json")
        drive.set_content(old, b"22")
        clock.now += 10
        fault = drive.faults.add("staleListing", seconds=60)
        assert _listed(drive, "files(name,size)") == {"files": [{"name": "old.json", "size": "1"}]}
        fault.as_of = clock.now
        assert names(_listed(drive)) == ["new.json", "old.json"]


def test_the_quota_of_units_is_a_sliding_minute(clock: Clock) -> None:
    with DriveServer(clock=clock, quota_per_minute=405) as drive:
        file_id = drive.add_file("a.json", b"abc")
        _download(drive, file_id)
        clock.now += 30
        _listed(drive)
        _listed(drive)
        as_account(drive).files().get(fileId=file_id).execute()
        assert failure(lambda: _listed(drive)) == (403, "rateLimitExceeded")
        clock.now += 31
        assert _download(drive, file_id) == b"abc"
        assert failure(lambda: _listed(drive)) == (403, "rateLimitExceeded")


def test_a_revoked_token_is_a_401_until_a_new_one_is_fetched(drive: DriveServer) -> None:
    file_id = drive.add_file("a.json", b"abc")
    drive.faults.add("revokedToken", times=1)
    assert _download(drive, file_id) == b"abc"
    assert [one.status for one in drive.requests] == [200, 401, 200, 200]


def test_the_token_endpoint_fails_only_when_it_is_meant(drive: DriveServer) -> None:
    drive.faults.add("500", match="token", times=1)
    assert _listed(drive) == {"files": []}
    assert drive.count("token", 500) == 1


def test_a_fault_may_be_for_one_file_only(drive: DriveServer) -> None:
    first, second = drive.add_file("a.json", b"1"), drive.add_file("b.json", b"2")
    drive.faults.add("500", match=lambda request: request.file_id == first)
    assert failure(lambda: _download(drive, first)) == (500, "internalError")
    assert _download(drive, second) == b"2"


def test_a_rate_meets_its_share_and_the_same_requests_each_time(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number}.json").write_bytes(b"content")

    def struck(seed: int) -> set[str | None]:
        with DriveServer(tmp_path, seed=seed) as drive:
            drive.faults.add("short", rate=0.2)
            service = as_account(drive)
            for number in range(100):
                service.files().get_media(fileId=drive.find(f"{number}.json")).execute()
            return {one.file_id for one in drive.requests if one.fault is not None}

    assert 10 <= len(struck(1)) <= 30
    assert struck(1) == struck(1) != struck(2)


def test_faults_can_be_ended(drive: DriveServer) -> None:
    fault = drive.faults.add("500")
    drive.faults.remove(fault)
    drive.faults.add("503")
    drive.faults.clear()
    assert _listed(drive) == {"files": []}


def test_a_fault_that_does_not_exist_is_refused_with_the_list(drive: DriveServer) -> None:
    with pytest.raises(ValueError, match="truncated"):
        drive.faults.add("rateLimitExceded")
    with pytest.raises(ValueError, match="not within"):
        drive.faults.add("500", rate=20)
