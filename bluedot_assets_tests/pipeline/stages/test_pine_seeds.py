"""`pine_seeds` in the graph: only where it is configured, pushed as far as the plan goes, checked before each push."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from bluedot_assets.kernel.tradingview.seeds.files import read_symbol_info
from bluedot_assets.kernel.tradingview.seeds.rules import repository_violations
from bluedot_assets_tests.examples.ticks import run_status_tick
from bluedot_assets_tests.examples.trees import DAY, DAYS, SERIES, STOCKS, WEEK, Installation, failure, materialized
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository
from bluedot_assets_tests.servers.webhooks import Webhooks

INFO = "symbol_info/seed_u_daily.json"
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "git", private=True) as serving:
        yield serving


@pytest.fixture
def daily(server: GitServer) -> Repository:
    return server.create("seed_u_daily")


@pytest.fixture
def seeded(running: Installation, server: GitServer, daily: Repository) -> Installation:
    """An installation that has published, with a seed repository from now on."""
    running.set(BLUEDOT_SEEDS=f"daily={server.url('seed_u_daily')}", TRADINGVIEW_NAMESPACE="seed_u", GITHUB_TOKEN=TOKEN)
    return running


def push(installation: Installation, key: str = DAY, timeframe: str = "daily") -> dg.ExecuteInProcessResult:
    return installation.run(timeframe, key, "pine_seeds")


def later(installation: Installation, by: timedelta = HALF_AN_HOUR) -> Installation:
    installation.clock.now += by
    return installation


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    assert result.success, failure(result)
    (event,) = result.get_asset_materialization_events()
    found = event.step_materialization_data.materialization.metadata
    return {name: value.value for name, value in found.items()}


def csvs(repository: Repository) -> dict[str, bytes]:
    found = {path.removeprefix("data/"): repository.get(path, "master") for path in repository.paths("master")}
    return {name: content for name, content in found.items() if name.endswith(".csv") and content is not None}


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {one.check_name: one.passed for one in result.get_asset_check_evaluations()}


def test_without_the_setting_there_is_no_such_asset_and_with_it_only_of_that_timeframe(
    published: Installation, seeded: Installation
) -> None:
    def keys(installation: Installation) -> set[str]:
        graph = installation.definitions.get_repository_def().asset_graph
        return {key.to_user_string() for key in graph.get_all_asset_keys()}

    assert not {key for key in keys(published) if "pine_seeds" in key}
    assert {key for key in keys(seeded) if "pine_seeds" in key} == {"daily/pine_seeds"}


@pytest.mark.long
def test_symbols_are_listed_first_and_their_data_follow_half_an_hour_later(
    seeded: Installation, daily: Repository
) -> None:
    first = push(seeded)
    assert metadata(first)["pushes"] == 1
    assert "run again after 2024-08-05 12:30 UTC" in metadata(first)["outcomes"]
    assert metadata(first)["next_push"] == datetime(2024, 8, 5, 12, 30, tzinfo=UTC).timestamp()
    assert daily.paths("master") == {INFO}
    assert metadata(push(seeded))["pushes"] == 0
    second = push(later(seeded))
    assert (metadata(second)["pushes"], "next_push" in metadata(second)) == (1, False)
    assert checks(second) == {"seeds_keep_rules": True, "seeds_have_room": True, "seeds_fresh": True}
    site = {path.name: path.read_bytes() for path in (seeded.site / f"daily/{DAY}").glob("*.csv")}
    assert csvs(daily) == site
    assert len(site) == STOCKS * len(SERIES)
    info = daily.get(INFO, "master")
    assert repository_violations(INFO, info, csvs(daily), csvs(daily), seeded.clock.now.date()) == []
    listing = read_symbol_info(info)
    assert {one.pricescale for symbol, one in listing.items() if symbol.endswith("_BLUE_DOTS")} == {1}
    assert {one.pricescale for symbol, one in listing.items() if symbol.endswith("_PRICE_DATA")} == {100}
    tip = daily.tip("master")
    assert metadata(push(later(seeded)))["outcomes"] == "- seed_u_daily: pushed nothing, everything is there"
    assert daily.tip("master") == tip


def test_the_packed_layout_has_a_symbol_for_each_stock(seeded: Installation, daily: Repository) -> None:
    seeded.set(BLUEDOT_SEED_LAYOUT="packed")
    push(seeded)
    assert metadata(push(later(seeded)))["files"] == STOCKS
    found = csvs(daily)
    assert all(name.endswith("_D.csv") for name in found)
    assert repository_violations(INFO, daily.get(INFO, "master"), found, found, date(2024, 8, 5)) == []
    name, content = next(iter(found.items()))
    dots = (seeded.site / f"daily/{DAY}/{name.replace('_D.csv', '_BLUE_DOTS.csv')}").read_text().splitlines()
    assert [line.split(",")[2] for line in content.decode().splitlines()] == [
        str(100 + 100 * int(line.split(",")[1])) for line in dots
    ]


@pytest.mark.long
def test_an_unfinished_week_is_dated_its_last_session(
    running: Installation, server: GitServer, published: Installation
) -> None:
    weekly = server.create("seed_u_weekly")
    running.set(BLUEDOT_SEEDS=f"weekly={server.url('seed_u_weekly')}", GITHUB_TOKEN=TOKEN)
    running.clock.now = running.clock.now.replace(month=7, day=31)  # Wednesday of the week that is published
    push(running, WEEK, "weekly")
    metadata(push(later(running), WEEK, "weekly"))
    found = csvs(weekly)
    assert len(found) == STOCKS * len(SERIES)
    last = {content.splitlines()[-1][:8] for content in found.values()}
    assert last == {b"20240731"}
    running.clock.now = running.clock.now.replace(month=8, day=3)
    metadata(push(running, WEEK, "weekly"))
    site = {path.name: path.read_bytes() for path in (published.site / f"weekly/{WEEK}").glob("*.csv")}
    assert csvs(weekly) == site


@pytest.mark.long
def test_stocks_are_spread_over_the_repositories_of_a_timeframe(seeded: Installation, server: GitServer) -> None:
    more = server.create("seed_u_more")
    urls = [server.url(name) for name in ("seed_u_daily", "seed_u_more")]
    seeded.set(BLUEDOT_SEEDS=",".join(f"daily={url}" for url in urls))
    push(seeded)
    assert metadata(push(later(seeded)))["pushes"] == 2
    stocks = {name.rpartition("_")[0].rpartition("_")[0] for name in csvs(more)}
    assert len(stocks) == STOCKS // 2
    made = seeded.manifest("pine_seeds")
    assert made is not None
    assert [one["repository"] for one in made.facts["ranges"]] == ["seed_u_daily", "seed_u_more"]
    assert made.facts["ranges"][1]["first"] == min(stocks)


@pytest.mark.long
def test_an_older_partition_is_never_put_over_a_newer_one(seeded: Installation, daily: Repository) -> None:
    push(seeded)
    metadata(push(later(seeded)))
    tip = daily.tip("master")
    result = seeded.run("daily", DAYS[0])
    assert result.success
    assert "pine_seeds" in materialized(result)
    assert daily.tip("master") == tip


def test_a_repository_that_breaks_a_rule_gets_no_push_and_the_check_says_why(
    seeded: Installation, daily: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(seeded)
    tip = daily.tip("master")
    monkeypatch.setattr("bluedot_assets.pipeline.seed_content.shown_rows", lambda content, *_: content + b"x\n")
    result = push(later(seeded))
    assert "seed_u_daily would break 16 of TradingView's rules, first: data/" in failure(result)
    assert checks(result)["seeds_keep_rules"] is False
    assert daily.tip("master") == tip


def test_too_many_stocks_for_the_repositories_is_an_error_before_anything_is_pushed(
    seeded: Installation, daily: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.kernel.tradingview.seeds.map.MAX_SYMBOLS", 10)
    assert "2 repositories are needed: name 1 more in BLUEDOT_SEEDS" in failure(push(seeded))
    assert daily.tip("master") is None


@pytest.mark.long
def test_data_that_nobody_updated_for_sixty_days_are_a_warning(seeded: Installation, daily: Repository) -> None:
    push(seeded)
    metadata(push(later(seeded)))
    assert checks(push(later(seeded, timedelta(days=59))))["seeds_fresh"] is True
    result = push(later(seeded, timedelta(days=2)))
    assert result.success
    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "seeds_fresh"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description is not None
    assert "seed_u_daily since 2024-08-05" in check.description


def test_the_sensor_requests_what_had_to_wait_when_its_time_has_come(seeded: Installation) -> None:
    sensor = seeded.definitions.get_repository_def().get_sensor_def("daily_seeds")
    with dg.DagsterInstance.ephemeral() as instance:

        def run_status_tick() -> object:
            resources = {"platform": seeded.platform}
            with dg.build_sensor_context(instance=instance, resources=resources) as context:
                return sensor(context)

        assert run_status_tick() == dg.SkipReason("Nothing waits to be pushed.")
        assert seeded.run("daily", DAY, "pine_seeds", instance=instance).success
        assert run_status_tick() == dg.SkipReason("The next push may go at 2024-08-05T12:30:00Z.")
        later(seeded)
        request = run_status_tick()
        assert isinstance(request, dg.RunRequest)
        assert (request.partition_key, request.asset_selection) == (DAY, [dg.AssetKey(["daily", "pine_seeds"])])
        assert request.run_key == f"seeds:{DAY}:2024-08-05T12:30:00Z:2024-08-05T12"
        assert seeded.run("daily", DAY, "pine_seeds", instance=instance).success
        assert run_status_tick() == dg.SkipReason("Nothing waits to be pushed.")


def test_sample_data_never_leave_this_machine(seeded: Installation) -> None:
    seeded.set(BLUEDOT_SEEDS="daily=https://github.com/u/seed_u_daily.git")
    assert "BLUEDOT_SEEDS is a public address" in failure(push(seeded))


def test_a_whole_run_publishes_the_site_first_and_seeds_that_fail_leave_it_as_it_is(
    seeded: Installation, server: GitServer
) -> None:
    order = materialized(seeded.run())
    assert order[-2:] == ["site", "pine_seeds"]
    server.faults.status["seed_u_daily"] = 503
    before = seeded.status()
    result = seeded.run()
    assert "seed_u_daily.git cannot be reached" in failure(result)
    assert "site" in materialized(result)
    assert seeded.status() == before


@pytest.mark.long
def test_people_hear_once_that_seeds_failed_and_not_that_nothing_was_published(
    seeded: Installation, server: GitServer, webhooks: Webhooks
) -> None:
    seeded.set(NOTIFICATION_WEBHOOK=webhooks.local)
    with dg.DagsterInstance.ephemeral() as instance:
        server.faults.status["seed_u_daily"] = 503
        for _ in range(2):
            run_status_tick(seeded, instance, "notify_failed_runs", seeded.run(instance=instance))
        (told,) = [one for one in webhooks.taken if "seeds" in one.title]
        assert told.title == f"daily {DAY}: no push to the seeds"
        assert "seed_u_daily.git cannot be reached" in told.text
        assert not [title for title in webhooks.titles() if title.endswith("failed")]
        del server.faults.status["seed_u_daily"]
        run_status_tick(
            seeded, instance, "notify_ended_runs", seeded.run("daily", DAY, "pine_seeds", instance=instance)
        )
    assert webhooks.titles()[-1] == f"Over: daily {DAY}: no push to the seeds"
