"""How assets of others, and `defs.load_asset_value`, get the stored tables: as pandas. Our own assets write their
outputs themselves; what they have is read in `bluedot_assets.read` and `pipeline/stored`."""

from typing import TYPE_CHECKING, Any, Final

import dagster as dg

from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.pipeline.platform import Platform

if TYPE_CHECKING:
    import pandas as pd

BARS: Final = "bars"
BREADTH: Final = "breadth"
HISTORY: Final = "history"
_NAMED: Final = 10  # partitions that are left out


class StoredTables(dg.IOManager):
    """Reads `<timeframe>/bars` and `<timeframe>/breadth` of the partitions that are asked for, with the column as_of;
    a warning names those of a range that are not stored. And `<timeframe>/history`: as it was known when the newest
    answer of those partitions was, so that nobody is given the future; without a partition as it is known now."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        raise dg.Failure(
            f"{context.asset_key.to_user_string()} gave a value, and nothing here stores values: give your assets an "
            "IO manager of their own (io_manager_key).",
            allow_retries=False,
        )

    def load_input(self, context: dg.InputContext) -> "pd.DataFrame":
        from bluedot_assets.kernel.bars import tables  # noqa: PLC0415  they cost a start 0.2 s
        from bluedot_assets.kernel.series import breadth  # noqa: PLC0415
        from bluedot_assets.read import stored_partitions  # noqa: PLC0415

        timeframe, name = context.asset_key.path[0], context.asset_key.path[-1]
        if timeframe not in TIMEFRAMES or name not in {BARS, BREADTH, HISTORY}:
            known = ", ".join(f"{timeframe}/{one}" for timeframe in TIMEFRAMES for one in (BARS, BREADTH, HISTORY))
            raise dg.Failure(f"{context.asset_key.to_user_string()} is no table: load {known}.", allow_retries=False)
        keys: list[str] = []
        if name != HISTORY or context.has_asset_partitions:
            keys = sorted(TIMEFRAMES[timeframe].folder_key(key) for key in context.asset_partition_keys)
        if name == HISTORY:
            return self._history(timeframe, keys)
        if len(keys) > 1:  # a range has days of which there is no folder
            there = {*self._platform.outputs.partitions(timeframe, name)}
            if left := [key for key in keys if key not in there]:
                of = context.asset_key.to_user_string()
                context.log.warning(f"{of} has no {some_of(left, _NAMED)}: not run, or no folder of the source.")
            keys = [key for key in keys if key in there] or keys[:1]
        table = tables.BARS if name == BARS else breadth.BREADTH
        return stored_partitions(self._platform.outputs, table, timeframe, keys, name).to_pandas()

    def _history(self, timeframe: str, keys: list[str]) -> "pd.DataFrame":
        from bluedot_assets.pipeline.stored.history_bars import history_bars, known_of, open_book  # noqa: PLC0415

        book = open_book(self._platform.history, timeframe)
        known_by = known_of(book, self._platform.outputs, timeframe, keys) if keys else None
        return history_bars(book, timeframe, known_by).to_pandas()
