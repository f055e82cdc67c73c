"""The whole graph in process: what a run materializes, tells and checks, for both timeframes."""

from collections.abc import Mapping
from typing import Any, Final

import dagster as dg
import polars as pl
import pytest

from bluedot_assets.definitions import build_definitions
from bluedot_assets.kernel.site.dashboard import decode_dashboard
from bluedot_assets.kernel.site.publication import DASHBOARD
from bluedot_assets.pipeline.bar_checks import CHECKS, CHECKS_OF_WEEKS
from bluedot_assets_tests.examples.trees import (
    DAY,
    DAYS,
    SERIES,
    STAGES_OF,
    STOCKS,
    WEEK,
    Installation,
    failure,
    materialized,
)

RULES = {
    "raw_json": {"received", "files_as_usual", "files_named"},
    "bars": {
        *("schema", "accepted", "values_kept", "dots_given", "dots_on_bars", "bars_finished", "folder_named_right"),
        *(rule.name for rule in CHECKS),
    },
    "breadth": {"schema"},
    "history": {"history_continues", "history_covers", "adjustments_plausible"},
    **{stage: {"tradingview_rows"} for stage in SERIES},
    "watchlists": {"tickers_mapped", "new_dots_compared"},
    "pine_scripts": {"pine_rules", "pine_stocks", "pine_seeds_known"},
    "site": {"site_shows_series", "newest_expected_is_there"},
}
KEYS = {"daily": DAY, "weekly": WEEK}
TIMEFRAME = pytest.mark.parametrize("timeframe", list(KEYS))


@pytest.fixture(scope="module")
def runs(published: Installation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dg.ExecuteInProcessResult]:
    """One run of each timeframe over what is published already."""
    copy = published.copy(tmp_path_factory.mktemp("graph") / "here")
    return {timeframe: copy.run(timeframe) for timeframe in KEYS}


def entries(result: dg.ExecuteInProcessResult, stage: str) -> Mapping[str, dg.MetadataValue[Any]]:
    events = result.get_asset_materialization_events()
    (event,) = [one for one in events if one.asset_key is not None and one.asset_key.path[-1] == stage]
    return event.step_materialization_data.materialization.metadata


def metadata(result: dg.ExecuteInProcessResult, stage: str) -> dict[str, Any]:
    return {name: value.value for name, value in entries(result, stage).items()}


@TIMEFRAME
def test_a_run_materializes_every_stage_after_those_it_needs(
    runs: dict[str, dg.ExecuteInProcessResult], timeframe: str
) -> None:
    order = materialized(runs[timeframe])
    assert sorted(order) == sorted(STAGES_OF[timeframe])
    assert order[:2] == ["raw_json", "bars"]
    assert order[-1] == "site"


@TIMEFRAME
def test_every_check_is_evaluated_and_passes(runs: dict[str, dg.ExecuteInProcessResult], timeframe: str) -> None:
    found: dict[str, set[str]] = {}
    for check in runs[timeframe].get_asset_check_evaluations():
        found.setdefault(check.asset_key.path[-1], set()).add(check.check_name)
        assert check.description
        assert check.passed or check.severity == dg.AssetCheckSeverity.WARN, check
    expected = {stage: rules for stage, rules in RULES.items() if stage in STAGES_OF[timeframe]}
    of_weeks = {"bars": RULES["bars"] | {rule.name for rule in CHECKS_OF_WEEKS}} if timeframe == "weekly" else {}
    assert found == expected | of_weeks


@TIMEFRAME
def test_metadata_counts_files_rows_and_bytes(runs: dict[str, dg.ExecuteInProcessResult], timeframe: str) -> None:
    raw, bars, series, site = [metadata(runs[timeframe], name) for name in ("raw_json", "bars", "price_data", "site")]
    assert raw["files"] == raw["received"] == raw["dagster/row_count"] == STOCKS
    assert bars["stocks"] == STOCKS
    assert bars["bars"] == bars["dagster/row_count"] == series["rows"] > 100 * STOCKS / 2
    assert series["csvs"] == STOCKS
    assert site["csvs"] == STOCKS * len(SERIES)
    assert bars["dagster/size_bytes"] > 0
    assert series["dagster/size_bytes"] > 0
    assert site["bytes"] > 0


