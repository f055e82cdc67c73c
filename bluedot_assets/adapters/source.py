"""Where the vendor's files come from: the port, and its local adapter (a folder of the shape of the Drive tree)."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from filelock import FileLock
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent, SettingsError, SourceMissing, SourceUnreadable
from bluedot_assets.kernel.source.trigger_file import Trigger, parse_trigger

PROCESS_LOG: Final = "process_log.txt"
LOG_LINES: Final = 1000


@dataclass(frozen=True)
class SourceFile:
    """A file of a partition's listing. `md5` is None where listing does not give it."""

    name: str
    origin_id: str  # identifies the file at the source: a relative path, a Drive id
    size: int
    modified: datetime
    md5: str | None = None


class FileUnreadable(Exception):
    """One file could not be read; becomes a rejection, never an error of the partition."""


class SourceFolder(Protocol):
    """The contract; `bluedot_assets_tests/contracts/source.py` says it as tests."""

    @property
    def address(self) -> str:
        """Where it is, for people."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was found in disorder so far, a sentence each."""
        ...

    def partitions(self, timeframe: Timeframe) -> list[str]:
        """Keys of the dated folders, oldest first. Raises SourceUnreadable."""
        ...

    def latest(self, timeframe: Timeframe) -> str | None:
        """What the `latest` link points at; None when there is none. May be stale: only ever compared."""
        ...

    def files(self, timeframe: Timeframe, key: str) -> list[SourceFile]:
        """Everything in the partition's folder, by name. Raises PartitionAbsent, SourceUnreadable."""
        ...

    def read(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | FileUnreadable]]:
        """Each file with its verified bytes, or with the reason why there are none after all tries; in any order.
        Raises SourceUnreadable when the source as a whole fails (credentials, quota)."""
        ...

    def md5(self, file: SourceFile) -> str | None:
        """MD5 of a file that is too large to be held in memory; None when it cannot be read."""
        ...

    def trigger(self, timeframe: Timeframe) -> Trigger | None:
        """What the timeframe's trigger file says; None when there is none."""
        ...

    def append_log(self, line: str) -> str | None:
        """Append one line to `triggers/process_log.txt`, kept to its last LOG_LINES. Returns None, or one sentence
        that says what a person must do where the log cannot be written; that is no failure of the run."""
        ...

    def log_problem(self) -> str | None:
        """The sentence that `append_log` would return as far as that can be told without writing a line."""
        ...


@dataclass(frozen=True)
class LocalSource:
    """A folder with `daily/`, `weekly/` and `triggers/`. A failed read is tried again `retries` times."""

    root: Path
    retries: int = 3
    warnings: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return str(self.root)

    def partitions(self, timeframe: Timeframe) -> list[str]:
        self._require_tree()
        folder = self.root / timeframe.name
        if not folder.exists():
            return []
        try:
            with os.scandir(folder) as entries:
                return sorted(entry.name for entry in entries if timeframe.is_key(entry.name) and entry.is_dir())
        except OSError as error:
            raise _unreadable(folder, error) from error

    def latest(self, timeframe: Timeframe) -> str | None:
        link = self.root / timeframe.name / "latest"
        return link.readlink().name if link.is_symlink() else None

    def files(self, timeframe: Timeframe, key: str) -> list[SourceFile]:
        self._require_tree()
        folder = self.root / timeframe.name / key
        try:
            with os.scandir(folder) as entries:
                files = [self._file(entry, f"{timeframe.name}/{key}") for entry in entries if _is_file(entry)]
        except FileNotFoundError:
            raise PartitionAbsent(f"The source {self.root} has no folder {timeframe.name}/{key}.") from None
        except OSError as error:
            raise _unreadable(folder, error) from error
        return sorted(files, key=lambda file: file.name)

    def _file(self, entry: os.DirEntry[str], folder: str) -> SourceFile:
        try:
            stat = entry.stat()
            size, modified = stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC)
        except FileNotFoundError:  # a dangling link, or gone since: reading it says so, and it is counted
            size, modified = 0, datetime.fromtimestamp(0, UTC)
        # A name that is no UTF-8 cannot be stored as text; the replacement character gets it rejected by name.
        name = os.fsencode(entry.name).decode("utf-8", "replace")
        return SourceFile(name, f"{folder}/{entry.name}", size, modified)

    def read(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | FileUnreadable]]:
        patiently = Retrying(
            stop=stop_after_attempt(self.retries + 1),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            retry=retry_if_exception_type(FileUnreadable),
            reraise=True,
        )
        for file in files:
            try:
                yield file, patiently(self._read, file)
            except FileUnreadable as problem:
                yield file, problem

    def _read(self, file: SourceFile) -> bytes:
        try:
            content = (self.root / file.origin_id).read_bytes()
        except OSError as error:
            raise FileUnreadable(f"could not be read: {error.strerror or error}") from error
        if len(content) != file.size:
            raise FileUnreadable(f"changed while it was read: {file.size} bytes listed, {len(content)} read")
        return content

    def md5(self, file: SourceFile) -> str | None:
        try:
            with (self.root / file.origin_id).open("rb") as content:
                return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        except OSError:
            return None

    def trigger(self, timeframe: Timeframe) -> Trigger | None:
        path = self.root / "triggers" / f"{timeframe.name}_ready.txt"
        try:
            content = path.read_bytes()
            identity = f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}:{path.stat().st_mtime_ns}"
            touched = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            return parse_trigger(content.decode("utf-8", "replace"), timeframe, identity, touched)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(path, error) from error

    def append_log(self, line: str) -> str | None:
        return self._rewrite_log([line])

    def log_problem(self) -> str | None:
        return self._rewrite_log([])

    def _rewrite_log(self, added: list[str]) -> str | None:
        """Write it anew with the added lines; with none all is done but for giving the new file its name."""
        path = self.root / "triggers" / PROCESS_LOG
        try:
            path.parent.mkdir(exist_ok=True)
            with FileLock(path.with_name(f".{PROCESS_LOG}.lock")):
                lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
                part = path.with_name(f".{PROCESS_LOG}.part")
                part.write_text("\n".join([*lines, *added][-LOG_LINES:]) + "\n", "utf-8")
                if added:
                    part.replace(path)
                else:
                    part.unlink()
        except OSError as error:
            return f"{path} cannot be written ({error.strerror or error}): make the folder writable for this user."
        return None

    def _require_tree(self) -> None:
        if not self.root.is_dir():
            raise SourceMissing(f"BLUEDOT_SOURCE {self.root} is not a folder of this machine: correct the setting.")
        if not any((self.root / name).is_dir() for name in TIMEFRAMES):
            raise SourceMissing(
                f"BLUEDOT_SOURCE {self.root} holds neither daily/ nor weekly/: point it at the folder above them."
            )


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Pipes and devices are none: reading them could wait for ever."""
    return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())


def _unreadable(path: Path, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(f"{path} cannot be read ({error.strerror or error}): check its permissions.")


def open_source(setting: str | None, retries: int) -> SourceFolder:
    """The source of `BLUEDOT_SOURCE`. Raises SettingsError when it is unset or of no known kind."""
    if not setting:
        raise SettingsError(
            "BLUEDOT_SOURCE is not set: give the folder that holds daily/, weekly/ and triggers/ "
            "(`bluedot sample --out sample` makes one to try), or gdrive:<folder id>."
        )
    return LocalSource(Path(setting).expanduser().absolute(), retries)
