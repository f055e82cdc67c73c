"""`bluedot sample`: a tree of made-up vendor files. What stands in them is in `kernel/sample`."""

from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bluedot_assets.adapters.sample_tree import write_sample
from bluedot_assets.commands.console import terminal
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.sample.tree import SamplePlan, sample_file_count


def make_sample(out: Path, **wanted: Any) -> None:
    """Write the tree of `SamplePlan(**wanted)` and say what to do with it. Raises UsageError."""
    console = terminal(stderr=True)
    try:
        plan = SamplePlan(**wanted)
        columns = (TextColumn("sample"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            files = sample_file_count(plan)
            task = progress.add_task("sample", total=files)
            size = write_sample(plan, out, advance=lambda more: progress.advance(task, more))
    except ValueError as error:  # of the plan, or SampleFolderRefused
        raise UsageError(str(error)) from None
    console.print(f"{files} files, {size / 1e6:.1f} MB in {out}. Next: BLUEDOT_SOURCE={out} bluedot run")