@TIMEFRAME
def test_metadata_says_where_everything_is(
    runs: dict[str, dg.ExecuteInProcessResult], published: Installation, timeframe: str
) -> None:
    key = KEYS[timeframe]
    ends = {
        "raw_json": f"data/raw/{timeframe}/as_of={key}/part.parquet",
        "bars": f"data/bars/{timeframe}/as_of={key}/part.parquet",
        "price_data": f"data/series/{timeframe}/{key}",
        "site": f"site/{timeframe}/{key}",
    }
    for stage, end in ends.items():
        assert metadata(runs[timeframe], stage)["path"].endswith(end)
        assert (published.root / end).exists()


FIRST: Final = {
    "raw_json": ["files", "expected", "received"],
    "bars": ["stocks", "bars", "rejected", "dots_today"],
    "price_data": ["csvs", "rows", "preview"],
    "site": ["stocks", "csvs", "bars", "rejected"],
}


@TIMEFRAME
def test_counts_come_first_and_nothing_empty_is_shown(
    runs: dict[str, dg.ExecuteInProcessResult], timeframe: str
) -> None:
    for stage, first in FIRST.items():
        shown = metadata(runs[timeframe], stage)
        assert list(shown)[: len(first)] == first
        assert not [name for name, value in shown.items() if value in ("", None)]


def test_the_preview_shows_the_dots_of_today_and_their_strongest_stock(
    runs: dict[str, dg.ExecuteInProcessResult], published: Installation
) -> None:
    dashboard = decode_dashboard((published.site / "weekly" / "latest" / DASHBOARD).read_bytes())
    today = {stock.symbol for stock in dashboard.stocks if stock.dot_age == 0}
    bars, site = metadata(runs["weekly"], "bars"), metadata(runs["weekly"], "site")
    assert bars["dots_today"] == len(today) > 0
    shown = [record.data for record in bars["preview"].records]
    assert {row["symbol"] for row in shown} == today
    assert {"symbol", "session", "close", "rlst"} == set(shown[0])
    assert {record.data["symbol"] for record in site["preview"].records} == today
    assert {record.data["new"] for record in site["preview"].records} == {"new"}
    preview = metadata(runs["weekly"], "price_data")["preview"]
    assert preview.startswith(f"`{shown[0]['symbol']}_PRICE_DATA.csv`, the strongest stock with a dot today")
    assert preview.count("T,") == 5


def test_a_day_without_dots_says_so(runs: dict[str, dg.ExecuteInProcessResult]) -> None:
    bars = metadata(runs["daily"], "bars")
    assert (bars["dots_today"], "preview" in bars) == (0, False)
    assert metadata(runs["daily"], "price_data")["preview"].count("T,") == 5


def test_metadata_has_dagsters_types(runs: dict[str, dg.ExecuteInProcessResult]) -> None:
    kinds = {
        stage: {name: type(value) for name, value in entries(runs["daily"], stage).items()}
        for stage in ("raw_json", "bars", "price_data", "site")
    }
    assert {kinds[stage]["path"] for stage in ("bars", "price_data", "site")} == {dg.PathMetadataValue}
    assert kinds["raw_json"]["source"] is dg.PathMetadataValue
    assert kinds["price_data"]["preview"] is dg.MarkdownMetadataValue
    assert kinds["site"]["published"] is dg.TimestampMetadataValue
    assert {kinds["bars"][name] for name in ("stocks", "bars", "dots_today")} == {dg.IntMetadataValue}


def test_a_public_site_is_shown_as_a_link(installation: Installation) -> None:
    installation.set(BLUEDOT_SITE_URL="https://dots.example.org/site/")
    installation.definitions = build_definitions(installation.platform, watch_public=False)
    result = installation.run()
    url = entries(result, "site")["url"]
    assert url == dg.MetadataValue.url(f"https://dots.example.org/site/daily/{DAY}")


@TIMEFRAME
def test_checks_carry_the_numbers_that_the_ui_plots(runs: dict[str, dg.ExecuteInProcessResult], timeframe: str) -> None:
    found = {
        f"{check.asset_key.path[-1]} {check.check_name}": {
            name: one.value for name, one in check.metadata.items() if name != "partition"
        }
        for check in runs[timeframe].get_asset_check_evaluations()
    }
    assert found["raw_json received"] == {"offenders": 0, "judged": STOCKS, "share": 1.0, "least_share": 0.95}
    assert found["bars bars_finished"] == {"offenders": 0, "judged": STOCKS, "share": 0.0, "most_share": 0.05}
    uncounted = {name for name, numbers in found.items() if "offenders" not in numbers}
    compared = {"bars stocks_as_before", "bars bars_as_before", "bars dots_as_before", "raw_json files_as_usual"}
    assert uncounted - compared <= {
        *("bars weekly_agrees_with_daily", "bars dots_agree", "site newest_expected_is_there"),
        *("watchlists new_dots_compared", "pine_scripts pine_seeds_known"),
    }


