"""The static files that every site shows. The files of a partition are in `pipeline/stages/site`."""

import gzip
from pathlib import Path

from bluedot_assets.kernel.errors import SettingsError


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
