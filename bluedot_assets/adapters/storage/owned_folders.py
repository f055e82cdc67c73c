"""Folders of unfinished work, and how others see that they are in use: the owner's lock stays as long as its process
lives, however long that is, and the system lets go of it at whatever end. The next process removes what has none."""

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

PURPOSES: Final = ("git", "data", "batch")  # of temporary folders, whose names begin with them
LOCK: Final = "in-use.lock"


class TemporaryFolder:
    """A folder in the system's folder for temporary files, removed with the last reference to this."""

    def __init__(self, purpose: str) -> None:
        for folder in temporary_folders():
            remove_abandoned(folder)
        self.path = Path(tempfile.mkdtemp(prefix=_prefix(purpose)))
        self._lock = own(self.path)
        weakref.finalize(self, _remove, self.path, self._lock)


def _remove(path: Path, lock: FileLock) -> None:
    shutil.rmtree(path, ignore_errors=True)
    lock.release(force=True)


def temporary_folders() -> Iterator[Path]:
    """Those of all processes, at work or not."""
    for purpose in PURPOSES:
        yield from Path(tempfile.gettempdir()).glob(f"{_prefix(purpose)}*")


def _prefix(purpose: str) -> str:
    return f"bluedot-{purpose}-"


def machine_lock(purpose: str, what: str, longest_wait_s: float) -> FileLock:
    """For one process of this machine at a time that does this with `what`. Its file stays, for all that ever will."""
    name = hashlib.sha256(what.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return FileLock(Path(tempfile.gettempdir()) / f"bluedot-{purpose}-{name}.lock", longest_wait_s, mode=0o666)


def own(folder: Path) -> FileLock:
    """Make the folder, and make it this process's until the lock is released."""
    # The last reference to what holds it may go in another thread than the one that made it.
    lock = FileLock(folder / LOCK, thread_local=False)
    while True:
        with suppress(FileNotFoundError):
            _make(folder)
        with suppress(FileNotFoundError, FileExistsError):  # it goes at the moment in which it is locked
            lock.acquire()
            if (folder / LOCK).exists():
                return lock
            lock.release()  # another process removed it before it was locked


def _make(folder: Path) -> None:
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except FileExistsError:  # also where the folder goes at the moment in which it is found
        if folder.exists() and not folder.is_dir():
            raise


def has_owner(folder: Path) -> bool | None:
    """Whether a process that lives has it; None where it has no lock: of an earlier version, or killed in its first
    moment. Raises OSError where nobody may ask, as with another user's."""
    if not (folder / LOCK).exists():
        return None
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True


def remove_abandoned(folder: Path) -> None:
    """Remove the folder if its owner is gone."""
    if not (folder / LOCK).exists():
        return
    with suppress(OSError, Timeout), FileLock(folder / LOCK, timeout=0):  # of another user, or at work
        shutil.rmtree(folder, ignore_errors=True)
