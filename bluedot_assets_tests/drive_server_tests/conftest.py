"""A server per test, and its owner's clock."""

from collections.abc import Iterator

import pytest

from bluedot_assets_tests.drive_server import DriveServer


class Clock:
    """A clock that a test moves by hand; epoch seconds."""

    def __init__(self) -> None:
        self.now = 1_722_600_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def drive() -> Iterator[DriveServer]:
    with DriveServer() as server:
        yield server
