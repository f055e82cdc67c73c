"""Stored data, a published site and a DAGSTER_HOME of an earlier version are read without a re-run."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import msgspec
import pytest

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.kernel.alerts.ledger import decode_ledger
from bluedot_assets.kernel.site.dashboard import decode_dashboard
from bluedot_assets.kernel.site.index import Index
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets_tests.adapters.site.test_schemas import assert_all_keep_to_their_schemas
from bluedot_assets_tests.compatibility.conftest import FIRST, Archive
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import STAGES_OF, Installation, hashes

of_the_first = pytest.mark.parametrize("archive", [FIRST], ids=str)


def data_files(installation: Installation) -> dict[str, str]:
    """SHA-256 of what is published of partitions."""
    return {name: sha for name, sha in hashes(installation.site).items() if name.startswith(("daily/", "weekly/"))}


def test_a_stored_file_is_given_back_byte_for_byte(bluedot: Bluedot, earlier: Installation, archive: Archive) -> None:
    for timeframe, key in (("daily", archive.day), ("daily", archive.failed_day), ("weekly", archive.week)):
        files = sorted((earlier.source / timeframe / key).glob("*.json"))
        assert len(files) >= 3
        for file in files:
            assert bluedot("raw", file.name, "--partition", key).out == file.read_bytes()


@of_the_first
def test_what_is_published_and_what_is_due_is_known(bluedot: Bluedot, earlier: Installation) -> None:
    rows = json.loads(bluedot("partitions", "--json").out)
    assert [(row["partition"], row["published"], row["due"]) for row in rows] == [
        (FIRST.failed_day, False, True),
        (FIRST.day, True, False),
        (FIRST.week, True, False),
    ]


def test_the_outputs_of_every_stage_are_there_and_whole(earlier: Installation, archive: Archive) -> None:
    outputs = earlier.platform.outputs
    later = {"site", "breadth", "history"}  # what stores nothing there, and what those versions did not have
    stored = [("daily", archive.day, stage) for stage in STAGES_OF["daily"] if stage not in later]
    stored += [("weekly", archive.week, stage) for stage in STAGES_OF["weekly"] if stage not in later]
    for slot in [*stored, ("daily", archive.failed_day, "raw_json")]:
        manifest = outputs.require(Slot(*slot))
        assert manifest.objects
        assert all(outputs.read(one) for one in manifest.objects)


def test_the_sites_files_keep_to_the_schemas_of_this_version(earlier: Installation) -> None:
    assert {"status.json", "index.json", "dashboard.json"} <= assert_all_keep_to_their_schemas(earlier.site)


def test_what_the_site_says_is_understood(earlier: Installation, archive: Archive) -> None:
    status = decode_status((earlier.site / "status.json").read_bytes())
    assert {name: status.of(name).as_of for name in ("daily", "weekly")} == {
        "daily": archive.shown,
        "weekly": archive.week,
    }
    ledger = decode_ledger((earlier.site / "notices.json").read_bytes())
    assert json.loads(ledger.encoded()) == json.loads((earlier.site / "notices.json").read_bytes())
    for folder in (f"daily/{archive.day}", "daily/latest", f"weekly/{archive.week}", "weekly/latest"):
        dashboard = decode_dashboard((earlier.site / folder / "dashboard.json").read_bytes())
        index = msgspec.json.decode((earlier.site / folder / "index.json").read_bytes(), type=Index)
        assert len(dashboard.stocks) == len(index.stocks) == 3


@of_the_first
def test_a_summary_of_the_runs_has_their_words(bluedot: Bluedot, earlier: Installation) -> None:
    said = bluedot("github", "summary").text
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in said.splitlines() if line.startswith("| ")]
    assert [
        row for row in rows if row[0] in {f"daily {FIRST.day}", f"daily {FIRST.failed_day}", f"weekly {FIRST.week}"}
    ] == [
        [f"daily {FIRST.day}", "published", "3 of 3", "12", "872", "0", "6 s"],
        [f"daily {FIRST.failed_day}", "failed", "0 of 0", "0", "0", "1", "0 s"],
        [f"weekly {FIRST.week}", "published", "3 of 3", "12", "341", "0", "4 s"],
        [f"daily {FIRST.failed_day}", "failed", "0 of 0", "0", "0", "1", "1 s"],
    ]
    assert said.count("3 of 4 files (75 %) gave series") == 4
    assert "truncated: the JSON breaks off after 51975 bytes" in said
    assert f"{FIRST.failed_day} was due 2026-11-21 09:00 UTC and is not there" in said


@pytest.mark.parametrize("timeframe", ["daily", "weekly"])
def test_a_sensor_goes_on_from_its_cursor(earlier: Installation, archive: Archive, timeframe: str) -> None:
    with dg.DagsterInstance.from_config(str(earlier.root / "dagster")) as instance:
        states = {one.instigator_name: one.instigator_data for one in instance.all_instigator_state()}
    data = states[f"{timeframe}_ready"]
    cursor = getattr(data, "cursor", None)
    earlier.clock.now = datetime.fromtimestamp(getattr(data, "last_tick_timestamp", 0), UTC)

    def tick(cursor: str | None) -> dg.SensorResult:
        earlier.clock.now += timedelta(seconds=30)
        sensor = earlier.definitions.get_repository_def().get_sensor_def(f"{timeframe}_ready")
        home = dg.DagsterInstance.from_config(str(earlier.root / "dagster"))
        with home, dg.build_sensor_context(home, cursor=cursor, resources={"platform": earlier.platform}) as context:
            result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        return result

    for _ in range(4):
        result = tick(cursor)
        assert not result.run_requests  # the failed day was asked for before
        cursor = result.cursor
    if timeframe == "daily":  # without what it knows, the trigger asks for the failed day at once
        assert [request.partition_key for request in tick(None).run_requests or ()] == [archive.failed_day]


# What a newer version says in other words, or says more of; the series and the tables behind them stay.
OF_THE_VERSION = ("format.json", "status.json", "index.json", "dashboard.json", "/stocks.parquet", ".csvs", ".zip")


def of_the_version(name: str) -> bool:
    own, within = ("manifests/", "source/", "stocks/", "breadth/", "history/"), ("scripts/", "/tables/", "/history/")
    return name.endswith(OF_THE_VERSION) or name.startswith(own) or any(one in name for one in within)


def outcome_of(check: dict[str, Any]) -> tuple[str, bool]:
    """A check and how it came out; its words are of the version, and of the calendars that this one has."""
    return check["check"], check["passed"]


@pytest.mark.long
def test_running_an_earlier_partition_again_upgrades_it_once_and_changes_no_series(
    bluedot: Bluedot, earlier: Installation, archive: Archive
) -> None:
    before, state, stored = data_files(earlier), earlier.status(), hashes(earlier.data)
    once, again = ("published", "unchanged"), ("unchanged",)  # the site may show all of it as this version would
    runs = [("daily", archive.shown, once), ("weekly", archive.week, once), ("daily", archive.shown, again)]
    for timeframe, key, allowed in runs:
        called = bluedot("run", "--timeframe", timeframe, "--partition", key, "--quiet")
        assert called.code == 0
        assert called.text.partition(":")[0] in {f"{outcome} {timeframe} {key}" for outcome in allowed}
    assert [
        name for name, sha in data_files(earlier).items() if before.get(name) != sha and not of_the_version(name)
    ] == []
    # What lies elsewhere now is the same to the byte.
    other = {name: sha for name, sha in hashes(earlier.data).items() if sha not in stored.values()}
    assert [name for name in other if not of_the_version(name)] == []
    for timeframe, one in state["timeframes"].items():
        outcomes = {outcome_of(check) for check in earlier.status()["timeframes"][timeframe]["checks"]}
        assert {outcome_of(check) for check in one["checks"]} <= outcomes
