"""Housekeeping: what Dagster keeps of old runs goes, and what somebody still needs of them stays."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, InstigatorType

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.dagster_home import make_dagster_home
from bluedot_assets.defs.instance.housekeeping import housekeeping_schedule, removals
from bluedot_assets.defs.instance.old_runs import partitions_at_work
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets_tests.examples.earlier_runs import repository_of, set_back, store_old_partitions
from bluedot_assets_tests.examples.trees import DAY, DAYS, Clock, Installation, make_settings

LONG_AGO = timedelta(days=40)
NOW = datetime.now(UTC)


@pytest.fixture
def instance(folder: Path) -> Iterator[dg.DagsterInstance]:
    make_dagster_home()
    with dg.DagsterInstance.get() as opened:
        yield opened


@pytest.fixture
def here(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """What is stored is three days old at most, whatever the settings; its clock is that of Dagster. What others
    leave on the machine is none of its business."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    installation.set(BLUEDOT_INDICATORS="BLUE_DOTS", BLUEDOT_CALENDARS="none")
    installation.clock.now = NOW
    return installation


def ran(here: Installation, instance: dg.DagsterInstance, key: str, *stages: str, ago: timedelta = LONG_AGO) -> str:
    """The id of a run that ended that long ago."""
    run_id = here.run("daily", key, *stages, instance=instance).run_id
    set_back(instance, run_id, ago)
    return run_id


def keep_house(here: Installation, instance: dg.DagsterInstance) -> list[str]:
    """What was removed; why something stays is in `notes`."""
    notes: list[str] = []
    done = []
    for removal in removals(here.platform, instance, notes.append):
        assert removal.bytes >= 0
        removal.remove()
        done.append(removal.what)
    return [*done, *notes]


def kept(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def files_of(instance: dg.DagsterInstance, run_id: str) -> list[Path]:
    return list(Path(instance.root_directory).rglob(f"{run_id}*"))


@pytest.mark.long
def test_an_old_run_goes_with_everything_once_a_newer_one_made_its_partition(
    here: Installation, instance: dg.DagsterInstance
) -> None:
    old, newest, other = (ran(here, instance, key) for key in (DAY, DAY, DAYS[0]))
    recent = ran(here, instance, DAYS[0], "raw_json", ago=timedelta(days=3))
    made = instance.get_materialized_partitions(dg.AssetKey(["daily", "site"]))
    assert files_of(instance, old)
    (removed,) = keep_house(here, instance)
    assert removed.startswith("1 runs of Dagster from before ")
    assert kept(instance) == {newest, other, recent}
    assert files_of(instance, old) == []
    for database in Path(instance.root_directory).rglob("*.db"):
        assert old.encode() not in database.read_bytes() or holds_no_row(database, old)
    # The UI shows what is stored as made.
    assert instance.get_materialized_partitions(dg.AssetKey(["daily", "site"])) == made == {DAY, DAYS[0]}
    assert keep_house(here, instance) == []


def tables_of(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]


def holds_no_row(database: Path, run_id: str) -> bool:
    """SQLite overwrites what was deleted when it needs the room."""
    with closing(sqlite3.connect(database)) as connection:
        tables = tables_of(connection)
        columns = {name: [row[1] for row in connection.execute(f'pragma table_info("{name}")')] for name in tables}
        return not any(
            connection.execute(f'select 1 from "{name}" where run_id = ?', (run_id,)).fetchone()  # noqa: S608
            for name in tables
            if "run_id" in columns[name]
        )


def test_the_runs_of_a_partition_that_is_not_stored_go_but_the_newest_of_each_asset(
    here: Installation, instance: dg.DagsterInstance
) -> None:
    gone, newest = ran(here, instance, DAYS[0]), ran(here, instance, DAY)
    for key in (DAYS[0], DAY):
        here.platform.outputs.partition("daily", key).drop()
    keep_house(here, instance)
    assert kept(instance) == {newest}
    # What sensors read: what waits to be pushed to seed repositories, for one.
    latest = instance.get_latest_materialization_event(dg.AssetKey(["daily", "site"]))
    assert latest is not None
    assert latest.run_id == newest
    assert gone not in kept(instance)


def test_a_run_that_has_not_ended_stays_and_its_partition_too(here: Installation, instance: dg.DagsterInstance) -> None:
    here.set(BLUEDOT_KEEP_DATA="daily=11")
    keys = store_old_partitions(here, 13)
    tags = {"dagster/partition": keys[0]}
    run = instance.create_run_for_job(
        here.definitions.resolve_job_def("daily_pipeline"),
        tags=tags,
        status=dg.DagsterRunStatus.QUEUED,
        remote_job_origin=repository_of("bluedot_assets").get_job_origin("daily_pipeline"),
    )
    set_back(instance, run.run_id, LONG_AGO)
    assert keep_house(here, instance) == [f"daily {keys[1]}"]
    assert kept(instance) == {run.run_id}
    assert here.platform.outputs.partitions("daily")[0] == keys[0]


def test_a_run_that_was_killed_before_it_began_blocks_nothing(here: Installation, instance: dg.DagsterInstance) -> None:
    job = here.definitions.resolve_job_def("daily_pipeline")
    killed, begun = (instance.create_run_for_job(job, tags={"dagster/partition": key}) for key in DAYS[:2])
    assert partitions_at_work(instance, DAILY, NOW) == set(DAYS[:2])
    set_back(instance, killed.run_id, timedelta(hours=7))
    assert partitions_at_work(instance, DAILY, NOW) == {DAYS[1]}
    set_back(instance, killed.run_id, LONG_AGO)
    keep_house(here, instance)
    assert kept(instance) == {begun.run_id}


def test_what_other_projects_keep_in_the_same_home_stays(here: Installation, instance: dg.DagsterInstance) -> None:
    @dg.op
    def model() -> int:
        return 1

    @dg.job(name="daily_pipeline")
    def theirs() -> None:
        model()

    @dg.asset
    def trained() -> int:
        return 1

    runs = [dg.materialize([trained], instance=instance).run_id for _ in range(2)]
    origin = repository_of("theirs").get_job_origin("daily_pipeline")
    done = dg.DagsterRunStatus.SUCCESS
    runs.append(instance.create_run_for_job(theirs, status=done, remote_job_origin=origin).run_id)
    for run_id in runs:
        set_back(instance, run_id, LONG_AGO)
    storage = Path(instance.storage_directory())
    removed_elsewhere = "5616332e-3b30-419e-86ea-eeccde67ddd9"
    stays = [storage / place for place in ("my_models/x.pkl", f"{removed_elsewhere}/model/result", "trained")]
    for path in stays:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
        os.utime(path, (1e9, 1e9))
    assert keep_house(here, instance) == []
    assert kept(instance) == set(runs)
    assert all(path.exists() for path in stays)


def has_ticked(instance: dg.DagsterInstance, sensor: str, location: str) -> None:
    origin = repository_of(location).get_instigator_origin(sensor)
    state = InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING)
    instance.add_instigator_state(state)


