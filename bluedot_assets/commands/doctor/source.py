"""The doctor's checks of the source: whether it can be read, what it holds, and whether it can be written to. Which
checks there are is in `checks`."""

from bluedot_assets.commands.doctor.checkup import Checkup, CheckupResult, error, ok, warning
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.source.file_names import stock_files
from bluedot_assets.kernel.source.tree_names import Place, ignored_names, in_a_sentence


def source(checkup: Checkup) -> CheckupResult:
    """Whether the source can be read with our credential."""
    found = checkup.platform.source
    ignored = dict.fromkeys(one for timeframe in TIMEFRAMES.values() for one in found.partitions(timeframe).ignored)
    sentences = [*found.warnings, *([f"{in_a_sentence([*ignored])}."] if ignored else [])]
    if sentences:
        return warning(" ".join(sentences))
    return ok(f"{found.address} can be read.")


def folders(checkup: Checkup, timeframe: Timeframe) -> CheckupResult:
    """Whether there is something to work on, and what the newest of it holds."""
    platform = checkup.platform
    keys = platform.listed(timeframe).keys
    if not keys:
        return warning(
            f"{platform.source.address} has no folder like {timeframe.name}/{timeframe.example} from "
            f"{platform.earliest} to today: nothing {timeframe.name} runs until one comes."
        )
    found = platform.source.files(timeframe, keys[-1])
    files = stock_files(found, timeframe)
    holds = f"{len(keys)}, the newest is {keys[-1]} with {len(files)} stock files"
    if ignored := ignored_names([(file.name, file.folder) for file in found], Place(timeframe, keys[-1])):
        return warning(f"{holds}. {in_a_sentence(ignored)}.")
    return ok(f"{holds}.") if files else warning(f"{holds}: files must be named like AAPL_{timeframe.name}.json.")


def trigger(checkup: Checkup, timeframe: Timeframe) -> CheckupResult:
    """Whether the trigger file is there and can be understood."""
    name = f"triggers/{timeframe.name}_ready.txt"
    found = checkup.platform.source.trigger(timeframe)
    if found is None:
        return warning(
            f"There is no {name}: a folder is taken up only when its listing stayed the same for "
            f"{checkup.settings.settle_minutes:g} minutes; make the file, and touch it after each upload."
        )
    if found.problem:
        return warning(f"{name} says nothing that can be understood ({found.problem}): correct or empty it.")
    touched = f", touched {found.touched:%Y-%m-%d %H:%M} UTC" if found.touched else ""
    return ok(f"{name} names {found.key or 'the newest folder'}{touched}.")


def process_log(checkup: Checkup) -> CheckupResult:
    """Whether each run's line can be written; nothing is written now."""
    problem = checkup.platform.source.log_problem()
    if problem is None:
        return ok("triggers/process_log.txt can be written.")
    return (error if problem.missing else warning)(problem.sentence)