def test_rejected_files_are_a_table_with_reasons(installation: Installation) -> None:
    folder = installation.source / "daily" / DAY
    bad = sorted(folder.glob("*.json"))[0]
    bad.write_bytes(b'{"chart": ')
    installation.set(BLUEDOT_MIN_COMPLETE=50)
    result = installation.run()
    assert result.success
    (row,) = [record.data for record in metadata(result, "bars")["rejected_files"].records]
    assert row["file"] == bad.name
    assert "truncated" in row["reason"]
    assert row["remedy"] == "Upload it again, whole, as the vendor made it."
    assert list(metadata(result, "bars")).index("rejected_files") == 3
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    accepted = checks["accepted"]
    assert (accepted.passed, accepted.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert accepted.description is not None
    assert f"First: {bad.name}, truncated" in accepted.description
    assert (accepted.metadata["offenders"].value, accepted.metadata["share"].value) == (1, 0.75)
    assert isinstance(accepted.metadata["listed"], dg.TableMetadataValue)
    assert f"{STOCKS - 1} of {STOCKS} files (75 %)" in accepted.description
    assert installation.status()["timeframes"]["daily"]["complete"] is False


def test_files_that_are_no_stock_files_count_nowhere_and_are_listed(installation: Installation) -> None:
    folder = installation.source / "daily" / DAY
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "X_weekly.json").write_bytes(b"{}")
    (folder / "README.txt").write_bytes(b"Hello")
    (folder / "new").mkdir()
    result = installation.run("daily", DAY, "raw_json", "bars")
    assert result.success
    raw = installation.manifest("raw_json")
    assert raw is not None
    assert sorted(raw.facts["ignored"]) == ["README.txt", "X_weekly.json", "new"]
    assert raw.facts["expected"] == STOCKS
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert checks["received"].passed
    assert not checks["files_named"].passed
    (first, second) = [record.data for record in metadata(result, "raw_json")["misnamed"].records]
    assert (first["file"], first["remedy"]) == ("X_weekly.json", "move it to its folder in weekly/")
    assert second["file"] == "new"


def test_a_copy_is_no_stock_and_a_newer_one_is_named_on_the_site(installation: Installation) -> None:
    folder = installation.source / "daily" / DAY
    first, second, *_ = sorted(folder.glob("*.json"))
    equal = folder / f"Copy of {first.name}"
    equal.write_bytes(first.read_bytes())
    newer = folder / second.name.replace(".json", " (1).json")
    newer.write_bytes(second.read_bytes() + b" ")
    (folder / f"._{first.name}").write_bytes(b"of macOS")
    assert installation.run().success
    assert len(installation.index(f"daily/{DAY}")["stocks"]) == STOCKS
    checks = {one["check"]: one for one in installation.status()["timeframes"]["daily"]["checks"]}
    named = checks["daily/raw_json files_named"]
    assert (named["passed"], named["severity"]) == (False, "warning")
    assert f"{newer.name} is ignored (newer than {second.name}, whose older values are published)" in named["message"]
    assert f"{equal.name} is ignored (the same bytes as {first.name}): delete it" in named["message"]


def test_a_partition_of_misnamed_files_alone_says_so(installation: Installation) -> None:
    folder = installation.source / "daily" / DAY
    for file in sorted(folder.glob("*.json")):
        file.rename(folder / f"{file.name}.txt")
    said = failure(installation.run())
    assert f"0 of {STOCKS} files (0 %) arrived and were read" in said
    assert "_daily.json.txt is ignored (its name does not end in _daily.json): rename it to" in said
    assert said.count("is ignored") == STOCKS


@pytest.mark.parametrize("stage", ["bars", "price_data", "site"])
def test_a_stage_without_its_input_says_what_to_materialize_first(installation: Installation, stage: str) -> None:
    assert "materialize daily/raw_json first" in failure(installation.run("daily", DAY, stage))


