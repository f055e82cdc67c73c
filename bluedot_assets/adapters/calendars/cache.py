"""Calendars that were built before, in the user's cache folder: reading one takes no pandas. A file that is of another
version, damaged or absent is no calendar here; a folder that cannot be written costs the next start a second."""

import hashlib
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from bluedot_assets.adapters.local_folders import user_cache_folder
from bluedot_assets.kernel.calendar.sessions import Calendar
from bluedot_assets.kernel.stored.json_reader import decode_json

# As they are when this process starts: an upgrade beside it must not lend its name to what the old modules make.
_OURS: Final = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()


class _Entry(msgspec.Struct, frozen=True):
    made_by: str
    calendar: Calendar


def cache_folder() -> Path | None:
    """Where this user's calendars are kept; None for a user who has no home."""
    cache = user_cache_folder()
    return cache and cache / "calendars"


def read_calendar(folder: Path, name: str, years: tuple[int, int]) -> Calendar | None:
    """The calendar of these years, if this version of everything has built it."""
    try:
        digest, _, body = _file(folder, name, years).read_bytes().partition(b"\n")
        if digest.decode() != hashlib.sha256(body).hexdigest():
            return None
        entry = decode_json(body, _Entry)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        return None
    return entry.calendar if entry.made_by == _made_by() else None


def write_calendar(folder: Path, calendar: Calendar, years: tuple[int, int]) -> None:
    """Keep a calendar for the next start, whole or not at all."""
    body = msgspec.json.encode(_Entry(_made_by(), calendar))
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            part = Path(file.name)
            try:
                file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                file.close()
                part.replace(_file(folder, calendar.name, years))
                _remove_of_other_years(folder, calendar.name, years)
            finally:
                part.unlink(missing_ok=True)


def _remove_of_other_years(folder: Path, name: str, years: tuple[int, int]) -> None:
    for file in folder.glob(f"{quote(name, safe='')}-????-????.json"):
        if file != _file(folder, name, years):
            file.unlink(missing_ok=True)


def _file(folder: Path, name: str, years: tuple[int, int]) -> Path:
    return folder / f"{quote(name, safe='')}-{years[0]}-{years[1]}.json"


def _made_by() -> str:
    """Everything that a calendar follows from, our own modules too, so that no change of them is forgotten."""
    packages = [f"{name} {version(name)}" for name in ("exchange_calendars", "pandas", "holidays")]
    return ", ".join([*packages, _OURS])
