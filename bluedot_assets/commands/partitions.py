"""`bluedot partitions`: what the source has, what is published, what is due; and the partitions that a person names.
What is due is decided in `kernel/source/arrivals`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.table import Table

from bluedot_assets.commands.console import print_error, print_json, print_warning, settings_here, terminal
from bluedot_assets.commands.github.problems import handed_on
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.source.arrivals import partitions_due, partitions_in_reach
from bluedot_assets.kernel.source.tree_names import IgnoredName, PartitionListing, Place, ignored_names, in_a_sentence
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.source_observation import ready_partitions


def list_partitions(timeframe_word: str, *, only_due: bool, as_json: bool) -> None:
    """Print them, newest first. With `only_due` oldest first, a line each: timeframe, key, Dagster's key."""
    rows = list(_rows(Platform(settings_here()), timeframe_word))
    if only_due:
        rows = [row for row in reversed(rows) if row["due"]]
    if as_json:
        print_json(rows)
    elif only_due:
        sys.stdout.writelines(_line(TIMEFRAMES[str(row["timeframe"])], str(row["partition"])) for row in rows)
    else:
        terminal().print(_table(rows))


def list_ready(timeframe_word: str, partition: str | None, problems_file: Path | None) -> int:
    """Print what should run now as lines, or the named partition alone; on standard error what is left out, and why.
    What stops it is also written to the file, for `notify`. The exit code is 1 when a trigger names a folder that does
    not come."""
    with handed_on(problems_file) as problems:
        for problem in _list_ready(Platform(settings_here()), timeframe_word, partition):
            print_error(problem)
            problems.append(problem)
    return 1 if problems else 0


def _list_ready(platform: Platform, timeframe_word: str, partition: str | None) -> Iterator[str]:
    if partition is not None:
        chosen = select_partitions(platform, timeframe_word, partition, print_warning)
        sys.stdout.writelines(_line(timeframe, key) for timeframe, key in chosen)
        return
    for timeframe in timeframes_of(timeframe_word):
        ready = ready_partitions(platform, timeframe)
        sys.stdout.writelines(_line(timeframe, key) for key in ready.keys)
        for key in ready.growing:
            print_warning(f"{timeframe.name}/{key} is still being uploaded: run this again when it is whole.")
        for key in ready.empty:
            misnamed = in_a_sentence(ready.misnamed[key])
            only = f"has no stock file, only what is ignored: {misnamed}" if misnamed else "has no files yet"
            print_warning(f"{timeframe.name}/{key} {only}.")
        if ready.ignored:
            print_warning(f"{in_a_sentence(ready.ignored)}.")
        if ready.absent:
            yield (
                f"triggers/{timeframe.name}_ready.txt names {ready.absent}, which the source does not have: upload "
                "the folder or correct the file, and touch it again."
            )


def _rows(platform: Platform, timeframe_word: str) -> Iterator[dict[str, object]]:
    for timeframe in timeframes_of(timeframe_word):
        found, state = platform.listed(timeframe), platform.status(timeframe)
        listed = found.keys
        _warn_of_ignored(platform, timeframe, found)
        due = partitions_due(listed, state.published(listed), platform.settings.keep[timeframe.name])
        for key in sorted({*listed, *state.folders}, reverse=True):
            yield {
                "timeframe": timeframe.name,
                "partition": key,
                "dagster_key": timeframe.dagster_key(key),
                "in_source": key in listed,
                "published": key in state.folders,
                "due": key in due,
            }


def _warn_of_ignored(platform: Platform, timeframe: Timeframe, found: PartitionListing) -> None:
    """What is ignored beside the partitions, above, and in the newest one."""
    ignored = found.ignored
    for key in found.keys[-1:]:
        files = platform.source.files(timeframe, key)
        ignored = [*ignored, *ignored_names([(file.name, file.folder) for file in files], Place(timeframe, key))]
    if ignored:
        print_warning(f"{in_a_sentence(ignored)}.")


def _line(timeframe: Timeframe, key: str) -> str:
    return f"{timeframe.name} {key} {timeframe.dagster_key(key)}\n"


OLDER = (
    "Neither published nor due: older than what BLUEDOT_KEEP keeps, or without room in BLUEDOT_SITE_BUDGET_MB. "
    "The site would drop it again."
)


def _table(rows: list[dict[str, object]]) -> Table:
    older = any(row["in_source"] and not row["published"] and not row["due"] for row in rows)
    heads = ("timeframe", "partition", "Dagster's key", "in source", "published", "due")
    table = Table(*heads, caption=OLDER if older else None)
    for row in rows:
        table.add_row(*[("yes" if value else "") if isinstance(value, bool) else str(value) for value in row.values()])
    return table


