"""A server per test, and its owner's clock."""

from collections.abc import Iterator

import pytest

from bluedot_assets_tests.servers.drive import DriveServer
from bluedot_assets_tests.servers_tests.drive.clients import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def drive() -> Iterator[DriveServer]:
    with DriveServer() as server:
        yield server