def test_old_logs_of_our_ticks_go_and_those_of_others_stay(here: Installation, instance: dg.DagsterInstance) -> None:
    ticked = {"daily_ready": "bluedot_assets", "both": "bluedot_assets", "theirs": "theirs"}
    for sensor, location in (*ticked.items(), ("both", "theirs")):
        has_ticked(instance, sensor, location)
    logs = [
        Path(instance.storage_directory()) / f"__repository__/{name}/1.err" for name in (*ticked, "daily_ready/new")
    ]
    for path in logs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
    for path in logs[:3]:
        os.utime(path, (1e9, 1e9))
    assert keep_house(here, instance) == ["1 logs of ticks that Dagster has no more"]
    assert [path.exists() for path in logs] == [False, True, True, True]


def test_what_the_source_has_no_more_is_never_removed(here: Installation, instance: dg.DagsterInstance) -> None:
    here.set(BLUEDOT_KEEP_DATA="daily=11")
    keys = store_old_partitions(here, 15)
    shutil.rmtree(here.source / "daily" / keys[0])
    for file in (here.source / "daily" / keys[1]).iterdir():
        file.unlink()
    *removed, note = keep_house(here, instance)
    assert removed == [f"daily {key}" for key in keys[2:4]]
    assert note.startswith(
        "2 daily partitions are older than BLUEDOT_KEEP_DATA keeps and stay, for the source has them"
    )
    assert here.platform.outputs.partitions("daily") == [*keys[:2], *keys[4:]]


