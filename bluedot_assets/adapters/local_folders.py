"""Folders of this machine that a setting names: whether they can be used, asked before the work and not after it. What
is written there belongs to the adapter of each."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bluedot_assets.kernel.errors import SettingsError


def require_writable_folder(setting: str, folder: Path) -> None:
    """Make the folder where it is absent, and try to write there. Raises SettingsError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        raise SettingsError(f"{setting} {folder} is a file: name a folder.") from None
    except OSError as error:
        raise SettingsError(
            f"{setting} {folder} cannot be written ({error.strerror or error}): make it writable for this user, or "
            "name another folder."
        ) from None


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
