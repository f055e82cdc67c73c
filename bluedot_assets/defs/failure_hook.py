"""Telling the site of failed runs, from outside the asset graph: a hook where the process still lives, and a sensor
for runs that died without a word."""

import logging
from collections.abc import Iterable

import dagster as dg

from bluedot_assets.defs.assets import partition_of
from bluedot_assets.kernel.alerts.incidents import CallerFacts
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError, PartitionAbsent
from bluedot_assets.kernel.site.status import Run
from bluedot_assets.kernel.source.process_log import RunLine
from bluedot_assets.pipeline.notifications import notify
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.process_log import append_line
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS
from bluedot_assets.pipeline.stages.site import publish_failure

TOLD_TAG = "bluedot/failure_told"  # its value is the run's id


@dg.failure_hook(required_resource_keys={"platform"}, name="site_tells_of_failure")
def on_failed_step(context: dg.HookContext) -> None:
    """Runs in the failed step's process, so it works from the CLI and in CI, where no daemon is."""
    error = context.op_exception
    if error is not None and isinstance(error.__cause__, PartitionAbsent):
        return  # somebody asked for a day that the source never had: nothing is wrong with the site
    reason = getattr(error, "description", None) or str(error) or type(error).__name__
    run = context.instance.get_run_by_id(context.run_id)
    timeframe = TIMEFRAMES.get(context.op.name.partition("_")[0])
    if run is None or timeframe is None:
        return
    if context.op.name == f"{timeframe.name}_{SEEDS}":
        _note_in_log(context.resources.platform, context.instance, timeframe, run, context.log)
        return  # the site lacks nothing of it: people hear of it from who started the run, or from a sensor
    _tell(context.resources.platform, context.instance, timeframe, run, reason, context.log)


def seeds_alone(run: dg.DagsterRun, failed_steps: Iterable[str]) -> bool:
    """Whether all that failed is a push to seed repositories; of a run without a word, whether it is all it was for."""
    stages = {step.partition("_")[2] for step in failed_steps}
    return (stages or {key.path[-1] for key in run.asset_selection or ()}) == {SEEDS}


def failure_sensor() -> dg.SensorDefinition:
    """Tells of runs whose process was killed."""

    @dg.run_failure_sensor(
        name="site_tells_of_failed_runs",
        description="Says on the site that a run failed, also when its process was killed.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.RunFailureSensorContext, platform: dg.ResourceParam[Platform]) -> None:
        run = context.dagster_run
        if context.get_step_failure_events():
            return  # the process lived to tell it by itself
        if seeds_alone(run, ()):
            return
        groups = {key.path[0] for key in run.asset_selection or () if key.path} or {run.job_name.partition("_")[0]}
        for name in groups & set(TIMEFRAMES):
            reason = context.failure_event.message or "the run failed"
            _tell(platform, context.instance, TIMEFRAMES[name], run, reason, context.log)

    return sensor


def _tell(
    platform: Platform,
    instance: dg.DagsterInstance,
    timeframe: Timeframe,
    run: dg.DagsterRun,
    reason: str,
    log: logging.Logger,
) -> None:
    dagster_key = partition_of(run)
    if dagster_key is None:
        return
    key = timeframe.folder_key(dagster_key)
    try:
        publish_failure(platform, timeframe, key, run.run_id, reason)
    except (BluedotError, OSError) as error:
        log.warning(f"The site could not be told of the failure: {error}")
        _tell_people(platform, timeframe, key, run, reason, log)
    _note_in_log(platform, instance, timeframe, run, log)


def _note_in_log(
    platform: Platform, instance: dg.DagsterInstance, timeframe: Timeframe, run: dg.DagsterRun, log: logging.Logger
) -> None:
    dagster_key = partition_of(run)
    if dagster_key is None or not _is_first_word(instance, run):
        return
    key = timeframe.folder_key(dagster_key)
    record = instance.get_run_record_by_id(run.run_id)
    now = platform.clock()
    seconds = now.timestamp() - record.start_time if record and record.start_time else 0.0
    if problem := append_line(platform, RunLine(now, timeframe.name, key, "failed", run.run_id, seconds)):
        log.warning(problem)


def _tell_people(
    platform: Platform, timeframe: Timeframe, key: str, run: dg.DagsterRun, reason: str, log: logging.Logger
) -> None:
    """Who looks at the site will not see the failure, nor will `bluedot notify`: so people hear of it from here."""
    failed = Run(key, "failed", platform.clock(), run.run_id, reason=reason)
    telling = notify(platform, CallerFacts(failures={timeframe.name: [failed]}), [timeframe], tries=1)
    for sentence in telling.sentences() if telling else ():
        log.warning(sentence)


def _is_first_word(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Each failed step calls, and the log gets one line of a run. The run itself remembers it: that works from every
    process, and where the site cannot be told. A retried run inherits the tag, hence the id in it."""
    now = instance.get_run_by_id(run.run_id)
    if now is not None and now.tags.get(TOLD_TAG) == run.run_id:
        return False
    instance.add_run_tags(run.run_id, {TOLD_TAG: run.run_id})
    return True
