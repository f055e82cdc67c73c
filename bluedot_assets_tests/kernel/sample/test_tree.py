"""The sample tree: its layout, its determinism, and partitions that are cuts of one history."""

import datetime as dt
import hashlib
import itertools
import os
import subprocess
import sys
import types
from collections import Counter
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from bluedot_assets.kernel.sample.fault_kinds import FaultKind
from bluedot_assets.kernel.sample.faults import FAULT_KINDS
from bluedot_assets.kernel.sample.market import EXCHANGES
from bluedot_assets.kernel.sample.tree import (
    SAMPLE_MARKER,
    SampleFile,
    newest_uploaded,
    sample_file_count,
    sample_files,
)
from bluedot_assets.kernel.sample.vendor_file import make_stock
from bluedot_assets_tests.examples.sample_reading import (
    FRIDAY,
    PLAN,
    dates_of,
    dots_of,
    in_folder,
    parse,
    rows_of,
    zone_of,
)


@pytest.fixture(scope="module")
def tree() -> dict[str, SampleFile]:
    return {file.path: file for file in sample_files(PLAN)}


@pytest.fixture(scope="module")
def parsed(tree: dict[str, SampleFile]) -> dict[str, Any]:
    return parse(tree)


@pytest.fixture(scope="module")
def newest_daily(parsed: dict[str, Any]) -> dict[str, Any]:
    return in_folder(parsed, "daily/2024-08-02")


# The tree


def test_the_tree_holds_the_asked_number_of_folders_and_files(tree: dict[str, SampleFile]) -> None:
    folders = Counter(str(PurePosixPath(path).parent) for path in tree if path.endswith(".json"))
    assert folders == {
        "daily/2024-08-02": 60,
        "daily/2024-08-01": 60,
        "daily/2024-07-31": 60,
        "weekly/2024-W31": 60,
        "weekly/2024-W30": 60,
    }


def test_links_and_triggers_name_the_newest_folders(tree: dict[str, SampleFile]) -> None:
    assert tree["daily/latest"].link_to == "2024-08-02"
    assert tree["weekly/latest"].link_to == "2024-W31"
    assert tree["triggers/daily_ready.txt"].content == b"2024-08-02\nexpected=60\n"
    assert tree["triggers/weekly_ready.txt"].content == b"2024-W31\nexpected=60\n"
    assert tree["triggers/process_log.txt"].content == b""
    assert next(iter(tree)) == SAMPLE_MARKER


@pytest.mark.parametrize("hours", range(0, 7 * 24, 5))
def test_nothing_of_what_is_uploaded_by_now_is_dated_later(hours: int) -> None:
    now = dt.datetime(2024, 7, 29, 6, 29, tzinfo=dt.UTC) + dt.timedelta(hours=hours)
    end = newest_uploaded(now)
    assert now - dt.timedelta(days=3) < dt.datetime.combine(end, dt.time(), dt.UTC)
    files = sample_files(replace(PLAN, stocks=1, days=1, weeks=1, end=end, fault_kinds=get_args(FaultKind)))
    assert max(file.modified for file in files) <= now


def test_a_side_without_partitions_is_absent_altogether() -> None:
    weekly_only = [file.path for file in sample_files(replace(PLAN, stocks=1, days=0, weeks=1))]
    daily_only = [file.path for file in sample_files(replace(PLAN, stocks=1, days=1, weeks=0))]
    assert not any("daily" in path for path in weekly_only)
    assert not any("weekly" in path for path in daily_only)


def test_daily_folders_skip_weekends_and_the_holidays_of_every_exchange_of_the_plan() -> None:
    def keys(exchange: Any) -> list[str]:
        plan = replace(PLAN, stocks=1, days=3, weeks=0, exchange=exchange, end=dt.date(2024, 7, 6))
        return [file.path.split("/")[1] for file in sample_files(plan) if file.path.endswith(".json")]

    assert keys("india") == ["2024-07-05", "2024-07-04", "2024-07-03"]
    assert keys("us") == keys("mixed") == ["2024-07-05", "2024-07-03", "2024-07-02"]


def test_week_folders_at_the_turn_of_the_year_are_iso_weeks() -> None:
    plan = replace(PLAN, stocks=1, days=0, weeks=3, end=dt.date(2021, 1, 4))
    keys = [file.path.split("/")[1] for file in sample_files(plan) if file.path.endswith(".json")]
    assert keys == ["2020-W53", "2020-W52", "2020-W51"]


def test_mixed_alternates_between_the_exchanges(newest_daily: dict[str, Any]) -> None:
    zones = [zone_of(doc).key for doc in newest_daily.values()]
    assert zones == ["Asia/Kolkata", "America/New_York"] * 30


def test_stock_names_are_distinct_also_when_published() -> None:
    names = [make_stock(exchange, number).name for exchange in EXCHANGES for number in range(20_000)]
    published = {"".join(c if c.isascii() and c.isalnum() else "_" for c in name) for name in names}
    assert len(published) == 40_000


def test_some_stock_names_have_an_underscore_an_ampersand_or_a_hyphen(newest_daily: dict[str, Any]) -> None:
    names = [name.removesuffix("_daily.json") for name in newest_daily]
    assert all(any(character in name for name in names) for character in "_&-")


