"""files.get, bytes, ranges, revisions, visibility."""

import io

import httplib2
import pytest
from googleapiclient import errors, http

from bluedot_assets_tests.servers.drive import ANYONE, OWNER, DriveServer
from bluedot_assets_tests.servers_tests.drive.clients import (
    account_credentials,
    as_account,
    as_person,
    failure,
    failure_place,
    own_http,
    with_key,
)


def test_metadata_and_bytes_of_a_file_agree(drive: DriveServer) -> None:
    content = bytes(range(256)) * 400
    file_id = drive.add_file("a.bin", content)
    files = as_account(drive).files()
    assert files.get(fileId=file_id, fields="size").execute() == {"size": str(len(content))}
    assert files.get_media(fileId=file_id).execute() == content
    assert drive.downloads == 1


def test_metadata_without_fields_is_kind_id_name_and_type(drive: DriveServer) -> None:
    file_id = drive.add_file("a.json")
    answer = as_account(drive).files().get(fileId=file_id).execute()
    assert answer == {"kind": "drive#file", "id": file_id, "name": "a.json", "mimeType": "application/json"}


def test_a_download_in_chunks_comes_by_ranges(drive: DriveServer) -> None:
    content = bytes(range(256)) * 10
    request = as_account(drive).files().get_media(fileId=drive.add_file("a.bin", content))
    received, done = io.BytesIO(), False
    chunks = http.MediaIoBaseDownload(received, request, chunksize=1_000)
    while not done:
        _, done = chunks.next_chunk()
    assert received.getvalue() == content
    assert [one.status for one in drive.requests if one.kind == "download"] == [206, 206, 206]


@pytest.mark.parametrize(
    ("asked", "content", "told"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_brings_its_bytes(drive: DriveServer, asked: str, content: bytes, told: str) -> None:
    url = f"{drive.endpoint}drive/v3/files/{drive.add_file('a.txt', b'0123456789')}?alt=media"
    response, body = own_http(account_credentials(drive)).request(url, headers={"Range": asked})
    assert (response.status, body, response["content-range"]) == (206, content, told)


def test_a_range_past_the_end_is_a_416(drive: DriveServer) -> None:
    request = as_account(drive).files().get_media(fileId=drive.add_file("a.txt", b"0123456789"))
    request.headers["Range"] = "bytes=10-"
    assert failure(request.execute) == (416, "requestedRangeNotSatisfiable")


def test_what_has_no_bytes_cannot_be_downloaded(drive: DriveServer) -> None:
    folder = drive.add_folder("daily")
    for file_id in (folder, drive.add_native("Notes"), drive.add_shortcut("latest", folder)):
        request = as_account(drive).files().get_media(fileId=file_id)
        assert failure_place(request.execute) == (403, "fileNotDownloadable", "alt")


def test_a_file_that_is_unknown_or_invisible_is_the_same_404(drive: DriveServer) -> None:
    private = drive.add_file("private.json")
    drive.make_private(private)
    for file_id in ("unknown", private):
        for request in (
            as_account(drive).files().get(fileId=file_id),
            as_account(drive).files().get_media(fileId=file_id),
        ):
            assert failure_place(request.execute) == (404, "notFound", "fileId")


def test_a_trashed_file_can_still_be_read(drive: DriveServer) -> None:
    file_id = drive.add_file("a.json", b"abc")
    drive.trash(file_id)
    files = as_account(drive).files()
    assert files.get(fileId=file_id, fields="trashed").execute() == {"trashed": True}
    assert files.get_media(fileId=file_id).execute() == b"abc"


def test_an_item_of_a_shared_drive_needs_the_flag(drive: DriveServer) -> None:
    file_id = drive.add_file("a.json", parent=drive.add_shared_drive("Team"))
    files = as_account(drive).files()
    assert failure(files.get(fileId=file_id).execute) == (404, "notFound")
    assert files.get(fileId=file_id, supportsAllDrives=True).execute()["name"] == "a.json"


def test_shortcuts_may_form_chains_and_loops(drive: DriveServer) -> None:
    first = drive.add_shortcut("first", "nowhere")
    second = drive.add_shortcut("second", first)
    drive.retarget(first, second)
    files = as_account(drive).files()
    assert [files.get(fileId=one, fields="shortcutDetails").execute() for one in (first, second)] == [
        {"shortcutDetails": {"targetId": target, "targetMimeType": "application/vnd.google-apps.shortcut"}}
        for target in (second, first)
    ]


def test_a_shortcut_to_nothing_shows_no_type(drive: DriveServer) -> None:
    broken = drive.add_shortcut("latest", "nowhere")
    answer = as_account(drive).files().get(fileId=broken, fields="shortcutDetails").execute()
    assert answer == {"shortcutDetails": {"targetId": "nowhere"}}


def test_a_file_taken_for_malware_needs_its_owners_acknowledgement(drive: DriveServer) -> None:
    file_id = drive.add_file("a.json", b"abc")
    drive.mark_abusive(file_id)
    for service, acknowledge in ((as_account(drive), True), (as_person(drive, OWNER), False)):
        request = service.files().get_media(fileId=file_id, acknowledgeAbuse=acknowledge)
        assert failure(request.execute) == (403, "cannotDownloadAbusiveFile")
    assert as_person(drive, OWNER).files().get_media(fileId=file_id, acknowledgeAbuse=True).execute() == b"abc"


def test_a_key_reads_what_anyone_with_the_link_may_and_nothing_else(drive: DriveServer) -> None:
    public = drive.add_folder("public")
    drive.share(public, ANYONE)
    open_file, closed_file = drive.add_file("a.json", b"abc", parent=public), drive.add_file("b.json")
    files = with_key(drive, drive.api_key).files()
    assert files.get_media(fileId=open_file).execute() == b"abc"
    assert [one["id"] for one in files.list(q=f"'{public}' in parents").execute()["files"]] == [open_file]
    assert failure(files.get_media(fileId=closed_file).execute) == (404, "notFound")
    assert failure(files.list(q=f"'{drive.root_id}' in parents").execute) == (404, "notFound")


def test_a_folder_shared_with_another_account_is_seen_by_that_account_only(drive: DriveServer) -> None:
    folder = drive.add_folder("other")
    drive.make_private(folder)
    drive.share(folder, "other@bluedot-tests.iam.gserviceaccount.com")
    file_id = drive.add_file("a.json", parent=folder)
    other = as_account(drive, "other@bluedot-tests.iam.gserviceaccount.com")
    assert other.files().get(fileId=file_id).execute()["name"] == "a.json"
    assert failure(as_account(drive).files().get(fileId=file_id).execute) == (404, "notFound")


def test_a_path_that_drive_has_and_this_server_lacks_is_a_501(drive: DriveServer) -> None:
    assert failure(as_account(drive).changes().getStartPageToken().execute) == (501, "notImplemented")


def test_a_thousand_small_questions_go_over_one_connection(drive: DriveServer) -> None:
    file_id, service = drive.add_file("a.json"), with_key(drive, drive.api_key)
    drive.share(file_id, ANYONE)
    connection = httplib2.Http()
    for _ in range(50):
        service.files().get(fileId=file_id).execute(http=connection)
    assert len(connection.connections) == 1


def test_the_client_raises_http_errors_with_googles_words(drive: DriveServer) -> None:
    with pytest.raises(errors.HttpError, match="File not found: unknown"):
        as_account(drive).files().get(fileId="unknown").execute()
