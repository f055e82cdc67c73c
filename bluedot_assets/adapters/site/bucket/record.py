"""What a bucket site says of itself in `.bluedot/`: which files stand where, with digest and size, and how far a
publish has come. What a plan makes of it is in `change`, the order of writing in `site`.

A record has a number, and the highest number counts. It is created once and only by one (a conditional write), so
whoever creates the next number has the turn to publish. A tree is named after its digest and never changes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from bluedot_assets.kernel.site.publication import DASHBOARD, INDEX, STATUS
from bluedot_assets.kernel.stored.versions import SchemaVersion

OWN: Final = ".bluedot"
RECORDS: Final = f"{OWN}/records"
_LATE: Final = frozenset({INDEX, DASHBOARD})  # what leads readers to other files comes after them


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A file of the site."""

    sha256: str  # "" is not known
    bytes: int


Tree = dict[str, Entry]  # of a folder, by name, which may be nested


class Content(msgspec.Struct, frozen=True):
    """Which files stand on the site: the ids of whole folders by path, and single files by path."""

    folders: dict[str, str] = {}
    files: dict[str, Entry] = {}


class Steps(msgspec.Struct, frozen=True):
    """How a publish changes what readers see. `uploads` are new names, which nothing names before the switch;
    the rest is the switch: everything that it takes is in the bucket, so that anybody can carry it out, twice too."""

    uploads: list[str]
    opened: list[str]  # removed first: the indexes of folders whose files change
    moves: list[tuple[str, str]]  # source and target
    deletes: list[str]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """How far a publish has come. `writing`: readers see `content`, and shall if it breaks off; `switching`: they will
    see `following`, whoever finishes it; `done`: they see `content`."""

    phase: Literal["writing", "switching", "done"]
    content: Content
    following: Content | None = None
    work: str = ""  # folder of its steps and of bytes that wait for their names
    publisher: str = ""
    beat: int = 0  # rises while the publisher lives; below 0 it has given up
    schema_version: SchemaVersion = 1

    @property
    def final(self) -> Content:
        """What the site shows when this publish is finished."""
        return self.following if self.phase == "switching" and self.following else self.content


def record_path(number: int) -> str:
    return f"{RECORDS}/{number:012d}.json"


def record_number(path: str) -> int | None:
    """None for what is no record."""
    name = path.removeprefix(f"{RECORDS}/").removesuffix(".json")
    return int(name) if path == f"{RECORDS}/{name}.json" and name.isdigit() else None


def tree_path(tree_id: str) -> str:
    return f"{OWN}/trees/{tree_id}.json"


def encode_tree(tree: Tree) -> tuple[str, bytes]:
    """Its id and content."""
    content = msgspec.json.encode(tree, order="sorted")
    return hashlib.sha256(content).hexdigest(), content


def entry_of(content: bytes) -> Entry:
    return Entry(hashlib.sha256(content).hexdigest(), len(content))


def rank(path: str) -> int:
    """Files of a lower rank are written before those of a higher one."""
    return 2 if path == STATUS else int(path.rpartition("/")[2] in _LATE)


@dataclass(frozen=True)
class Standing:
    """The files of a site, with its folders' trees as they are needed."""

    content: Content
    tree_of: Callable[[str], Tree]

    def below(self, folder: str) -> Tree:
        """The files of a folder, or of a folder in one, by name."""
        if folder in self.content.folders:
            return self.tree_of(self.content.folders[folder])
        base = f"{folder}/"
        found = {path.removeprefix(base): one for path, one in self.content.files.items() if path.startswith(base)}
        for path, tree_id in self.content.folders.items():
            if base.startswith(f"{path}/"):
                within = base.removeprefix(f"{path}/")
                tree = self.tree_of(tree_id)
                found |= {name.removeprefix(within): one for name, one in tree.items() if name.startswith(within)}
        return found

    def entry(self, path: str) -> Entry | None:
        if path in self.content.files:
            return self.content.files[path]
        folder = self.folder_of(path)
        return self.tree_of(self.content.folders[folder]).get(path.removeprefix(f"{folder}/")) if folder else None

    def folder_of(self, path: str) -> str | None:
        """The folder that may have such a file."""
        return next((folder for folder in self.content.folders if path.startswith(f"{folder}/")), None)

    def may_have(self, path: str) -> bool:
        """Whether such a file may be there, without reading any tree."""
        return path in self.content.files or self.folder_of(path) is not None
