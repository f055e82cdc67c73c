"""Which code this process runs: what it has made before can differ only where this does; and how old its packages are.
The versions of what is made are in `storage`."""

import hashlib
import os
import re
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
# Of what a stage makes: the rules, and how the stage applies them. Where outputs are put is no part of them.
RULES: Final = ("bluedot_assets.kernel.", "bluedot_assets.pipeline.")
MACHINERY: Final = {"bluedot_assets.pipeline.platform", "bluedot_assets.pipeline.stage"}
# Parsing a hundred modules would cost each start 0.3 s; a test compares with what the parser finds in all of ours.
_IMPORTED: Final = re.compile(
    rb"^[ ]*(?:import|from) (bluedot_assets[\w.]*)(?: import (\((?:[^)#]|#.*)*\)|[^\n#(]+))?", re.MULTILINE
)
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


@cache
def code_parts() -> dict[str, str]:
    """The same by its parts, as people read it: what the workers of one run must have in common."""
    python = ".".join(map(str, sys.version_info[:2]))
    return {"bluedot_assets": _OURS[:12], "Python": python, **{name: version(name) for name in LIBRARIES}}


def newest_release() -> date | None:
    """The month of the newest of them; None where that cannot be seen."""
    return max(filter(None, map(_released, NAMED_BY_MONTH)), default=None)


def _released(name: str) -> date | None:
    try:
        year, month, *_ = version(name).split(".")
        return date(int(year), int(month), 1)
    except (PackageNotFoundError, ValueError):
        return None


@cache
def module_version(module: str) -> str:
    """A name that changes with a stage's module, with the rules that it imports, themselves or through others, and with
    the templates beside those: not with the rest of the package, nor with its releases."""
    found, waiting = set[str](), [module]
    while waiting:
        name = waiting.pop()
        if name not in found and name not in MACHINERY and name.startswith(RULES):
            found.add(name)
            waiting += _module(name)[1]
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(_module(name)[0])
    return digest.hexdigest()[:12]


@cache
def _module(name: str) -> tuple[bytes, list[str]]:
    """A digest of a module with the templates beside it, and the modules of ours that it imports; nothing where the
    name is none of a module."""
    path = Path(bluedot_assets.__file__).parents[1].joinpath(*name.split("."))
    file = next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)
    if file is None:
        return b"", []
    content, imported = file.read_bytes(), list[str]()
    for package, names in _IMPORTED.findall(content):
        # A name that begins with a capital is no module's.
        members = [member.decode() for member in re.findall(rb"\b[a-z]\w*", names)]
        imported += [package.decode(), *(f"{package.decode()}.{member}" for member in members)]
    digest = hashlib.sha256(name.encode() + content)
    for template in sorted(file.parent.glob("templates/*.j2")):
        digest.update(template.name.encode() + template.read_bytes())
    return digest.digest(), imported
