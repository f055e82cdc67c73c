"""Where people can read the code of this installation: in the repository that GitHub's variables name, or that the
checkout was cloned from. Nothing is asked over the network; an installed wheel has no repository."""

import configparser
import os
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import bluedot_assets

ROOT: Final = Path(bluedot_assets.__file__).parents[1]
_SSH: Final = re.compile(r"(?:ssh://)?git@([\w.-]+)[:/]([\w./~-]+)")


def module_address(module: str) -> str | None:
    """The page of a module in the repository; None where that is not known."""
    tree = _tree(ROOT)
    spec = find_spec(module) if tree else None
    if tree is None or spec is None or spec.origin is None:
        return None
    return f"{tree}/{quote(Path(spec.origin).relative_to(ROOT).as_posix())}"


@cache
def _tree(root: Path) -> str | None:
    """The address of the repository's files: of the commit that GitHub runs, else of the default branch."""
    if not (root / ".git").exists():  # a wheel, perhaps in the job of another repository
        return None
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
    server, repository, commit = (os.environ.get(name, "") for name in names)
    if server and repository and commit:
        return f"{server}/{repository}/blob/{commit}"
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read(root / ".git/config", "utf-8")
    except (configparser.Error, UnicodeDecodeError):  # git has forms that this reader does not know
        return None
    address = config.get('remote "origin"', "url", fallback="")
    return files_address(address)


def files_address(remote: str) -> str | None:
    """Where a git host shows the files of a remote's default branch, without any user or password in the address; None
    for a remote that is no host's."""
    if found := _SSH.fullmatch(remote):
        host, path = found[1], found[2]
    else:
        parts = urlsplit(remote)
        host, path = (parts.hostname or "", parts.path) if parts.scheme in {"http", "https"} else ("", "")
    path = path.strip("/").removesuffix(".git")
    if not host or "/" not in path:
        return None
    return f"https://{host}/{path}/{'-/' if 'gitlab' in host else ''}blob/HEAD"
