"""The objects of an output before they have their names: files of this machine, described as they will be stored."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from bluedot_assets.adapters.local_folders import written_folder
from bluedot_assets.adapters.storage.layout import STAGING, named_by_content
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.adapters.storage.stored_files import digest_of
from bluedot_assets.kernel.stored.manifest import StoredObject, Within


@dataclass(frozen=True)
class Staged:
    """The objects of an output that have no names yet: files of this machine below `folder`, described by the paths
    that they will have."""

    store: Store
    folder: Path
    objects: list[StoredObject] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)  # paths of those that are stored already

    def keep(self, stored: StoredObject) -> None:
        """Take over an object of the stored output as it is."""
        self.objects.append(stored)
        self.kept.add(stored.path)

    def write_zip(self, path: str, files: Iterable[tuple[str, bytes, int, str]], *, compress: bool) -> None:
        """Stage files as one zip, for thousands of small objects cost more than their bytes: the name of each, content,
        rows and symbol. The zip's own name ends in its digest."""
        content, objects = io.BytesIO(), []
        with zipfile.ZipFile(content, "w") as archive:
            for name, member, rows, symbol in files:
                archive.writestr(_entry(name), member, zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED, 1)
                digest = hashlib.sha256(member).hexdigest()
                objects.append(StoredObject(path, len(member), digest, rows, symbol, Within(name)))
        named = named_by_content(path, hashlib.sha256(content.getbuffer()).hexdigest())
        with self.writer(named) as into:
            into.write(content.getbuffer())
        self.objects.extend(msgspec.structs.replace(one, path=named) for one in objects)

    @contextmanager
    def writer(self, path: str) -> Iterator[IO[bytes]]:
        """A file to stage a large object with, which is described by `add`."""
        place = self.place(path)
        with written_folder(*self.store.staged_on):
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as file:
                yield file

    def add(self, path: str, rows: int) -> None:
        """Describe an object that was written, by reading it back."""
        with self.place(path).open("rb") as file:
            sha256, size = digest_of(file)
        self.objects.append(StoredObject(path, size, sha256, rows))

    def place(self, path: str) -> Path:
        """Where an object waits for its name `path`."""
        return self.folder / path

    @property
    def apart(self) -> str:
        """The folder of the store for what workers on other machines leave for this process."""
        return f"{STAGING}/{self.folder.name}/workers"

    def contents(self) -> dict[str, str]:
        """What is new, by path."""
        return {one.path: one.content for one in self.objects if one.path not in self.kept}


def _entry(name: str) -> zipfile.ZipInfo:
    """Without the moment and the machine: the same files are the same zip."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3  # of which the rights are
    entry.external_attr = 0o644 << 16
    return entry
