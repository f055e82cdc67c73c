"""What this machine gives a run: the folders that a setting names, and this user's own, whether they can be used, asked
before the work and not after it; how many files may be open; and whether what was written is on the disk. What is
written there belongs to the adapter of each."""

import errno
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs

from bluedot_assets.kernel.errors import BluedotError, MachineFailed, SettingsError

FEWEST_FILES: Final = 64  # open at once; a run with one worker has 30, and libraries that get no more print tracebacks
_ROOM: Final = (
    "Make room on its disk (`bluedot prune --dry-run` says what can go), or name a folder of another disk; then run "
    "again."
)
_RIGHTS: Final = "Make it writable for this user, or name another folder; then run again."
_CHANGED: Final = "See what removes or replaces it while it is in use, put it right, and run again."
_FILES: Final = "Allow this user more open files (`ulimit -n 1024`), and run again."
_SIZE: Final = "Allow this user larger files (`ulimit -f unlimited`), and run again."
_HERE: Final = "The current folder is not there any more. Go to another (`cd`), and run again."
_MEMORY: Final = "Give the machine more memory, or lower PARALLEL_WORKERS or BATCH_SIZE, and run again."
_PROCESSES: Final = "Allow this user more processes (`ulimit -u`), or set PARALLEL_WORKERS=1, and run again."
_NETWORK: Final = "See whether the network and the server at its other end work, and run again."
_OTHER: Final = "See what is wrong with this machine, and run again."
REMEDIES: Final = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _ROOM),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), _RIGHTS),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP, errno.ESTALE), _CHANGED),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), _FILES),
    errno.ENOMEM: _MEMORY,
    errno.EFBIG: _SIZE,
    errno.EAGAIN: _PROCESSES,
}


def require_writable_folder(setting: str, folder: Path) -> None:
    """Make the folder where it is absent, and try to write there. Raises SettingsError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        raise SettingsError(f"{setting} {folder} is a file: name a folder.") from None
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, _RIGHTS)
        remedy = _RIGHTS if remedy == _CHANGED else remedy  # it never was there
        raise SettingsError(f"{setting} {folder} cannot be written ({error.strerror or error}). {remedy}") from None


def explained(error: BluedotError | OSError | MemoryError) -> BluedotError:
    """What the system refused, as a sentence with a remedy; an error of ours as it is."""
    if isinstance(error, BluedotError):
        return error
    number = errno.ENOMEM if isinstance(error, MemoryError) else error.errno or 0
    if number == errno.ENOENT and not _is_somewhere():
        return MachineFailed(_HERE)
    where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    what = getattr(error, "strerror", None) or (os.strerror(number) if number else f"{type(error).__name__} {error}")
    other = _NETWORK if isinstance(error, ConnectionError | TimeoutError) else _OTHER
    failed = MachineFailed(f"{where}{what.rstrip('. ')}. {REMEDIES.get(number, other)}")
    failed.__cause__ = error
    return failed


def _is_somewhere() -> bool:
    """Whether the current folder, which relative paths begin at, is there."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def require_open_files() -> None:
    """Raises SettingsError where so few files may be open at once that no run could end well."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most < FEWEST_FILES:
        raise SettingsError(f"This user may have {most} files open at once, and a run needs {FEWEST_FILES}. {_FILES}")


def user_cache_folder() -> Path | None:
    """Where this user's caches of ours are; None for a user who has no home."""
    try:
        folder = platformdirs.user_cache_path("bluedot_assets", appauthor=False)
    except RuntimeError:  # of platformdirs 4.14 on; before, the path was relative
        return None
    return folder if folder.is_absolute() else None


def flush(folder: Path) -> None:
    """Have on the disk what was written on the folder's file system, with the names: one call for thousands of files,
    where an fsync of each takes seconds."""
    if sys.platform != "linux":
        os.sync()
        return
    import ctypes  # noqa: PLC0415  a start needs none

    opened = os.open(folder, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(opened):  # of syncfs(2); Python has none
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(opened)


@contextmanager
def written_folder(setting: str, folder: str | Path) -> Iterator[None]:
    """What keeps the folder from being written in the block is a SettingsError with a remedy; errors of other files
    pass."""
    try:
        yield
    except OSError as error:
        inside = error.filename is None or str(error.filename).startswith(f"{folder}")
        if error.errno not in REMEDIES or not inside:
            raise
        where = f" ({error.filename})" if error.filename else ""
        raise SettingsError(
            f"{setting} {folder} cannot be written{where}: {error.strerror}. {REMEDIES[error.errno]}"
        ) from error


def free_bytes(folder: Path) -> int:
    """Free bytes of the disk that holds the folder, or will hold it when it is made."""
    return shutil.disk_usage(_existing(folder)).free


def disks(folders: Iterable[Path]) -> dict[Path, int]:
    """The first folder of each disk, with what is free there."""
    by_device: dict[int, Path] = {}
    for folder in folders:
        by_device.setdefault(_existing(folder).stat().st_dev, folder)
    return {folder: free_bytes(folder) for folder in by_device.values()}


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