def test_what_the_source_has_otherwise_than_it_is_stored_is_never_removed(
    here: Installation, instance: dg.DagsterInstance
) -> None:
    here.set(BLUEDOT_KEEP_DATA="daily=11")
    keys = store_old_partitions(here, 17)
    fewer, rewritten, more, damaged, as_before, begun = (here.source / "daily" / key for key in keys[:6])
    next(file for file in fewer.iterdir() if file.suffix == ".json").unlink()
    file = next(file for file in rewritten.iterdir() if file.suffix == ".json")
    file.write_bytes(file.read_bytes()[::-1])  # as long as before
    shutil.copy(file, more / f"NEW_{file.name}")
    stored = here.platform.outputs.store
    stored.write(Slot("daily", damaged.name, "raw_json").raw_path, b"PAR1")
    (as_before / "notes.txt").write_bytes(b"1")
    stored.delete(Slot("daily", begun.name, "raw_json").manifest_path)
    stored.write(Slot("daily", begun.name, "raw_json").journal_path, b"[]")
    next(begun.glob("*.json")).unlink()
    removed, note = keep_house(here, instance)
    assert removed == f"daily {as_before.name}"
    assert note.startswith("5 daily partitions are older than BLUEDOT_KEEP_DATA keeps and stay, for the source has")
    assert here.platform.outputs.partitions("daily") == [key for key in keys if key != as_before.name]


def test_unless_a_setting_says_so_every_partition_stays(here: Installation, instance: dg.DagsterInstance) -> None:
    keys = store_old_partitions(here, 14)
    assert keep_house(here, instance) == []
    assert here.platform.outputs.partitions("daily") == keys


def test_the_daily_partition_that_a_stored_week_is_made_of_stays_with_the_week(
    here: Installation, instance: dg.DagsterInstance
) -> None:
    here.set(BLUEDOT_KEEP_DATA="daily=11")
    keys, stored = store_old_partitions(here, 13), here.platform.outputs.store  # from Saturday, 1 June on
    for stage, timeframe, key in (("bars", "daily", keys[0]), ("bars", "weekly", "2024-W22")):
        stored.write(Slot(timeframe, key, stage).manifest_path, b"{}")
    here.set(BLUEDOT_WEEKLY_FROM="daily")
    assert keep_house(here, instance) == [f"daily {keys[1]}"]
    here.set(BLUEDOT_WEEKLY_FROM="vendor")
    assert keep_house(here, instance) == [f"daily {keys[0]}"]


