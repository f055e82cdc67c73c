"""`files_named`: what of a partition's folder is ignored although it was meant to be read."""

from datetime import UTC, datetime, timedelta

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.checks.file_counts import files_named_verdict
from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.source.file_names import stock_files
from bluedot_assets.kernel.source.raw_file import InnerFolder, SourceFile

AT = datetime(2025, 8, 1, 12, tzinfo=UTC)


def file(name: str, minutes: int = 0, md5: str | None = None) -> SourceFile:
    return SourceFile(name, name, 10, AT + timedelta(minutes=minutes), md5)


def verdict(*files: SourceFile) -> Verdict:
    taken = stock_files(files, DAILY)
    return files_named_verdict(taken, [one for one in files if one not in taken], DAILY, "2025-08-01")


def test_stock_files_and_what_systems_leave_are_silent() -> None:
    found = verdict(file("A_daily.json"), file("._A_daily.json"), file(".DS_Store"), file("README.txt"))
    assert (found.passed, found.rows) == (True, [])
    assert found.message == "No file is ignored that was meant to be read."


def test_a_misnamed_file_and_a_folder_are_warned_of_with_their_remedy() -> None:
    found = verdict(file("A_daily.json.txt"), InnerFolder("new", "new", 0, AT))
    assert (found.passed, found.blocks) == (False, False)
    assert found.rows == [
        {
            "file": "A_daily.json.txt",
            "reason": "its name does not end in _daily.json",
            "remedy": "rename it to A_daily.json",
        },
        {"file": "new", "reason": "a folder", "remedy": "move its files up into daily/2025-08-01, or delete it"},
    ]
    assert "daily/2025-08-01/A_daily.json.txt is ignored" in found.message


def test_a_newer_upload_beside_an_older_file_of_the_stock_is_named_first() -> None:
    files = [file("A.json", md5="0"), file("Z_daily.json", md5="1"), file("Z_daily (1).json", minutes=5, md5="2")]
    found = verdict(*files)
    assert found.message.startswith(
        "daily/2025-08-01/Z_daily (1).json is ignored (newer than Z_daily.json, whose older values are published): "
        "let it take the name Z_daily.json if its values are right, else delete it; daily/2025-08-01/A.json is ignored"
    )


def test_a_newer_copy_of_the_same_bytes_is_listed_and_no_warning() -> None:
    found = verdict(file("A_daily.json", md5="1"), file("Copy of A_daily.json", minutes=5, md5="1"))
    assert found.passed
    assert found.message.endswith("; 1 ignored as copies of the same bytes.")
    (row,) = found.rows
    assert (row["reason"], row["remedy"]) == ("the same bytes as A_daily.json", "delete it")


def test_an_older_upload_under_a_copys_name_is_a_warning_but_no_newer_one() -> None:
    found = verdict(file("A_daily.json", minutes=5, md5="1"), file("Copy of A_daily.json", md5="2"))
    assert not found.passed
    assert "newer" not in found.message
    assert found.rows[0]["remedy"] == "delete it, or let it take the name A_daily.json"


def test_the_newer_of_two_files_of_one_name_is_the_one_that_is_compared() -> None:
    twice = [file("A_daily.json", md5="1"), file("a_daily.json", minutes=9, md5="2")]
    found = verdict(*twice, file("A_daily (1).json", minutes=5, md5="3"))
    assert not found.passed
    assert "newer" not in found.message
