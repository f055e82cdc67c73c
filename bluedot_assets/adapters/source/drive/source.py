"""Google Drive as a source of the vendor's files: the port `SourceFolder`, put together from its neighbours `tree`,
`download` and `log`; who asks is in `access`, how in `calls`.

Sources of the rules: google-drive.md and source-format.md, section "The Drive tree"."""

from collections.abc import Iterable, Iterator, Sequence

from bluedot_assets.adapters.source.drive.calls import DriveCalls, Patience
from bluedot_assets.adapters.source.drive.download import Downloads
from bluedot_assets.adapters.source.drive.failures import DriveFailure, ItemRefused
from bluedot_assets.adapters.source.drive.log import DriveLog, one_line
from bluedot_assets.adapters.source.drive.tree import DriveEntry, DriveTree
from bluedot_assets.adapters.source.port import PROCESS_LOG, FileUnreadable, LogProblem, SourceFolder, too_large
from bluedot_assets.kernel.calendar.timeframes import TIMEFRAMES, Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent, SourceUnreadable
from bluedot_assets.kernel.source.raw_file import InnerFolder, SourceFile
from bluedot_assets.kernel.source.tree_names import (
    TRIGGERS,
    PartitionListing,
    list_partitions,
    misnamed_folders,
    misnamed_trigger,
)
from bluedot_assets.kernel.source.trigger_file import LARGEST_TRIGGER, Trigger, oversized_trigger, parse_trigger


