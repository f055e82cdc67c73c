"""The checks of a partition against those before it, in whole runs: consecutive days of the sample are silent, and what
a vendor does to the past is told by the check that is meant for it."""

import io
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from bluedot_assets.adapters.source.sample_tree import write_sample
from bluedot_assets.kernel.bars.tables import BARS, DOTS, STOCKS, Table
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.sample.tree import SamplePlan
from bluedot_assets_tests.examples.trees import DAY, DAYS, END, WEEK, Installation, failure, stock_files, write_tree

Change = Callable[[dict[str, Any]], None]
ODD = {
    "stocks_as_before", "stocks_are_current", "sessions_complete", "bars_as_before", "dots_as_before", "price_jumps",
    "rlst_given", "benchmark_agrees", "dots_as_usual", "contents_differ", "files_as_usual", "peripheral_agrees",

}  # fmt: skip


def told(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """The checks on files and bars that did not pass in the run, with what they say."""
    assert result.success
    found = [one for one in result.get_asset_check_evaluations() if one.asset_key.path[-1] in {"raw_json", "bars"}]
    assert {check.check_name for check in found} >= ODD
    return {check.check_name: check.description or "" for check in found if not check.passed}


def rewrite(file: Path, change: Change) -> None:
    content = json.loads(file.read_bytes())
    change(content["chart"])
    file.write_text(json.dumps(content, indent=1))


def judge(installation: Installation, timeframe: str = "daily", key: str = DAY) -> dict[str, str]:
    """What a run of the stages that judge files and bars tells."""
    return told(installation.run(timeframe, key, "raw_json", "bars"))


@pytest.fixture(scope="module")
def day_before(sample_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """One that has published the day before the newest; to be read only."""
    root = tmp_path_factory.mktemp("before") / "here"
    shutil.copytree(sample_tree, root / "drive", symlinks=True)
    made = Installation(root)
    assert made.run("daily", DAYS[-2]).success
    return made


@pytest.fixture
def day_after(day_before: Installation, tmp_path: Path) -> Installation:
    """Its copy, which a test may change and run."""
    return day_before.copy(tmp_path / "here")


def test_consecutive_days_and_weeks_of_the_sample_are_silent(installation: Installation) -> None:
    for timeframe, keys in (("daily", DAYS), ("weekly", ("2024-W30", WEEK))):
        for key in keys:
            assert judge(installation, timeframe, key) == {}, key


@pytest.mark.long
@pytest.mark.parametrize(
    ("exchange", "seed", "end"), [("india", 2, END), ("us", 3, date(2026, 11, 24)), ("mixed", 5, date(2025, 3, 28))]
)
def test_larger_samples_of_each_exchange_are_silent(tmp_path: Path, exchange: str, seed: int, end: date) -> None:
    plan = SamplePlan(stocks=60, days=4, weeks=3, seed=seed, end=end, exchange=exchange)  # type: ignore[arg-type]
    write_sample(plan, tmp_path / "drive")
    here = Installation(tmp_path)
    here.clock.now = here.clock.now.replace(year=end.year, month=end.month, day=end.day)
    for timeframe in TIMEFRAMES.values():
        for key in here.platform.source.partitions(timeframe).keys:
            assert told(here.run(timeframe.name, key)) == {}, key


def halve(chart: dict[str, Any]) -> None:
    records = chart["prices"].values() if isinstance(chart["prices"], dict) else chart["prices"]
    for bar in records:
        for name in ("open", "high", "low", "close"):
            bar[name] = round(bar[name] / 2, 2)


def correct(chart: dict[str, Any]) -> None:
    chart["prices"][20]["high"] *= 1.5


def forget_a_dot(chart: dict[str, Any]) -> None:
    del chart["blueDotData"]["dates"][3]


def forget_the_newest_dot(chart: dict[str, Any]) -> None:
    dates = chart["blueDotData"]["dates"]
    chart["blueDotData"]["dates"] = dates[1 + sum(one["blueDotDate"] == DAY for one in dates[:1]) :]


def jump(chart: dict[str, Any]) -> None:
    bar = chart["prices"][0]
    bar["high"] = bar["close"] = bar["close"] * 3


def other_benchmark(chart: dict[str, Any]) -> None:
    chart["prices"][0]["bc"] = 1.5


def leave_out(chart: dict[str, Any]) -> None:
    del chart["prices"][2]


def stop_early(chart: dict[str, Any]) -> None:
    del chart["prices"][0]


@pytest.mark.parametrize(
    ("change", "rules", "said"),
    [
        (halve, {"bars_as_before", "peripheral_agrees"}, "1 look like a split or an adjustment, 0 like corrections"),
        (correct, {"bars_as_before", "peripheral_agrees"}, "0 look like a split or an adjustment, 1 like corrections"),
        (forget_a_dot, {"dots_as_before"}, "withdrew 1"),
        (jump, {"price_jumps", "peripheral_agrees"}, "1 new closes are out of proportion"),
        (other_benchmark, {"benchmark_agrees"}, "On 1 sessions not all stocks give the same benchmark"),
        (leave_out, {"sessions_complete", "bars_as_before", "dots_on_bars"}, ""),
        (stop_early, {"stocks_are_current", "peripheral_agrees"}, "1 of 2 stocks"),
    ],
)
def test_what_the_vendor_does_to_one_stock_is_told_by_its_check(
    day_after: Installation, change: Change, rules: set[str], said: str
) -> None:
    rewrite(stock_files(day_after.source / "daily" / DAY)[0], change)
    found = judge(day_after)
    assert set(found) <= rules, found
    assert any(said in message for message in found.values())
    assert found


def test_one_stocks_answer_under_anothers_name_is_told(day_after: Installation) -> None:
    first, second, *_ = stock_files(day_after.source / "daily" / DAY)
    content = json.loads(first.read_bytes())
    content["responseHeader"]["asOfDate"] += 1000  # no copy byte for byte
    second.write_text(json.dumps(content))
    assert "contents_differ" in judge(day_after)


def test_a_bare_machine_compares_with_what_the_site_shows(day_after: Installation) -> None:
    rewrite(stock_files(day_after.source / "daily" / DAY)[0], halve)
    shutil.rmtree(day_after.data)
    found = judge(day_after)
    assert "as far as the site shows them" in found["bars_as_before"]
    assert set(found) == {"bars_as_before", "peripheral_agrees"}


def test_a_partition_before_that_is_damaged_is_taken_from_the_site(day_after: Installation) -> None:
    (day_after.data / f"bars/daily/as_of={DAYS[-2]}/part.parquet").write_bytes(b"")
    result = day_after.run("daily", DAY, "raw_json", "bars")
    found = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert found["bars_as_before"].passed
    assert "as far as the site shows them" in (found["bars_as_before"].description or "")


def stored_otherwise(installation: Installation, table: Table, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """The table of the day before as another version stored it."""
    manifest = installation.manifest("bars", key=DAYS[-2])
    assert manifest is not None
    into = io.BytesIO()
    change(installation.platform.outputs.read_table(manifest, table)).write_parquet(into)
    installation.restore_table(table, into.getvalue(), key=DAYS[-2])


@pytest.mark.long
@pytest.mark.parametrize(
    ("table", "column"),
    [
        (BARS, "close"),
        (BARS, "rlst"),
        (BARS, "session"),
        (DOTS, "date"),
        (STOCKS, "file"),
        (STOCKS, "is_etf"),
        (STOCKS, "timezone"),
    ],
)
@pytest.mark.parametrize("on_site", [True, False])
def test_a_partition_before_that_lacks_a_column_is_a_warning_that_says_why(
    day_after: Installation, table: Table, column: str, on_site: bool
) -> None:
    stored_otherwise(day_after, table, lambda frame: frame.drop(column))
    if not on_site:
        day_after.set(BLUEDOT_SITE=str(day_after.root / "another"))
    result = day_after.run("daily", DAY)
    assert result.success, failure(result)
    found = told(result)
    expected = {"stocks_as_before", "bars_as_before", "dots_as_before"} if table is BARS or not on_site else set()
    assert set(found) == expected
    assert all(f"the table {table.name} lacks {column}" in found[rule] for rule in expected)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no table", "Parquet"),
        (None, "the table bars has another type of close"),
    ],
)
def test_a_partition_before_that_is_no_such_table_is_a_warning(
    day_after: Installation, content: bytes | None, why: str
) -> None:
    if content is None:
        stored_otherwise(day_after, BARS, lambda frame: frame.with_columns(pl.col("close").cast(pl.String)))
    else:
        day_after.restore_table(BARS, content, key=DAYS[-2])
    found = judge(day_after)
    assert set(found) == {"stocks_as_before", "bars_as_before", "dots_as_before"}
    assert all(why in sentence for sentence in found.values())


def test_a_stock_that_stays_away_is_counted_over_the_partitions(installation: Installation, tmp_path: Path) -> None:
    write_tree(tmp_path / "more", days=4, weeks=0)
    shutil.rmtree(installation.source / "daily")
    shutil.copytree(tmp_path / "more" / "daily", installation.source / "daily", symlinks=True)
    keys = sorted(path.name for path in (installation.source / "daily").iterdir() if path.name != "latest")
    for key in keys[1:]:
        stock_files(installation.source / "daily" / key)[0].unlink()
    installation.set(BLUEDOT_MIN_COMPLETE=50)
    said = [judge(installation, key=key).get("stocks_as_before", "") for key in keys]
    assert said[0] == ""
    assert "1 stocks vanished" in said[1]
    assert "1 are absent for longer" in said[2]
    assert "1 are absent for longer" in said[3]


def keep(chart: dict[str, Any]) -> None:
    """Nothing changes."""


def series_of_one(
    installation: Installation, timezone: str, ending: str, change: Change = keep
) -> tuple[str, dict[str, str]]:
    """A stock of that timezone whose newest file has another name, and what a run tells."""
    content = json.loads((installation.site / "daily/latest/dashboard.json").read_bytes())
    rows = [dict(zip(content["columns"], row, strict=True)) for row in content["stocks"]]
    symbol = next(row["symbol"] for row in rows if content["timezones"][row["zone"]] == timezone)
    file = installation.source / "daily" / DAY / f"{symbol}_daily.json"
    rewrite(file, change)
    file.rename(file.with_name(f"{symbol}{ending}_daily.json"))
    return symbol, judge(installation)


def test_a_stock_in_another_series_is_the_same_stock(day_after: Installation) -> None:
    symbol, found = series_of_one(day_after, "Asia/Kolkata", "-BE")
    assert set(found) == {"stocks_as_before"}
    assert "0 stocks vanished, 0 are new. 1 changed the series" in found["stocks_as_before"]
    assert f"{symbol} is now {symbol}_BE." in found["stocks_as_before"]


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize(
    ("change", "ending", "rule", "said"),
    [
        (halve, "-BE", "bars_as_before", "The past bars of 1 stocks"),
        (forget_a_dot, "-BE", "dots_as_before", "withdrew 1"),
        (jump, "-BE", "price_jumps", "1 new closes"),
        (halve, ".NS", "bars_as_before", "The past bars of 1 stocks"),
    ],
)
def test_its_bars_and_dots_are_compared_with_those_of_its_old_name(
    day_after: Installation, change: Change, ending: str, rule: str, said: str, bare: bool
) -> None:
    if bare:
        shutil.rmtree(day_after.data)
        change = forget_the_newest_dot if change is forget_a_dot else change
    symbol, found = series_of_one(day_after, "Asia/Kolkata", ending, change)
    assert set(found) - {"peripheral_agrees"} == {"stocks_as_before", rule}
    assert "0 stocks vanished, 0 are new." in found["stocks_as_before"]
    assert said in found[rule]
    assert f"First: {symbol}_{ending[1:]}" in found[rule] or rule == "price_jumps"


@pytest.mark.parametrize(("timezone", "ending"), [("Asia/Kolkata", "-N1"), ("America/New_York", "-BE")])
def test_what_is_no_series_of_shares_is_another_stock(day_after: Installation, timezone: str, ending: str) -> None:
    _, found = series_of_one(day_after, timezone, ending)
    assert "1 stocks vanished, 1 are new." in found["stocks_as_before"]
