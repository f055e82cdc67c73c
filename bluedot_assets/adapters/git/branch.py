"""One state of a remote branch, as little of it as is asked for, and the next commit on top of it.

Two bare repositories in one temporary folder: `fetched` holds what was downloaded and may lazily want more; in
`workshop`, which borrows those objects and knows no remote, commits are made and pushed. So nothing is ever downloaded
by accident: git itself would fetch each tree that a push only has to compare. When to push again is in `push`."""

import copy
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from git import Git, GitCommandError

from bluedot_assets.adapters.git.address import GitAddress
from bluedot_assets.adapters.git.failures import git_failure, text_of
from bluedot_assets.adapters.git.process import TimedGit
from bluedot_assets.adapters.storage.owned_folders import TemporaryFolder
from bluedot_assets.kernel.errors import OutputDamaged, SettingsError

# The root, its files and its folders in one answer; the commit alone, as far as GitHub goes; and for those who offer
# neither. Everything else is asked for by its id.
WITH_ROOT: Final = "tree:2"
FILTERS: Final = (WITH_ROOT, "tree:0", "blob:none")
BRANCH: Final = "refs/heads/next"  # of the workshop
PUSH_PROBE: Final = "bluedot-may-push"  # a branch that a dry run would make
WHO: Final = "bluedot_assets <bluedot_assets@noreply.invalid>"
NO_OPTIONS: Final = "--end-of-options"  # stands before every value, whoever chose it
_ABSENT: Final = "couldn't find remote ref"


@dataclass(frozen=True)
class TreeEntry:
    """One line of a tree."""

    kind: str  # tree or blob
    id: str


def blob_id(content: bytes) -> str:
    """What git calls a file of that content (gitformat-loose, SHA-1)."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def tree_id(files: Mapping[str, bytes]) -> str:
    """What git calls a folder of those files, by path (gitformat-tree)."""
    rows = {}
    for name, content in files.items():
        if "/" not in name:
            rows[name.encode()] = b"100644 %s\0" % name.encode() + bytes.fromhex(blob_id(content))
    for name, below in by_folder(files).items():
        rows[f"{name}/".encode()] = b"40000 %s\0" % name.encode() + bytes.fromhex(tree_id(below))
    listed = b"".join(row for _, row in sorted(rows.items()))
    return hashlib.sha1(b"tree %d\0" % len(listed) + listed, usedforsecurity=False).hexdigest()


def by_folder(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The files below each folder of the first level, by the rest of their path."""
    found: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        folder, slash, rest = path.partition("/")
        if slash:
            found.setdefault(folder, {})[rest] = content
    return found


class GitRemote:
    """Commands that talk to the repository, with its token."""

    def __init__(self, address: GitAddress, environment: Mapping[str, str] | None = None) -> None:
        self.address = address
        self.filters: tuple[str, ...] = FILTERS  # those that it has not refused
        self._environment = address.environment(os.environ if environment is None else environment)

    @property
    def small_filters(self) -> tuple[str, ...]:
        """Those that leave out whatever is not asked for by its id, or as much of it as they can."""
        return tuple(one for one in self.filters if one != WITH_ROOT)

    def tip(self, branch: str) -> str | None:
        """The branch's commit, None when there is no such branch. Raises RepositoryUnreachable, RepositoryRefused."""
        ref = f"refs/heads/{branch}"  # git lists refs that end so, as refs/old/refs/heads/main
        return next((commit for commit, _, name in self._listed(ref) if name == ref), None)

    def default_branch(self, of_an_empty_one: str) -> str:
        """The branch that the repository shows first; `of_an_empty_one` where it has none, and where that one is there
        and no default. Raises SettingsError where there are only others."""
        pairs = [line[::2] for line in self._listed("HEAD", "refs/heads/*", symref=True)]
        heads = {name for _, name in pairs if name.startswith("refs/heads/")}
        shown = next((left.removeprefix("ref: ") for left, name in pairs if name == "HEAD" and "ref: " in left), None)
        if shown not in heads and (not heads or f"refs/heads/{of_an_empty_one}" in heads):
            return of_an_empty_one
        if shown not in heads:
            raise SettingsError(
                f"{self.address.url} has branches but no default one: choose it in the repository's settings."
            )
        return shown.removeprefix("refs/heads/")

    def _listed(self, *names: str, symref: bool = False) -> list[tuple[str, str, str]]:
        """Lines of ls-remote: the commit, a tab, the name of the reference."""
        try:
            output = str(self.git(None).ls_remote("--quiet", NO_OPTIONS, self.address.url, *names, symref=symref))
        except GitCommandError as error:
            raise git_failure(error, self.address, "read") from None
        return [line.partition("\t") for line in output.splitlines()]

    def git(self, folder: Path | None) -> Git:
        """GitPython's git, for a bare repository or for none: never for the one that happens to be around us, whose
        configuration may hold credentials of its own (as a checkout in GitHub Actions does)."""
        git = TimedGit(folder)
        git.update_environment(**self._environment, GIT_DIR=str(folder or os.devnull))
        return git