class DriveSource(SourceFolder):
    """A folder of Google Drive with `daily/`, `weekly/` and `triggers/`. Constructing it opens nothing.
    Every method but `md5` raises SourceUnreadable, and its kind SourceRefused where a person must do something
    first."""

    def __init__(self, calls: DriveCalls) -> None:
        self._calls, self._access = calls, calls.access
        self._tree = DriveTree(calls)
        self._downloads = Downloads(calls, self._tree)
        self._log = DriveLog(calls.writing())  # its token is asked for where there is a log to write
        self._triggers_read: dict[str, Trigger] = {}

    @property
    def address(self) -> str:
        return f"gdrive:{self._calls.options.root_id}"

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._tree.warnings)

    def partitions(self, timeframe: Timeframe) -> PartitionListing:
        patience = self._calls.patience()
        top = self._tree.top(patience)
        folders = self._timeframe(timeframe, top)
        found = [entry for folder in folders for entry in self._tree.children(folder, timeframe.name, patience)]
        return list_partitions(timeframe, _names(top), _names(found))

    def latest(self, timeframe: Timeframe) -> str | None:
        patience = self._calls.patience()
        folders = self._timeframe(timeframe, self._tree.top(patience))
        found = [one for folder in folders for one in self._tree.children(folder, timeframe.name, patience, "latest")]
        link = self._newest([one for one in found if one.target is not None], f"{timeframe.name}/latest")
        return self._tree.folder_name(link.target, patience) if link is not None and link.target is not None else None

    def files(self, timeframe: Timeframe, key: str) -> list[SourceFile]:
        """As the port says; files of one name are all listed. Shortcuts to files are the files under the shortcut's
        name. What has no bytes (Google documents, shortcuts to nothing) has no md5 and cannot be read."""
        patience = self._calls.patience()
        path = f"{timeframe.name}/{key}"
        folders = self._tree.folders(self._timeframe(timeframe, self._tree.top(patience)), path, patience)
        if not folders:
            raise PartitionAbsent(f"The source {self.address} has no folder {path}.")
        found = [entry for folder in folders for entry in self._tree.children(folder, path, patience)]
        listed = [
            SourceFile(entry.name, entry.id, entry.size, entry.modified, entry.md5)
            for entry in self._tree.resolved(found, patience)
        ]
        inner = [entry for entry in found if entry.folder_id is not None]
        listed += [InnerFolder(entry.name, entry.id, 0, entry.modified) for entry in inner]
        return sorted(listed, key=lambda file: (file.name, file.origin_id))

    def read(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | FileUnreadable]]:
        """As the port says, on `connections` connections, within `read_deadline_s` from the first one on."""
        return self._downloads.read(files)

    def md5(self, file: SourceFile) -> str | None:
        return file.md5

    def trigger(self, timeframe: Timeframe) -> Trigger | None:
        """As the port says. Its content is read again only when id, md5 or modifiedTime are new."""
        patience = self._calls.patience()
        name = f"{timeframe.name}_ready.txt"
        listed = self._triggers(None, patience)
        entry = self._newest_of([one for one in listed if one.name == name], name, patience)
        if entry is None:
            problem = misnamed_trigger([one.name for one in listed], timeframe)
            return Trigger(problem=problem, identity=problem) if problem else None
        identity = f"{entry.id}:{entry.md5}:{entry.modified.isoformat(timespec='milliseconds')}"
        known = self._triggers_read.get(timeframe.name)
        if known is None or known.identity != identity:
            known = self._triggers_read[timeframe.name] = self._read_trigger(entry, timeframe, identity, patience)
        return known

    def append_log(self, line: str) -> LogProblem | None:
        """As the port says; never raises for what Drive answers. A log of another writer's hand is merged."""
        return self._log_problem(one_line(line))

    def log_problem(self) -> LogProblem | None:
        """As the port says, from the rights that Drive gives."""
        return self._log_problem(None)

    def _log_problem(self, line: bytes | None) -> LogProblem | None:
        """What keeps the line, or any line, from being appended."""
        log = f"triggers/{PROCESS_LOG} in {self.address}"
        if self._access.email is None:
            return LogProblem(
                f"{PROCESS_LOG} cannot be written with an API key: "
                "set a service account (GOOGLE_APPLICATION_CREDENTIALS) if the log is wanted."
            )
        try:
            return self._append(line, log, self._calls.patience())
        except ItemRefused as failure:
            return LogProblem(f"{log} cannot be written ({failure}): share it with {self._access.email} as Editor.")
        except (DriveFailure, SourceUnreadable) as failure:
            return LogProblem(f"{log} was not written this time: {str(failure).rstrip('.')}.")

    def _append(self, line: bytes | None, path: str, patience: Patience) -> LogProblem | None:
        """Without a line all is done but writing."""
        log = self._newest_of(self._triggers(PROCESS_LOG, patience), PROCESS_LOG, patience)
        if log is None:
            made = self._create_log(line, patience)
            return None if made else LogProblem(f"There is no process log yet: {self._by_hand}", missing=True)
        if log.md5 is None:
            instead = f"triggers/{PROCESS_LOG} is a Google document or leads nowhere: remove it, and {self._by_hand}"
            return LogProblem(instead, missing=True)
        if problem := too_large(path, log.size):
            return problem
        if line is not None:
            done = self._log.append(log.id, line, patience)
            return None if done else LogProblem(f"{path} is written by somebody else all the time: see by whom.")
        if not self._log.may_write(log.id, patience):
            raise ItemRefused("the credential's role on it only reads")
        return None

    def _create_log(self, line: bytes | None, patience: Patience) -> bool:
        """Whether it was made; without a line whether it would be."""
        folders = self._tree.ids_by_name(self._tree.top(patience)).get(TRIGGERS)
        if not folders or not self._tree.in_shared_drive(folders[0], patience):
            return False
        if line is None:
            return self._log.may_create(folders[0], patience)
        try:
            self._log.create(folders[0], line, patience)
        except ItemRefused:
            return False
        return True

    @property
    def _by_hand(self) -> str:
        return (
            f"create triggers/{PROCESS_LOG} as a plain text file by hand in {self.address} and share it with "
            f"{self._access.email} as Editor (a service account has no storage for a file of its own)."
        )

    def _timeframe(self, timeframe: Timeframe, top: Sequence[DriveEntry]) -> list[str]:
        """Ids of the timeframe's folders. Raises SourceUnreadable where the root holds neither timeframe's."""
        found = self._tree.ids_by_name(top)
        if not any(found.get(name) for name in TIMEFRAMES):
            ignored = misnamed_folders(_names(top))
            raise SourceUnreadable(
                f"BLUEDOT_SOURCE {self.address} holds neither daily/ nor weekly/: give the id of the folder above "
                f"them, and {self._access.sharing}{f' ({ignored})' if ignored else ''}."
            )
        return found.get(timeframe.name, [])

    def _triggers(self, name: str | None, patience: Patience) -> list[DriveEntry]:
        """What `triggers/` holds; with `name` only what is called so."""
        folders = self._tree.ids_by_name(self._tree.top(patience)).get(TRIGGERS, [])
        return [one for folder in folders for one in self._tree.children(folder, TRIGGERS, patience, name)]

    def _newest_of(self, entries: Sequence[DriveEntry], name: str, patience: Patience) -> DriveEntry | None:
        """Of the files called so in `triggers/`."""
        return self._newest(self._tree.resolved(entries, patience), f"{TRIGGERS}/{name}")

    def _newest(self, entries: Sequence[DriveEntry], path: str) -> DriveEntry | None:
        if len(entries) > 1:
            self._tree.warn(f"There are {len(entries)} files {path} in {self.address}: the newest was read; keep one.")
        return max(entries, key=lambda entry: (entry.modified, entry.id), default=None)

    def _read_trigger(self, entry: DriveEntry, timeframe: Timeframe, identity: str, patience: Patience) -> Trigger:
        if entry.md5 is None:
            return Trigger(problem="it is a Google document or leads nowhere, not a text file", identity=identity)
        if entry.size > LARGEST_TRIGGER:
            return oversized_trigger(entry.size, identity)
        file = SourceFile(entry.name, entry.id, entry.size, entry.modified, entry.md5)
        try:
            content = self._downloads.one(file, patience) if entry.size else b""
        except DriveFailure as failure:
            # Also when it changed while it was read: what it says now is for the next check.
            raise SourceUnreadable(
                f"triggers/{entry.name} in {self.address} could not be read ({failure}): look again."
            ) from None
        return parse_trigger(content, timeframe, identity, entry.modified)


def _names(entries: Iterable[DriveEntry]) -> list[tuple[str, bool]]:
    """What a folder holds, each with whether it is a folder or a shortcut to one."""
    return [(entry.name, entry.folder_id is not None) for entry in entries]
