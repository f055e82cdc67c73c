"""The code location: settings to resources to Definitions, nothing else. Importing this reads no setting, and loading
it opens no connection. Each kind of definition is made in a module of `defs`."""

import dagster as dg

from bluedot_assets.adapters.seeds.addresses import timeframes_with_seeds
from bluedot_assets.defs.alert_sensors import ALERT_SENSORS
from bluedot_assets.defs.assets import asset_of
from bluedot_assets.defs.checks import freshness_check, live_check
from bluedot_assets.defs.failure_hook import record_failed_runs, record_failed_step
from bluedot_assets.defs.instance.housekeeping import housekeeping_job, housekeeping_schedule
from bluedot_assets.defs.instance.run_launcher import watched_executor
from bluedot_assets.defs.instance.stored_tables import StoredTables
from bluedot_assets.defs.jobs import freshness_job, history_job, job_of, rollback_job
from bluedot_assets.defs.partitions import partitions_of
from bluedot_assets.defs.schedules import schedule_of
from bluedot_assets.defs.seed_sensor import seed_sensor
from bluedot_assets.defs.source_asset import source_asset
from bluedot_assets.defs.trigger_sensor import sensor_of
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.series.indicators import enabled_indicators
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stage_list import Publish, steps_of
from bluedot_assets.pipeline.stages.pine_seeds import NAME as SEEDS
from bluedot_assets.pipeline.stages.site import NAME as SITE
from bluedot_assets.pipeline.stages.site import publish
from bluedot_assets.settings.load import load_settings


def build_definitions(
    platform: Platform, *, watch_public: bool = True, record_failures: bool = True, published: Publish = publish
) -> dg.Definitions:
    """Everything for one installation: the stages of both timeframes, their jobs, schedules and sensors. With
    `watch_public` a run waits for its publish to be public, where the settings say where that is; with
    `record_failures` a step that fails says so on the site. `published` is how the site gets a partition."""
    settings = platform.settings
    indicators, seeded = enabled_indicators(settings.indicators), timeframes_with_seeds(settings.seeds)
    assets: list[dg.AssetSpec | dg.AssetsDefinition] = []
    checks, jobs, schedules, sensors = [], [], [], [record_failed_runs, *ALERT_SENSORS]
    for timeframe in TIMEFRAMES.values():
        partitions = partitions_of(timeframe, platform.partition_range(timeframe))
        assets.append(source_asset(timeframe, partitions, settings.source, settings.owners))
        for step in steps_of(timeframe, indicators, seeded=timeframe.name in seeded, published=published):
            # The site is published all the same when the push to seeds fails, so nothing is recorded there.
            hooks = frozenset({record_failed_step} if record_failures and step.name != SEEDS else ())
            assets.append(asset_of(step, timeframe, partitions, hooks, settings.owners))
        site = dg.AssetKey([timeframe.name, SITE])
        checks.append(freshness_check(timeframe, site))
        if watch_public and platform.public_url(timeframe):
            checks.append(live_check(timeframe))
        job = job_of(timeframe)
        jobs += [job, history_job(timeframe), freshness_job(timeframe, site)]
        schedules.append(schedule_of(timeframe, job, partitions, settings))
        sensors.append(sensor_of(timeframe, job, partitions, settings))
        if timeframe.name in seeded:
            sensors.append(seed_sensor(timeframe, job))
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=[*jobs, rollback_job, housekeeping_job],
        schedules=[*schedules, housekeeping_schedule(settings)],
        sensors=sensors,
        resources={"platform": platform, "io_manager": StoredTables(platform)},
        # A process for each step would cost more than the steps; stages are parallel inside.
        executor=watched_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads: the definitions of the installation that the environment describes. Raises SettingsError."""
    return build_definitions(Platform(load_settings()))
