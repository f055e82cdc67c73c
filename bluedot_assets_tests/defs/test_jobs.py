"""The jobs besides the pipeline, as the Launchpad starts them: with their defaults."""

import dagster as dg

from bluedot_assets.defs.jobs import RollbackConfig, rollback_job
from bluedot_assets_tests.examples.trees import DAY, DAYS, Installation


def roll_back(installation: Installation) -> dg.ExecuteInProcessResult:
    return installation.definitions.resolve_job_def("rollback").execute_in_process(raise_on_error=False)


def test_a_rollback_with_the_launchpads_defaults_shows_the_day_before_the_newest(installation: Installation) -> None:
    for key in DAYS[1:]:
        assert installation.run("daily", key).success
    for _ in range(2):  # a second one is no step further back
        assert roll_back(installation).success
        daily = installation.status()["timeframes"]["daily"]
        assert (daily["as_of"], daily["rolled_back"]["withdrawn"]) == (DAYS[1], DAY)


def test_the_launchpad_of_the_rollback_warns_of_what_its_defaults_do() -> None:
    description = rollback_job.description or ""
    assert "with the Launchpad's defaults it withdraws the newest daily date, without a reason" in description
    defaults = {name: field.default for name, field in RollbackConfig.model_fields.items()}
    assert defaults == {"timeframe": "daily", "partition": "previous", "reason": ""}


def test_where_there_is_nothing_to_go_back_to_it_says_so(published: Installation) -> None:
    result = roll_back(published)
    (event,) = [one for one in result.all_events if one.event_type == dg.DagsterEventType.STEP_FAILURE]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    assert failure.description is not None
    assert "keeps no daily folder before the newest" in failure.description
