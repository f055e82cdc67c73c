"""Which code this process runs: what it has made before can differ only where this does; and how old its packages are.
The versions of what is made are in `storage`."""

import hashlib
import os
import sys
from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import bluedot_assets

SOURCES: Final = (".py", ".j2")
# Released every one or two months, and named by the month: with a lock, one that is new is a sign that all are. Of the
# others nothing tells their age without asking somebody.
NAMED_BY_MONTH: Final = ("certifi", "fsspec")
LIBRARIES: Final = ("jinja2", "msgspec", "numpy", "polars", "pyarrow")  # that decide on values and bytes


def digest_of_sources(root: Path) -> str:
    """Of all code and templates below a folder."""
    digest = hashlib.sha256()
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(name for name in names if name.endswith(SOURCES)):
            content = Path(folder, name).read_bytes()
            digest.update(f"{os.path.relpath(folder, root)}/{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


# As it is when this process starts: an upgrade beside it must not lend its name to what the old modules make.
_OURS: Final = digest_of_sources(Path(bluedot_assets.__file__).parent)


@cache
def code_version() -> str:
    """A name that changes with the code of this package and of these libraries."""
    return f"{_OURS} {sys.version} {[version(name) for name in LIBRARIES]}"


def newest_release() -> date | None:
    """The month of the newest of them; None where that cannot be seen."""
    return max(filter(None, map(_released, NAMED_BY_MONTH)), default=None)


def _released(name: str) -> date | None:
    try:
        year, month, *_ = version(name).split(".")
        return date(int(year), int(month), 1)
    except (PackageNotFoundError, ValueError):
        return None
