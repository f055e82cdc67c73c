"""The sensors: one per timeframe, which turns trigger files and folders into runs. What runs is decided in
`kernel/source/arrivals`, of what `pipeline/source_observation` observes."""

from collections.abc import Sequence

import dagster as dg
import msgspec

from bluedot_assets.defs.jobs import AssetJob
from bluedot_assets.defs.partitions import run_request
from bluedot_assets.defs.source_asset import arrived_folders
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.arrivals import Cursor, Decision, decide
from bluedot_assets.kernel.stored.versions import decode
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.source_observation import arrival_rules, observe_source
from bluedot_assets.settings.fields import Settings

REASON_TAG = "bluedot/reason"


def sensor_of(
    timeframe: Timeframe, job: AssetJob, partitions: dg.PartitionsDefinition[str], settings: Settings
) -> dg.SensorDefinition:
    """`daily_ready` or `weekly_ready`: one run for each touch of the trigger file, for folders without one, and for
    corrections of what is published. A read that fails is an error of the tick."""

    @dg.sensor(
        name=f"{timeframe.name}_ready",
        job=job,
        minimum_interval_seconds=settings.poll_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Watches triggers/{timeframe.name}_ready.txt and the newest {timeframe.name} folders.",
    )
    def sensor(context: dg.SensorEvaluationContext, platform: dg.ResourceParam[Platform]) -> dg.SensorResult:
        observation = observe_source(platform, timeframe, platform.status(timeframe), platform.clock())
        decision = decide(_cursor(context), observation, arrival_rules(platform, timeframe))
        for report in decision.reports:
            context.log.warning(report)
        arrived = arrived_folders(context.instance, timeframe, observation, decision, platform.source.address)
        return _result(decision, timeframe, partitions, arrived)

    return sensor


def _cursor(context: dg.SensorEvaluationContext) -> Cursor | None:
    """What the last tick left, None at the first; so is one that cannot be read, which would fail every tick. Raises
    NewerVersion: what a newer version keeps must not be lost."""
    if not context.cursor:
        return None
    try:
        return decode(Cursor, context.cursor, "The cursor of this sensor")
    except msgspec.DecodeError as error:
        context.log.warning(f"The cursor cannot be read ({error}); all is seen as for the first time.")
        return None


def _result(
    decision: Decision,
    timeframe: Timeframe,
    partitions: dg.PartitionsDefinition[str],
    arrived: Sequence[dg.AssetMaterialization],
) -> dg.SensorResult:
    requests = [
        run_request(partitions, timeframe.dagster_key(one.key), one.run_key, {REASON_TAG: one.reason})
        for one in decision.requests
    ]
    why = " ".join([*decision.reports, *decision.waiting])
    nothing = "Nothing new: the trigger is known, and what is published is what the source has."
    skipped = " ".join([why or nothing, *(f"{one}." for one in decision.ignored)])
    return dg.SensorResult(
        run_requests=requests,
        asset_events=arrived,
        skip_reason=None if requests else dg.SkipReason(skipped),
        cursor=msgspec.json.encode(decision.cursor).decode(),
    )
