"""The language of q."""

from typing import Any

import pytest

from bluedot_assets_tests.servers.drive import FOLDER, DriveServer
from bluedot_assets_tests.servers_tests.drive.clients import as_account, failure, failure_place, names


def _found(drive: DriveServer, query: str) -> list[str]:
    answer: dict[str, Any] = as_account(drive).files().list(q=query).execute()
    return names(answer)


@pytest.fixture
def stocks(drive: DriveServer) -> DriveServer:
    for name, modified in (("AAPL_daily.json", 1_722_600_000.0), ("M&M_daily.json", 1_722_700_000.0)):
        drive.add_file(name, modified=modified)
    drive.add_folder("archive")
    return drive


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = 'AAPL_daily.json'", ["AAPL_daily.json"]),
        ("name='aapl_DAILY.json'", ["AAPL_daily.json"]),
        ("name != 'AAPL_daily.json'", ["M&M_daily.json", "archive"]),
        ("name contains 'AA'", ["AAPL_daily.json"]),
        ("name contains 'APL'", []),
        (f"mimeType = '{FOLDER}'", ["archive"]),
        (f"mimeType != '{FOLDER}'", ["AAPL_daily.json", "M&M_daily.json"]),
        (f"not mimeType = '{FOLDER}'", ["AAPL_daily.json", "M&M_daily.json"]),
        ("mimeType contains 'application/js'", ["AAPL_daily.json", "M&M_daily.json"]),
        ("modifiedTime > '2024-08-03T00:00:00'", ["M&M_daily.json", "archive"]),
        ("modifiedTime <= '2024-08-02T17:30:00+05:30'", ["AAPL_daily.json"]),
        ("(name = 'archive' or name contains 'M')", ["M&M_daily.json", "archive"]),
        ("trashed = true", []),
        ("trashed != true and not (name = 'archive')", ["AAPL_daily.json", "M&M_daily.json"]),
    ],
)
def test_a_condition_selects_what_it_says(stocks: DriveServer, condition: str, expected: list[str]) -> None:
    assert _found(stocks, f"'{stocks.root_id}' in parents and {condition}") == expected


def test_keywords_may_be_in_capitals(stocks: DriveServer) -> None:
    assert _found(stocks, f"'{stocks.root_id}' IN parents AND NOT name = 'archive' AND trashed = FALSE") == [
        "AAPL_daily.json",
        "M&M_daily.json",
    ]


def test_and_and_or_are_read_from_left_to_right(stocks: DriveServer) -> None:
    tail = "name = 'archive' or name = 'AAPL_daily.json' and mimeType != 'application/json'"
    assert _found(stocks, f"'{stocks.root_id}' in parents and {tail}") == ["archive"]


def test_an_or_of_parents_silently_answers_for_the_first(drive: DriveServer) -> None:
    first, second = drive.add_folder("first"), drive.add_folder("second")
    drive.add_file("1.json", parent=first)
    drive.add_file("2.json", parent=second)
    assert _found(drive, f"('{first}' in parents or '{second}' in parents) and trashed = false") == ["1.json"]


@pytest.mark.parametrize("name", ["L'Oreal.json", "back\\slash.json", "both\\'.json"])
def test_an_escaped_name_is_found(drive: DriveServer, name: str) -> None:
    drive.add_file(name)
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    assert _found(drive, f"'{drive.root_id}' in parents and name = '{escaped}'") == [name]


@pytest.mark.parametrize(
    "query",
    [
        "name = 'L'Oreal.json'",
        "name = 'back\\slash'",
        'name = "double"',
        "name = 'open",
        "name = ",
        "name 'x'",
        "title = 'x'",
        "id = 'x'",
        "name > 'x'",
        "trashed = 'false'",
        "trashed = 0",
        "modifiedTime > 'yesterday'",
        "(trashed = false",
        "trashed = false)",
        "trashed = false and",
        "trashed = false trashed = true",
        "'x' in children",
        "and",
    ],
)
def test_a_query_that_drive_cannot_read_is_a_400_at_q(drive: DriveServer, query: str) -> None:
    assert failure_place(lambda: _found(drive, query)) == (400, "invalid", "q")


def test_a_term_that_this_server_lacks_says_so_instead_of_guessing(drive: DriveServer) -> None:
    assert failure(lambda: _found(drive, "fullText contains 'x'")) == (501, "notImplemented")
