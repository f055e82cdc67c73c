"""One tick of a schedule or of a run status sensor, as the daemon gives it."""

from datetime import UTC, datetime

import dagster as dg
from dagster._core.definitions.schedule_definition import ScheduleExecutionData

from bluedot_assets_tests.examples.trees import Installation

TICK = datetime(2024, 8, 5, 9, tzinfo=UTC)


def schedule_tick(
    installation: Installation, name: str = "daily_schedule", at: datetime = TICK
) -> ScheduleExecutionData:
    repository = installation.definitions.get_repository_def()
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance,
            scheduled_execution_time=at,
            repository_def=repository,
            resources={"platform": installation.platform},
        )
        return repository.get_schedule_def(name).evaluate_tick(context)


def requested(data: ScheduleExecutionData) -> list[str | None]:
    return [request.partition_key for request in data.run_requests or ()]


def run_status_tick(
    installation: Installation, instance: dg.DagsterInstance, name: str, result: dg.ExecuteInProcessResult
) -> None:
    """The daemon hands a run that ended to a sensor."""
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    kind = dg.DagsterEventType.RUN_SUCCESS if result.success else dg.DagsterEventType.RUN_FAILURE
    (record,) = instance.get_records_for_run(run.run_id, of_type=kind).records
    event = record.event_log_entry.dagster_event
    assert event is not None
    context = dg.build_run_status_sensor_context(
        sensor_name=name,
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=run,
        resources={"platform": installation.platform},
    )
    sensor = installation.definitions.get_sensor_def(name)
    sensor(context.for_run_failure() if not result.success else context)
