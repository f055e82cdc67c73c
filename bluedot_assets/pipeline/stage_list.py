"""The steps of each timeframe with their stages, in one list: what the graph has, and all that a recorded run can name.

What a stage does is in its own module; how it becomes an asset, in `defs/assets`."""

from collections.abc import Callable, Sequence

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.series.indicators import Indicator
from bluedot_assets.pipeline.stage import Done, Step, Work, step_of
from bluedot_assets.pipeline.stages.bars import bars_stage, make_bars
from bluedot_assets.pipeline.stages.breadth import BREADTH_STAGE, make_breadth
from bluedot_assets.pipeline.stages.extras import extras_for
from bluedot_assets.pipeline.stages.history import HISTORY_STAGE, merge_partition
from bluedot_assets.pipeline.stages.pine_scripts import PINE_SCRIPTS, make_scripts
from bluedot_assets.pipeline.stages.pine_seeds import push_seeds, seeds_stage
from bluedot_assets.pipeline.stages.raw_json import RAW_JSON, make_raw
from bluedot_assets.pipeline.stages.series import series_step
from bluedot_assets.pipeline.stages.site import publish, site_stage
from bluedot_assets.pipeline.stages.watchlists import WATCHLISTS_STAGE, make_lists

Publish = Callable[[Work], Done]


def steps_of(
    timeframe: Timeframe, indicators: Sequence[Indicator], *, seeded: bool, published: Publish = publish
) -> list[Step]:
    """The steps that publish those indicators; with `seeded` also the push to seed repositories. `published` is how the
    site gets a partition."""
    wanted = {extra.stage for extra in extras_for(timeframe.name)}
    extras = [step_of(WATCHLISTS_STAGE, make_lists), step_of(PINE_SCRIPTS, make_scripts)]
    extras = [step for step in extras if step.name in wanted]
    site = site_stage(indicators, after=[*(step.name for step in extras), BREADTH_STAGE.name, HISTORY_STAGE.name])
    steps = [
        step_of(RAW_JSON, make_raw),
        step_of(bars_stage(timeframe), make_bars),
        step_of(BREADTH_STAGE, make_breadth),
        step_of(HISTORY_STAGE, merge_partition),
        series_step(indicators),
        *extras,
        step_of(site, published, publish.__module__),
    ]
    return [*steps, step_of(seeds_stage(indicators), push_seeds)] if seeded else steps
