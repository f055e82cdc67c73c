"""The sensor that takes up a push to seed repositories that had to wait: new symbols' data, or another day's pushes.

What is pushed, and when the next push may go, is decided in `pipeline/stages/pine_seeds`."""

import dagster as dg

from bluedot_assets.defs.jobs import AssetJob
from bluedot_assets.defs.run_events import seeds_pushed
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.pine_seeds import NAME

INTERVAL_S = 300


def seed_sensor(timeframe: Timeframe, job: AssetJob) -> dg.SensorDefinition:
    """`daily_seeds` or `weekly_seeds`: one run of `pine_seeds` alone when the time has come that the last one named,
    and one an hour while that does not succeed. It asks no repository."""
    asset = dg.AssetKey([timeframe.name, NAME])

    @dg.sensor(
        name=f"{timeframe.name}_seeds",
        job=job,
        minimum_interval_seconds=INTERVAL_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Pushes what had to wait of {timeframe.name}/{NAME}.",
    )
    def sensor(
        context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]
    ) -> dg.RunRequest | dg.SkipReason:
        event = context.instance.get_latest_materialization_event(asset)
        made = event.asset_materialization if event else None
        next_push = seeds_pushed(made).next_push if made else None
        if made is None or made.partition is None or next_push is None:
            return dg.SkipReason("Nothing waits to be pushed.")
        now, until = platform.clock(), f"{next_push:%Y-%m-%dT%H:%M:%SZ}"
        if now < next_push:
            return dg.SkipReason(f"The next push may go at {until}.")
        run_key = f"seeds:{made.partition}:{until}:{now:%Y-%m-%dT%H}"
        return dg.RunRequest(run_key, partition_key=made.partition, asset_selection=[asset])

    return sensor
