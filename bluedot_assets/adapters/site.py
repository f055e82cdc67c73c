"""The published site as a port, the files that every site shows, and the choice between its adapters."""

import gzip
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bluedot_assets.adapters.folder_site import FolderSite
from bluedot_assets.adapters.store import Store
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site.addresses import is_address
from bluedot_assets.kernel.site.publication import FileSource, Plan, Published


class Snapshot(Published, Protocol):
    """The site as it stood at one moment."""

    def damaged(self, folder: str, files: Sequence[FileSource]) -> list[str]:
        """Names of those files that stand in a published folder with other bytes, or not at all."""
        ...


Decide = Callable[[Snapshot], Plan | None]


class Site(Protocol):
    """The contract; `bluedot_assets_tests/contracts/site.py` says it as tests."""

    @property
    def address(self) -> str:
        """Where it is, for people."""
        ...

    def require_usable(self) -> None:
        """Raises SettingsError where a publish would be refused or could not be written."""
        ...

    def snapshot(self) -> Snapshot:
        """What is public now."""
        ...

    def read(self, path: str) -> bytes | None:
        """A small file of what is public now, None when it is absent."""
        ...

    def publish(self, decide: Decide) -> Plan | None:
        """Carry out what `decide` makes of the site as it stands, whole or not at all; `decide` is asked again when
        somebody else published in between. Returns the plan that was carried out, None when there was none."""
        ...


@dataclass(frozen=True)
class GitOptions:
    """How a git site is published."""

    branch: str
    squash: bool
    token: str | None
    attempts: int
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]


def open_site(setting: str, value: str, store: Store, options: GitOptions) -> Site:
    """The site that a setting names. Raises SettingsError for an address of no known kind."""
    if not is_address(value):
        return FolderSite(Path(value).expanduser().absolute(), store)
    if shutil.which("git") is None:
        raise SettingsError(f"{setting} is a repository, and git is not on this machine: install git 2.30 or newer.")
    from bluedot_assets.adapters.git_address import git_address  # noqa: PLC0415  git costs a start 0.2 s
    from bluedot_assets.adapters.git_objects import GitRemote  # noqa: PLC0415
    from bluedot_assets.adapters.git_site import GitSite  # noqa: PLC0415

    return GitSite(GitRemote(git_address(setting, value, options.token)), store, options)


def gzipped(content: bytes) -> bytes:
    """The same bytes for the same content: no time and no name in the header."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def shell_files(folder: Path, docs: Path) -> dict[str, bytes]:
    """The static files of the site by path, and below `docs/` the documentation where it has been built. Raises
    SettingsError when the static files are not there."""
    if not (folder / "index.html").is_file():
        raise SettingsError(f"The site's static files are not in {folder}: install the whole package.")
    return _files_below(folder) | {f"docs/{path}": content for path, content in _files_below(docs).items()}


def _files_below(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
