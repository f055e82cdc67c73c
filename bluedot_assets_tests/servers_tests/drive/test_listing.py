"""files.list: pages, order, fields, shared drives."""

from typing import Any

import pytest

from bluedot_assets_tests.servers.drive import FOLDER, DriveServer
from bluedot_assets_tests.servers_tests.drive.clients import as_account, failure_place, names


def _list(drive: DriveServer, **parameters: Any) -> dict[str, Any]:
    answer: dict[str, Any] = as_account(drive).files().list(**parameters).execute()
    return answer


def _in_root(drive: DriveServer) -> str:
    return f"'{drive.root_id}' in parents and trashed = false"


def test_without_fields_a_file_has_kind_id_name_and_type(drive: DriveServer) -> None:
    drive.add_file("AAPL_daily.json", b"{}")
    answer = _list(drive, q=_in_root(drive))
    assert answer.keys() == {"kind", "incompleteSearch", "files"}
    assert answer["files"][0].keys() == {"kind", "id", "name", "mimeType"}


def test_exactly_the_fields_that_were_asked_for_come(drive: DriveServer) -> None:
    target = drive.add_folder("2024-08-02")
    drive.add_shortcut("latest", target)
    fields = "files(name, shortcutDetails/targetId)"
    answer = _list(drive, q=_in_root(drive) + " and name = 'latest'", fields=fields)
    assert answer == {"files": [{"name": "latest", "shortcutDetails": {"targetId": target}}]}


def test_a_star_brings_every_field(drive: DriveServer) -> None:
    drive.add_file("a.json", b"abc", modified=1_722_600_000.25)
    file = _list(drive, q=_in_root(drive), fields="*")["files"][0]
    assert file["size"] == "3"
    assert file["md5Checksum"] == "900150983cd24fb0d6963f7d28e17f72"
    assert file["modifiedTime"] == "2024-08-02T12:00:00.250Z"
    assert file["parents"] == [drive.root_id]


@pytest.mark.parametrize("fields", ["files(id", "filez", "files(id,nam)", "files(id/x)", "", "files(id))"])
def test_a_mask_that_names_what_is_not_there_is_refused(drive: DriveServer, fields: str) -> None:
    if fields == "":
        fields = ","
    assert failure_place(lambda: _list(drive, fields=fields)) == (400, "invalidParameter", "fields")


def test_fields_without_next_page_token_lose_the_rest(drive: DriveServer) -> None:
    for number in range(3):
        drive.add_file(f"{number}.json")
    answer = _list(drive, q=_in_root(drive), pageSize=2, fields="files(id)")
    assert answer.keys() == {"files"}
    assert len(answer["files"]) == 2


def test_fifteen_hundred_files_come_on_two_pages(drive: DriveServer) -> None:
    for number in range(1_500):
        drive.add_file(f"{number}.json")
    service, found = as_account(drive), []
    request = service.files().list(q=_in_root(drive), pageSize=1_000, fields="nextPageToken,files(name)")
    while request is not None:
        answer = request.execute()
        found += answer["files"]
        request = service.files().list_next(request, answer)
    assert len({one["name"] for one in found}) == len(found) == 1_500
    assert drive.count("list") == 2


def test_a_page_holds_a_hundred_files_unless_told_otherwise(drive: DriveServer) -> None:
    for number in range(101):
        drive.add_file(f"{number}.json")
    answer = _list(drive, q=_in_root(drive))
    assert len(answer["files"]) == 100
    assert answer["nextPageToken"]


@pytest.mark.parametrize("size", [0, 1_001])
def test_a_page_size_out_of_range_is_refused(drive: DriveServer, size: int) -> None:
    assert failure_place(lambda: _list(drive, pageSize=size)) == (400, "invalidParameter", "pageSize")


def test_a_made_up_page_token_is_refused(drive: DriveServer) -> None:
    assert failure_place(lambda: _list(drive, pageToken="garbage")) == (400, "invalid", "pageToken")


def test_a_page_token_belongs_to_its_query(drive: DriveServer) -> None:
    for number in range(2):
        drive.add_file(f"{number}.json")
    token = _list(drive, q=_in_root(drive), pageSize=1)["nextPageToken"]
    assert failure_place(lambda: _list(drive, q="trashed = false", pageToken=token)) == (400, "invalid", "pageToken")


def test_files_come_in_the_order_that_was_asked_for(drive: DriveServer) -> None:
    for name, modified in (("b", 3.0), ("a", 1.0), ("c", 2.0)):
        drive.add_file(name, modified=modified)

    def ordered(order: str) -> list[str]:
        return [one["name"] for one in _list(drive, q=_in_root(drive), orderBy=order)["files"]]

    assert ordered("name") == ["a", "b", "c"]
    assert ordered("modifiedTime desc") == ["b", "c", "a"]
    assert failure_place(lambda: ordered("size")) == (400, "invalid", "orderBy")


def test_two_files_may_have_one_name(drive: DriveServer) -> None:
    drive.add_file("a.json", b"1")
    drive.add_file("a.json", b"2")
    drive.add_folder("a.json")
    assert names(_list(drive, q=_in_root(drive))) == ["a.json"] * 3


def test_the_trash_is_listed_unless_excluded_and_takes_folders_with_their_content(drive: DriveServer) -> None:
    folder = drive.add_folder("old")
    drive.add_file("a.json", parent=folder)
    drive.trash(folder)
    assert names(_list(drive, q=_in_root(drive))) == []
    assert names(_list(drive, q=f"'{drive.root_id}' in parents")) == ["old"]
    assert names(_list(drive, q=f"'{folder}' in parents and trashed = true")) == ["a.json"]


def test_a_google_document_has_neither_checksum_nor_size(drive: DriveServer) -> None:
    drive.add_native("Notes")
    file = _list(drive, q=_in_root(drive), fields="files(name,size,md5Checksum,modifiedTime)")["files"][0]
    assert file.keys() == {"name", "modifiedTime"}


def test_a_folder_that_is_not_there_is_an_error_not_an_empty_list(drive: DriveServer) -> None:
    hidden = drive.add_folder("hidden")
    drive.make_private(hidden)
    for parent in (hidden, "nowhere"):
        query = f"'{parent}' in parents"
        assert failure_place(lambda q=query: _list(drive, q=q)) == (404, "notFound", "fileId")  # type: ignore[misc]


def test_items_of_a_shared_drive_show_only_when_both_flags_are_set(drive: DriveServer) -> None:
    shared = drive.add_shared_drive("Team")
    folder = drive.add_folder("daily", parent=shared)
    query = f"'{folder}' in parents"
    drive.add_file("a.json", parent=folder)
    both = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}
    assert names(_list(drive, q=query)) == []
    assert names(_list(drive, q=query, supportsAllDrives=True)) == []
    assert names(_list(drive, q=query, **both)) == ["a.json"]
    assert names(_list(drive, corpora="drive", driveId=shared, q=f"mimeType != '{FOLDER}'", **both)) == ["a.json"]


def test_a_query_without_a_folder_lists_what_was_shared_by_name(drive: DriveServer) -> None:
    folder = drive.add_folder("daily")
    drive.add_file("a.json", parent=folder)
    drive.make_private(drive.add_file("private.json"))
    assert names(_list(drive, q=f"mimeType != '{FOLDER}'")) == ["a.json"]


def test_a_query_longer_than_an_address_may_be_is_understood(drive: DriveServer) -> None:
    drive.add_file("a.json")
    query = _in_root(drive) + " and (name = 'a.json'" + " or name = 'other.json'" * 200 + ")"
    assert names(_list(drive, q=query)) == ["a.json"]
