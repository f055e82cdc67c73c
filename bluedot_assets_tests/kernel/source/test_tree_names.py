"""What each name in the source's tree is: read, silent, or ignored with a remedy."""

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.source.file_names import is_stock_file
from bluedot_assets.kernel.source.tree_names import Place, ignored_names, in_a_sentence, judge_name

DAY = Place(DAILY, "2025-08-01")


@pytest.mark.parametrize(
    "name",
    [
        *(".X_daily.json", "Copy of X_daily.json", "Copy (2) of X_daily.json", "Copy_of_X_daily.json"),
        *("X_daily (1).json", "X (1)_daily.json", "X_daily(1).json", "X_daily - Copy.json", "X - Copy (2)_daily.json"),
        *("X_daily copy.json", "X_daily copy 2.json", "Kopie von X_daily.json", "X_daily - Copie.json"),
        *("Shortcut to X_daily.json", "X_daily (conflicted copy 2025-08-01).json", "X_daily-DESKTOP-AB1.json"),
        *("X_daily.json.txt", "X_daily", "X_daily.jsn", "X_daily.json~", "X_daily.json.bak", "X_daily_old.json"),
        *(
            "X-daily.json",
            "X daily.json",
            "Xdaily.json",
            "daily_X.json",
            "X.json",
            "X.json.txt",
            "Copy of X_daily (1).json",
        ),
        *("X _daily.json", " X_daily.json", "X_daily.json ", "X\u00a0_daily.json"),
        *("X\uff3fdaily.json", "\uff38_daily.json", "X_daily\uff0ejson", "X_DAILY (1).JSON"),
    ],
)
def test_a_misspelled_stock_file_is_ignored_and_its_right_name_is_given(name: str) -> None:
    judged = judge_name(name, DAY)
    assert (judged.kind, judged.remedy, judged.meant) == (
        "ignored",
        "rename it to X_daily.json",
        "X_daily.json",
    )
    assert judged.reason
    assert not is_stock_file(name, DAILY)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BRK\u2013B_daily.json", "BRK-B_daily.json"),
        ("BAJAJ\u2011AUTO_daily.json", "BAJAJ-AUTO_daily.json"),
        ("M\uff06M_daily.json", "M&M_daily.json"),
        ("Copy of BAJAJ_AUTO_daily.json", "BAJAJ_AUTO_daily.json"),
        ("500325.json", "500325_daily.json"),
    ],
)
def test_the_stock_is_named_as_it_was_meant(name: str, meant: str) -> None:
    assert judge_name(name, DAY).meant == meant


@pytest.mark.parametrize(
    ("name", "reason", "remedy"),
    [
        ("X_daily.json.gz", "an archive", "unpack it to X_daily.json"),
        ("2025-08-01.zip", "an archive", "unpack it"),
        ("X_weekly.json", "a weekly file", "move it to its folder in weekly/"),
        ("X_daily.csv", "not the vendor's JSON", "put that there as X_daily.json"),
        ("X_daily.json.gdoc", "not the vendor's JSON", "put that there as X_daily.json"),
        ("daily_ready.txt", "a trigger outside of triggers/", "move it to triggers/daily_ready.txt"),
        *(
            (name, "an upload in progress", "wait until it ends, else delete it")
            for name in (
                *("~$X_daily.json", "X_daily.json.tmp", "X_daily.json.part", "X_daily.json.crdownload"),
                *(".X_daily.json.Ab12Cd", "X_daily.json.filepart", "Unconfirmed 1234.crdownload"),
            )
        ),
    ],
)
def test_what_renaming_would_not_cure_gets_another_remedy(name: str, reason: str, remedy: str) -> None:
    judged = judge_name(name, DAY)
    assert (judged.kind, judged.reason, judged.remedy) == ("ignored", reason, remedy)


def test_a_folder_within_a_partition_is_ignored_whatever_its_name() -> None:
    for name in ("2025-08-01", "X_daily.json", "new folder"):
        judged = judge_name(name, DAY, folder=True)
        assert (judged.kind, judged.remedy) == (
            "ignored",
            "move its files up into daily/2025-08-01, or delete it",
        )


@pytest.mark.parametrize(
    "name",
    [
        "X_daily.json",
        "X_DAILY.JSON",
        "A_daily_daily.json",
        "BAJAJ-AUTO_daily.json",
        "COPY_daily.json",
        "e\u0301_daily.json",
    ],
)
def test_a_stock_file_is_one(name: str) -> None:
    assert judge_name(name, DAY).kind == "stock file"


@pytest.mark.parametrize("name", ["_daily.json", "A\u200bB_daily.json", "A/B_daily.json", "..\\A_daily.json"])
def test_a_name_that_cannot_be_published_is_still_a_stock_file_and_gets_rejected(name: str) -> None:
    assert judge_name(name, DAY).kind == "stock file"


@pytest.mark.parametrize("place", [Place(), Place(DAILY), Place(WEEKLY), DAY])
@pytest.mark.parametrize(
    "name",
    [
        *("._X_daily.json", ".DS_Store", "desktop.ini", "Desktop.ini", "Thumbs.db", "__MACOSX", "Icon\r", "@eaDir"),
        *(".Spotlight-V100", "$RECYCLE.BIN", "System Volume Information", ".~lock.X_daily.json#", ".tmp.drivedownload"),
    ],
)
def test_what_systems_leave_behind_is_silent_everywhere(name: str, place: Place) -> None:
    assert {judge_name(name, place, folder=folder).kind for folder in (False, True)} == {"system file"}


