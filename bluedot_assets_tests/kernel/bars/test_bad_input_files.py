"""The rows of the source format's table "Bad input" that are about whole files: each is named with its reason."""

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import reduce
from operator import getitem
from typing import Any

import msgspec
import pytest

from bluedot_assets.kernel.sample.faults import FAULT_KINDS
from bluedot_assets.kernel.sample.tree import SamplePlan, sample_files
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES
from bluedot_assets_tests.examples.vendor_files import (
    FRIDAY,
    bar,
    bars,
    beside_a_good_one,
    document,
    judged,
    midnight_ms,
    raw,
    unread,
)

HOLIDAYS = [bar(pdt="Holiday", volume=None, rlst=None)]
WITH_ERROR = document(bars(3)) | {"responseHeader": {"error": True, "errorMessage": "down"}}


@pytest.mark.parametrize(
    ("content", "reason", "field"),
    [
        (b'{"chart": {"prices": [{', "truncated: the JSON breaks off after 23 bytes", None),
        (b"", "the file is empty", None),
        (bytes(range(1, 256)), "not text: byte 127 cannot be read as utf-8", None),
        (b"503 Service Unavailable", "not JSON: Extra data in line 1, column 5", None),
        ({"quotes": [[1, 2, 3]]}, "another shape of JSON: chart is missing", "chart"),
        (WITH_ERROR, "the vendor answered with an error: down", "responseHeader.error"),
        (document([]), "no bars: chart.prices is empty", "chart.prices"),
        (document({}), "no bars: chart.prices is empty", "chart.prices"),
        (document(HOLIDAYS), "no bars: every row is a Holiday placeholder", "chart.prices.pdt"),
        (
            document(bars(2), periodcity="Weekly"),
            "it holds Weekly bars, where Daily ones belong",
            "chart.peripheralData.periodcity",
        ),
    ],
)
def test_a_file_without_a_stocks_data_is_rejected_and_its_neighbour_is_published(
    content: Any, reason: str, field: str | None
) -> None:
    shard = beside_a_good_one(content)
    bad = raw(content)
    assert list(shard.rejected.iter_rows(named=True)) == [
        {
            "file": "DIXON_daily.json",
            "origin_id": "DIXON_daily.json",
            "md5": bad.md5,
            "reason": reason,
            "field": field,
            "kind": "rejected",
        }
    ]
    assert shard.stocks["symbol"].to_list() == ["ZOMATO"]
    assert shard.bars["symbol"].to_list() == ["ZOMATO"] * 3


# What the sample's rejected kinds must be told, by the file; the names are those of `sample_faults`.
REASONS: Mapping[str, tuple[str, str | None]] = {
    "truncated": ("truncated: the JSON breaks off after", None),
    "empty": ("the file is empty", None),
    "binary": ("not text: byte 0", None),
    "not-json": ("not JSON: Expecting value", None),
    "wrong-shape": ("another shape of JSON: chart is null or missing", "chart"),
    "vendor-error": (
        "the vendor answered with an error: 503, Unavailable, The data service is not available.",
        "responseHeader.error",
    ),
    "no-bars": ("no bars: chart.prices is empty", "chart.prices"),
    "only-holidays": ("no bars: every row is a Holiday placeholder", "chart.prices.pdt"),
    "bad-bars-many": ("bars have impossible prices or dates", "chart.prices"),
    "name-dots": ("the file name holds '/', '\\' or '..'", "file name"),
    "name-control": ("the file name holds control or unreadable characters", "file name"),
    "name-too-long": ("the stock name has 60 characters, more than the 29 allowed", "file name"),
    "name-empty": ("the file name holds no stock name", "file name"),
    "wrong-timezone": ("its bars are midnight in none of Asia/Kolkata, America/New_York", "chart.prices.priceDate"),
}


def test_every_kind_that_the_sample_says_is_rejected_is_rejected_with_its_reason() -> None:
    plan = SamplePlan(stocks=2, days=1, weeks=0, seed=7, end=FRIDAY, exchange="india", fault_kinds=tuple(REASONS))
    files = [file for file in sample_files(plan) if file.path.endswith(".json")]
    shard = judged(*(raw(file.content, file.path.rsplit("/", 1)[1]) for file in files))
    assert shard.stocks.height == 2
    told = {row["file"]: row for row in shard.rejected.iter_rows(named=True)}
    assert len(told) == len(REASONS)
    for kind, (reason, field) in REASONS.items():
        row = told[f"{FAULT_KINDS[kind].stocks[0]}_daily.json"]
        assert reason in row["reason"]
        assert row["field"] == field
    assert set(REASONS) | {"over-size"} == {kind for kind, one in FAULT_KINDS.items() if one.outcome == "rejected"}


