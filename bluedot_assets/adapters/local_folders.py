"""Folders of this machine that a setting names: whether they can be used, asked before the work and not after it. What
is written there belongs to the adapter of each."""

import shutil
import tempfile
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
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
