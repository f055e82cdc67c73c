"""Sensors that notify people: of runs that failed, of what a run's checks found and what it published, and of what no
run brings, such as data that do not come. All of them end in `pipeline/notifications`."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import dagster as dg

from bluedot_assets.defs.assets import partition_of
from bluedot_assets.defs.failure_hook import seeds_alone
from bluedot_assets.kernel.alerts.incidents import CallerFacts, seeds_checker, seeds_problem
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent
from bluedot_assets.kernel.site.status import CheckResult, Run
from bluedot_assets.pipeline.notifications import NotificationResult, notify
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS

LOOK_EVERY_S = 300
TRIES = 1  # a tick has 60 seconds in all, and the next one tries again
NO_ADDRESS = "NOTIFICATION_WEBHOOK is not set: nobody is told."


def alert_sensors() -> list[dg.SensorDefinition]:
    return [_failed_runs(), _ended_runs(), _clock()]


def _failed_runs() -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="people_hear_of_failed_runs",
        description="Tells people that a run failed, also where the site could not be written.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.RunFailureSensorContext, platform: dg.ResourceParam[Platform]) -> None:
        run, events = context.dagster_run, context.get_step_failure_events()
        dagster_key = partition_of(run)
        if dagster_key is None or any(_asks_for_what_never_was(event) for event in events):
            return
        reason = _reason(events) or context.failure_event.message or "the run failed"
        names = {name for event in events if (name := (event.step_key or "").partition("_")[0]) in TIMEFRAMES}
        for timeframe in _timeframes(names or _groups(run)):
            key = timeframe.folder_key(dagster_key)
            if seeds_alone(run, (event.step_key or "" for event in events)):
                problem = seeds_problem(timeframe.name, key, reason)
                facts = CallerFacts(problems=[problem], checkers=frozenset({seeds_checker(timeframe.name)}))
            else:
                failed = Run(key, "failed", _ended(context.instance, run), run.run_id, reason=reason)
                facts = CallerFacts(failures={timeframe.name: [failed]})
            telling = notify(platform, facts, [timeframe], tries=TRIES)
            _report(telling, context.log.warning)

    return sensor


def _ended_runs() -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name="people_hear_of_ended_runs",
        run_status=dg.DagsterRunStatus.SUCCESS,
        description="Tells people of the new dots that a run published, and of its checks that did not pass.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.RunStatusSensorContext, platform: dg.ResourceParam[Platform]) -> None:
        run = context.dagster_run
        dagster_key = partition_of(run)
        timeframes = _timeframes(_groups(run))
        if dagster_key is None or not timeframes:
            return
        checks = _checks(context.instance, run)
        facts = CallerFacts(
            checks={(name, TIMEFRAMES[name].folder_key(dagster_key)): found for name, found in checks.items()},
            checkers=_pushed(context.instance, run),
        )
        _report(notify(platform, facts, timeframes, tries=TRIES), context.log.warning)

    return sensor


def _clock() -> dg.SensorDefinition:
    @dg.sensor(
        name="people_hear_of_lateness",
        minimum_interval_seconds=LOOK_EVERY_S,
        description="Tells people of data that are late, of what is over, and what could not be delivered before.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
        telling = notify(platform, tries=TRIES)
        if telling is None:
            return dg.SkipReason(NO_ADDRESS)
        _report(telling, context.log.warning)
        told = [f"told: {message.title}." for message in telling.sent]
        return dg.SkipReason(" ".join([*told, *telling.sentences()]) or "Nothing new to tell.")

    return sensor


def _report(telling: NotificationResult | None, warn: Callable[[str], object]) -> None:
    for sentence in telling.sentences() if telling else ():
        warn(sentence)


def _groups(run: dg.DagsterRun) -> set[str]:
    """Names of timeframes, from the assets and checks that a run was asked for, else from its job."""
    keys = [*(run.asset_selection or ()), *(check.asset_key for check in run.asset_check_selection or ())]
    return {key.path[0] for key in keys if key.path} or {run.job_name.partition("_")[0]}


def _timeframes(names: Iterable[str]) -> list[Timeframe]:
    wanted = set(names)
    return [timeframe for name, timeframe in TIMEFRAMES.items() if name in wanted]


def _ended(instance: dg.DagsterInstance, run: dg.DagsterRun) -> datetime:
    record = instance.get_run_record_by_id(run.run_id)
    return datetime.fromtimestamp((record.end_time if record else None) or 0, UTC)


def _checks(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, list[CheckResult]]:
    """What the run's checks said, by the name of the timeframe."""
    found: dict[str, list[CheckResult]] = {}
    for record in instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records:
        event = record.event_log_entry.dagster_event
        if event is None:
            continue
        check = event.asset_check_evaluation_data
        result = CheckResult(
            f"{check.asset_key.to_user_string()} {check.check_name}",
            check.passed,
            "warning" if check.severity == dg.AssetCheckSeverity.WARN else "error",
            check.description or "",
        )
        found.setdefault(check.asset_key.path[0], []).append(result)
    return found


def _pushed(instance: dg.DagsterInstance, run: dg.DagsterRun) -> frozenset[str]:
    """Of which timeframes the run pushed seeds, as `incidents.seeds_word` says it."""
    records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    keys = [record.asset_key.path for record in records if record.asset_key]
    return frozenset(seeds_checker(key[0]) for key in keys if key[-1] == SEEDS)


def _reason(events: Iterable[dg.DagsterEvent]) -> str:
    """What the first failed step said for people."""
    for event in events:
        failure = event.step_failure_data
        if failure.user_failure_data and failure.user_failure_data.description:
            return failure.user_failure_data.description
        if error := failure.error:
            while error.cause is not None:
                error = error.cause
            return str(error.message).strip()
    return ""


def _asks_for_what_never_was(event: dg.DagsterEvent) -> bool:
    """Somebody asked for a day that the source never had: nothing is wrong."""
    error = event.step_failure_data.error
    while error is not None:
        if error.cls_name == PartitionAbsent.__name__:
            return True
        error = error.cause
    return False
