"""What the source was last seen to have, for processes that load the definitions: they may open no connection. It is a
file of the data folder, or of the user's cache folder where data are in a bucket. A file that is damaged, absent or of
another source says nothing; where it cannot be written, the next start knows as little as this one."""

import hashlib
from contextlib import suppress
from pathlib import Path

import msgspec

from bluedot_assets.adapters.local_folders import user_cache_folder
from bluedot_assets.adapters.storage.layout import source_range_path
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.calendar.source_range import SourceRange
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.stored.json_reader import decode_json


class _Seen(msgspec.Struct):
    source: str  # digest of the setting: another source is another range
    range: SourceRange


def read_range(store: Store, source: str, timeframe: str) -> SourceRange | None:
    """What that source was seen to have of a timeframe, if ever."""
    file = _file(store, timeframe)
    with suppress(OSError, msgspec.DecodeError):
        seen = decode_json(file.read_bytes() if file else b"", _Seen)
        return seen.range if seen.source == _digest(source) else None
    return None


def write_range(store: Store, source: str, timeframe: str, found: SourceRange) -> None:
    """Keep it for the next start, whole or not at all."""
    if file := _file(store, timeframe):
        with suppress(SettingsError, OSError):
            LocalStore(file.parent).write(file.name, msgspec.json.encode(_Seen(_digest(source), found)))


def _file(store: Store, timeframe: str) -> Path | None:
    path = source_range_path(timeframe)
    if local := store.local_path(path):
        return local
    cache = user_cache_folder()
    return cache and cache / "source" / _digest(store.address) / path


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