def test_any_series_can_be_materialized_alone(running: Installation) -> None:
    before = running.manifest("blue_dots")
    result = running.run("daily", DAY, "blue_dots")
    assert materialized(result) == ["blue_dots"]
    assert running.manifest("blue_dots") == before


def test_workers_and_shards_change_no_value(published: Installation, installation: Installation) -> None:
    installation.set(PARALLEL_WORKERS=2, BATCH_SIZE=1)
    assert installation.run().success
    index, other = installation.index(f"daily/{DAY}"), published.index(f"daily/{DAY}")
    # A shard is a row group of a table: the same rows in other bytes. Of the CSVs each byte is the same.
    tables = [pl.read_parquet(one.site / f"daily/{DAY}/tables/bars.parquet") for one in (installation, published)]
    assert tables[0].equals(tables[1])
    assert index.pop("tables").keys() == other.pop("tables").keys()
    assert index == other


def run_checks_alone(installation: Installation, key: str = "", stage: str = "bars") -> dg.ExecuteInProcessResult:
    """The checks of an asset, of the partition that the run's tag names; the buttons of the UI set no such tag."""
    job = dg.define_asset_job("checks", dg.AssetSelection.checks_for_assets(dg.AssetKey(["daily", stage])))
    definitions = dg.Definitions.merge(installation.definitions, dg.Definitions(jobs=[job]))
    return definitions.resolve_job_def("checks").execute_in_process(
        tags={"dagster/partition": key} if key else {}, raise_on_error=False
    )


def test_checks_executed_alone_report_the_stored_verdicts(running: Installation) -> None:
    result = run_checks_alone(running, DAY)
    assert result.success
    assert materialized(result) == []
    stored = running.manifest("bars")
    assert stored is not None
    found = {check.check_name: (check.passed, check.description) for check in result.get_asset_check_evaluations()}
    assert found == {verdict.rule: (verdict.passed, f"{DAY}: {verdict.message}") for verdict in stored.verdicts}


def test_each_check_of_a_partition_says_first_which_one_it_judged_and_the_site_says_it_without(
    installation: Installation,
) -> None:
    next((installation.source / "daily" / DAY).glob("*.json")).write_bytes(b'{"chart": ')
    installation.set(BLUEDOT_MIN_COMPLETE=50)
    every = installation.run().get_asset_check_evaluations()
    found = [check for check in every if check.check_name != "newest_expected_is_there"]  # of no partition
    assert {(next(iter(check.metadata)), check.metadata["partition"].value) for check in found} == {("partition", DAY)}
    assert all((check.description or "").startswith(f"{DAY}: ") for check in found)
    shown = {one["check"]: one["message"] for one in installation.status()["timeframes"]["daily"]["checks"]}
    assert not shown["daily/bars accepted"].startswith(DAY)


def test_checks_of_what_was_never_made_fail_the_run_and_pass_no_verdict(installation: Installation) -> None:
    result = run_checks_alone(installation, DAY)
    assert not result.success
    assert result.get_asset_check_evaluations() == []


@pytest.mark.parametrize("stage", ["raw_json", "bars", "blue_dots", "site"])
def test_checks_executed_alone_without_a_partition_judge_the_newest_that_is_stored(
    running: Installation, stage: str
) -> None:
    assert running.run("daily", DAYS[0]).success
    result = run_checks_alone(running, stage=stage)
    assert result.success
    every = result.get_asset_check_evaluations()
    found = [check for check in every if check.check_name != "newest_expected_is_there"]  # of no partition
    assert {check.metadata["partition"].value for check in found} == {DAY}
    assert all((check.description or "").startswith(f"{DAY}: ") for check in found)


@pytest.mark.parametrize("stage", ["raw_json", "bars", "blue_dots", "site"])
def test_where_nothing_is_stored_checks_say_what_to_materialize_and_the_site_knows_of_no_failure(
    installation: Installation, stage: str
) -> None:
    said = failure(run_checks_alone(installation, stage=stage))
    assert said == (
        f"No partition of daily/{stage} is stored, so there is nothing to check: open Jobs > daily_pipeline > "
        "Materialize all..., choose a partition there, and launch it."
    )
    assert not installation.site.exists()


def test_a_run_without_a_partition_says_what_to_press(installation: Installation) -> None:
    job = installation.definitions.resolve_job_def("daily_pipeline")
    result = job.execute_in_process(raise_on_error=False)
    assert failure(result).startswith("This run has no partition: open Jobs > daily_pipeline > Materialize all...")
