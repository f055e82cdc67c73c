"""Which partitions there are, from what the source was seen to have: from its first on, without days that neither the
source nor a calendar knows. So Dagster's UI counts as missing what is missing. Where it is remembered between the
starts of processes is in `adapters/source/ranges`; Dagster's partitions are `defs/partitions`."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

import msgspec

from bluedot_assets.kernel.calendar.sessions import TradingDays
from bluedot_assets.kernel.calendar.timeframes import Timeframe

UNKNOWN_START: Final = date(2015, 1, 1)  # where the source was never seen: a fresh machine knows what it is asked for


class SourceRange(msgspec.Struct, frozen=True):
    """What one source was seen to have of a timeframe: the earliest day of its earliest partition, and the days since
    that are no partition, oldest first."""

    first: date
    absent: tuple[date, ...] = ()


def source_range(
    listed: Collection[str],
    timeframe: Timeframe,
    days: TradingDays,
    today: date,
    *,
    before: SourceRange | None = None,
    start: date | None = None,
) -> SourceRange | None:
    """The range of a source that lists these keys; None of one that never had any. What it had `before` and has
    removed stays: it was run. Days are absent from `start`, where that is earlier, until yesterday; no week is."""
    begun = [timeframe.start(key) for key in listed] + ([before.first] if before else [])
    if not begun:
        return None
    first = min(begun)
    if timeframe.days > 1:
        return SourceRange(first)
    has, begin = {*begun}, min(first, start or first)
    past = (begin + timedelta(days=place) for place in range((today - begin).days))
    return SourceRange(first, tuple(day for day in past if day not in has and not days.expects(day)))