def test_what_was_never_meant_to_be_read_is_no_noise() -> None:
    for name in ("README.txt", "settings.json", "report.pdf", "checksums.md5", "_SUCCESS", ".hidden"):
        assert judge_name(name, DAY).kind == "other"
        assert judge_name(name, Place()).kind == "other"
    for name in ("old", "backup 2024", "docs", "archive"):
        assert judge_name(name, Place(DAILY), folder=True).kind == "other"
        assert judge_name(name, Place(), folder=True).kind == "other"


@pytest.mark.parametrize(
    "name",
    [
        *("2025_08_01", "20250801", "2025-8-1", "2025.08.01", "2025-08-01 ", " 2025-08-01", "2025-08-01 (1)"),
        *("Copy of 2025-08-01", "2025-08-01 - Copy", "2025-08-01_daily", "\uff12\uff10\uff12\uff15-08-01"),
        *("2025\u201108\u201101", "2025\u221208\u221201", "2025-08-01T00-00"),
    ],
)
def test_a_misspelled_day_is_ignored_and_its_key_is_given(name: str) -> None:
    judged = judge_name(name, Place(DAILY), folder=True)
    assert (judged.kind, judged.meant, judged.remedy) == ("ignored", "2025-08-01", "rename it to 2025-08-01")


@pytest.mark.parametrize(
    "name", ["2025-W31 ", "2025W31", "2025-w31", "2025_W31", "W31 2025", "2025-W31 (1)", "2025-W31-1", "Week 31, 2025"]
)
def test_a_misspelled_week_is_ignored_and_its_key_is_given(name: str) -> None:
    judged = judge_name(name, Place(WEEKLY), folder=True)
    assert (judged.kind, judged.meant) == ("ignored", "2025-W31")


@pytest.mark.parametrize(
    ("place", "name", "sentence"),
    [
        (
            Place(WEEKLY),
            "2025-W53",
            "weekly/2025-W53 is ignored (2025 has 52 ISO weeks: that week is 2026-W01): rename it to 2026-W01",
        ),
        (
            Place(WEEKLY),
            "2025-W00",
            "weekly/2025-W00 is ignored (ISO weeks begin with 01: it is 2024-W52 or 2025-W01): "
            "rename it to its week, like 2024-W31",
        ),
        (
            Place(WEEKLY),
            "2025-08-01",
            "weekly/2025-08-01 is ignored (a daily key in weekly/): "
            "move it to daily/2025-08-01, or rename it to 2025-W31",
        ),
        (
            Place(DAILY),
            "2025-02-30",
            "daily/2025-02-30 is ignored (2025-02-30 is not in the calendar): rename it to its day, like 2024-08-02",
        ),
        (
            Place(DAILY),
            "01-08-2025",
            "daily/01-08-2025 is ignored (no daily key): rename it to its day, like 2024-08-02",
        ),
        (Place(DAILY), "31-07-2025", "daily/31-07-2025 is ignored (not written as a key): rename it to 2025-07-31"),
        (Place(DAILY), "2025-W31", "daily/2025-W31 is ignored (a weekly key in daily/): move it to weekly/2025-W31"),
        (Place(), "Daily", "Daily is ignored (no folder is read under this name): rename it to daily"),
        (Place(), "Weekly ", "'Weekly ' is ignored (no folder is read under this name): rename it to weekly"),
        (
            Place(),
            "2025-08-01",
            "2025-08-01 is ignored (a dated folder outside of daily/): move it to daily/2025-08-01",
        ),
    ],
)
def test_a_folder_that_is_not_read_says_why_and_what_to_do(place: Place, name: str, sentence: str) -> None:
    assert [str(one) for one in ignored_names([(name, True)], place)] == [sentence]


def test_partitions_and_known_folders_are_what_they_are() -> None:
    assert judge_name("2025-08-01", Place(DAILY), folder=True).kind == "partition"
    assert judge_name("2026-W53", Place(WEEKLY), folder=True).kind == "partition"
    assert judge_name("latest", Place(DAILY), folder=True).kind == "known folder"
    for name in ("daily", "weekly", "triggers"):
        assert judge_name(name, Place(), folder=True).kind == "known folder"


def test_files_where_only_folders_are_read_are_named() -> None:
    found = ignored_names([("X_daily.json", False), ("2025-08-01", False), ("2025-08-02.zip", False)], Place(DAILY))
    assert {one.path: one.remedy for one in found} == {
        "daily/2025-08-01": "remove it, and make a folder of that name",
        "daily/2025-08-02.zip": "unpack it into the folder daily/2025-08-02",
        "daily/X_daily.json": "move it into the folder of its date, like daily/2024-08-02",
    }


def test_where_the_right_name_is_taken_the_remedy_is_no_renaming() -> None:
    (folder,) = ignored_names([("2025-08-01", True), ("2025-08-01 (1)", True)], Place(DAILY))
    assert folder.remedy == "move its files into 2025-08-01"
    (file,) = ignored_names([("X_daily.json", False), ("X_daily (1).json", False)], DAY)
    assert file.remedy == "keep one of it and X_daily.json, under that name"


def test_a_sentence_names_the_first_few_and_how_many_more() -> None:
    names = [(f"X{number}_daily (1).json", False) for number in range(16)]
    sentence = in_a_sentence(ignored_names(names, DAY))
    assert sentence.count("rename it to") == 10
    assert sentence.endswith("; and 6 more")
    assert in_a_sentence([]) == ""
