"""The bytes of stored files, verified as they are read; those that share an object with others too."""

import hashlib
import zipfile
from functools import lru_cache
from typing import IO, Final

from bluedot_assets.adapters.storage.layout import is_named_by
from bluedot_assets.adapters.storage.store import Store, differs
from bluedot_assets.kernel.stored.manifest import StoredObject

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
