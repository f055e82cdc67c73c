"""The site as a branch of a git repository (GitHub Pages): each publish is one commit and one push.

Nothing of the site is downloaded but the trees and small files that a decision needs; nothing is uploaded but what is
new. Races with other publishers are run in `adapters/git/push`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from bluedot_assets.adapters.git.address import GitOptions
from bluedot_assets.adapters.git.branch import GitRemote, RemoteBranch, blob_id, commit_head, file_command, quoted
from bluedot_assets.adapters.git.push import PushPolicy, push_change
from bluedot_assets.adapters.site.port import Decide, Snapshot
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.adapters.storage.stored_files import StoredFiles
from bluedot_assets.kernel.errors import PublishRefused, SettingsError
from bluedot_assets.kernel.site.addresses import commit_page
from bluedot_assets.kernel.site.publication import STATUS, Plan
from bluedot_assets.kernel.stored.manifest import StoredObject

NOT_OURS_BUT_FINE: Final = frozenset({"CNAME", "README.md", "LICENSE", ".gitignore", ".gitattributes", ".nojekyll"})


class GitSnapshot:
    """The branch at one commit; `blobs` are the ids that git has for contents that this process has read, by sha256."""

    def __init__(self, branch: RemoteBranch, store: Store, blobs: dict[str, str], url: str) -> None:
        self.branch, self._store, self._blobs, self._url = branch, store, blobs, url

    @property
    def page(self) -> str | None:
        return commit_page(self._url, self.branch.tip) if self.branch.tip else None

    def read(self, path: str) -> bytes | None:
        return self.branch.read(path)

    def differing(self, files: Mapping[str, bytes]) -> set[str]:
        return self.branch.differing(files)

    def damaged(self, folder: str, files: Mapping[str, StoredObject]) -> list[str]:
        stored = StoredFiles(self._store)
        for file in files.values():
            if file.sha256 not in self._blobs:
                self._blobs[file.sha256] = blob_id(stored.read(file))
        places = {name: f"{folder}/{name}".rpartition("/") for name in files}
        entries = {place: self.branch.entries(place) for place, _, _ in places.values()}
        found = {name: entries[place].get(last) for name, (place, _, last) in places.items()}
        return [name for name, entry in found.items() if entry is None or entry.id != self._blobs[files[name].sha256]]


@dataclass
class GitSite:
    """A branch of a repository; `store` is where the files of a plan come from."""

    remote: GitRemote
    store: Store
    options: GitOptions
    _latest: GitSnapshot | None = field(default=None, init=False)
    _blobs: dict[str, str] = field(default_factory=dict, init=False)

    @property
    def address(self) -> str:
        return f"{self.remote.address.url} ({self.options.branch})"

    @property
    def _policy(self) -> PushPolicy:
        return PushPolicy(self.options.attempts, self.options.sleep)

    def require_usable(self) -> None:
        """Raises SettingsError where the branch is somebody else's or pushing is refused; RepositoryUnreachable."""
        branch = self.snapshot().branch
        try:
            self._require_ours(branch)
        except PublishRefused as refused:
            raise SettingsError(str(refused)) from None
        branch.require_push_rights()

    def snapshot(self) -> GitSnapshot:
        known = self._latest if self._latest and self._latest.branch.is_here else None
        if known is None or self._policy.ask(lambda: self.remote.tip(self.options.branch)) != known.branch.tip:
            self._latest = known = self._at(self._policy.ask(self._fetch))
        return known

    def publish(self, decide: Decide, known: Snapshot | None = None) -> Plan | None:
        before = known.branch if isinstance(known, GitSnapshot) and known.branch.is_here else None
        pushed = push_change(self._fetch, lambda branch: decide(self._at(branch)), self._build, self._policy, before)
        self._latest = self._at(pushed.branch)
        return pushed.change

    def _at(self, branch: RemoteBranch) -> GitSnapshot:
        return GitSnapshot(branch, self.store, self._blobs, self.remote.address.url)

    def _fetch(self) -> RemoteBranch:
        return RemoteBranch(self.remote, self.options.branch)

    def _require_ours(self, branch: RemoteBranch) -> None:
        """A branch that holds something else is not overwritten: a squash would take its history too."""
        names = set(branch.entries(""))
        if STATUS not in names and not names <= NOT_OURS_BUT_FINE:
            some = ", ".join(sorted(names - NOT_OURS_BUT_FINE)[:5])
            raise PublishRefused(
                f"{self.address} holds something else than a site of ours ({some}): "
                "name a new branch with BLUEDOT_SITE_BRANCH."
            )

    def _build(self, plan: Plan, branch: RemoteBranch) -> str:
        self._require_ours(branch)
        parent = None if self.options.squash else branch.tip
        head = commit_head(plan.message, self.options.clock(), parent)
        return branch.commit(chain([head], self._changes(plan, branch, parent), [b"\n"]))

    def _changes(self, plan: Plan, branch: RemoteBranch, parent: str | None) -> Iterator[bytes]:
        """The plan as fast-import commands, in the order that a plan promises."""
        stored = StoredFiles(self.store)
        if parent is None and branch.root is not None:
            yield b'M 040000 %s ""\n' % branch.root.encode()
        for folder, (sources, files) in plan.folders.items():
            branch.entries(folder)  # with the old tree here, a push leaves out what has not changed
            yield b"D %s\n" % quoted(folder)
            for name, source in sources.items():
                yield from file_command(f"{folder}/{name}", stored.read(source))
            for name, content in files.items():
                yield from file_command(f"{folder}/{name}", content)
        # fast-import reads the trees on the way to each of these paths, and can fetch none.
        for path in (*plan.sources, *plan.copies, *plan.copies.values(), *plan.drops, *plan.files):
            branch.entry(path)
        for path, source in plan.sources.items():
            yield from file_command(path, stored.read(source))
        for target, folder in plan.copies.items():
            yield b"C %s %s\n" % (quoted(folder), quoted(target))
        for path in plan.drops:
            yield b"D %s\n" % quoted(path)
        for path, content in plan.files.items():
            yield from file_command(path, content)
