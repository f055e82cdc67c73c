"""The site as a branch of a git repository (GitHub Pages): each publish is one commit and one push.

Nothing of the site is downloaded but the trees and small files that a decision needs; nothing is uploaded but what is
new. Who loses a race builds anew on what the winner left."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bluedot_assets.adapters.git.branch import GitRemote, RemoteBranch, blob_id, commit_head, file_command, quoted
from bluedot_assets.adapters.git.failures import LostRace
from bluedot_assets.adapters.storage.store import Store
from bluedot_assets.kernel.errors import OutputDamaged, PublishRefused, RepositoryUnreachable, SettingsError
from bluedot_assets.kernel.site.publication import STATUS, FileSource, Plan

if TYPE_CHECKING:
    from bluedot_assets.adapters.site.open import GitOptions
    from bluedot_assets.adapters.site.port import Decide

Answer = TypeVar("Answer")
RACES: Final = 8  # pushes of one publish that may be lost to others
LONGEST_PAUSE_S: Final = 2.0
PROBE: Final = "bluedot-may-push"  # a branch that a dry run would make
NOT_OURS_BUT_FINE: Final = frozenset({"CNAME", "README.md", "LICENSE", ".gitignore", ".gitattributes", ".nojekyll"})


class GitSnapshot:
    """The branch at one commit."""

    def __init__(self, branch: RemoteBranch, store: Store) -> None:
        self.branch, self._store = branch, store

    def read(self, path: str) -> bytes | None:
        return self.branch.read(path)

    def holds(self, path: str, content: bytes) -> bool:
        entry = self.branch.entry(path)
        return entry is not None and entry.id == blob_id(content)

    def damaged(self, folder: str, files: Sequence[FileSource]) -> list[str]:
        entries = self.branch.entries(folder)
        return [
            file.name
            for file in files
            if file.name not in entries or entries[file.name].id != blob_id(self._store.read(file.path))
        ]


@dataclass
class GitSite:
    """A branch of a repository; `store` is where the files of a plan come from."""

    remote: GitRemote
    store: Store
    options: "GitOptions"
    _latest: GitSnapshot | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        return f"{self.remote.address.url} ({self.options.branch})"

    def require_usable(self) -> None:
        """Raises SettingsError where the branch is somebody else's or pushing is refused; RepositoryUnreachable."""
        snapshot = self._snapshot()
        try:
            _require_ours(snapshot, self.address)
        except PublishRefused as refused:
            raise SettingsError(str(refused)) from None
        branch = snapshot.branch
        # What a push asks first is whether it may: a dry run ends there.
        branch.push(branch.commit(_commit(self._head("may it push?", None), [])), dry_run=True, to=PROBE)

    def snapshot(self) -> GitSnapshot:
        known = self._latest
        if known is None or self._asked(lambda: self.remote.tip(self.options.branch)) != known.branch.tip:
            self._latest = known = self._snapshot()
        return known

    def read(self, path: str) -> bytes | None:
        return self.snapshot().read(path)

    def publish(self, decide: "Decide") -> Plan | None:
        pushed: dict[str, Plan] = {}
        for race in range(1, RACES + 1):
            snapshot = self._snapshot()
            if snapshot.branch.tip in pushed:  # the answer to that push was lost, not the push
                return pushed[snapshot.branch.tip]
            plan = decide(snapshot)
            if plan is None:
                self._latest = snapshot
                return None
            _require_ours(snapshot, self.address)
            commit = self._build(plan, snapshot.branch)
            pushed[commit] = plan
            try:
                snapshot.branch.push(commit)
            except (LostRace, RepositoryUnreachable) as error:
                if race == RACES or (isinstance(error, RepositoryUnreachable) and race > self.options.attempts):
                    raise
                # Two that lost to each other at the same pace would go on doing so.
                self.options.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.1 * 2**race)))  # noqa: S311
            else:
                return plan
            finally:
                snapshot.branch.close()
        raise AssertionError("the last race returns or raises")

    def _snapshot(self) -> GitSnapshot:
        return self._asked(lambda: GitSnapshot(RemoteBranch(self.remote, self.options.branch), self.store))

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        """The answer, asked for again while the repository cannot be reached."""
        again = Retrying(
            sleep=self.options.sleep,
            stop=stop_after_attempt(self.options.attempts + 1),
            wait=wait_random_exponential(0.5, max=10),
            retry=retry_if_exception_type(RepositoryUnreachable),
            reraise=True,
        )
        return again(question)

    def _build(self, plan: Plan, branch: RemoteBranch) -> str:
        parent = None if self.options.squash else branch.tip
        return branch.commit(_commit(self._head(plan.message, parent), self._changes(plan, branch, parent)))

    def _head(self, message: str, parent: str | None) -> bytes:
        return commit_head(message, self.options.clock(), parent)

    def _changes(self, plan: Plan, branch: RemoteBranch, parent: str | None) -> Iterator[bytes]:
        """The plan as fast-import commands, in the order that a plan promises."""
        if parent is None and branch.root is not None:
            yield b'M 040000 %s ""\n' % branch.root.encode()
        for folder, (sources, files) in plan.folders.items():
            branch.entries(folder)  # with the old tree here, a push leaves out what has not changed
            yield b"D %s\n" % quoted(folder)
            for source in sources:
                yield from file_command(f"{folder}/{source.name}", self._take(source))
            for name, content in files.items():
                yield from file_command(f"{folder}/{name}", content)
        for path, source in plan.sources.items():
            yield from file_command(path, self._take(source))
        for target, folder in plan.copies.items():
            # fast-import reads the trees on the way to both, and can fetch none.
            branch.entry(folder)
            branch.entry(target)
            yield b"C %s %s\n" % (quoted(folder), quoted(target))
        for path in plan.drops:
            branch.entry(path)
            yield b"D %s\n" % quoted(path)
        for path, content in plan.files.items():
            yield from file_command(path, content)

    def _take(self, source: FileSource) -> bytes:
        content = self.store.read(source.path)
        if sha256(content).hexdigest() != source.sha256:
            raise OutputDamaged(f"{source.path} differs from what was stored: materialize its partition again.")
        return content


def _commit(head: bytes, changes: Iterator[bytes] | Sequence[bytes]) -> Iterator[bytes]:
    yield head
    yield from changes
    yield b"\n"


def _require_ours(snapshot: GitSnapshot, address: str) -> None:
    """A branch that holds something else is not overwritten: a squash would take its history too."""
    names = set(snapshot.branch.entries(""))
    if STATUS not in names and not names <= NOT_OURS_BUT_FINE:
        some = ", ".join(sorted(names - NOT_OURS_BUT_FINE)[:5])
        raise PublishRefused(
            f"{address} holds something else than a site of ours ({some}): name a new branch with BLUEDOT_SITE_BRANCH."
        )
