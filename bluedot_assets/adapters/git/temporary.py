"""A folder of this process in the system's folder for temporary files, and how others see that it is in use: its lock
stays as long as the process lives, however long that is, and the system lets go of it at whatever end."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

PREFIX: Final = "bluedot-git-"  # how the names begin
_LOCK: Final = "in-use.lock"


class TemporaryFolder:
    """Removed with the last reference to this."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        # The last reference may go in another thread than the one that made it.
        self._lock = FileLock(self.path / _LOCK, thread_local=False)
        self._lock.acquire()
        weakref.finalize(self, _remove, self.path, self._lock)


def _remove(path: Path, lock: FileLock) -> None:
    shutil.rmtree(path, ignore_errors=True)
    lock.release(force=True)


def temporary_folders() -> Iterator[Path]:
    """Those of all processes, at work or not."""
    yield from Path(tempfile.gettempdir()).glob(f"{PREFIX}*")


def is_in_use(folder: Path) -> bool:
    """Whether a process that lives has it. Raises OSError where nobody may ask, as with another user's."""
    if not (folder / _LOCK).exists():
        return False  # of a version that knew no lock, or killed in its first moment
    try:
        with FileLock(folder / _LOCK, timeout=0):
            return False
    except Timeout:
        return True
