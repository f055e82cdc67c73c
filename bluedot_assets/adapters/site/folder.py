"""The site as a folder of this machine that changes whole or not at all.

The folder is a symbolic link to one of its versions. A publish builds the next version beside it (unchanged files
are hard links) and swaps the link, so that a reader sees one complete publish or the other. What changes is decided in
`kernel/site/publish_plan`."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Final

from filelock import FileLock, Timeout

from bluedot_assets.adapters.local_folders import flush, require_writable_folder, written_folder
from bluedot_assets.adapters.site.port import Decide, Snapshot
from bluedot_assets.adapters.storage.store.port import Store, differs
from bluedot_assets.adapters.storage.stored_files import StoredFiles
from bluedot_assets.kernel.errors import PublishRefused, SettingsError
from bluedot_assets.kernel.site.publication import Plan
from bluedot_assets.kernel.stored.manifest import StoredObject

LONGEST_WAIT_S: Final = 900  # for another publish; one takes seconds
_Identity = tuple[int, int, int, int]  # of a file's content: device, inode, time of its last change in ns, bytes


@dataclass(frozen=True)
class FolderSnapshot:
    """One version of the folder."""

    root: Path
    _digests: dict[_Identity, str] = field(default_factory=dict, init=False)

    @property
    def page(self) -> None:
        return None

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def differing(self, files: Mapping[str, bytes]) -> set[str]:
        return {path for path, content in files.items() if self.read(path) != content}

    def damaged(self, folder: str, files: Mapping[str, StoredObject]) -> list[str]:
        place = self.root / folder
        return [name for name, file in files.items() if self._digest(f"{place}/{name}") != file.sha256]

    def _digest(self, path: str) -> str | None:
        """None where there is no such file. `latest` and the dated folder share their files: each is read once."""
        try:
            stat = os.stat(path)  # noqa: PTH116  of thousands: a Path of each takes as long as its bytes
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not S_ISREG(stat.st_mode):
            return None
        identity = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if identity not in self._digests:
            self._digests[identity] = _sha256(Path(path))
        return self._digests[identity]


@dataclass(frozen=True)
class FolderSite:
    """A folder of this machine; `store` is where the files of a plan come from."""

    root: Path
    store: Store

    @property
    def address(self) -> str:
        return str(self.root)

    @property
    def _versions(self) -> Path:
        return self.root.with_name(f".{self.root.name}.versions")

    def snapshot(self) -> FolderSnapshot:
        # The first publish takes the place of nothing: what it brings would be read in a snapshot of that place.
        there = self.root.is_symlink() or any(self.root.glob("*"))
        return FolderSnapshot(self.root.resolve() if there else self._versions / "none")

    def require_usable(self) -> None:
        """Raises SettingsError where a publish would be refused or could not be written."""
        if not self.root.name:
            raise SettingsError(f"BLUEDOT_SITE {self.root} cannot be a site: name a new or an empty folder.")
        require_writable_folder("BLUEDOT_SITE", self.root.parent)
        try:
            self._current()
        except PublishRefused as refused:
            raise SettingsError(str(refused)) from None

    def publish(self, decide: Decide, known: Snapshot | None = None) -> Plan | None:
        with written_folder("BLUEDOT_SITE", self._versions), self._lock():
            plan = decide(self.snapshot())
            if plan is not None:
                self._carry_out(plan)
            return plan

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One publisher at a time."""
        self._versions.mkdir(parents=True, exist_ok=True)
        try:
            lock = FileLock(self._versions / "lock", LONGEST_WAIT_S).acquire()
        except Timeout:
            raise PublishRefused(
                f"Another process has published to {self.root} for {LONGEST_WAIT_S // 60} minutes: see whether it "
                "hangs, end it, and run again."
            ) from None
        with lock:
            yield

    def _carry_out(self, plan: Plan) -> None:
        current = self._current()
        numbers = [int(path.name) for path in self._versions.iterdir() if path.name.isdigit()]
        new = self._versions / f"{max(numbers, default=0) + 1:08d}"
        try:
            replaced = {*plan.folders, *plan.copies, *plan.drops, *plan.files, *plan.sources}
            new.mkdir()
            if current is not None:
                _link_tree(current, new, replaced)
            self._write(plan, new)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        flush(new)  # no link to files that the machine's power takes away
        self._swap(new)
        flush(self._versions)
        for old in self._versions.iterdir():
            # The version before stays for those who are reading it.
            if old.is_dir() and old not in {new, current}:
                shutil.rmtree(old)

    def _current(self) -> Path | None:
        if self.root.is_symlink() and self.root.readlink().parent.name == self._versions.name:
            version = self._versions / self.root.readlink().name
            return version if version.is_dir() else None
        if self.root.is_symlink() or (self.root.exists() and (not self.root.is_dir() or any(self.root.iterdir()))):
            raise PublishRefused(
                f"BLUEDOT_SITE {self.root} exists and is not a site of ours: name a new or an empty folder."
            )
        return None

    def _write(self, plan: Plan, new: Path) -> None:
        stored = StoredFiles(self.store)
        for folder, (sources, files) in plan.folders.items():
            (new / folder).mkdir(parents=True)
            for name, source in sources.items():
                if source.within:
                    _put(new / folder / name, stored.read(source))
                else:
                    self._take(source, new / folder / name)
            for name, content in files.items():
                _put(new / folder / name, content)
        for path, source in plan.sources.items():
            self._take(source, new / path)
        for target, folder in plan.copies.items():
            (new / target).mkdir(parents=True)
            _link_tree(new / folder, new / target, set())
        for path, content in plan.files.items():
            _put(new / path, content)

    def _take(self, source: StoredObject, target: Path) -> None:
        """A large object."""
        target.parent.mkdir(parents=True, exist_ok=True)
        local = self.store.local_path(source.path)
        if local is None or not _linked(local, target):
            with self.store.open(source.path, source.content) as file, target.open("wb") as into:
                shutil.copyfileobj(file, into)
        # Of the link and not of the store's name: a commit may give that to other bytes at any moment.
        if _sha256(target) != source.sha256:
            raise differs(source.path)

    def _swap(self, new: Path) -> None:
        if self.root.is_dir() and not self.root.is_symlink():
            self.root.rmdir()
        link = self._versions / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(self._versions.name) / new.name)
        link.replace(self.root)


def _linked(source: Path, target: Path) -> bool:
    """Whether a hard link could be made; not so on another filesystem, or on one without them. Outputs are never
    written in place, only replaced, so store and site may share the bytes."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)  # a name may be nested
    path.write_bytes(content)


def _link_tree(source: Path, target: Path, without: set[str], base: str = "") -> None:
    """Hard links of all files below `source`, but for the paths in `without`."""
    with os.scandir(source) as entries:
        for entry in entries:
            path = f"{base}{entry.name}"
            if path in without:
                continue
            if entry.is_dir(follow_symlinks=False):
                (target / entry.name).mkdir(exist_ok=True)
                _link_tree(Path(entry.path), target / entry.name, without, f"{path}/")
            else:
                os.link(entry.path, target / entry.name)
