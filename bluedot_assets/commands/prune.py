"""`bluedot prune`: removes what is older than the settings keep, as the job `housekeeping` does each day; or all stored
partitions but the newest few. What goes is decided in `pipeline/housekeeping` and `defs/instance/old_runs`."""

import sys
from collections.abc import Iterable, Sequence

from bluedot_assets.commands.console import print_warning
from bluedot_assets.commands.partitions import timeframes_of
from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.pipeline.housekeeping import Removal, partition_removal
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.load import load_settings

NOTHING = "Nothing is older than BLUEDOT_KEEP_DATA and BLUEDOT_KEEP_RUNS_DAYS keep.\n"


def prune(timeframe_word: str, keep: int | None, *, dry_run: bool) -> None:
    """Remove, or with `dry_run` only name, what can go. With `keep` these are all stored partitions but so many of the
    newest, whether or not the source still has them; without it what the settings say. Raises SettingsError."""
    platform, timeframes = Platform(load_settings()), timeframes_of(timeframe_word)
    if keep is not None:
        _carry_out(_all_but(platform, timeframes, keep), dry_run=dry_run)
        return
    import dagster as dg  # noqa: PLC0415  two seconds, which the other form does not pay

    from bluedot_assets.dagster_home import make_dagster_home  # noqa: PLC0415
    from bluedot_assets.defs.instance.housekeeping import removals  # noqa: PLC0415

    make_dagster_home()
    with dg.DagsterInstance.get() as instance:
        if not _carry_out(removals(platform, instance, print_warning, timeframes), dry_run=dry_run):
            sys.stdout.write(NOTHING)


def _all_but(platform: Platform, timeframes: Sequence[Timeframe], keep: int) -> Iterable[Removal]:
    for timeframe in timeframes:
        for key in platform.outputs.partitions(timeframe.name)[:-keep]:
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
