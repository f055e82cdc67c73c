"""Taking a bad publish back: what `bluedot rollback` and the job `rollback` do."""

from typing import Final, Literal

import dagster as dg
from pydantic import Field

from bluedot_assets.defs.resources import Platform
from bluedot_assets.defs.site import NAME
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.site.publication import Plan
from bluedot_assets.kernel.site.rollback_plan import plan_rollback

JOB: Final = "rollback"


class RollbackConfig(dg.Config):
    """What `latest` should show."""

    timeframe: Literal["daily", "weekly"]
    partition: str = Field(description="A dated folder that the site keeps, 2024-08-01 or 2024-W31.")
    reason: str = Field("", description="Shown on the dashboard.")


def roll_back(platform: Platform, timeframe: Timeframe, key: str, reason: str) -> Plan | None:
    """Let `latest` show the folder `key`; None when it does already. Raises UsageError for a folder that the site does
    not keep, and what publishing raises."""
    timeframe.start(key)  # says what a key looks like
    now = platform.clock()
    return platform.site_of(timeframe).publish(lambda site: plan_rollback(timeframe.name, key, now, reason, site))


def rollback_job() -> dg.JobDefinition:
    """The job, for the UI's launchpad and `dagster job execute`."""

    @dg.op(name="roll_back")
    def op(context: dg.OpExecutionContext, config: RollbackConfig, platform: dg.ResourceParam[Platform]) -> None:
        timeframe = TIMEFRAMES[config.timeframe]
        # In the UI a week is written as Dagster writes it.
        key = config.partition.removesuffix("-1") if timeframe.days == 7 else config.partition
        try:
            plan = roll_back(platform, timeframe, key, config.reason)
        except BluedotError as error:
            raise dg.Failure(str(error), allow_retries=error.retryable) from error
        said = plan.message if plan else f"{timeframe.name}: latest shows {key} already"
        context.log.info(said)
        context.log_event(
            dg.AssetObservation(
                dg.AssetKey([timeframe.name, NAME]),
                description=said,
                partition=timeframe.dagster_key(key),
                metadata={"reason": config.reason, "changed": plan is not None},
            )
        )

    @dg.job(name=JOB, description="Lets latest show an earlier dated folder of the site again.")
    def job() -> None:
        op()

    return job
