"""The bytes of stored files, verified as they are read; those that share an object with others too."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import IO, Final

import msgspec

from bluedot_assets.adapters.storage.layout import is_named_by
from bluedot_assets.adapters.storage.store.port import Store, differs
from bluedot_assets.kernel.errors import OutputDamaged
from bluedot_assets.kernel.stored.manifest import Manifest, StoredObject

Sizes = Callable[[str], Mapping[str, int] | None]
OBJECTS_KEPT: Final = 8  # a shard's of every indicator: a reader goes by stock or by indicator
_BLOCK: Final = 1 << 20


class StoredFiles:
    """The bytes of small stored files, verified as they are read. The objects that hold several stay open for those
    that follow."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._archive = lru_cache(OBJECTS_KEPT)(self._opened)
        self._whole = lru_cache(OBJECTS_KEPT)(store.read)  # of version 1

    def read(self, stored: StoredObject) -> bytes:
        """Raises OutputDamaged when the bytes are not what was stored, or gone."""
        content = self._content(stored)
        require_digest(stored, hashlib.sha256(content).hexdigest())
        return content

    def _content(self, stored: StoredObject) -> bytes:
        if not stored.within:
            with self._store.open(stored.path, stored.content) as file:
                return file.read()
        if isinstance(stored.within.offset, int):
            return self._whole(stored.path)[stored.within.offset : stored.within.offset + stored.bytes]
        return self._archive(stored.path).read(stored.within.name)

    def _opened(self, path: str) -> zipfile.ZipFile:
        """The whole of it is verified first: what is damaged may be read as anything."""
        file = self._store.open(path, path)
        require_named(path, file)
        return zipfile.ZipFile(file)


@contextmanager
def open_stored(store: Store, stored: StoredObject) -> Iterator[IO[bytes]]:
    """An object that is too large for memory: a seekable reader of verified bytes. Raises OutputDamaged."""
    with store.open(stored.path, stored.content) as file:
        require_digest(stored, digest_of(file)[0])
        file.seek(0)
        yield file


def damaged(store: Store, manifest: Manifest, sizes: Sizes | None = None) -> str:
    """The path of its first object that is not what was stored, or gone; empty where all are whole. `sizes` are those
    of the store, where several are asked for in one go."""
    sizes = sizes or cache(store.sizes)
    return next((one.path for one in _objects_of(manifest) if not _is_whole(store, one, sizes)), "")


def _is_whole(store: Store, stored: StoredObject, sizes: Sizes) -> bool:
    """A bucket is asked for what is there now, also where this process has copies. Of a zip it is not asked for the
    bytes: no other content ever has its name."""
    is_asked = stored.within or store.has_copy(stored.path, stored.content)
    listed = sizes(stored.path.rpartition("/")[0]) if is_asked else None
    if listed is not None and not _is_there(stored, listed):
        return False
    try:
        if not stored.within:
            with open_stored(store, stored):
                pass
        elif isinstance(stored.within.offset, int):
            StoredFiles(store).read(stored)
        elif listed is None:
            with store.open(stored.path) as file:
                require_named(stored.path, file)
    except OutputDamaged:
        return False
    return True


def _is_there(stored: StoredObject, sizes: Mapping[str, int]) -> bool:
    return stored.path in sizes if stored.within else sizes.get(stored.path) == stored.bytes


def _objects_of(manifest: Manifest) -> Iterator[StoredObject]:
    """Each object once, and each file of one of version 1."""
    zips: set[str] = set()
    for one in manifest.objects:
        if one.path not in zips:
            yield one
        if one.within and one.within.offset is msgspec.UNSET:
            zips.add(one.path)


def require_named(path: str, file: IO[bytes]) -> None:
    """Raises OutputDamaged where an object that is named by its content has another."""
    if not is_named_by(path, digest_of(file)[0]):
        raise differs(path)
    file.seek(0)


def require_digest(stored: StoredObject, sha256: str) -> None:
    if sha256 != stored.sha256:
        raise differs(stored.path, of=f"{stored.name} in " if stored.within else "")


def digest_of(file: IO[bytes]) -> tuple[str, int]:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest(), file.tell()
