"""Jobs, and the schedules that request what is due of each timeframe."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from bluedot_assets.adapters.storage.raw_reading import fingerprint_of, stock_files
from bluedot_assets.defs.resources import Platform
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.site.publication import STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.kernel.source.arrivals import MOST_AT_ONCE, partitions_due, partitions_in_reach
from bluedot_assets.settings import Settings

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

LONGEST_PAUSE_S = 30  # a tick has 60 seconds in all


def job_of(timeframe: Timeframe) -> "UnresolvedAssetJobDefinition":
    """All stages of a timeframe for one partition."""
    return dg.define_asset_job(
        f"{timeframe.name}_pipeline",
        selection=dg.AssetSelection.groups(timeframe.name),
        description=f"Raw files to published site, one {timeframe.name} partition.",
    )


def due_partitions(platform: Platform, timeframe: Timeframe) -> list[str]:
    """Keys that the source has and the site lacks, oldest first, at most as many as one tick requests."""
    state = decode_status(platform.site_of(timeframe).read(STATUS)).of(timeframe.name)
    today = platform.clock().date()
    listed = partitions_in_reach(platform.source.partitions(timeframe), timeframe, platform.settings.start, today)
    keep = platform.settings.keep[timeframe.name]
    return partitions_due(listed, state.folders.keys(), keep, state.budget_floor)[-MOST_AT_ONCE:]


def still_growing(platform: Platform, timeframe: Timeframe, keys: Sequence[str]) -> list[str]:
    """Those of the partitions whose listing is not the same twice, an interval apart: their upload goes on."""
    before = {key: _listing(platform, timeframe, key) for key in keys}
    if before:
        platform.sleep(min(platform.settings.poll_seconds, LONGEST_PAUSE_S))
    return [key for key in keys if _listing(platform, timeframe, key) != before[key]]


def _listing(platform: Platform, timeframe: Timeframe, key: str) -> str:
    return fingerprint_of(stock_files(platform.source.files(timeframe, key), timeframe))


def schedule_of(timeframe: Timeframe, job: "UnresolvedAssetJobDefinition", settings: Settings) -> dg.ScheduleDefinition:
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
        due = due_partitions(platform, timeframe)
        growing = still_growing(platform, timeframe, due)
        for key in growing:
            context.log.warning(f"{timeframe.name}/{key} is still being uploaded: not requested.")
        if not due:
            yield dg.SkipReason(f"Nothing is due: the site has every {timeframe.name} partition of the source.")
        elif due == growing:
            yield dg.SkipReason(f"Still being uploaded: {', '.join(growing)}. The sensor takes what has settled.")
        for key in due:
            if key not in growing:
                # The same partition may be due again tomorrow, after a failure: the day belongs to the run_key.
                run_key = f"{timeframe.name}:{key}:{context.scheduled_execution_time:%Y-%m-%dT%H:%M}"
                yield dg.RunRequest(run_key, partition_key=timeframe.dagster_key(key))

    return schedule
