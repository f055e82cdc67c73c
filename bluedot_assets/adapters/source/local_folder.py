"""A folder of this machine, of the shape of the Drive tree, as a source. What any source must answer is in `port`."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from io import BufferedReader
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bluedot_assets.adapters.source.port import LOG_LINES, PROCESS_LOG, FileUnreadable, LogProblem, too_large
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent, SourceMissing, SourceUnreadable
from bluedot_assets.kernel.source.raw_file import InnerFolder, SourceFile
from bluedot_assets.kernel.source.tree_names import (
    PartitionListing,
    list_partitions,
    misnamed_folders,
    misnamed_trigger,
)
from bluedot_assets.kernel.source.trigger_file import LARGEST_TRIGGER, Trigger, oversized_trigger, parse_trigger

_LEADS_OUT: Final = "it is a link that leads out of the source"
_EPOCH: Final = datetime.fromtimestamp(0, UTC)  # of what has no time
LONGEST_WAIT_S: Final = 60  # for another writer of the process log
_DRIVE_ID: Final = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{25,50}", re.ASCII)


@dataclass(frozen=True)
class LocalSource:
    """A folder with `daily/`, `weekly/` and `triggers/`. A failed read is tried again `retries` times. `confined` reads
    nothing outside of the root, wherever a link leads: whoever may upload may make links."""

    root: Path
    retries: int = 3
    warnings: tuple[str, ...] = ()
    confined: bool = True

    @property
    def address(self) -> str:
        return str(self.root)

    def partitions(self, timeframe: Timeframe) -> PartitionListing:
        self._require_tree()
        folder = self.root / timeframe.name
        self._require_inside(folder)
        return list_partitions(timeframe, self._names(self.root), self._names(folder) if folder.exists() else [])

    def latest(self, timeframe: Timeframe) -> str | None:
        link = self.root / timeframe.name / "latest"
        return link.readlink().name if link.is_symlink() else None

    def files(self, timeframe: Timeframe, key: str) -> list[SourceFile]:
        self._require_tree()
        folder = self.root / timeframe.name / key
        self._require_inside(folder)
        try:
            with os.scandir(folder) as entries:
                files = [
                    self._file(entry, f"{timeframe.name}/{key}")
                    for entry in entries
                    if _is_folder(entry) or _is_file(entry)
                ]
        except FileNotFoundError:
            raise PartitionAbsent(f"The source {self.root} has no folder {timeframe.name}/{key}.") from None
        except OSError as error:
            raise _unreadable(folder, error) from error
        return sorted(files, key=lambda file: file.name)

    def _file(self, entry: os.DirEntry[str], folder: str) -> SourceFile:
        size, modified = 0, _EPOCH
        # Of a link that leads nowhere or out, and of what is gone since: reading it says so, and it is counted.
        with suppress(OSError):
            if not (entry.is_symlink() and self._leads_out(entry.path)):
                size, modified = entry.stat().st_size, _moment(entry.stat().st_mtime)
        if _is_folder(entry):
            return InnerFolder(readable(entry.name), f"{folder}/{entry.name}", 0, modified)
        return SourceFile(readable(entry.name), f"{folder}/{entry.name}", size, modified)

    def read(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | FileUnreadable]]:
        patiently = Retrying(
            stop=stop_after_attempt(self.retries + 1),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            retry=retry_if_exception_type(FileUnreadable),
            reraise=True,
        )
        for file in files:
            try:
                yield file, patiently(_read, self._path(file), file.size)
            except FileUnreadable as problem:
                yield file, problem

    def _path(self, file: SourceFile) -> Path:
        path = self.root / file.origin_id
        if path.is_symlink() and self._leads_out(path):
            raise FileUnreadable(f"{_LEADS_OUT}: put the file itself there")
        return path

    def md5(self, file: SourceFile) -> str | None:
        try:
            with _open(self._path(file)) as content:
                return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        except (OSError, FileUnreadable):
            return None

    def trigger(self, timeframe: Timeframe) -> Trigger | None:
        path = self.root / "triggers" / f"{timeframe.name}_ready.txt"
        if self._leads_out(path):
            return Trigger(problem=_LEADS_OUT, identity=_LEADS_OUT)
        try:
            with _open(path) as file:
                facts = os.fstat(file.fileno())
                if facts.st_size > LARGEST_TRIGGER:
                    return oversized_trigger(facts.st_size, f"{facts.st_size}:{facts.st_mtime_ns}")
                content = file.read(LARGEST_TRIGGER)
            identity = f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}:{facts.st_mtime_ns}"
            return parse_trigger(content, timeframe, identity, _moment(facts.st_mtime))
        except _NoFile as error:
            return Trigger(problem=f"it is {error.strerror}", identity=f"{error.strerror}")
        except FileNotFoundError:
            problem = (
                misnamed_trigger([name for name, _ in self._names(path.parent)], timeframe)
                if path.parent.is_dir()
                else ""
            )
            return Trigger(problem=problem, identity=problem) if problem else None
        except OSError as error:
            if path.is_symlink():
                problem = f"it is a link that leads nowhere ({error.strerror})"
                return Trigger(problem=problem, identity=problem)
            raise _unreadable(path, error) from error

    def append_log(self, line: str) -> LogProblem | None:
        return self._rewrite_log([line])

    def log_problem(self) -> LogProblem | None:
        return self._rewrite_log([])

    def _rewrite_log(self, added: list[str]) -> LogProblem | None:
        """Write it anew with the added lines; with none all is done but for giving the new file its name."""
        path = self.root / "triggers" / PROCESS_LOG
        lock, part = (path.with_name(f".{PROCESS_LOG}.{ending}") for ending in ("lock", "part"))
        if out := next((one for one in (path, lock, part) if self._leads_out(one)), None):
            return LogProblem(f"{out} cannot be written ({_LEADS_OUT}): remove the link.")
        try:
            path.parent.mkdir(exist_ok=True)
            with FileLock(lock, LONGEST_WAIT_S):
                lines: list[str] = []
                if path.exists():
                    with _open(path) as log:
                        if problem := too_large(path, os.fstat(log.fileno()).st_size):
                            return problem
                        lines = log.read().decode("utf-8", "replace").splitlines()
                part.unlink(missing_ok=True)  # of one that was killed, or whatever has its name
                with part.open("x", encoding="utf-8") as new:
                    new.write("\n".join([*lines, *added][-LOG_LINES:]) + "\n")
                if added:
                    part.replace(path)
                else:
                    part.unlink()
        except Timeout:
            return LogProblem(f"{path} was not written this time: another process writes it, or hangs there.")
        except _NoFile as error:
            return LogProblem(f"{path} cannot be written (it is {error.strerror}): remove it.")
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
            ignored = misnamed_folders(self._names(self.root))
            raise SourceMissing(
                f"BLUEDOT_SOURCE {self.root} holds neither daily/ nor weekly/: point it at the folder above them"
                f"{f' ({ignored})' if ignored else ''}."
            )

    def _names(self, folder: Path) -> list[tuple[str, bool]]:
        """What the folder holds, each with whether it is a folder of the source. A name that is no UTF-8 is shown as
        far as it is."""
        try:
            with os.scandir(folder) as entries:
                return [(readable(entry.name), self._is_folder_inside(entry)) for entry in entries]
        except OSError as error:
            raise _unreadable(folder, error) from error

    def _is_folder_inside(self, entry: os.DirEntry[str]) -> bool:
        return _is_folder(entry) and not (entry.is_symlink() and self._leads_out(entry.path))

    def _require_inside(self, folder: Path) -> None:
        if self._leads_out(folder):
            raise SourceUnreadable(
                f"{folder} cannot be read ({_LEADS_OUT} {self.root}): put the folder itself there, or mount it there."
            )

    def _leads_out(self, path: str | Path) -> bool:
        """Whether it is a link, or lies below one, to what is not in the root."""
        return self.confined and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self.root))


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


class _NoFile(OSError):
    """What has a name that a file should have."""


def _open(path: Path) -> BufferedReader:
    """To read what is a file in that very moment: a pipe or a device could be waited for without end. Raises OSError,
    and its kind _NoFile."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise _NoFile(errno.EINVAL, "a folder, pipe or device, and no file", str(path))
    return os.fdopen(opened, "rb")


def _read(path: Path, size: int) -> bytes:
    try:
        with _open(path) as file:
            content = file.read()
    except OSError as error:
        raise FileUnreadable(f"could not be read: {error.strerror or error}") from error
    if len(content) != size:
        raise FileUnreadable(f"changed while it was read: {size} bytes listed, {len(content)} read")
    return content


def _moment(seconds: float) -> datetime:
    """A file's time, which a person may set to any number."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return _EPOCH


def readable(name: str) -> str:
    """A name as text. What is no UTF-8 cannot be stored as text; the replacement character gets it rejected by name."""
    return os.fsencode(name).decode("utf-8", "replace")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or to what this user may not see
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Pipes and devices are none: reading them could wait for ever. A link that leads nowhere is one: it was meant."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True


def _unreadable(path: Path, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(f"{path} cannot be read ({error.strerror or error}): check its permissions.")
