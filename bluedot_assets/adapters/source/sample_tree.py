"""Writes the sample to a folder: bytes, modification times and links, and nothing over a folder of someone else's. What
the files hold is decided in kernel/sample."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import Timeout

from bluedot_assets.adapters.storage.owned_folders import machine_lock
from bluedot_assets.kernel.sample.tree import SAMPLE_MARKER, SampleFile, SamplePlan, sample_files

LONGEST_WAIT_S: Final = 300  # for another sample of the same folder; 1,000 stocks take seconds


class SampleFolderRefused(ValueError):
    """A file is there, or a folder whose content nothing marks as an earlier sample; the message says what to do."""


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """One process of this machine at a time writes a sample there. Raises SampleFolderRefused."""
    lock = machine_lock("sample", str(out.absolute()), LONGEST_WAIT_S)
    try:
        lock.acquire()
    except Timeout:
        raise SampleFolderRefused(
            f"Another process has written a sample to {out} for {LONGEST_WAIT_S // 60} minutes: end it if it "
            "hangs, and call this again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def write_sample(plan: SamplePlan, out: Path, *, advance: Callable[[int], None] = lambda _: None) -> int:
    """Write the plan's tree to `out`, in place of an earlier sample there; `advance(1)` follows each file. Returns how
    many bytes of content there are; raises SampleFolderRefused before anything is changed."""
    make_sample_folder(out)
    _remove_earlier_sample(out)
    size = 0
    for file in sample_files(plan):
        target = out / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(file, target)
        size += len(file.content)
        advance(1)
    return size


def make_sample_folder(out: Path) -> None:
    """Make it unless it is there. Raises SampleFolderRefused for what is no sample of ours, OSError where it cannot be
    made."""
    if out.exists() and not out.is_dir():
        raise SampleFolderRefused(f"{out} is a file: give a folder that is new, empty or an earlier sample.")
    if out.is_dir() and any(out.iterdir()) and not (out / SAMPLE_MARKER).is_file():
        raise SampleFolderRefused(
            f"{out} holds files that are no sample (no {SAMPLE_MARKER} in it): give a new or empty folder."
        )
    out.mkdir(parents=True, exist_ok=True)


def _remove_earlier_sample(out: Path) -> None:
    """Remove what a sample makes, and only that. The marker stays, so an interrupted run can be repeated."""
    for name in ("daily", "weekly", "triggers"):
        part = out / name
        if part.is_symlink() or part.is_file():
            part.unlink()
        elif part.exists():
            shutil.rmtree(part)


def _write(file: SampleFile, target: Path) -> None:
    seconds = file.modified.timestamp()
    if file.link_to:
        target.symlink_to(file.link_to, target_is_directory=True)
    else:
        target.write_bytes(file.content)
    if not file.link_to or os.utime in os.supports_follow_symlinks:
        os.utime(target, (seconds, seconds), follow_symlinks=not file.link_to)
