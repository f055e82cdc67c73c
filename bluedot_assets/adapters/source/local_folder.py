"""A folder of this machine, of the shape of the Drive tree, as a source. What any source must answer is in `port`."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bluedot_assets.adapters.source.port import LOG_LINES, PROCESS_LOG, FileUnreadable, LogProblem
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent, SourceMissing, SourceUnreadable
from bluedot_assets.kernel.source.raw_file import InnerFolder, SourceFile
from bluedot_assets.kernel.source.tree_names import (
    PartitionListing,
    list_partitions,
    misnamed_folders,
    misnamed_trigger,
)
from bluedot_assets.kernel.source.trigger_file import Trigger, parse_trigger

LONGEST_WAIT_S: Final = 60  # for another writer of the process log
_DRIVE_ID: Final = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{25,50}", re.ASCII)


@dataclass(frozen=True)
class LocalSource:
    """A folder with `daily/`, `weekly/` and `triggers/`. A failed read is tried again `retries` times."""

    root: Path
    retries: int = 3
    warnings: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return str(self.root)

    def partitions(self, timeframe: Timeframe) -> PartitionListing:
        self._require_tree()
        folder = self.root / timeframe.name
        return list_partitions(timeframe, _names(self.root), _names(folder) if folder.exists() else [])

    def latest(self, timeframe: Timeframe) -> str | None:
        link = self.root / timeframe.name / "latest"
        return link.readlink().name if link.is_symlink() else None

    def files(self, timeframe: Timeframe, key: str) -> list[SourceFile]:
        self._require_tree()
        folder = self.root / timeframe.name / key
        try:
            with os.scandir(folder) as entries:
                files = [
                    self._file(entry, f"{timeframe.name}/{key}")
                    for entry in entries
                    if entry.is_dir() or _is_file(entry)
                ]
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
        if entry.is_dir():
            return InnerFolder(_text(entry.name), f"{folder}/{entry.name}", 0, modified)
        return SourceFile(_text(entry.name), f"{folder}/{entry.name}", size, modified)

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
            return parse_trigger(content, timeframe, identity, touched)
        except FileNotFoundError:
            problem = (
                misnamed_trigger([name for name, _ in _names(path.parent)], timeframe) if path.parent.is_dir() else ""
            )
            return Trigger(problem=problem, identity=problem) if problem else None
        except OSError as error:
            raise _unreadable(path, error) from error

    def append_log(self, line: str) -> LogProblem | None:
        return self._rewrite_log([line])

    def log_problem(self) -> LogProblem | None:
        return self._rewrite_log([])

    def _rewrite_log(self, added: list[str]) -> LogProblem | None:
        """Write it anew with the added lines; with none all is done but for giving the new file its name."""
        path = self.root / "triggers" / PROCESS_LOG
        try:
            path.parent.mkdir(exist_ok=True)
            with FileLock(path.with_name(f".{PROCESS_LOG}.lock"), LONGEST_WAIT_S):
                lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
                part = path.with_name(f".{PROCESS_LOG}.part")
                part.write_text("\n".join([*lines, *added][-LOG_LINES:]) + "\n", "utf-8")
                if added:
                    part.replace(path)
                else:
                    part.unlink()
        except Timeout:
            return LogProblem(f"{path} was not written this time: another process writes it, or hangs there.")
        except OSError as error:
            reason = error.strerror or error
            return LogProblem(f"{path} cannot be written ({reason}): make the folder writable for this user.")
        return None

    def _require_tree(self) -> None:
        if not self.root.is_dir():
            meant = f" (did you mean {near}?)" if (near := _resembling(self.root)) else ""
            raise SourceMissing(
                f"BLUEDOT_SOURCE {self.root} is not a folder of this machine: correct the setting{meant}."
            )
        if not any((self.root / name).is_dir() for name in TIMEFRAMES):
            ignored = misnamed_folders(_names(self.root))
            raise SourceMissing(
                f"BLUEDOT_SOURCE {self.root} holds neither daily/ nor weekly/: point it at the folder above them"
                f"{f' ({ignored})' if ignored else ''}."
            )


def _resembling(absent: Path) -> str:
    """What was meant: the folder where one name of the path is misspelled, an id of Drive alone; "" for neither."""
    if _DRIVE_ID.fullmatch(absent.name):
        return f"gdrive:{absent.name}"
    there = next(parent for parent in absent.parents if parent.is_dir())
    wrong, *below = absent.relative_to(there).parts
    try:
        names = [entry.name for entry in os.scandir(there) if entry.is_dir()]
    except OSError:
        return ""
    near = (there.joinpath(name, *below) for name in get_close_matches(wrong, names))
    return next((str(folder) for folder in near if folder.is_dir()), "")


def _names(folder: Path) -> list[tuple[str, bool]]:
    """What the folder holds, each with whether it is a folder. A name that is no UTF-8 is shown as far as it is."""
    try:
        with os.scandir(folder) as entries:
            return [(_text(entry.name), entry.is_dir()) for entry in entries]
    except OSError as error:
        raise _unreadable(folder, error) from error


def _text(name: str) -> str:
    """A name that is no UTF-8 cannot be stored as text; the replacement character gets it rejected by name."""
    return os.fsencode(name).decode("utf-8", "replace")


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Pipes and devices are none: reading them could wait for ever."""
    return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())


def _unreadable(path: Path, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(f"{path} cannot be read ({error.strerror or error}): check its permissions.")
