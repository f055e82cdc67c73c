"""The bytes of stored files, verified as they are read; those that share an object with others too."""

import hashlib
import zipfile
import zlib
from functools import lru_cache
from typing import IO, Final

from bluedot_assets.adapters.storage.layout import remedy_of
from bluedot_assets.adapters.storage.store import Store
from bluedot_assets.kernel.errors import OutputDamaged
from bluedot_assets.kernel.stored.manifest import StoredObject

OBJECTS_KEPT: Final = 8  # a shard's of every indicator: a reader goes by stock or by indicator
_BLOCK: Final = 1 << 20


class StoredFiles:
    """The bytes of small stored files, verified as they are read. The objects that hold several stay open for those
    that follow."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._archive = lru_cache(OBJECTS_KEPT)(lambda path: zipfile.ZipFile(store.open(path, path)))
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
        try:
            return self._archive(stored.path).read(stored.within.name)
        except (zipfile.BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError):
            return b""  # which no digest is of


def require_digest(stored: StoredObject, sha256: str) -> None:
    if sha256 != stored.sha256:
        of = f"{stored.name} in " if stored.within else ""
        raise OutputDamaged(f"{of}{stored.path} differs from what was stored: {remedy_of(stored.path)}.")


def digest_of(file: IO[bytes]) -> tuple[str, int]:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest(), file.tell()
