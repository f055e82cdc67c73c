"""`bluedot prune`: stored partitions that nobody needs any more; the source gives them again."""

import sys

from bluedot_assets.commands.selection import timeframes_of
from bluedot_assets.defs.resources import Platform
from bluedot_assets.settings import load_settings


def prune_partitions(timeframe_word: str, keep: int) -> None:
    """Keep the newest `keep` of each timeframe, and say which went."""
    outputs = Platform(load_settings()).outputs
    for timeframe in timeframes_of(timeframe_word):
        for key in outputs.partitions(timeframe.name)[:-keep]:
            outputs.drop_partition(timeframe.name, key)
            sys.stdout.write(f"removed {timeframe.name} {key}\n")
