"""`bluedot sample`: a tree of made-up vendor files, with settings of its own, and `bluedot --sample`, which works on
it. What stands in the files is in `kernel/sample`."""

import os
import shlex
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bluedot_assets.adapters.source.sample_tree import alone_in, make_sample_folder, write_sample
from bluedot_assets.commands.console import OF_SAMPLE, SAMPLE, program, terminal
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.sample.tree import SamplePlan, closed_days, sample_file_count

ENV: Final = ".env"
TREE: Final = "drive"
SETTINGS: Final = f"""# The settings of the sample, which `bluedot --sample` takes and no others. Change what you like.
BLUEDOT_SOURCE={TREE}
BLUEDOT_DATA=data
BLUEDOT_SITE=site
BLUEDOT_EXCHANGES=Asia/Kolkata=NSE,America/New_York=NASDAQ
"""
HOLIDAYS: Final = """# Days on which the exchanges of the sample are closed, whatever the real ones do.
BLUEDOT_HOLIDAYS={}
"""


def work_in_sample() -> Path:
    """Make the sample's folder the one that this process works in, with its settings and its Dagster home alone.
    Returns the folder that the command was called in. Raises UsageError where there is no sample."""
    # Not needed by the other commands that import this module: settings take 0.1 s.
    from bluedot_assets.dagster_home import NAME  # noqa: PLC0415
    from bluedot_assets.settings.load import FIELDS  # noqa: PLC0415

    here = Path.cwd()
    if not (SAMPLE / ENV).is_file():
        raise UsageError(f"There is no sample in {here / SAMPLE}: make it with `bluedot sample`.")
    for name in [name for name in os.environ if name in {*FIELDS, NAME} or name.startswith("BLUEDOT_")]:
        del os.environ[name]
    os.chdir(SAMPLE)
    return here


def make_sample(out: Path | None, **wanted: Any) -> None:
    """Write the tree of `SamplePlan(**wanted)` and say what to do with it: to `out`, or as the sample of this folder,
    with settings unless it has some. Raises UsageError."""
    tree = out or SAMPLE / TREE
    try:
        with alone_in(tree):
            plan = SamplePlan(**wanted)
            files, size = _write(tree, plan)
            if out is None and not _has_settings(SAMPLE / ENV):
                closed = ",".join(map(str, closed_days(plan)))
                holidays = HOLIDAYS.format(closed) if closed else ""
                (SAMPLE / ENV).write_text(f"{SETTINGS}{holidays}", "utf-8")
    except ValueError as error:  # of the plan, or SampleFolderRefused
        raise UsageError(str(error)) from None
    source = f"BLUEDOT_SOURCE={shlex.quote(str(out))} {program()} run"
    command = source if out else f"{program()} {OF_SAMPLE} run"
    terminal(stderr=True).print(
        f"{files} files, {size / 1e6:.1f} MB in {tree}. Next: {command}", markup=False, soft_wrap=True
    )


def _has_settings(file: Path) -> bool:
    """Not where a killed command made the file and wrote nothing yet."""
    return file.exists() and file.stat().st_size > 0


def _write(tree: Path, plan: SamplePlan) -> tuple[int, int]:
    """How many files and bytes were written. Raises SampleFolderRefused."""
    make_sample_folder(tree)  # a refusal, before any progress shows
    columns = (TextColumn("sample"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal(stderr=True)) as progress:
        files = sample_file_count(plan)
        task = progress.add_task("sample", total=files)
        return files, write_sample(plan, tree, advance=lambda more: progress.advance(task, more))
