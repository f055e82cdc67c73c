"""A folder served from disk, through the API and through the command line."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.oauth2 import service_account
from googleapiclient.http import MediaInMemoryUpload

from bluedot_assets_tests.servers.drive import FOLDER, SHORTCUT, DriveServer
from bluedot_assets_tests.servers_tests.drive.clients import SCOPE, as_account, client, failure, names, with_key

_ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    day = tmp_path / "tree" / "daily" / "2024-08-02"
    day.mkdir(parents=True)
    (day / "AAPL_daily.json").write_bytes(b'{"a": 1}')
    os.utime(day / "AAPL_daily.json", (1_722_600_000, 1_722_600_000))
    (tmp_path / "tree" / "daily" / "latest").symlink_to("2024-08-02")
    (tmp_path / "tree" / "triggers").mkdir()
    (tmp_path / "tree" / "triggers" / "process_log.txt").write_bytes(b"first\n")
    return tmp_path / "tree"


@pytest.fixture
def drive(folder: Path) -> Iterator[DriveServer]:
    with DriveServer(folder) as server:
        yield server


def _children(drive: DriveServer, path: str, fields: str = "files(id,name)") -> list[dict[str, Any]]:
    query = f"'{drive.find(path)}' in parents"
    files: list[dict[str, Any]] = as_account(drive).files().list(q=query, fields=fields).execute()["files"]
    return sorted(files, key=lambda one: str(one["name"]))


def test_folders_files_and_symlinks_become_folders_files_and_shortcuts(drive: DriveServer) -> None:
    day = drive.find("daily/2024-08-02")
    assert _children(drive, "daily", "files(id,name,mimeType,shortcutDetails)") == [
        {"id": day, "name": "2024-08-02", "mimeType": FOLDER},
        {
            "id": drive.find("daily/latest"),
            "name": "latest",
            "mimeType": SHORTCUT,
            "shortcutDetails": {"targetId": day, "targetMimeType": FOLDER},
        },
    ]


def test_a_file_has_the_size_checksum_time_and_bytes_of_its_file_on_disk(drive: DriveServer) -> None:
    fields = "files(id,name,size,md5Checksum,modifiedTime)"
    file_id = drive.find("daily/2024-08-02/AAPL_daily.json")
    assert _children(drive, "daily/2024-08-02", fields) == [
        {
            "id": file_id,
            "name": "AAPL_daily.json",
            "size": "8",
            "md5Checksum": hashlib.md5(b'{"a": 1}', usedforsecurity=False).hexdigest(),
            "modifiedTime": "2024-08-02T12:00:00.000Z",
        }
    ]
    assert as_account(drive).files().get_media(fileId=file_id).execute() == b'{"a": 1}'


def test_ids_are_the_same_after_a_restart(drive: DriveServer, folder: Path) -> None:
    with DriveServer(folder) as again:
        assert again.root_id == drive.root_id
        assert again.find("daily/2024-08-02") == drive.find("daily/2024-08-02")


def test_what_is_dropped_changed_or_deleted_on_disk_is_seen_at_once(drive: DriveServer, folder: Path) -> None:
    day = folder / "daily" / "2024-08-02"
    (day / "MSFT_daily.json").write_bytes(b"{}")
    (day / "AAPL_daily.json").write_bytes(b"changed")
    found = _children(drive, "daily/2024-08-02", "files(name,size)")
    assert found == [{"name": "AAPL_daily.json", "size": "7"}, {"name": "MSFT_daily.json", "size": "2"}]
    gone = drive.find("daily/2024-08-02/MSFT_daily.json")
    (day / "MSFT_daily.json").unlink()
    assert failure(as_account(drive).files().get_media(fileId=gone).execute) == (404, "notFound")
    assert [one["name"] for one in _children(drive, "daily/2024-08-02")] == ["AAPL_daily.json"]


def test_a_touched_file_has_a_new_time(drive: DriveServer, folder: Path) -> None:
    os.utime(folder / "triggers" / "process_log.txt", (1_722_700_000, 1_722_700_000))
    answer = as_account(drive).files().get(fileId=drive.find("triggers/process_log.txt"), fields="modifiedTime")
    assert answer.execute() == {"modifiedTime": "2024-08-03T15:46:40.000Z"}


def test_an_update_through_the_api_reaches_the_disk_and_keeps_the_earlier_revision(
    drive: DriveServer, folder: Path
) -> None:
    file_id = drive.find("triggers/process_log.txt")
    service = as_account(drive)
    media = MediaInMemoryUpload(b"first\nsecond\n", mimetype="text/plain")
    service.files().update(fileId=file_id, media_body=media).execute()
    assert (folder / "triggers" / "process_log.txt").read_bytes() == b"first\nsecond\n"
    listed = service.revisions().list(fileId=file_id).execute()["revisions"]
    read = [service.revisions().get_media(fileId=file_id, revisionId=one["id"]).execute() for one in listed]
    assert read == [b"first\n", b"first\nsecond\n"]


def test_symlinks_that_loop_or_lead_out_are_shortcuts_to_each_other_or_to_nothing(
    drive: DriveServer, folder: Path
) -> None:
    (folder / "weekly").mkdir()
    (folder / "weekly" / "a").symlink_to("b")
    (folder / "weekly" / "b").symlink_to("a")
    (folder / "weekly" / "out").symlink_to("/etc/hostname")
    found = _children(drive, "weekly", "files(id,name,shortcutDetails)")
    first, second, out = found
    assert first["shortcutDetails"]["targetId"] == second["id"]
    assert second["shortcutDetails"]["targetId"] == first["id"]
    assert out["shortcutDetails"].keys() == {"targetId"}


def test_what_a_disk_cannot_express_is_added_beside_it(drive: DriveServer) -> None:
    day = drive.find("daily/2024-08-02")
    drive.add_file("AAPL_daily.json", b"duplicate", parent=day)
    drive.add_native("Notes", parent=day)
    assert [one["name"] for one in _children(drive, "daily/2024-08-02")] == ["AAPL_daily.json"] * 2 + ["Notes"]


def test_a_file_that_appears_is_missing_from_a_stale_listing(drive: DriveServer, folder: Path) -> None:
    drive.faults.add("staleListing", seconds=60)
    (folder / "daily" / "2024-08-02" / "MSFT_daily.json").write_bytes(b"{}")
    assert [one["name"] for one in _children(drive, "daily/2024-08-02")] == ["AAPL_daily.json"]


def test_the_command_serves_a_folder_to_account_and_key(folder: Path, tmp_path: Path) -> None:
    credentials_path = tmp_path / "account.json"
    command = [sys.executable, "-m", "bluedot_assets_tests.servers.drive", "--tree", str(folder), "--port", "0"]
    options = ["--link-public", "--latency-ms", "1", "--fault", "500:0.0", "--credentials-out", str(credentials_path)]
    with subprocess.Popen([*command, *options], cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = dict(process.stdout.readline().strip().split("=", 1) for _ in range(4))
        try:
            info = json.loads(credentials_path.read_text())
            credentials = service_account.Credentials.from_service_account_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call]
            query = f"'{facts['root_id']}' in parents"
            for service in (
                client(facts["endpoint"], credentials=credentials),
                client(facts["endpoint"], developerKey=facts["api_key"]),
            ):
                assert names(service.files().list(q=query).execute()) == ["daily", "triggers"]
        finally:
            process.terminate()
    assert process.returncode == 0


def test_the_command_refuses_a_fault_that_it_does_not_know(folder: Path) -> None:
    command = [sys.executable, "-m", "bluedot_assets_tests.servers.drive", "--tree", str(folder), "--fault", "typo:1"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no fault 'typo'" in done.stderr


def test_a_public_folder_is_open_to_keys(folder: Path) -> None:
    with DriveServer(folder, link_public=True) as drive:
        files = with_key(drive, drive.api_key).files()
        assert names(files.list(q=f"'{drive.root_id}' in parents").execute()) == ["daily", "triggers"]
