"""`bluedot raw`: a stored file, byte for byte; and which partition is the newest that is stored.

How outputs are stored is in `adapters/storage`; removing them, in `prune`."""

import sys
from pathlib import Path

from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.raw_object import extract, read_index
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.source.raw_file import RawFile
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.stages.raw_json import NAME
from bluedot_assets.settings.load import load_settings


def give_back(name: str, partition: str, origin: str | None, out: Path | None) -> None:
    """Write the bytes of the file `name` to `out` or to standard output. Raises UsageError."""
    timeframe = next((one for one in TIMEFRAMES.values() if name.lower().endswith(one.ending)), None)
    if timeframe is None:
        endings = " or ".join(one.ending for one in TIMEFRAMES.values())
        raise UsageError(f"{name} is no stock file: give the whole name, ending in {endings}.")
    platform = Platform(load_settings())
    key = newest_stored(platform, timeframe, NAME) if partition == "latest" else partition
    timeframe.start(key)
    manifest = platform.outputs.manifest(Slot(timeframe.name, key, NAME))
    if manifest is None:
        raise UsageError(
            f"{timeframe.name}/{key} is not stored here, the newest that is: "
            f"{newest_stored(platform, timeframe, NAME)}. Run it first: "
            f"`bluedot run --timeframe {timeframe.name} --partition {key}`."
        )
    with platform.outputs.store.open(manifest.raw_object.path) as stored:
        named = [file for group in read_index(stored) for file in group if file.name == name]
        file = _the_one(named, name, f"{timeframe.name}/{key}", origin)
        content = extract(stored, file.origin_id)
    if content is None:
        raise UsageError(f"{name} was not stored: {file.problem}.")
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


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
