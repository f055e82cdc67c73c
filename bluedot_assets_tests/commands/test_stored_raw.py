"""`bluedot raw`: a stored file, byte for byte."""

import os
from pathlib import Path

import pytest

from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEK, Installation, stock_files


@pytest.mark.parametrize(("timeframe", "key"), [("daily", DAY), ("weekly", WEEK)])
def test_a_file_comes_back_byte_for_byte_on_standard_output(
    bluedot: Bluedot, done: Path, timeframe: str, key: str
) -> None:
    for file in stock_files(done / "drive" / timeframe / key):
        called = bluedot("raw", file.name)
        assert (called.code, called.out, called.err) == (0, file.read_bytes(), "")


def test_a_file_comes_back_into_another_file(bluedot: Bluedot, done: Path) -> None:
    file = stock_files(done / "drive/daily" / DAY)[0]
    called = bluedot("raw", file.name, "--partition", DAY, "--out", "back.json")
    assert (called.code, called.out) == (0, b"")
    assert (done / "back.json").read_bytes() == file.read_bytes()


def test_it_comes_from_what_is_stored_and_not_from_the_source(bluedot: Bluedot, done: Path) -> None:
    file = stock_files(done / "drive/daily" / DAY)[0]
    content = file.read_bytes()
    file.write_bytes(b"changed since")
    assert bluedot("raw", file.name).out == content


def test_a_rejected_file_is_kept_too(bluedot: Bluedot, done: Path) -> None:
    (done / "drive/daily" / DAYS[0] / "BAD_daily.json").write_bytes(b"\0\xff not json")
    bluedot("run", "--partition", DAYS[0], "--quiet", BLUEDOT_MIN_COMPLETE="50")
    assert bluedot("raw", "BAD_daily.json", "--partition", DAYS[0]).out == b"\0\xff not json"


def test_an_over_size_file_says_that_its_bytes_were_not_stored(bluedot: Bluedot, done: Path) -> None:
    with (done / "drive/daily" / DAYS[0] / "BIG_daily.json").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    bluedot("run", "--partition", DAYS[0], "--quiet", BLUEDOT_MIN_COMPLETE="50")
    called = bluedot("raw", "BIG_daily.json", "--partition", DAYS[0])
    assert (called.code, called.out) == (2, b"")
    assert "BIG_daily.json was not stored: larger than 32 MB" in called.err


def test_of_two_files_of_one_name_the_origin_says_which(bluedot: Bluedot, done: Path) -> None:
    folder = done / "drive/daily" / DAYS[0]
    contents = {b"A\xfe_daily.json": b"1", b"A\xff_daily.json": b"2"}
    for name, content in contents.items():
        (folder / os.fsdecode(name)).write_bytes(content)
    bluedot("run", "--partition", DAYS[0], "--quiet", BLUEDOT_MIN_COMPLETE="50")
    listed = "A\N{REPLACEMENT CHARACTER}_daily.json"
    called = bluedot("raw", listed, "--partition", DAYS[0])
    assert called.code == 2
    assert "has 2 files named" in called.err
    assert "say which with --origin" in called.err
    origins = called.err.strip().removesuffix(".").partition("one of ")[2].split(", ")
    found = [bluedot("raw", listed, "--partition", DAYS[0], "--origin", origin).out for origin in origins]
    assert sorted(found) == [b"1", b"2"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("AAPL",), 2, "AAPL is no stock file: give the whole name, ending in _daily.json or _weekly.json"),
        (("NONE_daily.json",), 2, f"daily/{DAY} has no file of the name NONE_daily.json"),
        (("X_daily.json", "--partition", "2024-W31"), 2, "'2024-W31' is not a daily partition"),
        (
            ("X_daily.json", "--partition", DAYS[0]),
            2,
            f"daily/{DAYS[0]} is not stored here, the newest that is: {DAY}. Run it first: `bluedot run --timeframe "
            f"daily --partition {DAYS[0]}`.",
        ),
        (
            ("X_daily.json", "--partition", "2024-03-04"),
            2,
            f"newest that is: {DAY}. The source does not have it: `bluedot partitions --timeframe daily` lists what",
        ),
    ],
)
def test_what_is_not_there_is_said(bluedot: Bluedot, done: Path, words: tuple[str, ...], code: int, said: str) -> None:
    called = bluedot("raw", *words)
    assert (called.code, called.out) == (code, b"")
    assert said in called.err


def test_without_any_stored_partition_it_says_what_to_run(bluedot: Bluedot, folder: Path) -> None:
    called = bluedot("raw", "AAPL_daily.json", BLUEDOT_SOURCE="drive")
    assert called.code == 2
    assert "`bluedot run --timeframe daily` first" in called.err


def test_latest_is_the_newest_whose_raw_files_are_stored(bluedot: Bluedot, done: Path) -> None:
    manifests = Installation(done).data / "manifests/daily/2024-08-09"
    manifests.mkdir()
    (manifests / "bars.json").write_bytes(b"{}")
    file = stock_files(done / "drive/daily" / DAY)[0]
    assert bluedot("raw", file.name).out == file.read_bytes()


@pytest.mark.parametrize("out", ["/nonexistent/x", "."])
def test_a_place_that_cannot_be_written_is_a_sentence(bluedot: Bluedot, done: Path, out: str) -> None:
    called = bluedot("raw", stock_files(done / "drive/daily" / DAY)[0].name, "--out", out)
    assert (called.code, called.out) == (1, b"")
    assert called.err.startswith(f"bluedot: {out}: ")
    assert called.err.count("\n") == 1


def test_a_damaged_object_is_a_sentence_with_the_command_that_mends_it_and_that_run_says_so(
    bluedot: Bluedot, done: Path
) -> None:
    file, stored = stock_files(done / "drive/daily" / DAY)[0], f"raw/daily/as_of={DAY}/part.parquet"
    (done / "data" / stored).write_bytes(b"something else")
    called = bluedot("raw", file.name)
    assert (called.code, called.out) == (1, b"")
    command = f"run --timeframe daily --partition {DAY}"
    remedy = f"materialize its partition again (`bluedot {command}`)."
    assert f"{stored} differs from what was stored: {remedy}" in called.err
    mended = bluedot(*command.split())
    assert (mended.code, "unchanged" in mended.text) == (0, True)
    assert f"{stored} was damaged or gone, and is made anew." in mended.text
    assert bluedot("raw", file.name).out == file.read_bytes()
    assert "made anew" not in bluedot(*command.split()).text


@pytest.mark.long
@pytest.mark.parametrize(
    "path", [f"manifests/daily/{DAY}/bars.json", f"stocks/daily/as_of={DAY}/part.parquet", f"series/daily/{DAY}/*"]
)
def test_whatever_is_damaged_is_made_anew_and_named(bluedot: Bluedot, done: Path, path: str) -> None:
    harmed = sorted((done / "data").glob(path))[0]
    harmed.unlink()
    harmed.write_bytes(b"{")
    called = bluedot("run", "--timeframe", "daily", "--partition", DAY)
    assert (called.code, harmed.read_bytes() == b"{") == (0, False)
    assert f"{harmed.relative_to(done / 'data')} was damaged or gone, and is made anew." in called.text
