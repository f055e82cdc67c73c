"""The doctor's look at the source: whether it can be read, what it holds, and whether it can be written to."""

from collections.abc import Callable

from bluedot_assets.adapters.storage.raw_reading import stock_files
from bluedot_assets.commands.doctor.checkup import Checkup, CheckupResult, ok, warning
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.source.arrivals import partitions_in_reach


def source(examined: Checkup) -> CheckupResult:
    """Whether the source can be read with our credential."""
    found = examined.platform.source
    for timeframe in TIMEFRAMES.values():
        found.partitions(timeframe)
    if found.warnings:
        return warning(" ".join(found.warnings))
    return ok(f"{found.address} can be read.")


def folders(timeframe: Timeframe) -> Callable[[Checkup], CheckupResult]:
    """Whether there is something to work on, and what the newest of it holds."""

    def body(examined: Checkup) -> CheckupResult:
        platform = examined.platform
        listed = platform.source.partitions(timeframe)
        keys = partitions_in_reach(listed, timeframe, platform.settings.start, platform.clock().date())
        if not keys:
            return warning(
                f"{platform.source.address} has no folder like {timeframe.name}/{timeframe.example} from "
                f"{platform.settings.start} to today: nothing {timeframe.name} runs until one comes."
            )
        files = stock_files(platform.source.files(timeframe, keys[-1]), timeframe)
        said = f"{len(keys)}, the newest is {keys[-1]} with {len(files)} stock files"
        if not files:
            return warning(f"{said}: files must be named like AAPL_{timeframe.name}.json.")
        return ok(f"{said}.")

    return body


def trigger(timeframe: Timeframe) -> Callable[[Checkup], CheckupResult]:
    """Whether the trigger file is there and can be understood."""

    def body(examined: Checkup) -> CheckupResult:
        platform, name = examined.platform, f"triggers/{timeframe.name}_ready.txt"
        found = platform.source.trigger(timeframe)
        if found is None:
            return warning(
                f"There is no {name}: a folder is taken up only when its listing stayed the same for "
                f"{platform.settings.settle_minutes:g} minutes; make the file, and touch it after each upload."
            )
        if found.problem:
            return warning(f"{name} says nothing that can be understood ({found.problem}): correct or empty it.")
        touched = f", touched {found.touched:%Y-%m-%d %H:%M} UTC" if found.touched else ""
        return ok(f"{name} names {found.key or 'the newest folder'}{touched}.")

    return body


def process_log(examined: Checkup) -> CheckupResult:
    """Whether each run's line can be written; nothing is written now."""
    problem = examined.platform.source.log_problem()
    return warning(problem) if problem else ok("triggers/process_log.txt can be written.")
