"""Drive sources over a local Drive server, with times so short that tests are quick. No test belongs here."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from bluedot_assets.adapters.source.drive.access import DriveAccess, drive_credentials
from bluedot_assets.adapters.source.drive.calls import DriveCalls, DriveOptions, Throttle
from bluedot_assets.adapters.source.drive.source import DriveSource
from bluedot_assets.adapters.source.port import FileUnreadable
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.source.raw_file import SourceFile
from bluedot_assets_tests.servers.drive import SERVICE_ACCOUNT, DriveServer

KEY: Final = "2024-08-02"
_QUICK: Final = {"timeout_s": 10, "backoff_s": 0.1, "max_backoff_s": 0.5, "log_pause_s": 1.0}


def as_account(drive: DriveServer, email: str = SERVICE_ACCOUNT) -> DriveAccess:
    return drive_credentials({"GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(drive.service_account_info(email))})


def as_key(drive: DriveServer) -> DriveAccess:
    return drive_credentials({"GOOGLE_DRIVE_API_KEY": drive.api_key})


def quick_sleep(seconds: float) -> None:
    """A fiftieth of it."""
    time.sleep(seconds / 50)


def open_drive(
    drive: DriveServer,
    access: DriveAccess | None = None,
    root_id: str | None = None,
    seams: Mapping[str, Any] | None = None,
    **options: Any,
) -> DriveSource:
    """A source of the server's root folder as its service account. `seams` are clock, sleep, jitter, throttle."""
    chosen = DriveOptions(**{"root_id": root_id or drive.root_id, "endpoint": drive.endpoint, **_QUICK, **options})
    given = {"sleep": quick_sleep, "throttle": Throttle(1_000_000), **(seams or {})}
    return DriveSource(DriveCalls(chosen, access or as_account(drive), **given))


def check(source: DriveSource) -> None:
    """Whether the root folder and the tree below it can be read, without a download."""
    source._tree.root(source._calls.patience())
    source.partitions(DAILY)


def content_of(number: int, size: int = 300) -> bytes:
    """Bytes that no other number has, at any length."""
    return (f"file {number} " * (size // 7 + 1))[:size].encode()


def fill(drive: DriveServer, files: int, size: int = 300, key: str = KEY) -> dict[str, bytes]:
    """A daily partition of so many files beside an empty triggers/; name to content."""
    drive.add_folder("triggers")
    folder = drive.add_folder(key, drive.add_folder("daily"))
    contents = {f"S{number:04}_daily.json": content_of(number, size) for number in range(files)}
    for name, content in contents.items():
        drive.add_file(name, content, folder)
    return contents


def read_all(source: DriveSource, files: list[SourceFile]) -> dict[str, bytes | FileUnreadable]:
    read = list(source.read(files))
    assert len(read) == len(files)
    return {file.name: content for file, content in read}


def rejected(read: Mapping[str, bytes | FileUnreadable]) -> dict[str, str]:
    """The names that have no bytes, with their reason."""
    return {name: str(content) for name, content in read.items() if isinstance(content, FileUnreadable)}
