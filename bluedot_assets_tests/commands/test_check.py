"""`bluedot check`: what of vendor files would be published, and why the others would be rejected, as a run says it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, WEEK, hashes, write_tree

PARTITION = f"drive/daily/{DAY}"


@pytest.fixture
def tree(folder: Path, sample_tree: Path) -> Path:
    """A source that no setting names."""
    shutil.copytree(sample_tree, folder / "drive", symlinks=True)
    return folder / "drive"


def judged(bluedot: Bluedot, *words: str, code: int = 0, **settings: str) -> list[dict[str, Any]]:
    called = bluedot("check", "--json", *words, **settings)
    assert called.code == code, called.err
    report = json.loads(called.text)
    assert report["usable"] == (code == 0)
    found: list[dict[str, Any]] = report["files"]
    return found


def test_good_files_are_shown_as_they_would_be_published_and_nothing_is_made(
    bluedot: Bluedot, tree: Path, folder: Path
) -> None:
    before = hashes(tree)
    called = bluedot("check", "drive")
    assert called.code == 0, called.text
    assert "usable   drive/daily/" in called.text
    assert "(Asia/Kolkata)" in called.text
    assert "20 files: 20 would be published" in called.text
    assert hashes(tree) == before
    assert sorted(path.name for path in folder.iterdir()) == ["drive"]


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        (b"RETRY_ATTEMPTS=often\nBLUEDOT_MIN_BARS=9999\n", "RETRY_ATTEMPTS is 'often'"),
        (b"BLUEDOT_MIN_BARS=\xff\n", ".env is not UTF-8 text"),
    ],
)
def test_a_bad_setting_is_a_warning_and_stops_no_judgement(
    bluedot: Bluedot, tree: Path, folder: Path, content: bytes, warning: str
) -> None:
    (folder / ".env").write_bytes(content)
    called = bluedot("check", PARTITION)
    assert called.code == 0, called.err
    assert f"warning: {warning}" in called.err
    assert "The files are judged by the default." in called.err
    assert ("4 would be published (4 with warnings)" in called.text) == (b"9999" in content)  # what is right counts


def test_what_it_says_of_a_file_is_what_a_run_makes_of_it(folder: Path, bluedot: Bluedot) -> None:
    """Every kind of bad file: the same stocks, bars, dots, and the same reasons."""
    write_tree(folder / "drive", stocks=2, days=1, weeks=0, fault_kinds=KINDS)
    found = {Path(one["file"]).name: one for one in judged(bluedot, PARTITION, code=1)}
    called = bluedot("run", "--timeframe", "daily", "--json", BLUEDOT_SOURCE="drive", BLUEDOT_MIN_COMPLETE="1")
    (run,) = json.loads(called.text)["runs"]
    assert {name: one["reason"] for name, one in found.items() if not one["usable"]}.items() >= {
        row["file"]: row["reason"].replace(f"(daily/{DAY}", f"({PARTITION}") for row in run["rejected"]
    }.items()
    usable = [one for one in found.values() if one["usable"]]
    assert (len(usable), sum(one["bars"] for one in usable)) == (run["stocks"], run["bars"])
    assert all(one["remedy"] for one in found.values() if not one["usable"])


KINDS = (
    *("truncated", "empty", "not-json", "wrong-shape", "vendor-error", "no-bars", "bad-bars-few", "bad-bars-many"),
    *("rlst-out-of-range", "future-bar", "bad-dot-date", "name-clash", "name-dots", "wrong-timezone", "only-holidays"),
)


@pytest.mark.parametrize(
    ("kind", "warning"),
    [
        ("bad-bars-few", "Bars dropped for impossible prices or dates: 5."),
        ("rlst-out-of-range", "rlst, bc or volume values out of range, taken as null: 3."),
        ("future-bar", "Bars dropped because they are dated after the partition's end: 1."),
        ("bad-dot-date", "Dots dropped: no date, or after the partition's end: 3."),
    ],
)
def test_what_is_lost_of_a_usable_file_is_a_warning(folder: Path, bluedot: Bluedot, kind: str, warning: str) -> None:
    write_tree(folder / "drive", stocks=1, days=1, weeks=0, fault_kinds=(kind,))
    warned = [one for one in judged(bluedot, PARTITION) if warning in one["warnings"]]
    assert [Path(one["file"]).name.startswith("BAD_") for one in warned] == [True]


def test_a_file_that_was_meant_to_be_read_is_named_with_what_to_rename_it_to(bluedot: Bluedot, tree: Path) -> None:
    good = next((tree / "daily" / DAY).glob("*_daily.json"))
    copy = good.with_name(f"{good.stem} (1).json")
    shutil.copy(good, copy)
    shutil.copy(good, good.with_name("NEW_weekly.json"))
    good.with_name("notes.txt").write_text("mine")
    found = {Path(one["file"]).name: one for one in judged(bluedot, PARTITION, code=1) if not one["usable"]}
    assert {name: one["field"] for name, one in found.items()} == {
        copy.name: "file name",
        "NEW_weekly.json": "file name",
    }
    assert found[copy.name]["remedy"].startswith(("Rename it to ", "Keep one of it and "))


def test_a_misnamed_file_has_one_answer_whether_it_or_its_folder_is_named(
    bluedot: Bluedot, tree: Path, folder: Path
) -> None:
    good = next((tree / "daily" / DAY).glob("*_daily.json"))
    (folder / "x").mkdir()
    for place in (folder / "x", good.parent):
        shutil.copy(good, place / "BEFODIX.json")
    reason, remedy = "its name does not end in _daily.json", "Rename it to BEFODIX_daily.json"
    for words in (["x"], ["x/BEFODIX.json"], ["x/*.json"]):
        (one,) = judged(bluedot, *words, code=1)
        assert (one["reason"], one["remedy"]) == (
            f"{reason} or _weekly.json",
            f"{remedy} or BEFODIX_weekly.json.",
        )
    shutil.copy(good, folder / "x")
    assert [Path(one["file"]).name for one in judged(bluedot, "x", code=1)] == ["BEFODIX.json", good.name]
    for words in ([PARTITION], [f"{PARTITION}/BEFODIX.json"], ["drive/daily/latest"]):  # a link of it
        (one,) = [one for one in judged(bluedot, *words, code=1) if not one["usable"]]
        assert (one["reason"], one["remedy"]) == (reason, f"{remedy}.")


def test_json_of_a_folder_that_is_no_stocks_is_named_and_not_judged(bluedot: Bluedot, tree: Path) -> None:
    for name in ("a", "b", "c", "d"):
        (tree / f"{name}.json").write_text("{}")
    called = bluedot("check", "drive")
    assert called.code == 0
    assert called.text.startswith("left out drive/a.json, drive/b.json, drive/c.json and 1 more: named like no stock")
    assert "20 files: 20 would be published" in called.text
    assert json.loads(bluedot("check", "drive", "--json").text)["left_out"][-1] == "drive/d.json"


def test_a_file_of_its_own_is_judged_as_of_today(bluedot: Bluedot, tree: Path, folder: Path) -> None:
    file = next((tree / "daily" / DAY).glob("*_daily.json"))
    shutil.copy(file, folder / file.name)
    (one,) = judged(bluedot, file.name)
    (there,) = judged(bluedot, str(file.relative_to(folder)))
    assert (one["symbol"], one["bars"], one["last_session"]) == (there["symbol"], there["bars"], there["last_session"])
    assert one["partition"] > there["partition"] == DAY


def test_a_pattern_and_a_file_named_twice_are_each_file_once(bluedot: Bluedot, tree: Path) -> None:
    names = [one["file"] for one in judged(bluedot, f"drive/weekly/{WEEK}/*.json", f"drive/weekly/{WEEK}")]
    assert names == sorted(f"drive/weekly/{WEEK}/{path.name}" for path in (tree / "weekly" / WEEK).glob("*.json"))


def test_settings_decide_as_they_do_in_a_run(bluedot: Bluedot, tree: Path) -> None:
    found = judged(bluedot, PARTITION, BLUEDOT_MIN_BARS="1000", BLUEDOT_EXCHANGES="America/New_York=NYSE")
    assert all("fewer than the 1000 bars of BLUEDOT_MIN_BARS" in " ".join(one["warnings"]) for one in found)
    assert {one["ticker"].partition(":")[0] for one in found} == {"NSE", "NYSE"}
    found = judged(bluedot, PARTITION, code=1, BLUEDOT_EXCHANGE_TIMEZONES="Europe/London")
    assert all("Europe/London" in one["reason"] for one in found)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.json"], "nowhere.json is not there"),
        (["*.json"], "*.json is not there"),
        (["empty"], "empty has no stock file: name vendor files (AAPL_daily.json"),
        ([], "Missing argument"),
    ],
)
def test_what_is_not_there_is_wrong_usage(bluedot: Bluedot, folder: Path, words: list[str], said: str) -> None:
    (folder / "empty").mkdir()
    called = bluedot("check", *words)
    assert (called.code, called.out) == (2, b"")
    assert said in called.err


def test_a_file_of_no_stock_is_rejected_with_the_name_that_is_wanted(bluedot: Bluedot, folder: Path) -> None:
    (folder / "prices.json").write_text("{}")
    called = bluedot("check", "prices.json")
    assert called.code == 1
    assert "Name it like AAPL_daily.json or AAPL_weekly.json." in called.text


def test_a_link_is_judged_as_the_folder_that_it_leads_to(bluedot: Bluedot, tree: Path) -> None:
    (tree / "daily/newest").symlink_to(DAY)
    assert {one["partition"] for one in judged(bluedot, "drive/daily/newest")} == {DAY}


def test_good_files_are_counted_by_what_is_remarked_of_them_and_not_listed(folder: Path, bluedot: Bluedot) -> None:
    write_tree(folder / "drive", stocks=6, days=2, weeks=1)
    first, second = sorted((folder / PARTITION).glob("*.json"))[:2]
    for number, file in enumerate((first, second), 1):
        document = json.loads(file.read_text("utf-8"))
        for one in document["chart"]["prices"][:number]:
            one["rlst"] = 1000
        file.write_text(json.dumps(document), "utf-8")
    lines = bluedot("check", "drive", BLUEDOT_EXCHANGES="Asia/Kolkata=NSE,America/New_York=NASDAQ").text.splitlines()
    assert [line.split()[0] for line in lines] == ["usable", "usable", "warning", "18"], lines
    assert re.fullmatch(r"usable   (drive/\S+, ){2}drive/\S+ and 13 more: 16 files \(America/New_York, .*", lines[0])
    assert f"{PARTITION}/{first.name}, {PARTITION}/{second.name} (daily {DAY}): 2 files" in lines[1]
    assert f"warning ({first.name}): rlst, bc or volume values out of range, taken as null: 1." in lines[2]


def test_rejected_files_are_listed_last_before_the_total(folder: Path, bluedot: Bluedot) -> None:
    write_tree(folder / "drive", stocks=3, days=1, weeks=0, fault_kinds=("truncated",))
    lines = bluedot("check", PARTITION).text.splitlines()
    assert [line.split()[0] for line in lines if line[0] != " "][-3:] == ["usable", "rejected", "4"]


def test_it_ends_with_the_series_that_no_file_has_a_value_of(folder: Path, bluedot: Bluedot) -> None:
    write_tree(folder / "drive", stocks=3, days=1, weeks=0)
    files = sorted((folder / PARTITION).glob("*.json"))
    for file in files:
        document = json.loads(file.read_text("utf-8"))
        document["chart"]["blueDotData"]["dates"] = None
        document["chart"]["prices"] = [one | {"rlst": None} for one in document["chart"]["prices"]]
        file.write_text(json.dumps(document), "utf-8")
    said = bluedot("check", PARTITION).text
    assert said.splitlines()[-3:-1] == [
        "No file has rlst: leave RLST_RATING out of BLUEDOT_INDICATORS.",
        "No file has a blue dot: leave BLUE_DOTS out of BLUEDOT_INDICATORS.",
    ]
    assert "a blue dot" not in bluedot("check", str(files[0])).text  # of one file that is no wonder
    assert "No file" not in bluedot("check", PARTITION, BLUEDOT_INDICATORS="PRICE_DATA,BC_INDICATOR").text


def test_what_is_no_text_in_a_file_or_in_its_name_stops_no_judgement(bluedot: Bluedot, tree: Path) -> None:
    files = sorted((tree / "daily" / DAY).glob("*.json"))
    made = json.loads(files[0].read_text("utf-8"))
    made["responseHeader"]["\ud800"] = 1
    files[0].write_text(json.dumps(made), "utf-8")
    files[1].rename(files[1].with_name("DIX\udcff_daily.json"))
    files[2].rename(files[2].with_name("DIX\udcff_daily (1).json"))
    found = {Path(one["file"]).name: one["usable"] for one in judged(bluedot, PARTITION, code=1)}
    assert found == {
        "DIX\ufffd_daily.json": True,
        "DIX\ufffd_daily (1).json": False,
        **dict.fromkeys((files[0].name, *(file.name for file in files[3:])), True),
    }
    assert "DIX\ufffd_daily (1).json" in bluedot("check", PARTITION).text
