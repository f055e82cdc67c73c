"""The instance of a process that runs partitions itself: Dagster's files and rules, with few connections."""

import sqlite3
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
import yaml

from bluedot_assets.commands.serve.dagster import WORKSPACE
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.defs.instance.connected import (
    LOCATION,
    MODULE,
    ConnectedEventLog,
    execute_partition,
    open_instance,
)
from bluedot_assets.defs.run_events import RECORD


@dg.asset(check_specs=[dg.AssetCheckSpec(f"rule_{number}", asset="table") for number in range(20)])
def table() -> Any:
    for number in range(20):
        yield dg.AssetCheckResult(check_name=f"rule_{number}", passed=number != 3)
    yield dg.MaterializeResult(metadata={RECORD: 1})


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "dagster"))
    return make_dagster_home()


def make_table(instance: dg.DagsterInstance) -> str:
    return dg.materialize([table], instance=instance).run_id


def events_of(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [entry.dagster_event.event_type_value for entry in instance.all_logs(run_id) if entry.dagster_event]


def test_dagster_itself_reads_what_a_run_recorded(home: Path) -> None:
    with open_instance() as ours:
        run_id = make_table(ours)
        recorded = events_of(ours, run_id)
    with dg.DagsterInstance.get() as theirs:
        run = theirs.get_run_by_id(run_id)
        assert run is not None
        assert run.is_success
        assert events_of(theirs, run_id) == recorded
        assert recorded.count("ASSET_CHECK_EVALUATION") == 20
        assert theirs.get_latest_materialization_event(dg.AssetKey("table")) is not None
        assert make_table(theirs) != run_id  # and writes on
        assert theirs.get_runs_count() == 2


def test_others_read_and_write_while_a_run_has_its_connections(home: Path) -> None:
    with open_instance() as ours, dg.DagsterInstance.get() as theirs:
        first = make_table(ours)
        theirs.add_run_tags(first, {"by": "them"})
        second = make_table(theirs)
        run = ours.get_run_by_id(first)
        assert run is not None
        assert run.tags["by"] == "them"
        assert events_of(ours, second) == events_of(theirs, second)


def test_the_runs_of_a_backfill_leave_no_connections_open(home: Path) -> None:
    with open_instance() as ours:
        make_table(ours)
        before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
        for _ in range(3):
            make_table(ours)
        if before:
            assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
        assert len(list(home.rglob("*.db-wal"))) <= 3  # of the runs, of the events' index, and of the newest run


def test_a_run_opens_few_connections_and_leaves_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    opened: list[str] = []

    def counted(database: str, **options: Any) -> sqlite3.Connection:
        opened.append(database)
        return connect(database, **options)

    monkeypatch.setattr("sqlite3.dbapi2.connect", counted)
    with open_instance() as ours:
        make_table(ours)
        opened.clear()
        make_table(ours)
        assert len(opened) <= 6, "a database of the run's own is made and connected"
        assert list(home.rglob("*.db-wal"))
    assert list(home.rglob("*.db-wal")) == []


def test_what_a_step_prints_is_in_the_logs_of_its_run_and_no_process_repeats_it(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    @dg.asset
    def printing() -> dg.MaterializeResult[Any]:
        sys.stdout.write("printed\n")
        sys.stderr.write("an error\n")
        return dg.MaterializeResult(metadata={"processes": len(psutil.Process().children())})

    before = len(psutil.Process().children())
    with open_instance() as ours:
        made = dg.materialize([printing], instance=ours)
    (event,) = made.get_asset_materialization_events()
    assert event.materialization.metadata["processes"].value == before
    printed, errors = (
        list((home / "storage" / made.run_id / "compute_logs").glob(f"*.{end}")) for end in ("out", "err")
    )
    assert [file.read_text() for file in printed] == ["printed\n"]
    assert "an error" in errors[0].read_text()
    shown = capfd.readouterr()
    assert "printed" not in shown.out
    assert "an error" not in shown.err


def test_a_home_with_a_storage_of_its_own_keeps_it(home: Path, folder: Path) -> None:
    with open_instance() as ours:
        assert isinstance(ours.event_log_storage, ConnectedEventLog)
    (home / "dagster.yaml").write_text(f"storage:\n  sqlite:\n    base_dir: {folder / 'elsewhere'}\n", "utf-8")
    with open_instance() as instance:
        assert not isinstance(instance.event_log_storage, ConnectedEventLog)
        make_table(instance)
    assert (folder / "elsewhere" / "history" / "runs.db").exists()


WEEKENDS = [datetime(2024, 1, 6, tzinfo=UTC) + timedelta(days=week) for week in range(0, 700, 7)]


@dg.asset(
    partitions_def=dg.DailyPartitionsDefinition("2024-01-01", exclusions=WEEKENDS),
    check_specs=[dg.AssetCheckSpec("rule", asset="day")],
)
def day() -> Any:
    yield dg.AssetCheckResult(check_name="rule", passed=True)
    yield dg.MaterializeResult()


def test_a_planned_check_names_its_partition_and_not_every_day_that_is_none(home: Path) -> None:
    key = dg.AssetCheckKey(dg.AssetKey("day"), "rule")
    with open_instance() as ours:
        run_id = dg.materialize([day], instance=ours, partition_key="2024-01-05").run_id
    with dg.DagsterInstance.get() as theirs:
        planned = theirs.all_logs(run_id, {dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED})
        assert [len(dg.serialize_value(entry)) < 1500 for entry in planned] == [True]
        found = theirs.event_log_storage.get_asset_check_execution_history(key, limit=5)
        # As Dagster's own storage has them: what was planned of a partition, and what a check found that knows none.
        assert {one.partition for one in found} == {"2024-01-05", None}
        assert found[0].status.value == "SUCCEEDED"


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a"]))
def parted(context: dg.AssetExecutionContext) -> None:
    if context.run.tags.get("fails"):
        raise RuntimeError


def test_a_run_of_this_process_belongs_to_the_code_location_that_the_ui_opens(home: Path) -> None:
    job = dg.Definitions(
        [parted], jobs=[dg.define_asset_job("every", [parted])], executor=dg.in_process_executor
    ).resolve_job_def("every")
    with open_instance() as instance:
        ids = [execute_partition(job, instance, "a", tags) for tags in ({"by": "me"}, {"fails": "yes"})]
        # As the timeline and Jobs ask for runs.
        found = instance.get_runs(dg.RunsFilter(tags={".dagster/repository": f"__repository__@{LOCATION}"}))
        assert [run.run_id for run in reversed(found)] == ids
        assert [run.is_success for run in reversed(found)] == [True, False]
        assert {run.tags["dagster/partition"] for run in found} == {"a"}
        assert found[-1].tags["by"] == "me"
        assert instance.get_materialized_partitions(dg.AssetKey("parted")) == {"a"}


def test_every_way_to_start_dagster_names_the_code_location_alike() -> None:
    root = WORKSPACE.parents[3]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]
    (module,) = yaml.safe_load(WORKSPACE.read_bytes())["load_from"]
    assert module == {"python_module": {"module_name": MODULE, "location_name": LOCATION}}
    assert (root / "workspace.yaml").read_bytes() == WORKSPACE.read_bytes()
    (server,) = yaml.safe_load((root / "deploy/workspace.yaml").read_bytes())["load_from"]
    assert server["grpc_server"]["location_name"] == LOCATION
    assert project["dagster"] == {"module_name": MODULE, "code_location_name": LOCATION}
    dg_project = project["dg"]["project"]
    assert (dg_project["code_location_target_module"], dg_project["code_location_name"]) == (MODULE, LOCATION)
