"""files.create, files.update, revisions."""

import hashlib
from typing import Any

import pytest
from googleapiclient import http

from bluedot_assets_tests.servers.drive import ANYONE, FOLDER, OWNER, DriveServer
from bluedot_assets_tests.servers_tests.drive.clients import (
    Clock,
    as_account,
    as_person,
    failure,
    failure_place,
    with_key,
)

_FIELDS = "id,size,md5Checksum,headRevisionId,modifiedTime"


def _media(content: bytes, *, resumable: bool = False, chunk: int = 256 * 1024) -> http.MediaInMemoryUpload:
    return http.MediaInMemoryUpload(content, mimetype="text/plain", resumable=resumable, chunksize=chunk)


@pytest.mark.parametrize("resumable", [False, True])
@pytest.mark.parametrize("body", [None, {"description": "a line more"}])
@pytest.mark.parametrize("content", [b"", b"one\n", b"one\r\ntwo\r\n", b"\n\n\r", bytes(range(256)) * 3_000])
def test_an_update_replaces_content_size_and_checksum(
    drive: DriveServer, *, resumable: bool, body: dict[str, str] | None, content: bytes
) -> None:
    file_id = drive.add_file("process_log.txt", b"old\n")
    media = _media(content, resumable=resumable)
    answer = as_account(drive).files().update(fileId=file_id, media_body=media, body=body, fields=_FIELDS).execute()
    assert answer["size"] == str(len(content))
    assert answer["md5Checksum"] == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert drive.content(file_id) == content


def test_every_update_is_a_revision_that_can_be_read(drive: DriveServer) -> None:
    file_id = drive.add_file("process_log.txt", b"1")
    service = as_account(drive)
    heads = [
        service.files().update(fileId=file_id, media_body=_media(content), fields=_FIELDS).execute()["headRevisionId"]
        for content in (b"12", b"123")
    ]
    listed = service.revisions().list(fileId=file_id, fields="revisions(id,size)").execute()["revisions"]
    assert [one["size"] for one in listed] == ["1", "2", "3"]
    assert [one["id"] for one in listed[1:]] == heads
    assert [service.revisions().get_media(fileId=file_id, revisionId=one["id"]).execute() for one in listed] == [
        b"1",
        b"12",
        b"123",
    ]
    one = service.revisions().get(fileId=file_id, revisionId=heads[0], fields="id,md5Checksum").execute()
    assert one == {"id": heads[0], "md5Checksum": hashlib.md5(b"12", usedforsecurity=False).hexdigest()}
    assert failure(service.revisions().get(fileId=file_id, revisionId="none").execute) == (404, "notFound")


def test_revisions_come_in_pages(drive: DriveServer) -> None:
    file_id = drive.add_file("a.txt", b"1")
    drive.set_content(file_id, b"2")
    revisions = as_account(drive).revisions()
    first = revisions.list(fileId=file_id, pageSize=1).execute()
    second = revisions.list(fileId=file_id, pageSize=1, pageToken=first["nextPageToken"]).execute()
    assert first["revisions"][0].keys() == {"kind", "id", "mimeType", "modifiedTime"}
    assert "nextPageToken" not in second


def test_an_update_takes_the_servers_time_unless_it_brings_its_own(clock: Clock) -> None:
    with DriveServer(clock=clock) as drive:
        file_id = drive.add_file("a.txt")
        files = as_account(drive).files()
        clock.now += 60
        answer = files.update(fileId=file_id, media_body=_media(b"x"), fields="modifiedTime").execute()
        assert answer == {"modifiedTime": "2024-08-02T12:01:00.000Z"}
        body = {"modifiedTime": "2024-01-01T00:00:00Z", "name": "b.txt"}
        answer = files.update(fileId=file_id, body=body, fields="name,modifiedTime").execute()
        assert answer == {"name": "b.txt", "modifiedTime": "2024-01-01T00:00:00.000Z"}
        assert len(drive.revisions(file_id)) == 1 + 1


