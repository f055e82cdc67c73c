"""The sensors: one per timeframe, which turns trigger files and folders into runs. What to do is decided by
`kernel.watch`; its memory is Dagster's cursor."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg
import msgspec

from bluedot_assets.adapters.storage.raw_reading import fingerprint_listing, stock_files
from bluedot_assets.defs.jobs import AssetJob
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent
from bluedot_assets.kernel.source.arrivals import (
    ArrivalRules,
    Cursor,
    Decision,
    FolderListing,
    SourceObservation,
    decide,
)
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings

REASON_TAG = "bluedot/reason"


def sensor_of(timeframe: Timeframe, job: AssetJob, settings: Settings) -> dg.SensorDefinition:
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
        decision = decide(_memory(context), _sight(platform, timeframe), _rules(platform.settings, timeframe))
        for report in decision.reports:
            context.log.warning(report)
        return _result(decision, timeframe)

    return sensor


def _memory(context: dg.SensorEvaluationContext) -> Cursor | None:
    """What the last tick left, None at first sight; so is a cursor of another version, which would fail every tick."""
    if not context.cursor:
        return None
    try:
        return msgspec.json.decode(context.cursor, type=Cursor)
    except msgspec.DecodeError as error:
        context.log.warning(f"The cursor is of another version ({error}); all is seen as for the first time.")
        return None


def _sight(platform: Platform, timeframe: Timeframe) -> SourceObservation:
    source = platform.source

    def listing_of(key: str) -> FolderListing:
        try:
            files = stock_files(source.files(timeframe, key), timeframe)
        except PartitionAbsent:  # gone since it was listed: as empty as it is
            files = []
        return FolderListing(len(files), fingerprint_listing(files))

    now = platform.clock()
    state = platform.status(timeframe)
    listed = platform.listed(timeframe)
    # Those that the site had no room for count as published, with nothing to compare with.
    without_room = {key: "" for key in listed if key <= state.budget_floor}
    return SourceObservation(
        trigger=source.trigger(timeframe),
        listed=listed,
        listing_of=listing_of,
        published=without_room | {key: folder.listing for key, folder in state.folders.items()},
        now=now,
    )


def _rules(settings: Settings, timeframe: Timeframe) -> ArrivalRules:
    return ArrivalRules(
        timeframe,
        interval=timedelta(seconds=settings.poll_seconds),
        settle=timedelta(minutes=settings.settle_minutes),
        keep=settings.keep[timeframe.name],
    )


def _result(decision: Decision, timeframe: Timeframe) -> dg.SensorResult:
    requests = [
        dg.RunRequest(wish.run_key, partition_key=timeframe.dagster_key(wish.key), tags={REASON_TAG: wish.reason})
        for wish in decision.wishes
    ]
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason(_why_nothing([*decision.reports, *decision.waiting])),
        cursor=msgspec.json.encode(decision.memory).decode(),
    )


def _why_nothing(sentences: Sequence[str]) -> str:
    return " ".join(sentences) or "Nothing new: the trigger is known, and what is published is what the source has."
