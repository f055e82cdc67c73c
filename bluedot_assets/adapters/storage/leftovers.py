"""What processes that were killed have left on this machine: temporary files and folders that nobody waits for now.
Interrupted work that the next run takes up (`attempts`, `.staging`) is the business of `storage`."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bluedot_assets.adapters.storage.layout import STAGING, folders_written, small_folders
from bluedot_assets.adapters.storage.owned_folders import has_owner, temporary_folders
from bluedot_assets.adapters.storage.store.port import STAGED_FOR, Store, stamp

OUTDATED: Final = timedelta(days=2)  # what an older version made has no lock, and files of the store have none
_PART: Final = re.compile(r"\..+\.[0-9a-f]{32}\.part")


def find_leftovers(store: Store, now: datetime) -> Iterator[Path]:
    """Temporary clones of git repositories, and files of the store that never got their names."""
    parts = (path for path in _files(store, folders_written()) if _PART.fullmatch(path.name))
    for path in (*temporary_folders(), *parts):
        try:
            outdated = path.lstat().st_mtime < (now - OUTDATED).timestamp()
            # A code server keeps its clone as long as the site stands still, over a weekend too.
            owned = has_owner(path) if path.is_dir() else None
            if owned is False or (owned is None and outdated):
                yield path
        except OSError:  # gone in this moment, or another user's
            continue


def find_staged(store: Store, now: datetime) -> dict[str, int]:
    """Bytes of the folders of a bucket in which a process has left something for another and nobody took it, by path.
    On a local disk the next run removes them."""
    folders: Counter[str] = Counter()
    for path, size in (store.sizes(STAGING) or {}).items():
        folders["/".join(path.split("/")[:2])] += size
    return {path: size for path, size in folders.items() if path < f"{STAGING}/{stamp(now - STAGED_FOR)}"}


def remove_outdated_parts(store: Store, before: datetime) -> None:
    """Those small files of the store that got no names since then; all are found by housekeeping, where that runs."""
    for path in _files(store, small_folders()):
        with suppress(OSError):
            if _PART.fullmatch(path.name) and path.lstat().st_mtime < before.timestamp():
                path.unlink()


def _files(store: Store, folders: Sequence[str]) -> Iterator[Path]:
    if root := store.local_path(""):
        yield from root.glob(".*.part")
        for folder in folders:
            yield from (root / folder).rglob(".*.part")


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink())


def remove(path: Path) -> None:
    """Another user's stay."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
