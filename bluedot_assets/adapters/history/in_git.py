"""A history on a branch of a git repository, for machines without a disk of their own: a change is one commit and one
push, of which no history is kept. Nothing but the files that a change reads is downloaded."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from bluedot_assets.adapters.git.branch import GitRemote, RemoteBranch, commit_head, file_command, quoted
from bluedot_assets.adapters.git.push import PushPolicy, push_change
from bluedot_assets.adapters.history.port import Decide, copied
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import OutputDamaged, PublishRefused
from bluedot_assets.kernel.history.files import FileList, entry_of
from bluedot_assets.kernel.stored.manifest import StoredObject
from bluedot_assets.kernel.stored.versions import decode

LIST: Final = "list.json"
_Changes = Mapping[str, tuple[bytes, int] | None]


@dataclass(frozen=True)
class GitHistorySnapshot:
    """The files of a timeframe at one commit."""

    branch: RemoteBranch
    address: str
    timeframe: str
    listed: FileList

    def read(self, name: str) -> bytes:
        entry = self.listed.files[name]
        content = self.branch.read(f"{self.timeframe}/{entry.path}")
        if content is None or entry_of(content, entry.rows, entry.path) != entry:
            raise OutputDamaged(
                f"{self.timeframe}/{name} of {self.address} differs from what was stored: run "
                "`bluedot history rebuild`."
            )
        return content

    def in_store(self, name: str, store: Store) -> StoredObject:
        return copied(self, name, self.timeframe, store)


@dataclass(frozen=True)
class GitHistory:
    """A branch of a repository."""

    remote: GitRemote
    branch: str
    policy: PushPolicy
    clock: Callable[[], datetime]

    @property
    def address(self) -> str:
        return f"{self.remote.address.url}#{self.branch}"

    def snapshot(self, timeframe: str) -> GitHistorySnapshot:
        return self._at(self.policy.ask(self._fetch), timeframe)

    def change(
        self, timeframe: str, decide: Decide, *, sample: bool = False, rebuilt: bool = False
    ) -> GitHistorySnapshot:
        def due(branch: RemoteBranch) -> _Changes | None:
            changes = decide(self._at(branch, timeframe))
            return changes if changes or rebuilt else None

        def build(changes: _Changes, branch: RemoteBranch) -> str:
            before = self._at(branch, timeframe).listed
            marked = before.marked(sample=sample, rebuilt=self.clock() if rebuilt else None)
            return branch.commit(self._commit(timeframe, changes, branch, marked))

        return self._at(push_change(self._fetch, due, build, self.policy).branch, timeframe)

    def _fetch(self) -> RemoteBranch:
        return RemoteBranch(self.remote, self.branch)

    def _at(self, branch: RemoteBranch, timeframe: str) -> GitHistorySnapshot:
        content, name = branch.read(f"{timeframe}/{LIST}"), f"{timeframe}/{LIST} of {self.address}"
        if content is None:
            self._require_ours(branch)
            return GitHistorySnapshot(branch, self.address, timeframe, FileList())
        try:
            return GitHistorySnapshot(branch, self.address, timeframe, decode(FileList, content, name))
        except msgspec.DecodeError as error:
            raise PublishRefused(
                f"{name} cannot be read ({error}): delete the branch, and run `bluedot history rebuild`."
            ) from None

    def _require_ours(self, branch: RemoteBranch) -> None:
        """A branch that holds something else is not overwritten."""
        names = set(branch.entries(""))
        if names and not any(branch.entry(f"{name}/{LIST}") for name in names):
            raise PublishRefused(
                f"{self.address} holds something else than a history of ours ({', '.join(sorted(names)[:5])}): "
                "name a new branch with BLUEDOT_HISTORY."
            )

    def _commit(self, timeframe: str, changes: _Changes, branch: RemoteBranch, marked: FileList) -> Iterator[bytes]:
        files = {name: one for name, one in marked.files.items() if name not in changes}
        yield commit_head(f"{timeframe}: {len(changes)} files of the history", self.clock(), None)
        if branch.root is not None:
            yield b'M 040000 %s ""\n' % branch.root.encode()
        for name, change in changes.items():
            branch.entry(f"{timeframe}/{name}")  # fast-import reads the trees on the way, and can fetch none
            if change is None:
                yield b"D %s\n" % quoted(f"{timeframe}/{name}")
                continue
            content, rows = change
            files[name] = entry_of(content, rows, name)
            yield from file_command(f"{timeframe}/{name}", content)
        listed = msgspec.structs.replace(marked, files=dict(sorted(files.items())))
        yield from file_command(f"{timeframe}/{LIST}", msgspec.json.format(msgspec.json.encode(listed), indent=1))
        yield b"\n"
