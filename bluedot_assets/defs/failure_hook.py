"""A failed run is recorded on the site from outside the asset graph: by a hook where the process still lives, and by a
sensor for runs that were killed. What is written where is in `pipeline/run_record`."""

from collections.abc import Callable

import dagster as dg

from bluedot_assets.defs.run_events import LOG_MISSING_TAG, MEMBERS, read_run, will_be_retried
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.run_record import RunRecord, log_failed_run, publish_failed_run

RECORDED_TAG = "bluedot/failure_told"  # its value is the run's id


@dg.failure_hook(required_resource_keys={"platform"}, name="record_failure")
def record_failed_step(context: dg.HookContext) -> None:
    """Runs in the failed step's process, so it works from the CLI and in CI, where no daemon is."""
    record = read_run(context.instance, context.run_id)
    if record is None or record.partition_absent:
        return  # somebody asked for a day that the source never had: nothing is wrong with the site
    reason = _reason(record, context.step_key)
    record_failure(context.resources.platform, context.instance, record, reason, context.log.warning)


@dg.run_failure_sensor(
    description="Records on the site that a run failed, also when its process was killed.",
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def record_failed_runs(context: dg.RunFailureSensorContext, platform: dg.ResourceParam[Platform]) -> None:
    """Under its new name it has no cursor: its first tick starts after the newest failed run, and what failed before
    an upgrade is not recorded again."""
    run = context.dagster_run
    record = read_run(context.instance, run.run_id)
    if record is None or record.failed:
        return  # the process lived to record it by itself
    if will_be_retried(run):
        return  # killed, and started again
    if record.seeds_alone or (run.asset_check_selection and not run.asset_selection):
        return  # nothing of it is missing from the site
    reason = context.failure_event.message or "the run failed"
    record_failure(platform, context.instance, record, reason, context.log.warning)


def reason_of(record: RunRecord) -> str:
    """What the hook says of a run that failed: the reasons of its first failed step."""
    failed = [one.stage for one in record.failed]
    return next((_reason(record, step) for step, stages in MEMBERS.items() if stages.intersection(failed)), "")


def _reason(record: RunRecord, step: str) -> str:
    return " ".join(dict.fromkeys(one.reason for one in record.failed if one.stage in MEMBERS[step]))


def record_failure(
    platform: Platform, instance: dg.DagsterInstance, record: RunRecord, reason: str, warn: Callable[[str], object]
) -> None:
    """On the site, in the source's process log and where that cannot be, at the run."""
    for problem in publish_failed_run(platform, record, reason):
        warn(problem)
    if _is_first(instance, record.run_id) and (unlogged := log_failed_run(platform, record)):
        warn(unlogged.sentence)
        if unlogged.missing:
            instance.add_run_tags(record.run_id, {LOG_MISSING_TAG: unlogged.sentence})


def _is_first(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Each failed step calls, and the log gets one line of a run. The run itself remembers it: that works from every
    process, and where the site cannot be written. A retried run inherits the tag, hence the id in it."""
    run = instance.get_run_by_id(run_id)
    if run is not None and run.tags.get(RECORDED_TAG) == run_id:
        return False
    instance.add_run_tags(run_id, {RECORDED_TAG: run_id})
    return True
