"""Jobs: the pipeline of one partition, the freshness check alone, and the rollback of a publish.

How a rollback changes the site is in `pipeline/public_site`; when jobs run, in `schedules` and the sensors."""

from typing import TYPE_CHECKING, Literal, TypeAlias

import dagster as dg
from pydantic import Field

from bluedot_assets.defs.run_events import pipeline_name
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.site.freshness import RULE
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.public_site import PREVIOUS, roll_back, rollback_key
from bluedot_assets.pipeline.stages.bars import NAME as BARS
from bluedot_assets.pipeline.stages.history import NAME as HISTORY
from bluedot_assets.pipeline.stages.raw_json import NAME as RAW_JSON
from bluedot_assets.pipeline.stages.site import NAME

if TYPE_CHECKING:
    # Dagster has no public name for what `define_asset_job` returns; besides `instance`, no module takes a private one.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
AssetJob: TypeAlias = "UnresolvedAssetJobDefinition"


class RollbackConfig(dg.Config):
    """What `latest` should show."""

    timeframe: Literal["daily", "weekly"] = "daily"
    partition: str = Field(
        PREVIOUS,
        description="A dated folder that the site keeps, 2024-08-01 or 2024-W31; previous: the one before the newest, "
        "which is withdrawn.",
    )
    reason: str = Field("", description="Why, for all who read the dashboard. Write one: the default is none.")


@dg.op(name="roll_back")
def roll_back_op(context: dg.OpExecutionContext, config: RollbackConfig, platform: dg.ResourceParam[Platform]) -> None:
    timeframe = TIMEFRAMES[config.timeframe]
    # In the UI a week is written as Dagster writes it.
    named = config.partition.removesuffix("-1") if timeframe.days == 7 else config.partition
    try:
        key = rollback_key(platform, timeframe, named)
        plan = roll_back(platform, timeframe, key, config.reason)
    except BluedotError as error:
        raise dg.Failure(str(error), allow_retries=error.retryable) from error
    message = plan.message if plan else f"{timeframe.name}: latest shows {key} already"
    context.log.info(message)
    context.log_event(
        dg.AssetObservation(
            dg.AssetKey([timeframe.name, NAME]),
            description=message,
            partition=timeframe.dagster_key(key),
            metadata={"reason": config.reason, "changed": plan is not None},
        )
    )


@dg.job(
    name="rollback",
    description="Withdraws what is public: latest shows an earlier dated folder of the site again. Launch Run does so "
    "at once and asks nothing; with the Launchpad's defaults it withdraws the newest daily date, without a reason. To "
    "take that back, run daily_pipeline (weekly_pipeline) for the withdrawn date.",
)
def rollback_job() -> None:
    roll_back_op()


def job_of(timeframe: Timeframe) -> AssetJob:
    """All stages of a timeframe for one partition. A run that was killed is retried whole: what it has made is found
    unchanged, and the record of the run has everything."""
    return dg.define_asset_job(
        pipeline_name(timeframe),
        selection=dg.AssetSelection.groups(timeframe.name),
        description=f"Raw files to published site, one {timeframe.name} partition.",
        tags={"timeframe": timeframe.name, "dagster/retry_strategy": "ALL_STEPS"},
    )


def history_job(timeframe: Timeframe) -> AssetJob:
    """What takes old folders into the history, without series and site: for backfills."""
    return dg.define_asset_job(
        f"{timeframe.name}_history_backfill",
        selection=[dg.AssetKey([timeframe.name, stage]) for stage in (RAW_JSON, BARS, HISTORY)],
        description=f"Raw files to the history, one {timeframe.name} partition: for a backfill of old folders, of "
        "which nothing is published.",
        tags={"timeframe": timeframe.name},
    )


def freshness_job(timeframe: Timeframe, site: dg.AssetKey) -> AssetJob:
    """That check alone: for a cron job, or a person who asks."""
    return dg.define_asset_job(
        f"{timeframe.name}_freshness",
        selection=dg.AssetSelection.checks(dg.AssetCheckKey(site, RULE.name)),
        description=f"Is the newest {timeframe.name} partition that should be public there? Needs no partition.",
        tags={"timeframe": timeframe.name},
    )
