"""Google Drive as a source of the vendor's files: the port `SourceFolder`, put together from its neighbours `tree`,
`download` and `log`; who asks is in `access`, how in `calls`.

Sources of the rules: google-drive.md and source-format.md, section "The Drive tree"."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from bluedot_assets.adapters.source.drive.access import DriveAccess, drive_credentials
from bluedot_assets.adapters.source.drive.calls import DriveCalls, DriveOptions, Patience, Throttle, process_throttle
from bluedot_assets.adapters.source.drive.download import Downloads
from bluedot_assets.adapters.source.drive.failures import DriveFailure, ItemRefused
from bluedot_assets.adapters.source.drive.log import LARGEST, DriveLog, one_line
from bluedot_assets.adapters.source.drive.tree import DriveEntry, DriveTree
from bluedot_assets.adapters.source.port import PROCESS_LOG, FileUnreadable, SourceFolder
from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent, SourceUnreadable
from bluedot_assets.kernel.source.raw_file import SourceFile
from bluedot_assets.kernel.source.trigger_file import Trigger, parse_trigger

__all__ = ["DriveAccess", "DriveOptions", "DriveSource", "Throttle", "drive_credentials"]

_LARGEST_TRIGGER: Final = 64 * 1024  # bytes; two lines are needed


class DriveSource(SourceFolder):
    """A folder of Google Drive with `daily/`, `weekly/` and `triggers/`. Constructing it opens nothing.

    `clock` and `sleep` are in seconds. Without `throttle` all sources of the process share one. Every method but
    `md5` raises SourceUnreadable, and its kind SourceRefused where a person must do something first."""

    def __init__(
        self,
        options: DriveOptions,
        access: DriveAccess,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        jitter: random.Random | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        self._options = options
        self._access = access
        throttle = throttle or process_throttle(options.downloads_per_minute)
        self._calls = DriveCalls(options, access, clock, sleep, jitter or random.SystemRandom(), throttle)
        self._tree = DriveTree(self._calls)
        self._downloads = Downloads(self._calls, self._tree)
        self._log = DriveLog(self._calls)
        self._said: dict[str, Trigger] = {}

    def __repr__(self) -> str:
        return f"DriveSource({self.address!r})"

    @property
    def address(self) -> str:
        return f"gdrive:{self._options.root_id}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was found in disorder so far, a sentence each."""
        return tuple(self._tree.warnings)

    def check(self) -> None:
        """See whether the credential is good and the tree can be read, before anything is downloaded."""
        patience = self._calls.patience()
        self._tree.root(patience)
        self._timeframe(DAILY, patience)

    def close(self) -> None:
        """Close the connections; they open again when needed."""
        self._calls.close()

    def partitions(self, timeframe: Timeframe) -> list[str]:
        patience = self._calls.patience()
        folders = self._timeframe(timeframe, patience)
        found = [entry for folder in folders for entry in self._tree.children(folder, timeframe.name, patience)]
        return sorted({one.name for one in found if one.folder_id is not None and timeframe.is_key(one.name)})

    def latest(self, timeframe: Timeframe) -> str | None:
        patience = self._calls.patience()
        folders = self._timeframe(timeframe, patience)
        found = [one for folder in folders for one in self._tree.children(folder, timeframe.name, patience, "latest")]
        link = self._newest([one for one in found if one.target is not None], f"{timeframe.name}/latest")
        return self._tree.folder_name(link.target, patience) if link is not None and link.target is not None else None

    def files(self, timeframe: Timeframe, key: str) -> list[SourceFile]:
        """As the port says; files of one name are all listed. Shortcuts to files are the files under the shortcut's
        name. What has no bytes (Google documents, shortcuts to nothing) has no md5 and cannot be read."""
        patience = self._calls.patience()
        path = f"{timeframe.name}/{key}"
        folders = self._tree.folders(self._timeframe(timeframe, patience), path, patience)
        if not folders:
            raise PartitionAbsent(f"The source {self.address} has no folder {path}.")
        found = [entry for folder in folders for entry in self._tree.children(folder, path, patience)]
        return [
            SourceFile(entry.name, entry.id, entry.size, entry.modified, entry.md5)
            for entry in self._tree.resolved(found, patience)
        ]

    def read(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | FileUnreadable]]:
        """As the port says, on `connections` connections, within `deadline_s` from the first one on."""
        return self._downloads.read(files)

    def md5(self, file: SourceFile) -> str | None:
        return file.md5

    def trigger(self, timeframe: Timeframe) -> Trigger | None:
        """As the port says. Its content is read again only when id, md5 or modifiedTime are new."""
        patience = self._calls.patience()
        name = f"{timeframe.name}_ready.txt"
        entry = self._triggers(name, patience)
        if entry is None:
            return None
        identity = f"{entry.id}:{entry.md5}:{entry.modified.isoformat(timespec='milliseconds')}"
        known = self._said.get(timeframe.name)
        if known is None or known.identity != identity:
            known = self._said[timeframe.name] = self._read_trigger(entry, timeframe, identity, patience)
        return known

    def append_log(self, line: str) -> str | None:
        """As the port says; never raises for what Drive answers. A log of another writer's hand is merged."""
        return self._in_words(partial(self._append, one_line(line)))

    def log_problem(self) -> str | None:
        """As the port says, from the rights that Drive tells."""
        return self._in_words(self._log_refused)

    def _in_words(self, work: Callable[[Patience], str | None]) -> str | None:
        if self._access.email is None:
            return (
                f"{PROCESS_LOG} cannot be written with an API key: "
                "set a service account (GOOGLE_APPLICATION_CREDENTIALS) if the log is wanted."
            )
        try:
            return work(self._calls.patience())
        except ItemRefused as failure:
            return (
                f"triggers/{PROCESS_LOG} in {self.address} cannot be written ({failure}): "
                f"share it with {self._access.email} as Editor."
            )
        except (DriveFailure, SourceUnreadable) as failure:
            reason = str(failure).rstrip(".")
            return f"triggers/{PROCESS_LOG} in {self.address} was not written this time: {reason}."

    def _append(self, line: bytes, patience: Patience) -> str | None:
        log = self._triggers(PROCESS_LOG, patience)
        if log is None:
            return self._new_log(line, patience)
        if problem := self._unfit(log):
            return problem
        done = self._log.append(log.id, line, patience)
        by_others = f"triggers/{PROCESS_LOG} in {self.address} is written by somebody else all the time: see by whom."
        return None if done else by_others

    def _log_refused(self, patience: Patience) -> str | None:
        log = self._triggers(PROCESS_LOG, patience)
        if log is None:
            return f"There is no process log yet: {self._by_hand}"
        if problem := self._unfit(log):
            return problem
        if not self._log.may_write(log.id, patience):
            raise ItemRefused("the credential's role on it only reads")
        return None

    def _new_log(self, line: bytes, patience: Patience) -> str | None:
        try:
            if folders := self._tree.top(patience).get("triggers"):
                self._log.create(folders[0], line, patience)
                return None
        except ItemRefused:
            pass
        return f"There is no process log yet: {self._by_hand}"

    def _unfit(self, log: DriveEntry) -> str | None:
        if log.md5 is None:
            return f"triggers/{PROCESS_LOG} is a Google document or leads nowhere: remove it, and {self._by_hand}"
        if log.size > LARGEST:
            return f"triggers/{PROCESS_LOG} in {self.address} has {log.size >> 20} MB and was left alone: empty it."
        return None

    @property
    def _by_hand(self) -> str:
        return (
            f"create triggers/{PROCESS_LOG} as a plain text file by hand in {self.address} and share it with "
            f"{self._access.email} as Editor (a service account has no storage for a file of its own)."
        )

    def _timeframe(self, timeframe: Timeframe, patience: Patience) -> list[str]:
        """Ids of the timeframe's folders. Raises SourceUnreadable where the root holds neither timeframe's."""
        found = self._tree.top(patience)
        if not any(found.get(name) for name in TIMEFRAMES):
            raise SourceUnreadable(
                f"BLUEDOT_SOURCE {self.address} holds neither daily/ nor weekly/: "
                f"give the id of the folder above them, and {self._access.sharing}."
            )
        return found.get(timeframe.name, [])

    def _triggers(self, name: str, patience: Patience) -> DriveEntry | None:
        """The file of that name in `triggers/`."""
        folders = self._tree.top(patience).get("triggers", [])
        found = [one for folder in folders for one in self._tree.children(folder, "triggers", patience, name)]
        return self._newest(self._tree.resolved(found, patience), f"triggers/{name}")

    def _newest(self, entries: Sequence[DriveEntry], path: str) -> DriveEntry | None:
        if len(entries) > 1:
            self._tree.warn(f"There are {len(entries)} files {path} in {self.address}: the newest was read; keep one.")
        return max(entries, key=lambda entry: (entry.modified, entry.id), default=None)

    def _read_trigger(self, entry: DriveEntry, timeframe: Timeframe, identity: str, patience: Patience) -> Trigger:
        if entry.md5 is None:
            return Trigger(problem="it is a Google document or leads nowhere, not a text file", identity=identity)
        if entry.size > _LARGEST_TRIGGER:
            return Trigger(problem=f"it has {entry.size} bytes, which is no trigger", identity=identity)
        file = SourceFile(entry.name, entry.id, entry.size, entry.modified, entry.md5)
        try:
            content = self._downloads.one(file, patience) if entry.size else b""
        except DriveFailure as failure:
            # Also when it changed while it was read: what it says now is for the next look.
            raise SourceUnreadable(
                f"triggers/{entry.name} in {self.address} could not be read ({failure}): look again."
            ) from None
        return parse_trigger(content.decode("utf-8", "replace"), timeframe, identity, entry.modified)
