"""From the words `--timeframe` and `--partition` to partitions of the source."""

from collections.abc import Callable, Sequence
from datetime import date

from bluedot_assets.adapters.source.port import SourceFolder
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.source.arrivals import partitions_in_reach

SHOWN = 3


def timeframes_of(word: str) -> list[Timeframe]:
    """`daily`, `weekly` or `all`."""
    return list(TIMEFRAMES.values()) if word == "all" else [TIMEFRAMES[word]]


def select_partitions(
    source: SourceFolder,
    timeframe_word: str,
    partition_word: str,
    start: date,
    today: date,
    warn: Callable[[str], None],
) -> list[tuple[Timeframe, str]]:
    """The partitions to run, oldest first. Raises UsageError, naming what is wrong and what could be asked instead."""
    timeframes = timeframes_of(timeframe_word)
    if partition_word not in {"latest", "all"}:
        return [_named(source, _timeframe_of_key(timeframes, partition_word), partition_word, start, today)]
    chosen = []
    for timeframe in timeframes:
        listed = source.partitions(timeframe)
        for key in listed:
            if timeframe.start(key) > today:
                warn(f"{timeframe.name}/{key} is dated in the future and left out.")
        keys = partitions_in_reach(listed, timeframe, start, today)
        if not keys:
            warn(f"The source has no {timeframe.name} partition.")
        elif partition_word == "latest":
            _compare_link(source, timeframe, keys[-1], warn)
            keys = keys[-1:]
        chosen += [(timeframe, key) for key in keys]
    if not chosen:
        names = " and no ".join(timeframe.name for timeframe in timeframes)
        raise UsageError(f"The source {source.address} has no {names} partition: check BLUEDOT_SOURCE.")
    return chosen


def _timeframe_of_key(timeframes: Sequence[Timeframe], key: str) -> Timeframe:
    for timeframe in timeframes:
        if timeframe.is_key(key):
            return timeframe
    if len(timeframes) == 1:
        timeframes[0].start(key)  # says what a key of it looks like
    forms = " or ".join(f"{timeframe.name} like {timeframe.example}" for timeframe in timeframes)
    raise UsageError(f"{key!r} is no partition: write it {forms}, or say latest or all.")


def _named(source: SourceFolder, timeframe: Timeframe, key: str, start: date, today: date) -> tuple[Timeframe, str]:
    if timeframe.start(key) > today:
        raise UsageError(f"{key} lies in the future; today is {today} (UTC).")
    if timeframe.end(key) < start:
        raise UsageError(f"{key} is before the first partition: set BLUEDOT_START to an earlier date than {start}.")
    listed = source.partitions(timeframe)
    if key not in listed:
        newest = ", ".join(listed[-SHOWN:]) or "nothing"
        raise UsageError(f"The source has no {timeframe.name}/{key}; its newest are: {newest}.")
    return timeframe, key


def _compare_link(source: SourceFolder, timeframe: Timeframe, newest: str, warn: Callable[[str], None]) -> None:
    link = source.latest(timeframe)
    if link is not None and link != newest:
        warn(f"{timeframe.name}/latest points at {link}, but {newest} is the newest folder and was taken.")
