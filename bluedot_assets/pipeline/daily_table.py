"""What the store has of the daily timeframe for the week of a weekly partition. The partitions before one of the same
timeframe are in `earlier_partitions`."""

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.manifest import Manifest
from bluedot_assets.pipeline.earlier_partitions import BARS
from bluedot_assets.pipeline.stage import Work


def daily_of_week(work: Work) -> Manifest | None:
    """The stored bars of the newest daily partition within the week; None where there are none, and for a daily
    partition. Raises OutputDamaged."""
    if work.timeframe is not WEEKLY:
        return None
    outputs, first, last = work.platform.outputs, WEEKLY.start(work.key), WEEKLY.end(work.key)
    keys = [key for key in outputs.partitions(DAILY.name, BARS) if first <= DAILY.start(key) <= last]
    return outputs.require(Slot(DAILY.name, keys[-1], BARS)) if keys else None