def test_uploads_come_after_the_session_and_the_trigger_after_the_uploads(tree: dict[str, SampleFile]) -> None:
    stocks = [file for path, file in tree.items() if path.startswith("daily/2024-08-02/")]
    assert all(file.modified.utcoffset() == dt.timedelta(0) for file in tree.values())
    day_over = dt.datetime(2024, 8, 3, tzinfo=ZoneInfo("America/New_York"))
    assert all(file.modified > day_over for file in stocks)
    assert tree["triggers/daily_ready.txt"].modified > max(file.modified for file in stocks)


# One history, cut by partition


def test_no_file_knows_a_bar_or_dot_after_its_partition(parsed: dict[str, Any]) -> None:
    ends = {
        "2024-08-02": FRIDAY,
        "2024-08-01": dt.date(2024, 8, 1),
        "2024-07-31": dt.date(2024, 7, 31),
        "2024-W31": FRIDAY,
        "2024-W30": dt.date(2024, 7, 26),
    }
    for path, doc in parsed.items():
        end = ends[path.split("/")[1]]
        assert dates_of(doc)[0] == end
        assert max(dots_of(doc), default=end) <= end


def test_partitions_agree_on_the_bars_they_share(parsed: dict[str, Any]) -> None:
    for path, newer in parsed.items():
        for new, old in (("daily/2024-08-02", "daily/2024-08-01"), ("weekly/2024-W31", "weekly/2024-W30")):
            if path.startswith(new):
                older = parsed[path.replace(new, old)]
                assert rows_of(newer)[1:] == rows_of(older)[:-1]


def test_a_stocks_files_do_not_depend_on_what_else_was_asked_for(tree: dict[str, SampleFile]) -> None:
    small = replace(PLAN, stocks=2, days=1, weeks=1)
    for file in sample_files(small):
        if file.path.endswith(".json"):
            assert file == tree[file.path]


def test_a_later_end_changes_nothing_of_an_earlier_partition(tree: dict[str, SampleFile]) -> None:
    later = replace(PLAN, stocks=4, days=60, weeks=0, end=dt.date(2024, 10, 1))
    shared = [file for file in sample_files(later) if file.path.startswith("daily/2024-08-02/")]
    assert len(shared) == 4
    assert all(file == tree[file.path] for file in shared)


def test_another_seed_makes_other_prices(tree: dict[str, SampleFile]) -> None:
    other = next(file for file in sample_files(replace(PLAN, seed=8)) if file.path.endswith(".json"))
    assert other.content != tree[other.path].content


DIGEST = """
import datetime, hashlib
from bluedot_assets.kernel.sample.faults import FAULT_KINDS
from bluedot_assets.kernel.sample.tree import SamplePlan, sample_files
plan = SamplePlan(stocks=6, days=2, weeks=2, seed=3, end=datetime.date(2024, 8, 2),
                  fault_kinds=tuple(kind for kind in FAULT_KINDS if kind != "over-size"))
digest = hashlib.sha256()
for file in sample_files(plan):
    digest.update(repr((file.path, file.modified, file.link_to)).encode() + file.content)
print(digest.hexdigest())
"""


def test_the_same_plan_gives_the_same_bytes_and_times_in_every_timezone() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST], env=os.environ | {"TZ": zone}, capture_output=True, check=True, text=True
        ).stdout
        for zone in ("Asia/Tokyo", "America/Los_Angeles")
    }
    assert len(digests) == 1
    assert len(digests.pop().strip()) == hashlib.sha256().digest_size * 2


def test_files_come_one_at_a_time_however_large_the_plan() -> None:
    files = sample_files(replace(PLAN, stocks=100_000, days=200, weeks=100))
    assert isinstance(files, types.GeneratorType)
    marker, first_stock = itertools.islice(files, 2)
    assert marker.path == SAMPLE_MARKER
    assert first_stock.path.startswith("daily/2024-08-02/")


@pytest.mark.parametrize(("days", "weeks"), [(3, 2), (0, 1), (1, 0)])
@pytest.mark.parametrize("faults", [(), tuple(FAULT_KINDS), ("stray-files", "name-clash", "stray-files")])
def test_the_announced_count_is_the_number_of_files(days: int, weeks: int, faults: tuple[str, ...]) -> None:
    plan = replace(PLAN, stocks=3, fault_kinds=faults, days=days, weeks=weeks)
    paths = [file.path for file in sample_files(plan)]
    assert len(paths) == len(set(paths)) == sample_file_count(plan)


# Plans that make no sense


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stocks": -1}, "stocks is -1"),
        ({"exchange": "mars"}, "give one of india, us, mixed"),
        ({"fault_kinds": ("truncated", "typo")}, "unknown fault kind typo: the known ones are truncated, empty"),
        ({"fault_kinds": ("truncated",), "days": 0, "weeks": 0}, "at least one day or week"),
        ({"end": dt.date(2014, 12, 31)}, "must lie within 2015-01-01"),
        ({"days": 10**12}, "must lie within 2015-01-01"),
    ],
)
def test_a_plan_that_cannot_be_made_says_what_to_change(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PLAN, **change)
