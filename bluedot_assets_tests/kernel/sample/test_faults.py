"""Every fault kind of the sample really is what its name says (source-format.md, "Bad input")."""

import datetime as dt
import json
import math
from collections import Counter
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bluedot_assets.kernel.sample.faults import FAULT_KINDS
from bluedot_assets.kernel.sample.tree import SampleFile, SamplePlan, sample_files
from bluedot_assets.kernel.source.vendor_fields import SAMPLE_GENERATOR

FRIDAY = dt.date(2024, 8, 2)
INDIA = ZoneInfo("Asia/Kolkata")


def make(kind: str, *, days: int = 1, weeks: int = 0) -> list[SampleFile]:
    """The files of that fault kind in a tree without good stocks: everything in the newest folder."""
    plan = SamplePlan(stocks=0, days=days, weeks=weeks, seed=7, end=FRIDAY, fault_kinds=(kind,))
    folder = "daily/2024-08-02/" if plan.days else "weekly/2024-W31/"
    return [file for file in sample_files(plan) if file.path.startswith(folder)]


def one(kind: str) -> Any:
    (file,) = make(kind)
    return json.loads(file.content)


def rows_of(kind: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = one(kind)["chart"]["prices"]
    return rows


def is_bad(row: dict[str, Any]) -> bool:
    prices = [row[name] for name in ("open", "high", "low", "close")]
    if any(price is None or math.isnan(price) or price <= 0 for price in prices):
        return True
    return bool(row["high"] < max(prices) or row["low"] > min(prices))


def day_of(epoch_ms: int) -> dt.date:
    return dt.datetime.fromtimestamp(epoch_ms / 1000, INDIA).date()


def test_all_kinds_of_the_specification_are_there_and_are_named_by_their_stocks() -> None:
    assert Counter(fault.outcome for fault in FAULT_KINDS.values()) == {
        "rejected": 15,
        "repaired": 8,
        "merged": 2,
        "ignored": 1,
    }
    assert all(stock.startswith("BAD") for fault in FAULT_KINDS.values() for stock in fault.stocks if stock)
    assert all(kind == fault.kind and fault.meaning for kind, fault in FAULT_KINDS.items())


def test_faults_are_added_to_the_newest_folder_only_and_counted_in_its_trigger() -> None:
    plan = SamplePlan(stocks=2, days=2, weeks=1, seed=7, end=FRIDAY, fault_kinds=tuple(FAULT_KINDS))
    tree = {file.path: file for file in sample_files(plan)}
    bad = {path for path in tree if "BAD" in path or path.endswith(("/_daily.json", ".DS_Store"))}
    assert {str(PurePosixPath(path).parent) for path in bad} == {"daily/2024-08-02"}
    stock_files = [path for path in tree if path.startswith("daily/2024-08-02/") and path.endswith("_daily.json")]
    assert tree["triggers/daily_ready.txt"].content.decode() == f"2024-08-02\nexpected={len(stock_files)}\n"
    assert tree["triggers/weekly_ready.txt"].content == b"2024-W31\nexpected=2\n"


@pytest.mark.parametrize("kind", [kind for kind in FAULT_KINDS if kind != "over-size"])
def test_faults_go_to_the_weekly_folder_when_there_is_no_daily_one(kind: str) -> None:
    files = make(kind, days=0, weeks=1)
    assert [PurePosixPath(file.path).name for file in files] == [
        f"{stock}_weekly.json" for stock in FAULT_KINDS[kind].stocks
    ] + ([".DS_Store", "BAD_STRAY_daily.json"] if kind == "stray-files" else [])


@pytest.mark.parametrize("kind", ["truncated", "empty", "binary", "not-json"])
def test_what_is_no_json_does_not_parse(kind: str) -> None:
    (file,) = make(kind)
    with pytest.raises(ValueError):
        json.loads(file.content)


def test_a_truncated_file_begins_like_a_good_one_and_an_empty_one_has_no_byte() -> None:
    assert SAMPLE_GENERATOR.encode() in make("truncated")[0].content
    assert make("empty")[0].content == b""


def test_json_of_another_shape_has_no_chart() -> None:
    assert "chart" not in one("wrong-shape")


def test_the_vendors_error_comes_with_a_chart_that_must_not_be_published() -> None:
    doc = one("vendor-error")
    assert doc["responseHeader"]["error"] is True
    assert len(doc["chart"]["prices"]) == 300


def test_a_file_has_no_bars_or_only_holidays() -> None:
    assert rows_of("no-bars") == []
    assert {(row["pdt"], row["volume"], row["rlst"]) for row in rows_of("only-holidays")} == {("Holiday", None, None)}


def test_a_few_impossible_bars_stay_below_a_tenth_and_many_pass_it() -> None:
    few = [is_bad(row) for row in rows_of("bad-bars-few")]
    many = [is_bad(row) for row in rows_of("bad-bars-many")]
    assert sum(few) == 5
    assert sum(many) > 0.1 * len(many)


def test_few_bad_bars_are_fewer_than_a_tenth_of_a_weekly_file_too() -> None:
    (file,) = make("bad-bars-few", days=0, weeks=1)
    bad = [is_bad(row) for row in json.loads(file.content)["chart"]["prices"]]
    assert 0 < sum(bad) < 0.1 * len(bad)


def test_a_nan_price_is_the_bare_word_that_strict_parsers_refuse() -> None:
    (file,) = make("nan-price")
    assert file.content.count(b"NaN") == 1
    assert sum(is_bad(row) for row in rows_of("nan-price")) == 1


def test_indicator_values_leave_their_range() -> None:
    ratings = [row["rlst"] for row in rows_of("rlst-out-of-range") if row["rlst"] is not None]
    assert sorted(value for value in ratings if not 0 <= value <= 99) == [-3, 100, 150]
    levels = [row["bc"] for row in rows_of("bc-not-positive") if row["bc"] is not None]
    assert [value for value in levels if value <= 0] == [0, -24565.35]


def test_two_bars_share_a_date_equal_or_different() -> None:
    for kind, equal in (("same-bar-twice", True), ("two-bars-one-date", False)):
        rows = rows_of(kind)
        (first, second) = (row for row in rows if [r["priceDate"] for r in rows].count(row["priceDate"]) == 2)
        assert (first == second) is equal
        assert not is_bad(second)


@pytest.mark.parametrize(
    ("sides", "future"),
    [({"days": 1, "weeks": 0}, dt.date(2024, 8, 5)), ({"days": 0, "weeks": 1}, dt.date(2024, 8, 9))],
)
def test_a_future_bar_is_dated_after_the_partition(sides: dict[str, int], future: dt.date) -> None:
    (file,) = make("future-bar", **sides)
    rows = json.loads(file.content)["chart"]["prices"]
    assert [day_of(row["priceDate"]) for row in rows[:2]] == [future, FRIDAY]


def test_three_dots_are_no_dates() -> None:
    bad = []
    for dot in one("bad-dot-date")["chart"]["blueDotData"]["dates"]:
        try:
            dt.date.fromisoformat(dot["blueDotDate"])
        except (TypeError, ValueError):
            bad.append(dot["blueDotDate"])
    assert bad == ["2024-02-30", "soon", None]


def test_two_files_map_to_one_published_name_with_different_or_equal_bytes() -> None:
    older, newer = make("name-clash")
    assert [PurePosixPath(file.path).name for file in (older, newer)] == [
        "BAD_CLASH&NEW_daily.json",
        "BAD_CLASH_NEW_daily.json",
    ]
    assert older.content != newer.content
    assert older.modified < newer.modified
    first, second = make("name-clash-same-bytes")
    assert first.content == second.content
    assert first.path != second.path


@pytest.mark.parametrize("kind", ["name-dots", "name-control", "name-too-long", "name-empty"])
def test_a_bad_name_stands_on_a_good_file_inside_the_folder(kind: str) -> None:
    (file,) = make(kind)
    assert len(json.loads(file.content)["chart"]["prices"]) == 300
    stock = PurePosixPath(file.path).name.removesuffix("_daily.json")
    reasons = {
        "name-dots": ".." in stock,
        "name-control": not stock.isprintable(),
        "name-too-long": len(stock) == 60,
        "name-empty": stock == "",
    }
    assert [name for name, holds in reasons.items() if holds] == [kind]
    assert PurePosixPath(file.path).parts[:2] == ("daily", "2024-08-02")


def test_the_over_size_file_is_good_json_just_over_the_limit() -> None:
    (file,) = make("over-size")
    assert 32 * 1024 * 1024 < len(file.content) < 33 * 1024 * 1024
    assert len(json.loads(file.content)["chart"]["prices"]) == 300


def test_bars_of_the_wrong_timezone_are_midnight_in_no_zone_at_all() -> None:
    newest = rows_of("wrong-timezone")[0]["priceDate"] / 1000
    assert not any(
        dt.datetime.fromtimestamp(newest, ZoneInfo(name)).time() == dt.time(0)
        for name in available_timezones()
        if not name.startswith(("right/", "posix"))
    )


def test_stray_files_are_no_stock_files_of_their_folder() -> None:
    names = [PurePosixPath(file.path).name for file in make("stray-files")]
    assert names == [".DS_Store", "BAD_STRAY_weekly.json"]
