"""Google Drive keeps the contract of a source, in a person's Drive and in a shared drive."""

import time
from collections.abc import Iterator

import pytest

from bluedot_assets.adapters.source.drive.source import DriveSource
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets_tests.contracts.source import SourceFolderContract
from bluedot_assets_tests.examples.drive_sources import open_drive
from bluedot_assets_tests.servers.drive import SERVICE_ACCOUNT, DriveServer


class DriveTree:
    """The uploader's hand below one folder of a Drive server."""

    def __init__(self, drive: DriveServer, root: str) -> None:
        self.drive, self.root = drive, root
        for name in ("daily", "weekly", "triggers"):
            self.make_folder(name)

    def find(self, path: str) -> str | None:
        found = self.root
        for name in path.split("/"):
            here = [one for one in self.drive.tree.children(found) if one.name == name]
            if not here:
                return None
            found = here[0].id
        return found

    def make_folder(self, path: str) -> str:
        above, _, name = path.rpartition("/")
        return self.find(path) or self.drive.add_folder(name, self.make_folder(above) if above else self.root)

    def put(self, path: str, content: bytes) -> None:
        found = self.find(path)
        folder, _, name = path.rpartition("/")
        if found is None:
            self.drive.add_file(name, content, self.make_folder(folder) if folder else self.root)
        else:
            self.drive.set_content(found, content)

    def remove(self, path: str) -> None:
        self.drive.remove(self.find(path) or "")

    def touch(self, path: str) -> None:
        self.drive.touch(self.find(path) or "", time.time() + 1)

    def link_latest(self, timeframe: Timeframe, key: str) -> None:
        target = self.find(f"{timeframe.name}/{key}")
        self.drive.add_shortcut("latest", target or "", self.find(timeframe.name))

    def get(self, path: str) -> bytes:
        return self.drive.content(self.find(path) or "")

    def break_root(self) -> None:
        self.drive.make_private(self.root)

    def deny_writing(self) -> None:
        self.drive.share(self.root, SERVICE_ACCOUNT, "reader")


class TestDriveSource(SourceFolderContract):
    @pytest.fixture(params=["shared drive", "a person's drive"])
    def tree(self, request: pytest.FixtureRequest) -> Iterator[DriveTree]:
        with DriveServer() as drive:
            if request.param == "shared drive":
                yield DriveTree(drive, drive.add_shared_drive("Team"))
            else:
                tree = DriveTree(drive, drive.root_id)
                tree.put("triggers/process_log.txt", b"")  # a service account has no storage for one of its own
                yield tree

    @pytest.fixture
    def source(self, tree: DriveTree) -> DriveSource:
        return open_drive(tree.drive, root_id=tree.root)