def test_a_file_over_32_mb_has_no_bytes_here_and_is_rejected_by_what_was_told_of_it() -> None:
    # That it is not read into memory is the reader's part (adapters/raw_reading).
    told = "larger than 32 MB (33554433 bytes): its bytes were not stored"
    shard = judged(unread("HUGE_daily.json", told), raw(document(bars(3))))
    assert MAX_FILE_BYTES == 32 * 1024 * 1024
    assert shard.rejected.select("file", "md5", "reason").rows() == [("HUGE_daily.json", None, told)]
    assert shard.stocks["symbol"].to_list() == ["DIXON"]


def test_a_file_whose_bytes_are_missing_is_rejected_with_the_problem() -> None:
    shard = judged(unread("A_daily.json", "Drive said 403"), unread("B_daily.json", None), raw(document(bars(1))))
    assert shard.rejected.select("file", "reason").rows() == [
        ("A_daily.json", "Drive said 403"),
        ("B_daily.json", "its bytes were not stored"),
    ]
    assert shard.stocks.height == 1


def test_a_shard_of_nothing_and_a_shard_of_nothing_good_have_empty_tables() -> None:
    for shard in (judged(), judged(raw(b""))):
        assert shard.bars.is_empty()
        assert shard.dots.is_empty()
        assert shard.stocks.is_empty()
        assert shard.off_bar.is_empty()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../DIXON_daily.json", "the file name holds '/', '\\' or '..'"),
        ("a/DIXON_daily.json", "the file name holds '/', '\\' or '..'"),
        ("a\\DIXON_daily.json", "the file name holds '/', '\\' or '..'"),
        ("DIX..ON_daily.json", "the file name holds '/', '\\' or '..'"),
        ("DIX\nON_daily.json", "the file name holds control or unreadable characters"),
        ("DIX\u202eON_daily.json", "the file name holds control or unreadable characters"),
        ("_daily.json", "the file name holds no stock name (letters A-Z or digits)"),
        ("&-_daily.json", "the file name holds no stock name (letters A-Z or digits)"),
        ("é_daily.json", "the file name holds no stock name (letters A-Z or digits)"),
        (f"{'A' * 30}_daily.json", "the stock name has 30 characters, more than the 29 allowed"),
    ],
)
def test_a_file_name_that_cannot_be_published_is_rejected_by_name(name: str, reason: str) -> None:
    shard = judged(raw(document(bars(3)), name), raw(document(bars(3)), "ZOMATO_daily.json"))
    assert shard.rejected.select("file", "reason", "field").rows() == [(name, reason, "file name")]
    assert shard.stocks["symbol"].to_list() == ["ZOMATO"]


@pytest.mark.parametrize(
    "path", ["", "responseHeader", "chart", "chart.peripheralData", "chart.blueDotData", "chart.lastCompletedPattern"]
)
def test_a_field_that_is_not_read_harms_nothing_even_where_its_name_is_no_text(path: str) -> None:
    made = document(bars(3))
    part = reduce(getitem, filter(None, path.split(".")), made)
    part["\ud800"] = 1
    assert beside_a_good_one(json.dumps(made).encode()).stocks["symbol"].to_list() == ["DIXON", "ZOMATO"]


def test_a_file_whose_name_is_no_text_is_rejected_by_name() -> None:
    shard = judged(raw(document(bars(3)), "DIX\udcff_daily.json"), raw(document(bars(3)), "ZOMATO_daily.json"))
    assert shard.rejected.select("file", "field").rows() == [("DIX?_daily.json", "file name")]
    assert shard.stocks["symbol"].to_list() == ["ZOMATO"]


def test_a_day_that_no_calendar_goes_before_costs_its_bar_alone() -> None:
    first = bar(priceDate=midnight_ms(date(1, 1, 3)))
    assert beside_a_good_one(document([*bars(30), first])).stocks["dropped_bars"].to_list() == [1, 0]
    assert "impossible prices or dates" in beside_a_good_one(document([first])).rejected["reason"].item()


@pytest.mark.parametrize(
    "unforeseen",
    [
        {"content": 12},  # cannot be decoded
        {"md5": "\ud800"},  # cannot stand in a table beside the others
    ],
)
def test_what_our_code_did_not_foresee_of_a_file_is_a_rejection_with_the_error_and_stops_no_other(
    unforeseen: dict[str, Any],
) -> None:
    bad = msgspec.structs.replace(raw(document(bars(3))), **unforeseen)
    shard = judged(bad, raw(document(bars(3)), "ZOMATO_daily.json"))
    assert shard.stocks["symbol"].to_list() == ["ZOMATO"]
    assert shard.rejected["file"].to_list() == ["DIXON_daily.json"]
    assert re.search(
        r"did not foresee \((TypeError|UnicodeEncodeError): .+\); please report", shard.rejected["reason"][0]
    )