def test_who_may_only_read_cannot_update() -> None:
    with DriveServer(role="reader") as drive:
        file_id = drive.add_file("process_log.txt")
        for resumable in (False, True):
            request = as_account(drive).files().update(fileId=file_id, media_body=_media(b"x", resumable=resumable))
            assert failure(request.execute) == (403, "insufficientFilePermissions")
        assert failure(as_account(drive).revisions().list(fileId=file_id).execute)[0] == 403
        parents = {"name": "x", "parents": [drive.root_id]}
        assert failure(as_account(drive).files().create(body=parents).execute) == (403, "insufficientParentPermissions")


def test_a_key_can_write_nothing(drive: DriveServer) -> None:
    file_id = drive.add_file("process_log.txt")
    drive.share(file_id, ANYONE, "writer")
    files = with_key(drive, drive.api_key).files()
    request = files.update(fileId=file_id, media_body=_media(b"x"))
    assert failure_place(request.execute) == (401, "required", "Authorization")
    assert failure(files.create(body={"name": "x"}).execute) == (401, "required")


@pytest.mark.parametrize("resumable", [False, True])
def test_a_service_account_has_no_storage_for_a_new_file(drive: DriveServer, *, resumable: bool) -> None:
    body = {"name": "process_log.txt", "parents": [drive.root_id]}
    request = as_account(drive).files().create(body=body, media_body=_media(b"x", resumable=resumable))
    assert failure(request.execute) == (403, "storageQuotaExceeded")
    assert failure(as_account(drive).files().create(body={"name": "x"}).execute) == (403, "storageQuotaExceeded")


def test_a_service_account_can_make_folders_and_files_in_a_shared_drive(drive: DriveServer) -> None:
    files = as_account(drive).files()
    folder = files.create(body={"name": "x", "mimeType": FOLDER, "parents": [drive.root_id]}).execute()
    assert drive.find("x") == folder["id"]
    body = {"name": "a.txt", "parents": [drive.add_shared_drive("Team")]}
    assert failure(files.create(body=body, media_body=_media(b"x")).execute) == (404, "notFound")
    created = files.create(body=body, media_body=_media(b"x"), supportsAllDrives=True).execute()
    assert drive.content(created["id"]) == b"x"


def test_a_person_can_create_files_and_shortcuts(drive: DriveServer) -> None:
    files = as_person(drive, OWNER).files()
    made = files.create(body={"name": "a.txt", "parents": [drive.root_id]}, media_body=_media(b"abc")).execute()
    body = {
        "name": "latest",
        "mimeType": "application/vnd.google-apps.shortcut",
        "parents": [drive.root_id],
        "shortcutDetails": {"targetId": made["id"]},
    }
    shortcut = files.create(body=body, fields="shortcutDetails(targetId)").execute()
    assert shortcut == {"shortcutDetails": {"targetId": made["id"]}}
    assert as_account(drive).files().get_media(fileId=made["id"]).execute() == b"abc"


def test_a_large_upload_comes_in_chunks(drive: DriveServer) -> None:
    file_id, content = drive.add_file("a.bin"), bytes(range(256)) * 3_000
    media = _media(content, resumable=True)
    request: Any = as_account(drive).files().update(fileId=file_id, media_body=media)
    chunks, answer = 0, None
    while answer is None:
        _, answer = request.next_chunk()
        chunks += 1
    assert chunks == 3
    assert drive.content(file_id) == content


def test_fields_that_cannot_be_set_are_refused(drive: DriveServer) -> None:
    file_id = drive.add_file("a.txt")
    files = as_account(drive).files()
    for body in ({"parents": [drive.root_id]}, {"size": "5"}):
        assert failure(files.update(fileId=file_id, body=body).execute) == (403, "fieldNotWritable")


def test_a_file_can_be_put_in_the_trash(drive: DriveServer) -> None:
    file_id = drive.add_file("a.txt")
    as_account(drive).files().update(fileId=file_id, body={"trashed": True}).execute()
    assert as_account(drive).files().get(fileId=file_id, fields="trashed").execute() == {"trashed": True}


def test_parents_that_are_unknown_are_named(drive: DriveServer) -> None:
    request = as_person(drive, OWNER).files().create(body={"name": "x", "parents": ["nowhere"]})
    assert failure_place(request.execute) == (404, "notFound", "fileId")
