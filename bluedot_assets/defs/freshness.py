"""Whether something runs at all (Dagster's own freshness policy), and whether the newest partition that should be
public is: a check of the asset `site` that needs no daemon."""

from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

from bluedot_assets.defs.resources import Platform
from bluedot_assets.defs.stage import check_result
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.site.freshness import RULE, freshness_verdict
from bluedot_assets.kernel.site.publication import STATUS
from bluedot_assets.kernel.site.status import decode_status

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


def freshness_policy(timeframe: Timeframe) -> dg.FreshnessPolicy:
    """Dagster's view, which knows no partitions: a backfill of old dates counts as fresh. So it says only whether
    anything runs; a long weekend with a holiday is no alarm."""
    quiet = timedelta(days=timeframe.days + 3)
    return dg.FreshnessPolicy.time_window(fail_window=quiet + timedelta(days=2), warn_window=quiet)


def freshness_check(timeframe: Timeframe, site: dg.AssetKey) -> dg.AssetChecksDefinition:
    """The site's newest partition against the exchanges' calendars and the clock."""

    @dg.asset_check(
        asset=site,
        name=RULE,
        description="The newest partition that should be public by now is, holidays considered; a warning.",
    )
    def check(platform: dg.ResourceParam[Platform]) -> dg.AssetCheckResult:
        state = decode_status(platform.site_of(timeframe).read(STATUS)).of(timeframe.name)
        return check_result(freshness_verdict(timeframe.name, state, platform.clock()))

    return check


def freshness_job(timeframe: Timeframe, site: dg.AssetKey) -> "UnresolvedAssetJobDefinition":
    """That check alone: for a cron job, or a person who asks."""
    return dg.define_asset_job(
        f"{timeframe.name}_freshness",
        selection=dg.AssetSelection.checks(dg.AssetCheckKey(site, RULE)),
        description=f"Is the newest {timeframe.name} partition that should be public there? Needs no partition.",
    )
