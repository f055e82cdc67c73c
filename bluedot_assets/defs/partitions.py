"""Dagster's partitions of each timeframe: time windows, so that a fresh instance knows them all. Their keys as people
write them are `kernel/calendar/timeframes`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Final

import dagster as dg

from bluedot_assets.kernel.calendar.source_range import SourceRange
from bluedot_assets.kernel.calendar.timeframes import Timeframe

PARTITION_TAG: Final = "dagster/partition"


def partitions_of(timeframe: Timeframe, known: SourceRange) -> dg.TimeWindowPartitionsDefinition:
    """Every day, or every ISO week, from the one that holds the first known day to the current one, without the past
    days that are absent. Only past ones: one that is excluded of today or of a cron schedule makes Dagster add one of
    the future instead."""
    first = _midnight(timeframe.start(timeframe.key_of(known.first)))
    if timeframe.days == 7:
        # `%G-W%V` alone does not parse: the key carries the week's Monday as well.
        return dg.WeeklyPartitionsDefinition(start_date=first, day_offset=1, end_offset=1, fmt="%G-W%V-%u")
    absent = [_midnight(day) for day in known.absent]
    return dg.DailyPartitionsDefinition(start_date=first, end_offset=1, exclusions=absent or None)


def run_request(
    partitions: dg.PartitionsDefinition[str],
    dagster_key: str,
    run_key: str,
    tags: Mapping[str, str] | None = None,
) -> dg.RunRequest:
    """A request for a partition that the source has, also when these definitions, loaded before it came, do not know
    it: Dagster would refuse the whole tick, but checks no tag. The run loads them anew, and knows it."""
    if partitions.has_partition_key(dagster_key):
        return dg.RunRequest(run_key, partition_key=dagster_key, tags=tags)
    return dg.RunRequest(run_key, tags={**(tags or {}), PARTITION_TAG: dagster_key})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
