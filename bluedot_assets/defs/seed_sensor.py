"""The sensor that takes up a push to seed repositories that had to wait: new symbols' data, or another day's pushes."""

from datetime import datetime
from typing import TYPE_CHECKING

import dagster as dg

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.pine_seeds import NAME

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

INTERVAL_S = 300


def seed_sensor(timeframe: Timeframe, job: "UnresolvedAssetJobDefinition") -> dg.SensorDefinition:
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
        until = str(made.metadata["next_push"].value) if made and "next_push" in made.metadata else ""
        if made is None or made.partition is None or not until:
            return dg.SkipReason("Nothing waits to be pushed.")
        now = platform.clock()
        if now < datetime.fromisoformat(until):
            return dg.SkipReason(f"The next push may go at {until}.")
        run_key = f"seeds:{made.partition}:{until}:{now:%Y-%m-%dT%H}"
        return dg.RunRequest(run_key, partition_key=made.partition, asset_selection=[asset])

    return sensor
