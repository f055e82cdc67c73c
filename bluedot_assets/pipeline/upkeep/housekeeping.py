"""Removing what nobody needs any more of what this installation keeps: old partitions, and what killed processes left.
How long things are kept say BLUEDOT_KEEP_DATA and BLUEDOT_KEEP_RUNS_DAYS. Dagster's runs are removed by
`defs/instance/old_runs`, old folders of the site by each publish (`kernel/site/retention`)."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.leftovers import find_leftovers, find_staged, remove, size_of
from bluedot_assets.adapters.storage.raw_object import read_index
from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, WEEKLY, Timeframe
from bluedot_assets.kernel.checks.continuity import some_of
from bluedot_assets.kernel.errors import BluedotError, OutputDamaged, PartitionAbsent
from bluedot_assets.kernel.source.file_names import stock_files
from bluedot_assets.kernel.source.raw_file import RawFile
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.raw_json import NAME as RAW_JSON
from bluedot_assets.pipeline.stored.daily_table import newest_of_week
from bluedot_assets.pipeline.stored.earlier_partitions import BARS

Busy = Callable[[Timeframe], Collection[str]]  # partitions that a run is at work on


@dataclass(frozen=True)
class Removal:
    """Something that can go: what it is, in words that follow `removed`, and how many bytes it takes."""

    what: str
    bytes: int
    remove: Callable[[], None] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Surplus:
    """Partitions that can go, oldest first, and a sentence for each reason why others stay."""

    keys: Sequence[str] = ()
    notes: Sequence[str] = ()


def surplus_partitions(platform: Platform, timeframe: Timeframe, busy: Collection[str] = ()) -> Surplus:
    """The stored partitions beyond BLUEDOT_KEEP_DATA that can be made again: what the source has no more, or not as it
    is stored, stays, and where the source cannot be asked, all of them."""
    stored, needed = platform.outputs.partitions(timeframe.name), {*busy, *_of_stored_weeks(platform, timeframe)}
    beyond = [key for key in stored[: -platform.settings.keep_data[timeframe.name]] if key not in needed]
    try:
        listed = set(platform.source.partitions(timeframe).keys) if beyond else set()
        gone = [key for key in beyond if key not in listed or not _is_at_source(platform, timeframe, key)]
    except (BluedotError, OSError) as error:
        why = f"whether the source still has them cannot be seen: {error}"
        return Surplus((), [f"No {timeframe.name} partition is removed, for {why}"])
    notes = [
        f"{len(gone)} {timeframe.name} partitions are older than BLUEDOT_KEEP_DATA keeps and stay, for the source has "
        f"them no more, or other files than are stored ({some_of(gone, 3)}): bluedot prune --timeframe "
        f"{timeframe.name} --keep N removes them as well."
    ]
    return Surplus([key for key in beyond if key not in gone], notes if gone else [])


def _of_stored_weeks(platform: Platform, timeframe: Timeframe) -> set[str]:
    """The daily partitions that stored weeks are made of: without them such a week would become another when it is run
    again."""
    if timeframe is not DAILY or platform.settings.weekly_from != DAILY.name:
        return set()
    stored = platform.outputs.partitions(DAILY.name, BARS)
    weeks = platform.outputs.partitions(WEEKLY.name)
    return {key for week in weeks if (key := newest_of_week(stored, week))}


def _is_at_source(platform: Platform, timeframe: Timeframe, key: str) -> bool:
    """Whether the source lists the files that are stored, byte for byte, and no others. Where none are stored, for the
    partition was only begun, any will do."""
    try:
        files = stock_files(platform.source.files(timeframe, key), timeframe)
    except PartitionAbsent:
        return False
    try:
        stored = _stored_files(platform, Slot(timeframe.name, key, RAW_JSON))
    except (OutputDamaged, pa.ArrowInvalid):  # what it holds nobody knows
        return False
    if stored is None:
        return bool(files)
    if sorted((one.name, one.size) for one in stored) != sorted((one.name, one.size) for one in files):
        return False
    at_source = {(one.name, one.md5 or platform.source.md5(one)) for one in files}
    return all((one.name, one.md5) in at_source for one in stored if one.problem is None)


def _stored_files(platform: Platform, slot: Slot) -> list[RawFile] | None:
    """Without their bytes; also those of an object that has no manifest, for a commit died."""
    store = platform.outputs.store
    path = next((one for one in (slot.raw_path, slot.former_raw_path) if store.size(one) is not None), None)
    if path is None:
        return None if platform.outputs.manifest(slot) is None else []
    with store.open(path) as stored:
        return [file for group in read_index(stored) for file in group]


def partition_removal(platform: Platform, timeframe: Timeframe, key: str) -> Removal:
    """All outputs of a partition."""
    stored = platform.outputs.partition(timeframe.name, key)
    return Removal(f"{timeframe.name} {key}", stored.bytes, stored.drop)


def old_data(
    platform: Platform, note: Callable[[str], object], busy: Busy, timeframes: Sequence[Timeframe]
) -> Iterator[Removal]:
    """The partitions that can go; why others stay is a note."""
    for timeframe in timeframes:
        surplus = surplus_partitions(platform, timeframe, busy(timeframe))
        for sentence in surplus.notes:
            note(sentence)
        for key in surplus.keys:
            # A run may have begun since: it takes the partition as it finds it.
            if key not in busy(timeframe):
                yield partition_removal(platform, timeframe, key)


def leftovers(platform: Platform) -> Iterator[Removal]:
    """What killed processes left on this machine, and in a bucket."""
    store, now = platform.outputs.store, platform.clock()
    for path in find_leftovers(store, now):
        yield Removal(f"{path.name}, which a killed process left", size_of(path), partial(remove, path))
    for folder, size in find_staged(store, now).items():
        yield Removal(f"{folder}, which a killed process left", size, partial(store.delete_below, folder))


def stored_partitions(platform: Platform) -> dict[Timeframe, list[str]]:
    """What is stored of each timeframe."""
    return {timeframe: platform.outputs.partitions(name) for name, timeframe in TIMEFRAMES.items()}
