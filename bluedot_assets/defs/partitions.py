"""Dagster's partitions of each timeframe: time windows, so that a fresh instance knows them all. Their keys as people
write them are `kernel/calendar/timeframes`."""

from datetime import UTC, date, datetime, time

import dagster as dg

from bluedot_assets.kernel.calendar.timeframes import Timeframe


def partitions_of(timeframe: Timeframe, start: date) -> dg.TimeWindowPartitionsDefinition:
    """Every day, or every ISO week, from the one that holds `start` to the current one."""
    first = datetime.combine(timeframe.start(timeframe.key_of(start)), time(), UTC)
    if timeframe.days == 7:
        # `%G-W%V` alone does not parse: the key carries the week's Monday as well.
        return dg.WeeklyPartitionsDefinition(start_date=first, day_offset=1, end_offset=1, fmt="%G-W%V-%u")
    return dg.DailyPartitionsDefinition(start_date=first, end_offset=1)
