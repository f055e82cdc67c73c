"""Sensors that notify people: of runs that failed, of what a run's checks found and what it published, and of what no
run brings, such as data that do not come.

Under its new name each has no cursor, and needs none: a run status sensor begins after the newest run that ended, so
nobody is notified again of runs before an upgrade, and the clock keeps none; what a run of the moment of the upgrade
left on the site is found by the clock. What is sent, and once only, is decided in `pipeline/notifications`."""

from collections.abc import Callable, Sequence
from typing import Final

import dagster as dg

from bluedot_assets.defs.run_events import read_run, will_be_retried
from bluedot_assets.kernel.alerts.endings import HOUSEKEEPING, HOUSEKEEPING_FAILED
from bluedot_assets.kernel.alerts.incidents import CallerFacts, Problem, seeds_checker
from bluedot_assets.pipeline.notifications import NotificationResult, notify
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.run_record import notify_failure

CLOCK_INTERVAL_S = 300
TRIES = 1  # a tick has 60 seconds in all, and the next one tries again
NO_ADDRESS = "NOTIFICATION_WEBHOOK is not set: nobody is notified."
ON: Final = dg.DefaultSensorStatus.RUNNING


@dg.run_failure_sensor(
    description="Notifies people that a run failed, also where the site could not be written.", default_status=ON
)
def notify_failed_runs(context: dg.RunFailureSensorContext, platform: dg.ResourceParam[Platform]) -> None:
    if context.dagster_run.job_name == HOUSEKEEPING and not will_be_retried(context.dagster_run):
        _notify_of_housekeeping(context, platform, [HOUSEKEEPING_FAILED])
    record = read_run(context.instance, context.dagster_run.run_id)
    if record is None or record.partition_absent or (not record.failed and will_be_retried(context.dagster_run)):
        return
    reason = record.gravest.reason if record.gravest else context.failure_event.message or "the run failed"
    _warn(notify_failure(platform, record, reason), context.log.warning)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    description="Notifies people of the new dots that a run published, and of its checks that did not pass.",
    default_status=ON,
)
def notify_ended_runs(context: dg.RunStatusSensorContext, platform: dg.ResourceParam[Platform]) -> None:
    if context.dagster_run.job_name == HOUSEKEEPING:
        _notify_of_housekeeping(context, platform, [])
    record = read_run(context.instance, context.dagster_run.run_id)
    if record is None:
        return
    name = record.timeframe.name
    checkers = frozenset({seeds_checker(name)} if record.seeds else ())
    facts = CallerFacts(checks={(name, record.partition): record.checks}, checkers=checkers)
    _warn(notify(platform, facts, [record.timeframe], tries=TRIES), context.log.warning)


@dg.sensor(
    minimum_interval_seconds=CLOCK_INTERVAL_S,
    description="Notifies people of data that are late, of what is over, and of what was not delivered before.",
    default_status=ON,
)
def notify_lateness(context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
    result = notify(platform, tries=TRIES)
    if result is None:
        return dg.SkipReason(NO_ADDRESS)
    _warn(result, context.log.warning)
    sent = [f"notified: {message.title}." for message in result.sent]
    return dg.SkipReason(" ".join([*sent, *result.sentences()]) or "Nobody needs to be notified of anything new.")


def _notify_of_housekeeping(
    context: dg.RunStatusSensorContext, platform: Platform, problems: Sequence[Problem]
) -> None:
    """That it failed, once, and that it is over when it succeeds again."""
    facts = CallerFacts(problems=problems, checkers=frozenset({HOUSEKEEPING}))
    _warn(notify(platform, facts, tries=TRIES), context.log.warning)


def _warn(result: NotificationResult | None, warn: Callable[[str], object]) -> None:
    for sentence in result.sentences() if result else ():
        warn(sentence)


ALERT_SENSORS: Final = (notify_failed_runs, notify_ended_runs, notify_lateness)
