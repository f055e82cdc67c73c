"""What the store has of the daily timeframe for the week of a weekly partition. The partitions before one of the same
timeframe are in `earlier_partitions`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.workers.shard_tasks import BarsBefore, DailyBars
from bluedot_assets.kernel.bars import tables
from bluedot_assets.kernel.bars.daily_weeks import sessions_of_weeks
from bluedot_assets.kernel.bars.ratings import stocks_by_session
from bluedot_assets.kernel.bars.unforeseen import FAULTS, words_of
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.pipeline.stage import Work
from bluedot_assets.pipeline.stored.earlier_partitions import BARS


def daily_of_week(work: Work) -> Manifest | None:
    """The stored bars of the newest daily partition within the week; None where there are none, and for a daily
    partition. Raises OutputDamaged."""
    if work.timeframe is not WEEKLY:
        return None
    outputs = work.platform.outputs
    key = newest_of_week(outputs.partitions(DAILY.name, BARS), work.key)
    return outputs.require(Slot(DAILY.name, key, BARS)) if key else None


def newest_of_week(stored: Sequence[str], week: str) -> str | None:
    """The newest of the daily partitions, oldest first, that is within the week of a weekly partition."""
    first, last = WEEKLY.start(week), WEEKLY.end(week)
    return next((key for key in reversed(stored) if first <= DAILY.start(key) <= last), None)


@dataclass(frozen=True)
class DailyTable:
    """The stored daily partition that a weekly one is compared with, and may take its bars from; empty where there is
    none."""

    made: Manifest | None = None
    bars: DailyBars | None = None
    stocks: pl.DataFrame = field(default_factory=tables.STOCKS.empty)
    dots: pl.DataFrame = field(default_factory=tables.DOTS.empty)
    problem: str | None = None  # why it could not be read

    @property
    def fingerprints(self) -> dict[str, str]:
        """What an output that is made of it says of it."""
        return {f"{self.made.timeframe}/{self.made.stage}": self.made.fingerprint} if self.made else {}


def find_daily(work: Work) -> DailyTable:
    """What there is. The vendor's weekly bars are there without it, so that it cannot be read is no error here."""
    try:
        made = daily_of_week(work)
        return _read(work, made) if made else DailyTable()
    except FAULTS as error:
        return DailyTable(problem=words_of(error))


def _read(work: Work, made: Manifest) -> DailyTable:
    outputs, settings = work.platform.outputs, work.platform.settings
    stocks = outputs.read_table(made, tables.STOCKS, ("symbol", "timezone", "first_session", "last_session"))
    dots = outputs.read_table(made, tables.DOTS)
    has = stocks_by_session(outputs.read_parts(made, tables.BARS, ("symbol", "session")), stocks)
    sessions = sessions_of_weeks(has, stocks, work.platform.trading_days)
    before = BarsBefore(made.table(BARS))
    return DailyTable(made, DailyBars(before, sessions, settings.weekly_from == "daily"), stocks, dots)