SHOWN = 3
RANGE = ".."


def timeframes_of(word: str) -> list[Timeframe]:
    """`daily`, `weekly` or `all`."""
    return list(TIMEFRAMES.values()) if word == "all" else [TIMEFRAMES[word]]


def select_partitions(
    platform: Platform, timeframe_word: str, partition_word: str, warn: Callable[[str], None]
) -> list[tuple[Timeframe, str]]:
    """The partitions to run, oldest first. Raises UsageError, naming what is wrong and what could be asked instead."""
    source, timeframes = platform.source, timeframes_of(timeframe_word)
    today = platform.clock().date()
    ends = _ends(timeframes, partition_word)
    if not ends and partition_word not in {"latest", "all"}:
        return [_named(platform, _timeframe_of_key(timeframes, partition_word), partition_word, warn)]
    chosen, ignored = [], dict[IgnoredName, None]()  # each once
    for timeframe in timeframes:
        found = platform.listing(timeframe)
        ignored |= dict.fromkeys(found.ignored)
        for key in found.keys:
            if timeframe.start(key) > today:
                warn(f"{timeframe.name}/{key} is dated in the future and left out.")
        keys = partitions_in_reach(found.keys, timeframe, platform.earliest, today)
        if ends:
            keys = [key for key in keys if timeframe is ends[0] and ends[1] <= key <= ends[2]]
        elif not keys:
            warn(f"The source has no {timeframe.name} partition.")
        elif partition_word == "latest":
            link, keys = source.latest(timeframe), keys[-1:]
            if link not in {None, *keys}:
                warn(f"{timeframe.name}/latest points at {link}, but {keys[0]} is the newest folder and was taken.")
        chosen += [(timeframe, key) for key in keys]
    if not chosen and ends:
        raise UsageError(f"The source {source.address} has no {ends[0].name} partition from {ends[1]} to {ends[2]}.")
    if not chosen:
        names = " and no ".join(timeframe.name for timeframe in timeframes)
        remedy = in_a_sentence([*ignored]) or "check BLUEDOT_SOURCE"
        raise UsageError(f"The source {source.address} has no {names} partition: {remedy}.")
    if ignored:
        warn(f"{in_a_sentence([*ignored])}.")
    return chosen


def names_many(partition_word: str) -> bool:
    """Whether the word may name many partitions, which are made as one batch."""
    return partition_word == "all" or RANGE in partition_word


def _ends(timeframes: Sequence[Timeframe], word: str) -> tuple[Timeframe, str, str] | None:
    """The timeframe, the first and the last key of a range; None for another word. Raises UsageError."""
    if RANGE not in word:
        return None
    first, last = (part.strip() for part in word.split(RANGE, 1))
    timeframe = _timeframe_of_key(timeframes, first)
    timeframe.start(last)  # refuses what is none of its keys
    if last < first:
        raise UsageError(f"{word!r} ends before it begins: write the older partition first, {last}{RANGE}{first}.")
    return timeframe, first, last


def _timeframe_of_key(timeframes: Sequence[Timeframe], key: str) -> Timeframe:
    for timeframe in timeframes:
        if timeframe.is_key(key):
            return timeframe
    if len(timeframes) == 1:
        timeframes[0].start(key)  # says what a key of it looks like
    forms = " or ".join(f"{timeframe.name} like {timeframe.example}" for timeframe in timeframes)
    hint = next((hint for timeframe in timeframes if (hint := timeframe.hint(key))), "")
    raise UsageError(f"{key!r} is no partition: write it {forms}, or say latest or all{hint}.")


def _named(platform: Platform, timeframe: Timeframe, key: str, warn: Callable[[str], None]) -> tuple[Timeframe, str]:
    start, today = platform.earliest, platform.clock().date()
    if timeframe.start(key) > today:
        raise UsageError(f"{key} lies in the future; today is {today} (UTC).")
    if timeframe.end(key) < start:
        raise UsageError(f"{key} is before the first partition: set BLUEDOT_START to an earlier date than {start}.")
    found = platform.listing(timeframe)
    ignored = f"{in_a_sentence(found.ignored)}." if found.ignored else ""
    if key not in found.keys:
        newest = ", ".join(found.keys[-SHOWN:]) or "nothing"
        raise UsageError(f"The source has no {timeframe.name}/{key}; its newest are: {newest}. {ignored}".rstrip())
    if ignored:
        warn(ignored)
    return timeframe, key
