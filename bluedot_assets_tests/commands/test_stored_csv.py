"""`bluedot csv`: a stored series, as it is published."""

import zipfile
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, WEEK


@pytest.mark.parametrize(("timeframe", "key"), [("daily", DAY), ("weekly", WEEK)])
def test_each_is_what_the_site_has(bluedot: Bluedot, done: Path, timeframe: str, key: str) -> None:
    published = sorted((done / "site" / timeframe / key).glob("*.csv"))
    assert len(published) == 4 * 4
    for csv in (published[0], published[-1]):
        stock, _, indicator = csv.stem.partition("_")
        called = bluedot("csv", stock, indicator.lower(), "--timeframe", timeframe, "--partition", key)
        assert (called.code, called.out, called.err) == (0, csv.read_bytes(), "")


def test_it_goes_to_a_file_too(bluedot: Bluedot, done: Path) -> None:
    csv = sorted((done / "site/daily/latest").glob("*_BLUE_DOTS.csv"))[0]
    called = bluedot("csv", csv.name.removesuffix("_BLUE_DOTS.csv"), "BLUE_DOTS", "--out", "dots.csv")
    assert (called.code, called.out) == (0, b"")
    assert (done / "dots.csv").read_bytes() == csv.read_bytes()


def test_what_is_stored_is_a_zip_that_everybody_can_open(done: Path) -> None:
    for path in (done / "data/series/daily" / DAY).glob("*"):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                assert archive.read(name) == (done / "site/daily" / DAY / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("AAPL", "RSI"), "RSI is no indicator: give one of PRICE_DATA, RLST_RATING, BC_INDICATOR, BLUE_DOTS"),
        (("NOBODY", "BLUE_DOTS"), f"daily/{DAY} has no series of NOBODY: give a published name, as "),
        (("AAPL", "RS_LINE"), "RS_LINE is not made here: name it in BLUEDOT_INDICATORS, and run"),
        (("AAPL", "BLUE_DOTS", "--partition", "2024-03-04"), "daily/2024-03-04 is not stored here, the newest that is"),
    ],
)
def test_what_is_not_there_is_said(bluedot: Bluedot, done: Path, words: tuple[str, ...], said: str) -> None:
    called = bluedot("csv", *words)
    assert (called.code, called.out) == (2, b"")
    assert said in called.err
