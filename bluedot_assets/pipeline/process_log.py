"""One line in the source's process log for each run; a log that cannot be written never fails a run. What stands in it
is in `kernel/source/process_log`."""

from bluedot_assets.kernel.errors import BluedotError
from bluedot_assets.kernel.source.process_log import RunLine
from bluedot_assets.pipeline.platform import Platform


def append_line(platform: Platform, line: RunLine) -> str | None:
    """None, or a sentence that says why the line was not written and what a person must do."""
    try:
        problem = platform.source.append_log(str(line))
    except BluedotError as error:
        problem = str(error)
    return f"The process log has no line of this run: {problem}" if problem else None
