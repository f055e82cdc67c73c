"""`bluedot raw` and `bluedot csv`: a stored file or series, byte for byte; which partition is the newest that is
stored; and `bluedot prune`, which removes what is older than the settings keep, as the job `housekeeping` does each
day, or all but the newest few.

How outputs are stored is in `adapters/storage`; what goes, in `pipeline/upkeep/housekeeping`."""

import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.raw_object import extract, read_index
from bluedot_assets.commands.console import print_warning, settings_here
from bluedot_assets.commands.partitions import timeframes_of
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import BluedotError, UsageError
from bluedot_assets.kernel.series.indicators import INDICATORS
from bluedot_assets.kernel.source.raw_file import RawFile
from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.raw_json import NAME
from bluedot_assets.pipeline.upkeep.housekeeping import Busy, Removal, partition_removal

NEAR: Final = 3  # names that a wrong one resembles
NOTHING: Final = "Nothing is older than BLUEDOT_KEEP_DATA and BLUEDOT_KEEP_RUNS_DAYS keep.\n"
NO_MORE: Final = "Nothing to remove: no more is stored than --keep leaves, or a run is at work on it.\n"


def give_back(name: str, partition: str, origin: str | None, out: Path | None) -> None:
    """Write the bytes of the file `name` to `out` or to standard output. Raises UsageError, OutputDamaged."""
    timeframe = next((one for one in TIMEFRAMES.values() if name.lower().endswith(one.ending)), None)
    if timeframe is None:
        endings = " or ".join(one.ending for one in TIMEFRAMES.values())
        raise UsageError(f"{name} is no stock file: give the whole name, ending in {endings}.")
    platform = Platform(settings_here())
    key, manifest = _stored(platform, timeframe, partition, NAME)
    with platform.outputs.open(manifest.raw_object) as stored:
        named = [file for group in read_index(stored) for file in group if file.name == name]
        file = _the_one(named, name, f"{timeframe.name}/{key}", origin)
        content = extract(stored, file.origin_id)
    if content is None:
        raise UsageError(f"{name} was not stored: {file.problem}.")
    _give(content, out)


def give_series(stock: str, word: str, timeframe_word: str, partition: str, out: Path | None) -> None:
    """Write the CSV of a stock's indicator to `out` or to standard output. Raises UsageError, OutputDamaged."""
    timeframe, indicator = TIMEFRAMES[timeframe_word], INDICATORS.get(word.upper())
    if indicator is None:
        raise UsageError(f"{word} is no indicator: give one of {', '.join(INDICATORS)}.")
    platform = Platform(settings_here())
    if indicator.name not in platform.settings.indicators and not platform.outputs.partitions(
        timeframe.name, indicator.asset
    ):
        raise UsageError(
            f"{indicator.name} is not made here: name it in BLUEDOT_INDICATORS, and run the partition again."
        )
    key, manifest = _stored(platform, timeframe, partition, indicator.asset)
    by_symbol = {one.symbol: one for one in manifest.objects}
    stock = stock if stock in by_symbol else stock.upper()
    if stock not in by_symbol:
        near = get_close_matches(stock, by_symbol, NEAR) or sorted(by_symbol)[:NEAR]
        raise UsageError(
            f"{timeframe.name}/{key} has no series of {stock}: give a published name, as {', '.join(near)}."
        )
    _give(platform.outputs.read(by_symbol[stock]), out)


def _stored(platform: Platform, timeframe: Timeframe, partition: str, stage: str) -> tuple[str, Manifest]:
    """The key and the output of a partition. Raises UsageError when it is not stored."""
    key = newest_stored(platform, timeframe, stage) if partition == "latest" else partition
    timeframe.start(key)
    manifest = platform.outputs.manifest(Slot(timeframe.name, key, stage))
    if manifest is None:
        newest = newest_stored(platform, timeframe, stage)
        raise UsageError(
            f"{timeframe.name}/{key} is not stored here, the newest that is: {newest}. "
            f"{_how_to_store(platform, timeframe, key)}"
        )
    return key, manifest


def _give(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


def _how_to_store(platform: Platform, timeframe: Timeframe, key: str) -> str:
    """A command that works: one that runs the partition where the source has it."""
    try:
        runs = key in platform.listed(timeframe).keys
    except BluedotError as error:  # it is not needed for what is stored
        return str(error)
    if runs:
        return f"Run it first: `bluedot run --timeframe {timeframe.name} --partition {key}`."
    return f"The source does not have it: `bluedot partitions --timeframe {timeframe.name}` lists what there is."


def newest_stored(platform: Platform, timeframe: Timeframe, stage: str) -> str:
    """The newest partition with an output of that stage. Raises UsageError when there is none."""
    stored = platform.outputs.partitions(timeframe.name, stage)
    if not stored:
        raise UsageError(f"No {timeframe.name} partition is stored: `bluedot run --timeframe {timeframe.name}` first.")
    return stored[-1]


def _the_one(named: list[RawFile], name: str, partition: str, origin: str | None) -> RawFile:
    if not named:
        raise UsageError(f"{partition} has no file of the name {name}: give it as it stands in the source.")
    chosen = [file for file in named if origin in {None, file.origin_id}]
    if len(chosen) != 1:
        origins = ", ".join(file.origin_id for file in named)
        raise UsageError(f"{partition} has {len(named)} files named {name}: say which with --origin, one of {origins}.")
    return chosen[0]


def prune(timeframe_word: str, keep: int | None, *, dry_run: bool) -> None:
    """Remove, or with `dry_run` only name, what can go. With `keep` these are all stored partitions but so many of the
    newest and those that a run is at work on, whether or not the source still has them; without it what the settings
    say. Raises SettingsError."""
    # Dagster takes two seconds to import, which the other commands of this module do not pay.
    from bluedot_assets.dagster_home import make_dagster_home  # noqa: PLC0415
    from bluedot_assets.defs.instance.connected import open_instance  # noqa: PLC0415
    from bluedot_assets.defs.instance.housekeeping import busy_with, removals  # noqa: PLC0415

    platform, timeframes = Platform(settings_here()), timeframes_of(timeframe_word)
    make_dagster_home()
    with open_instance() as instance:
        if keep is not None:
            found, nothing = _all_but(platform, timeframes, keep, busy_with(platform, instance)), NO_MORE
        else:
            found, nothing = removals(platform, instance, print_warning, timeframes), NOTHING
        if not _carry_out(found, dry_run=dry_run):
            sys.stdout.write(nothing)


def _all_but(platform: Platform, timeframes: Sequence[Timeframe], keep: int, busy: Busy) -> Iterable[Removal]:
    for timeframe in timeframes:
        for key in platform.outputs.partitions(timeframe.name)[:-keep]:
            if key in busy(timeframe):
                print_warning(f"{timeframe.name} {key} stays: a run is at work on it.")
            else:
                yield partition_removal(platform, timeframe, key)


def _carry_out(removals: Iterable[Removal], *, dry_run: bool) -> int:
    """How many there were."""
    count = freed = 0
    for removal in removals:
        if dry_run:
            sys.stdout.write(f"would remove {removal.what} ({removal.bytes:,} bytes)\n")
        else:
            removal.remove()
            sys.stdout.write(f"removed {removal.what}\n")
        count, freed = count + 1, freed + removal.bytes
    if count and dry_run:
        sys.stdout.write(f"{freed:,} bytes would be freed.\n")
    return count