class RemoteBranch:
    """The branch as it stood when this was made. `tip` is None where the branch does not exist; what was downloaded
    is removed with the last reference."""

    def __init__(self, remote: GitRemote, branch: str, *, depth: int = 1) -> None:
        self._remote, self.branch, self.depth = remote, branch, depth
        self._folder = TemporaryFolder("git")
        self._fetched, self._workshop = self._folder.path / "fetched.git", self._folder.path / "workshop.git"
        for folder in (self._fetched, self._workshop):
            folder.mkdir()
            remote.git(folder).init("--quiet", "--bare", "--template=")
        (self._workshop / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (self._workshop / "objects" / "info" / "alternates").write_text(f"{self._fetched / 'objects'}\n")
        self._entries: dict[str, dict[str, TreeEntry]] = {}
        self.tip = self._fetch_tip()
        self.root: str | None = None
        if self.tip is not None:
            # A shallow repository's push compares with the whole old tree even where the new commit has no parent.
            (self._workshop / "shallow").write_text(f"{self.tip}\n")
            self.root = self._root_of(self.tip)
            # The folders of the root and its small files of state, in one request where they are not here yet.
            entries = self.entries("").items()
            self._want([entry.id for name, entry in entries if entry.kind == "tree" or name.endswith(".json")])

    def after(self, commit: str) -> "RemoteBranch":
        """The branch with that commit of ours as its tip; nothing is asked for."""
        made = copy.copy(self)
        made.tip, made.root = commit, self._root_of(commit)
        return made

    @property
    def is_here(self) -> bool:
        """Whether what was downloaded still is: others clear the folder for temporary files as well."""
        return all((folder / "HEAD").exists() for folder in (self._fetched, self._workshop))

    @property
    def git(self) -> Git:
        return self._remote.git(self._workshop)

    def read(self, path: str) -> bytes | None:
        """A file's bytes, None when it is absent."""
        entry = self.entry(path)
        if entry is None or entry.kind != "blob":
            return None
        self._want([entry.id])
        return self._cat(entry.id)

    def entry(self, path: str) -> TreeEntry | None:
        """What stands at a path."""
        folder, _, name = path.rpartition("/")
        return self.entries(folder).get(name)

    def entries(self, folder: str) -> Mapping[str, TreeEntry]:
        """What a folder holds, by name; empty when it is absent. "" is the root."""
        tree = self.root
        if folder:
            entry = self.entry(folder)
            tree = entry.id if entry and entry.kind == "tree" else None
        return {} if tree is None else self._tree(tree)

    def differing(self, files: Mapping[str, bytes], folder: str = "") -> set[str]:
        """Those of the files, by their path below the folder, that do not stand there so. A subfolder that holds
        exactly these files is known by its id, and its list is not asked for."""
        entries = self.entries(folder)
        kinds = {name: blob_id(content) for name, content in files.items() if "/" not in name}
        found = {name for name, id in kinds.items() if name not in entries or entries[name].id != id}
        for name, below in by_folder(files).items():
            entry = entries.get(name)
            if entry is None or entry.id != tree_id(below):
                path = f"{folder}/{name}" if folder else name
                found |= {f"{name}/{rest}" for rest in self.differing(below, path)}
        return found

    def history(self) -> list[tuple[str, int, str]]:
        """(id, committed at in seconds since 1970, message) of as many commits as `depth` allows, newest first."""
        if self.tip is None:
            return []
        words = ("--no-show-signature", "-z", "--format=%H%n%ct%n%B", NO_OPTIONS, BRANCH)
        output = str(self._remote.git(self._fetched).log(*words))
        parts = (one.split("\n", 2) for one in output.split("\0") if one)
        return [(commit, int(seconds), message) for commit, seconds, message in parts]

    def has(self, commit: str) -> bool:
        """Whether that is one of those commits."""
        return any(commit == one for one, _, _ in self.history())

    def commit(self, stream: Iterable[bytes]) -> str:
        """Run a `git fast-import` stream that commits to BRANCH; the new commit's id."""
        process = self.git.fast_import(
            "--quiet", "--force", "--done", "--depth=0", istream=subprocess.PIPE, as_process=True
        )
        try:
            for chunk in stream:
                process.stdin.write(chunk)
            process.stdin.write(b"done\n")
            process.stdin.close()
            process.wait()
        except BrokenPipeError:
            process.wait()  # raises GitCommandError with what git printed
            raise
        except BaseException:
            process.proc.kill()
            raise
        return str(self.git.rev_parse(BRANCH))

    def push(self, commit: str) -> None:
        """Make `commit` the branch's tip if the branch still stands where it stood. Raises LostRace when it does not,
        PublishRefused, RepositoryRefused, RepositoryUnreachable (then the push may have arrived nevertheless)."""
        self._push(commit, self.branch, self.tip)

    def require_push_rights(self) -> None:
        """What a push asks first is whether it may: a dry run ends there, and changes nothing. Raises
        RepositoryRefused, RepositoryUnreachable."""
        nothing = self.commit([commit_head("may it push?", datetime.fromtimestamp(0, UTC), None), b"\n"])
        self._push(nothing, PUSH_PROBE, None, "--dry-run")

    def _push(self, commit: str, branch: str, stood: str | None, *options: str) -> None:
        name = f"refs/heads/{branch}"
        words = ["--porcelain", "--no-verify", *options, f"--force-with-lease={name}:{stood or ''}"]
        try:
            self.git.push(*words, NO_OPTIONS, self._remote.address.url, f"{commit}:{name}")
        except GitCommandError as error:
            raise git_failure(error, self._remote.address, "push to") from None

    def _fetch_tip(self) -> str | None:
        """The branch's commit, with no more than the first filter that the server takes; None without a branch."""
        git = self._remote.git(self._fetched)
        words = ("--quiet", "--no-tags", f"--depth={self.depth}")
        while True:
            # A history would come with the root of each of its commits.
            first, *others = self._remote.filters if self.depth == 1 else self._remote.small_filters
            refspec = f"+refs/heads/{self.branch}:{BRANCH}"
            try:
                git.fetch(*words, f"--filter={first}", NO_OPTIONS, self._remote.address.url, refspec)
                return str(git.rev_parse(BRANCH))
            except GitCommandError as error:
                output = text_of(error)
                if _ABSENT in output:
                    return None
                if not others or "filter" not in output:
                    raise git_failure(error, self._remote.address, "read") from None
                self._remote.filters = tuple(others)

    def _root_of(self, commit: str) -> str:
        return str(self.git.cat_file(NO_OPTIONS, "commit", commit).split()[1])  # its first line: tree <id>

    def _want(self, ids: Sequence[str]) -> None:
        """Have these objects here, without what they refer to."""
        if not ids:
            return
        listed = "\n".join(ids).encode() + b"\n"
        output = self._feed(self.git, "cat-file", listed, "--batch-check=%(objectname)")
        missing = [line.split()[0] for line in output.decode().splitlines() if line.endswith(" missing")]
        if not missing:
            return
        only = f"--filter={self._remote.small_filters[0]}"
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", only, "--stdin")
        wanted = "\n".join(missing).encode() + b"\n"
        try:
            self._feed(self._remote.git(self._fetched), "fetch", wanted, *options, NO_OPTIONS, self._remote.address.url)
        except GitCommandError as error:
            raise git_failure(error, self._remote.address, "read") from None

    def _feed(self, git: Git, command: str, content: bytes, *options: str) -> bytes:
        with tempfile.TemporaryFile() as stdin:
            stdin.write(content)
            stdin.seek(0)
            return bytes(getattr(git, command.replace("-", "_"))(*options, istream=stdin, stdout_as_string=False))

    def _tree(self, tree: str) -> dict[str, TreeEntry]:
        if tree not in self._entries:
            self._want([tree])
            output = self.git.ls_tree("-z", NO_OPTIONS, tree)
            lines = (line.partition("\t") for line in output.split("\0") if line)
            self._entries[tree] = {name: TreeEntry(*head.split()[1:3]) for head, _, name in lines}
        return self._entries[tree]

    def _cat(self, blob: str) -> bytes:
        content = bytes(
            self.git.cat_file(NO_OPTIONS, "blob", blob, stdout_as_string=False, strip_newline_in_stdout=False)
        )
        if blob_id(content) != blob:
            raise OutputDamaged(f"{self._remote.address.url} gave other bytes than {blob}: read it again.")
        return content


def commit_head(message: str, at: datetime, parent: str | None) -> bytes:
    """How a commit to BRANCH begins in a fast-import stream; its changes and an empty line follow."""
    text = f"{message}\n"
    size, origin = len(text.encode()), f"from {parent}\n" if parent else ""
    return f"commit {BRANCH}\ncommitter {WHO} {int(at.timestamp())} +0000\ndata {size}\n{text}{origin}".encode()


def file_command(path: str, content: bytes) -> Iterator[bytes]:
    """A file of that content, in a fast-import stream."""
    yield b"M 100644 inline %s\ndata %d\n" % (quoted(path), len(content))
    yield content
    yield b"\n"


def quoted(path: str) -> bytes:
    """A path as fast-import reads it, whatever stands in it."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode()
