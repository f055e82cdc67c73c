"""Checks of the asset `site` that are no part of its stage: whether the newest partition that should be public is, and
whether the world sees what was published. The stages' own rules are checks of `assets`; what is judged and how, in the
kernel and in `pipeline/public_site`."""

import dagster as dg

from bluedot_assets.defs.assets import check_result
from bluedot_assets.defs.run_events import partition_of
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.site.freshness import RULE as FRESHNESS
from bluedot_assets.kernel.site.freshness import freshness_verdict
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.public_site import RULE as LIVE
from bluedot_assets.pipeline.public_site import live_verdict
from bluedot_assets.pipeline.stages.site import NAME


def live_check(timeframe: Timeframe) -> dg.AssetChecksDefinition:
    """Runs after each publish; blocks nothing, for what is pushed is pushed."""

    @dg.asset_check(
        asset=dg.AssetKey([timeframe.name, NAME]),
        name=LIVE.name,
        description=LIVE.description,
        blocking=LIVE.blocking,
    )
    def check(context: dg.AssetCheckExecutionContext, platform: dg.ResourceParam[Platform]) -> dg.AssetCheckResult:
        dagster_key = partition_of(context.run)
        key = timeframe.folder_key(dagster_key) if dagster_key else None
        try:
            verdict = live_verdict(platform, timeframe, key)
        except BluedotError as error:
            raise dg.Failure(str(error), allow_retries=error.retryable) from error
        return check_result(verdict, key or "")

    return check


def freshness_check(timeframe: Timeframe, site: dg.AssetKey) -> dg.AssetChecksDefinition:
    """The site's newest partition against the exchanges' calendars and the clock."""

    @dg.asset_check(
        asset=site,
        name=FRESHNESS.name,
        description=FRESHNESS.description,
        blocking=FRESHNESS.blocking,
    )
    def check(platform: dg.ResourceParam[Platform]) -> dg.AssetCheckResult:
        state = platform.status(timeframe)
        return check_result(freshness_verdict(timeframe.name, state, platform.clock()), "")

    return check
