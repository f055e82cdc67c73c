"""The sensors that notify people, ticked as the daemon ticks them, on runs that really happened."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.defs.alert_sensors import NO_ADDRESS
from bluedot_assets_tests.examples.spoiled_files import spoil
from bluedot_assets_tests.examples.ticks import run_status_tick
from bluedot_assets_tests.examples.trees import DAY, DAYS, NOW, Installation
from bluedot_assets_tests.servers.webhooks import Webhooks


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def here(running: Installation, webhooks: Webhooks) -> Installation:
    running.set(NOTIFICATION_WEBHOOK=webhooks.local)
    return running


def look(installation: Installation, instance: dg.DagsterInstance) -> str:
    sensor = installation.definitions.get_sensor_def("notify_lateness")
    context = dg.build_sensor_context(instance, resources={"platform": installation.platform})
    said = sensor(context)
    assert isinstance(said, dg.SkipReason)
    return said.skip_message or ""


def test_a_run_that_published_brings_its_digest_once(
    here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance
) -> None:
    shutil.rmtree(here.site.parent / ".site.versions")
    here.site.unlink()
    result = here.run("daily", DAY, instance=instance)
    run_status_tick(here, instance, "notify_ended_runs", result)
    run_status_tick(here, instance, "notify_ended_runs", result)
    assert look(here, instance) == "Nobody needs to be notified of anything new."
    assert [title.split(":")[0] for title in webhooks.titles() if "dot" in title] == [f"daily {DAY}"]
    assert len(set(webhooks.titles())) == len(webhooks.titles())


def test_what_the_checks_of_a_run_found_is_one_message(
    here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance
) -> None:
    here.set(BLUEDOT_MIN_COMPLETE="50")
    spoil(here.source / "daily" / DAY, files=1)
    result = here.run("daily", DAY, instance=instance)
    assert result.success
    run_status_tick(here, instance, "notify_ended_runs", result)
    (message,) = [one for one in webhooks.taken if "warning" in one.title]
    assert message.title.startswith(f"daily {DAY}: ")
    assert "daily/bars accepted: " in message.text


def test_a_failed_run_is_told_with_its_reason_once_by_whichever_sensor_comes_first(
    here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance
) -> None:
    look(here, instance)
    webhooks.received.clear()
    spoil(here.source / "daily" / DAYS[1])
    result = here.run("daily", DAYS[1], instance=instance)
    assert not result.success
    run_status_tick(here, instance, "notify_failed_runs", result)
    look(here, instance)
    run_status_tick(here, instance, "notify_failed_runs", result)
    assert webhooks.titles() == [f"daily {DAYS[1]} failed"]
    assert "2 of 4 files (50 %) gave series" in webhooks.taken[0].text


def test_where_the_site_cannot_be_written_the_failed_step_itself_tells_people(
    here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(here, instance)
    webhooks.received.clear()
    spoil(here.source / "daily" / DAYS[1])
    monkeypatch.setattr(type(here.platform.site), "publish", _refuse)
    result = here.run("daily", DAYS[1], instance=instance)
    assert webhooks.titles() == [f"daily {DAYS[1]} failed"]
    run_status_tick(here, instance, "notify_failed_runs", result)
    look(here, instance)
    assert len(webhooks.taken) == 1


def _refuse(*_: object) -> None:
    raise PermissionError("read-only file system")


def test_a_day_that_the_source_never_had_is_no_trouble(
    here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance
) -> None:
    look(here, instance)
    webhooks.received.clear()
    result = here.run("daily", "2024-07-30", instance=instance)
    assert not result.success
    run_status_tick(here, instance, "notify_failed_runs", result)
    assert webhooks.received == []


def test_the_clock_tells_of_lateness(here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance) -> None:
    look(here, instance)
    here.clock.now = NOW.replace(day=20)
    assert look(here, instance) == "notified: daily is late. notified: weekly is late."


def test_a_delivery_that_failed_is_in_the_reason_of_the_tick(
    here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance
) -> None:
    webhooks.answers["local"] = 404
    assert "was not delivered to JSON: it answered 404" in look(here, instance)
    assert len(webhooks.received) == 1  # a tick tries once


def test_without_an_address_the_tick_says_so(running: Installation, instance: dg.DagsterInstance) -> None:
    assert look(running, instance) == NO_ADDRESS


def test_no_address_is_in_what_dagster_keeps_of_a_run(
    here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance
) -> None:
    webhooks.answers["local"] = 500
    spoil(here.source / "daily" / DAYS[1])
    result = here.run("daily", DAYS[1], instance=instance)
    run_status_tick(here, instance, "notify_failed_runs", result)
    records = instance.get_records_for_run(result.run_id, limit=1000).records
    assert not [record for record in records if "localSecret" in repr(record.event_log_entry)]
    assert len(records) > 10


@pytest.mark.long
@pytest.mark.parametrize("name", ["notify_failed_runs", "notify_ended_runs", "record_failed_runs"])
def test_a_sensor_under_a_new_name_says_nothing_of_runs_that_ended_before(
    here: Installation, webhooks: Webhooks, instance: dg.DagsterInstance, name: str
) -> None:
    spoil(here.source / "daily" / DAYS[1])
    for day in DAYS[1:]:
        here.run("daily", day, instance=instance)
    before = here.status()
    repository = here.definitions.get_repository_def()
    context = dg.build_sensor_context(instance, repository_def=repository, resources={"platform": here.platform})
    first = repository.get_sensor_def(name).evaluate_tick(context)
    assert (first.skip_message or "").startswith(f"Initiating {name}.")
    later = dg.build_sensor_context(
        instance, cursor=first.cursor, repository_def=repository, resources={"platform": here.platform}
    )
    repository.get_sensor_def(name).evaluate_tick(later)
    assert webhooks.received == []
    assert here.status() == before


def test_housekeeping_that_fails_is_told_once_and_that_it_is_over(
    here: Installation, webhooks: Webhooks, tmp_path: Path
) -> None:
    instance = dg.DagsterInstance.local_temp(str(tmp_path))  # the other has no ticks
    look(here, instance)
    webhooks.received.clear()
    job = here.definitions.resolve_job_def("housekeeping")

    def night() -> None:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        run_status_tick(here, instance, f"notify_{'ended' if result.success else 'failed'}_runs", result)

    blocked = here.data / "alerts/free_space.json"
    blocked.mkdir(parents=True)
    night()
    night()
    assert webhooks.titles() == ["Housekeeping has failed"]
    assert str(here.root) not in webhooks.taken[0].text  # it is on the public site while it waits
    blocked.rmdir()
    night()
    assert webhooks.titles() == ["Housekeeping has failed", "Over: Housekeeping has failed"]
