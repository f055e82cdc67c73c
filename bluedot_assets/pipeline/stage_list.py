"""The stages of each timeframe in one list: what the graph has, and all that a recorded run can name.

What a stage does is in its own module; how it becomes an asset, in `defs/assets`."""

from collections.abc import Sequence

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.pipeline.stage import Stage
from bluedot_assets.pipeline.stages.bars import bars_stage
from bluedot_assets.pipeline.stages.extras import extras_for
from bluedot_assets.pipeline.stages.pine_scripts import PINE_SCRIPTS
from bluedot_assets.pipeline.stages.pine_seeds import seeds_stage
from bluedot_assets.pipeline.stages.raw_json import RAW_JSON
from bluedot_assets.pipeline.stages.series import series_stage
from bluedot_assets.pipeline.stages.site import site_stage
from bluedot_assets.pipeline.stages.watchlists import WATCHLISTS_STAGE


def stages_of(timeframe: Timeframe, indicators: Sequence[Indicator], *, seeded: bool) -> list[Stage]:
    """The stages that publish those indicators; with `seeded` also the push to seed repositories."""
    published = {extra.stage for extra in extras_for(timeframe.name)}
    extras = [stage for stage in (WATCHLISTS_STAGE, PINE_SCRIPTS) if stage.name in published]
    site = site_stage(indicators, after=[stage.name for stage in extras])
    stages = [RAW_JSON, bars_stage(timeframe), *map(series_stage, indicators), *extras, site]
    return [*stages, seeds_stage(indicators)] if seeded else stages
