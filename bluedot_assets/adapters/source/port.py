"""The source of the vendor's files as a port: what a folder of dated folders and triggers must answer. Its adapters are
`local_folder` and `drive`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.raw_file import SourceFile
from bluedot_assets.kernel.source.tree_names import PartitionListing
from bluedot_assets.kernel.source.trigger_file import Trigger

PROCESS_LOG: Final = "process_log.txt"
LOG_LINES: Final = 1000
LARGEST_LOG: Final = 8 * 1024 * 1024  # bytes; 1,000 lines are 0.2 MB


class FileUnreadable(Exception):
    """One file could not be read; becomes a rejection, never an error of the partition."""


@dataclass(frozen=True)
class LogProblem:
    """Why the process log has no line; `sentence` ends in what a person must do."""

    sentence: str
    missing: bool = False  # there is no such text file: it stays so until a person makes it

    def __str__(self) -> str:
        return self.sentence


def too_large(log: object, size: int) -> LogProblem | None:
    """The problem of a log of so many bytes, if it is one."""
    return LogProblem(f"{log} has {size >> 20} MB and was left alone: empty it.") if size > LARGEST_LOG else None


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

    def partitions(self, timeframe: Timeframe) -> PartitionListing:
        """The dated folders, and what of the root and of the timeframe's folder is ignored. Raises SourceUnreadable."""
        ...

    def latest(self, timeframe: Timeframe) -> str | None:
        """What the `latest` link points at; None when there is none. May be stale: only ever compared."""
        ...

    def files(self, timeframe: Timeframe, key: str) -> list[SourceFile]:
        """Everything in the partition's folder, folders too, by name. Raises PartitionAbsent, SourceUnreadable."""
        ...

    def read(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | FileUnreadable]]:
        """Each file with its verified bytes, or with the reason why there are none after all tries; in any order.
        Raises SourceUnreadable when the source as a whole fails (credentials, quota)."""
        ...

    def md5(self, file: SourceFile) -> str | None:
        """MD5 of a file that is too large for memory; None when it cannot be read."""
        ...

    def trigger(self, timeframe: Timeframe) -> Trigger | None:
        """What the timeframe's trigger file says; None when there is none."""
        ...

    def append_log(self, line: str) -> LogProblem | None:
        """Append one line to `triggers/process_log.txt`, kept to its last LOG_LINES. Returns None, or why the log
        cannot be written; that is no failure of the run."""
        ...

    def log_problem(self) -> LogProblem | None:
        """What `append_log` would return as far as it is known without writing a line."""
        ...
