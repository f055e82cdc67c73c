"""`bluedot partitions`: what the source has, what is published, what is due."""

import json
import sys

from rich.table import Table

from bluedot_assets.commands.complaints import complain, warn
from bluedot_assets.commands.display import terminal
from bluedot_assets.commands.readiness import ready_partitions
from bluedot_assets.commands.selection import select_partitions, timeframes_of
from bluedot_assets.defs.resources import Platform
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES
from bluedot_assets.kernel.site.publication import STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.kernel.source.arrivals import partitions_due, partitions_in_reach
from bluedot_assets.settings import load_settings


def list_partitions(timeframe_word: str, *, only_due: bool, as_json: bool) -> None:
    """Print them, newest first. With `only_due` oldest first, a line each: timeframe, key, Dagster's key."""
    rows = _rows(Platform(load_settings()), timeframe_word)
    if only_due:
        rows = [row for row in reversed(rows) if row["due"]]
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
    elif only_due:
        sys.stdout.writelines(_line(str(row["timeframe"]), str(row["partition"])) for row in rows)
    else:
        terminal().print(_table(rows))


def list_ready(timeframe_word: str, partition: str | None) -> int:
    """Print what should run now as lines, or the named partition alone; on standard error what is left out, and why.
    The exit code is 1 when a trigger names a folder that does not come."""
    platform = Platform(load_settings())
    if partition is not None:
        start, today = platform.settings.start, platform.clock().date()
        chosen = select_partitions(platform.source, timeframe_word, partition, start, today, warn)
        sys.stdout.writelines(_line(timeframe.name, key) for timeframe, key in chosen)
        return 0
    code = 0
    for timeframe in timeframes_of(timeframe_word):
        ready = ready_partitions(platform, timeframe)
        sys.stdout.writelines(_line(timeframe.name, key) for key in ready.keys)
        for said in ready.left_out:
            warn(said)
        if ready.problem:
            complain(ready.problem)
            code = 1
    return code


def _rows(platform: Platform, timeframe_word: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for timeframe in timeframes_of(timeframe_word):
        listed = partitions_in_reach(
            platform.source.partitions(timeframe), timeframe, platform.settings.start, platform.clock().date()
        )
        state = decode_status(platform.site_of(timeframe).read(STATUS)).of(timeframe.name)
        published = state.folders
        due = partitions_due(listed, published.keys(), platform.settings.keep[timeframe.name], state.budget_floor)
        rows += [
            {
                "timeframe": timeframe.name,
                "partition": key,
                "dagster_key": timeframe.dagster_key(key),
                "in_source": key in listed,
                "published": key in published,
                "due": key in due,
            }
            for key in sorted({*listed, *published}, reverse=True)
        ]
    return rows


def _line(timeframe: str, key: str) -> str:
    return f"{timeframe} {key} {TIMEFRAMES[timeframe].dagster_key(key)}\n"


def _table(rows: list[dict[str, object]]) -> Table:
    table = Table()
    for name in ("timeframe", "partition", "Dagster's key", "in source", "published", "due"):
        table.add_column(name)
    for row in rows:
        words = [str(row[name]) for name in ("timeframe", "partition", "dagster_key")]
        table.add_row(*words, *["yes" if row[name] else "" for name in ("in_source", "published", "due")])
    return table
