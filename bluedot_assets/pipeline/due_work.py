"""What should run now: the partitions that are due, and whether their upload has ended. The decisions are
`kernel/source/arrivals`; here they get the source and the site to decide upon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bluedot_assets.adapters.storage.raw_reading import fingerprint_listing, stock_files
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent
from bluedot_assets.kernel.site.status import TimeframeStatus
from bluedot_assets.kernel.source.arrivals import LOOKED_AT, MOST_AT_ONCE, partitions_due
from bluedot_assets.kernel.source.trigger_file import Trigger
from bluedot_assets.pipeline.platform import Platform

LONGEST_PAUSE_S = 30  # a tick has 60 seconds in all


def due_partitions(platform: Platform, timeframe: Timeframe) -> list[str]:
    """Keys that the source has and the site lacks, oldest first, at most as many as one tick requests."""
    state = platform.status(timeframe)
    listed = platform.listed(timeframe)
    keep = platform.settings.keep[timeframe.name]
    return partitions_due(listed, state.folders.keys(), keep, state.budget_floor)[-MOST_AT_ONCE:]


def still_growing(platform: Platform, timeframe: Timeframe, keys: Sequence[str]) -> list[str]:
    """Those of the partitions whose listing is not the same twice, an interval apart: their upload goes on."""
    before = {key: _listing(platform, timeframe, key) for key in keys}
    if before:
        platform.sleep(min(platform.settings.poll_seconds, LONGEST_PAUSE_S))
    return [key for key in keys if _listing(platform, timeframe, key) != before[key]]


def _listing(platform: Platform, timeframe: Timeframe, key: str) -> str:
    return fingerprint_listing(stock_files(platform.source.files(timeframe, key), timeframe))


MOST_LOOKS: Final = 20  # BLUEDOT_POLL_SECONDS apart; ten minutes of a job are cheaper than half a partition


@dataclass(frozen=True)
class Ready:
    """Partitions to run, oldest first; a sentence for each that is left out; what a person must put right."""

    keys: list[str]
    left_out: list[str] = field(default_factory=list)
    problem: str | None = None


@dataclass(frozen=True)
class _Folder:
    """A partition's stock files."""

    count: int
    fingerprint: str
    newest: datetime | None  # modification


@dataclass(frozen=True)
class _Look:
    """The source at one moment: the folders that should run, how many files the trigger promises for which, and the
    folder that it names and the source does not have."""

    folders: Mapping[str, _Folder]
    promised: Mapping[str, int]
    absent: str | None


def ready_partitions(platform: Platform, timeframe: Timeframe) -> Ready:
    """What the site lacks, or shows of files that have changed since, once its upload has ended: the number of files
    that the trigger expects is there, or two looks are equal."""
    state = platform.status(timeframe)
    look, before = _look(platform, timeframe, state), None
    for _ in range(MOST_LOOKS):
        if not (look.absent or _short(look) or _growing(look, before)):
            break
        platform.sleep(platform.settings.poll_seconds)
        look, before = _look(platform, timeframe, state), look
    growing = _growing(look, before)
    empty = [key for key, folder in look.folders.items() if not folder.count]
    return Ready(
        [key for key in sorted(look.folders) if key not in {*growing, *empty}],
        [f"{timeframe.name}/{key} is still being uploaded: run this again when it is whole." for key in growing]
        + [f"{timeframe.name}/{key} has no files yet." for key in empty],
        look.absent
        and f"triggers/{timeframe.name}_ready.txt names {look.absent}, which the source does not have: upload the "
        "folder or correct the file, and touch it again.",
    )


def _look(platform: Platform, timeframe: Timeframe, state: TimeframeStatus) -> _Look:
    settings, source = platform.settings, platform.source
    listed = platform.listed(timeframe)
    due = partitions_due(listed, state.folders.keys(), settings.keep[timeframe.name], state.budget_floor)
    shown = [key for key in sorted(listed)[-LOOKED_AT[timeframe.name] :] if key in state.folders]
    folders = {key: _folder(platform, timeframe, key) for key in (*due, *shown)}
    for key in shown:
        # A folder that was published before listings were remembered has nothing to compare with.
        if state.folders[key].listing in {"", folders[key].fingerprint}:
            del folders[key]
    return _with_promises(folders, listed, max(state.folders, default=""), source.trigger(timeframe))


def _with_promises(
    folders: Mapping[str, _Folder], listed: Sequence[str], newest_shown: str, trigger: Trigger | None
) -> _Look:
    if trigger is None or trigger.problem:
        return _Look(folders, {}, None)
    if trigger.key and trigger.key not in listed:
        # An old name that the source no longer has promises nothing.
        return _Look(folders, {}, trigger.key if trigger.key > newest_shown else None)
    key = trigger.key or max(listed, default="")
    folder = folders.get(key)
    if folder is None or trigger.expected is None:
        return _Look(folders, {}, None)
    late = folder.newest and trigger.touched and folder.newest > trigger.touched
    # Without a key it may speak of an earlier folder, and these files came after it.
    return _Look(folders, {} if trigger.key is None and late else {key: trigger.expected}, None)


def _folder(platform: Platform, timeframe: Timeframe, key: str) -> _Folder:
    try:
        files = stock_files(platform.source.files(timeframe, key), timeframe)
    except PartitionAbsent:  # gone since it was listed: as empty as it is
        files = []
    return _Folder(len(files), fingerprint_listing(files), max((file.modified for file in files), default=None))


def _short(look: _Look) -> list[str]:
    """Those that have fewer files than the trigger expects."""
    return [key for key, expected in look.promised.items() if look.folders[key].count < expected]


def _growing(look: _Look, before: _Look | None) -> list[str]:
    """Those that no trigger calls whole, and that were not the same a look ago."""
    whole = look.promised.keys() - _short(look)
    return [
        key
        for key, folder in look.folders.items()
        if key not in whole and folder.count and (before is None or before.folders.get(key) != folder)
    ]
