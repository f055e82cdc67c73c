"""The schedules, which request what is due of each timeframe. What is due is decided in `kernel/source/arrivals`; the
jobs are in `jobs`."""

from collections.abc import Iterator

import dagster as dg

from bluedot_assets.defs.jobs import AssetJob
from bluedot_assets.defs.partitions import run_request
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.source_observation import missing_partitions
from bluedot_assets.settings.fields import Settings


def schedule_of(
    timeframe: Timeframe, job: AssetJob, partitions: dg.PartitionsDefinition[str], settings: Settings
) -> dg.ScheduleDefinition:
    """Requests what is due and whole, each partition with a run_key of the scheduled time, so that a tick counts
    once."""
    times = settings.schedule(timeframe)

    @dg.schedule(
        name=f"{timeframe.name}_schedule",
        job=job,
        cron_schedule=times.cron,
        execution_timezone=times.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Requests the {timeframe.name} partitions that the source has and the site lacks.",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, platform: dg.ResourceParam[Platform]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        ready = missing_partitions(platform, timeframe)
        due = sorted([*ready.keys, *ready.empty])
        for key in ready.growing:
            context.log.warning(f"{timeframe.name}/{key} is still being uploaded: not requested.")
        if not due and ready.growing:
            yield dg.SkipReason(f"Still being uploaded: {', '.join(ready.growing)}. The sensor takes what has settled.")
        elif not due:
            yield dg.SkipReason(f"Nothing is due: the site has every {timeframe.name} partition of the source.")
        for key in due:
            # The same partition may be due again tomorrow, after a failure: the day belongs to the run_key.
            run_key = f"{timeframe.name}:{key}:{context.scheduled_execution_time:%Y-%m-%dT%H:%M}"
            yield run_request(partitions, timeframe.dagster_key(key), run_key)

    return schedule
