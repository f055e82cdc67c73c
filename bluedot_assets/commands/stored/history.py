"""`bluedot history`: what was ever seen of each timeframe, whether it is sound, and how it is made again. What a
partition adds is in `pipeline/stages/history`."""

import sys

from bluedot_assets.commands.console import print_error, print_json, settings_here
from bluedot_assets.commands.partitions import timeframes_of
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.upkeep.history import HistoryStatus, problems_of, rebuild_all, status_of


def show_status(timeframe_word: str, *, as_json: bool) -> None:
    """A line, or with `as_json` an object, for each timeframe."""
    platform = Platform(settings_here())
    found = [status_of(platform, timeframe) for timeframe in timeframes_of(timeframe_word)]
    if as_json:
        print_json(found)
    else:
        sys.stdout.writelines(f"{_line(one)}\n" for one in found)


def _line(one: HistoryStatus) -> str:
    if not one.files:
        return f"{one.timeframe}: nothing yet in {one.place}; `bluedot run` begins it."
    frozen = f", {one.frozen} of them undecided" if one.frozen else ""
    return (
        f"{one.timeframe}: {one.stocks:,} stocks, {one.bars:,} bars from {one.first_session} to {one.last_session}, "
        f"{one.dots:,} dots, {one.adjustments:,} adjustments{frozen}, from {one.answers:,} files; "
        f"{one.bytes / 1e6:.1f} MB in {one.place}"
    )


def verify(timeframe_word: str) -> int:
    """An error for each problem; the exit code."""
    platform, found = Platform(settings_here()), 0
    for timeframe in timeframes_of(timeframe_word):
        for problem in problems_of(platform, timeframe):
            print_error(problem)
            found += 1
    if not found:
        sys.stdout.write("The history is whole, and what is published of it follows from it.\n")
    return 1 if found else 0


def rebuild_history(timeframe_word: str) -> int:
    """A line for each timeframe; the exit code."""
    platform, failed = Platform(settings_here()), False
    for timeframe in timeframes_of(timeframe_word):
        done, left_out = rebuild_all(platform, timeframe)
        sys.stdout.writelines(f"{line}\n" for line in done)
        for problem in left_out:
            print_error(problem)
            failed = True
    return 1 if failed else 0