def test_a_removal_that_fails_stops_no_other_and_fails_the_job_at_its_end(
    here: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.set(BLUEDOT_KEEP_DATA="daily=11")
    keys = store_old_partitions(here, 14)
    store = here.platform.outputs.store
    delete = type(store).delete

    def refuse(self: object, path: str) -> None:
        if keys[1] in path:
            raise OSError("the disk is read-only")
        delete(store, path)

    monkeypatch.setattr(type(store), "delete", refuse)
    result = here.definitions.resolve_job_def("housekeeping").execute_in_process(
        instance=instance, raise_on_error=False
    )
    assert not result.success
    assert here.platform.outputs.partitions("daily") == [keys[1], *keys[3:]]
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    reason = failure.step_failure_data.user_failure_data
    assert reason
    assert reason.description == f"1 of its parts failed. Not removed: daily {keys[1]}: the disk is read-only"
    assert (here.data / "alerts/free_space.json").is_file()


def test_a_disk_that_takes_no_measurement_keeps_nothing_from_being_removed(
    here: Installation, instance: dg.DagsterInstance
) -> None:
    here.set(BLUEDOT_KEEP_DATA="daily=11")
    keys = store_old_partitions(here, 12)
    (here.data / "alerts").write_bytes(b"a file where the folder should be")
    job = here.definitions.resolve_job_def("housekeeping")
    assert not job.execute_in_process(instance=instance, raise_on_error=False).success
    assert here.platform.outputs.partitions("daily") == keys[1:]


def test_a_source_that_cannot_be_listed_costs_nothing_its_data(
    here: Installation, instance: dg.DagsterInstance
) -> None:
    here.set(BLUEDOT_KEEP_DATA="daily=11")
    keys = store_old_partitions(here, 15)
    here.source.rename(here.root / "elsewhere")
    here.set()
    (note,) = keep_house(here, instance)
    assert note.startswith("No daily partition is removed, for whether the source still has them cannot be seen: ")
    assert here.platform.outputs.partitions("daily") == keys


def test_what_killed_processes_left_goes_after_two_days_where_no_lock_says_more(
    here: Installation, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    old = (NOW - timedelta(days=35)).timestamp()
    gone = [
        temporary / "bluedot-git-old/fetched.git/HEAD",
        here.data / f"manifests/daily/{DAY}/.bars.json.{'0' * 32}.part",
    ]
    stays = [temporary / "bluedot-git-new/HEAD", temporary / "others/HEAD"]
    for path in [*gone, *stays]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
    for path in [*gone, gone[0].parent.parent]:
        os.utime(path, (old, old))
    assert len(keep_house(here, instance)) == 2
    assert [path for path in gone if path.exists()] == []
    assert all(path.exists() for path in stays)


def test_attempts_of_a_partition_that_was_never_stored_go_as_well(
    here: Installation, instance: dg.DagsterInstance
) -> None:
    here.set(BLUEDOT_KEEP_DATA="daily=11")
    store_old_partitions(here, 12)
    shutil.copytree(here.source / "daily" / DAY, here.source / "daily" / "2024-05-02")
    part = here.data / "attempts/daily/2024-05-02/x.parquet"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"123")
    assert "daily 2024-05-02" in keep_house(here, instance)
    assert not part.parent.exists()


@pytest.mark.long
def test_the_job_does_it_and_its_schedule_waits_for_an_hour_without_runs(
    here: Installation, instance: dg.DagsterInstance
) -> None:
    old, newest = ran(here, instance, DAY), ran(here, instance, DAY)
    job = here.definitions.resolve_job_def("housekeeping")
    assert job.execute_in_process(instance=instance).success
    assert newest in kept(instance)
    assert old not in kept(instance)
    assert (here.data / "alerts/free_space.json").is_file()
    schedule = housekeeping_schedule(make_settings())

    def tick(hour: int) -> object:
        at = datetime(2026, 11, 27, hour, 37, tzinfo=UTC)
        with dg.build_schedule_context(instance, scheduled_execution_time=at) as context:
            return schedule(context)

    requests = [tick(hour) for hour in (1, 2)]
    assert [one.run_key for one in requests if isinstance(one, dg.RunRequest)] == ["housekeeping:2026-11-27"] * 2
    instance.create_run_for_job(here.definitions.resolve_job_def("daily_pipeline"), status=dg.DagsterRunStatus.STARTED)
    assert isinstance(tick(3), dg.SkipReason)


SIMULATED, WHOLE_RUN = 20, 5  # days: all, and from one whole run to the next
ONE_DAY = timedelta(days=1)


@pytest.mark.long
def test_what_is_kept_does_not_grow_once_everything_is_as_old_as_it_may_be(
    here: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluedot_assets.settings.forms.LEAST_STORED", 3)
    here.set(BLUEDOT_KEEP_DATA="daily=3", BLUEDOT_KEEP_RUNS_DAYS=2, BLUEDOT_KEEP="daily=1", BLUEDOT_START="2024-01-01")
    first = datetime(2025, 1, 1, 12, tzinfo=UTC)
    sizes: list[Footprint] = []
    template = here.source / "daily" / DAY
    here.clock = Clock(first)
    for number in range(SIMULATED):
        now = first + number * ONE_DAY
        here.clock.now = now
        here.set()
        shutil.copytree(template, here.source / "daily" / f"{now:%Y-%m-%d}")
        # Most days end with their first stage, for a whole run takes ten times as long.
        stages = ("raw_json",) if number % WHOLE_RUN else ()
        run_id = here.run("daily", f"{now:%Y-%m-%d}", *stages, instance=instance).run_id
        set_back(instance, run_id, datetime.now(UTC) - now)
        keep_house(here, instance)
        sizes.append(footprint(here.root, here.source, Path(instance.root_directory)))
    # How much is kept depends on how many whole runs are among it, so whole rounds are compared.
    before, after = sizes[-2 * WHOLE_RUN : -WHOLE_RUN], sizes[-WHOLE_RUN:]
    assert max(one.files for one in after) <= max(one.files for one in before)
    assert max(one.bytes for one in after) <= max(one.bytes for one in before) * 1.01  # a run is a line of status.json
    assert max(one.rows for one in after) <= max(one.rows for one in before)


class Footprint(NamedTuple):
    """Files and their bytes, and what is in databases by its rows: how many pages SQLite keeps for them, and how much
    lies in its write-ahead log, is chance."""

    files: int
    bytes: int
    rows: int


def footprint(*places: Path) -> Footprint:
    """That of the installation without its source and without the history, which keeps what it has seen, and of
    Dagster's home."""
    root, source, home = places
    files = {path for place in (root, home) for path in place.rglob("*") if path.is_file() and not path.is_symlink()}
    databases = {path for path in files if path.suffix == ".db"}
    left_out = {source, root / "data/history"}
    others = (path.stat() for path in files if not left_out & {*path.parents} and ".db" not in path.suffix)
    found = {(one.st_ino, one.st_size) for one in others}
    rows = sum(rows_of(path) for path in databases)
    return Footprint(len(found) + len(databases), sum(size for _, size in found), rows)


def rows_of(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        counts = (connection.execute(f'select count(*) from "{name}"') for name in tables_of(connection))  # noqa: S608
        return sum(rows.fetchone()[0] for rows in counts)
