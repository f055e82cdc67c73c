"""What a Drive is made of: files, folders, shortcuts, Google-native documents, and their revisions.

Here: one node and its content. Not here: the tree they stand in, who may see them, how they look in JSON.
"""

import base64
import hashlib
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
DOCUMENT = "application/vnd.google-apps.document"
_NATIVE_PREFIX = "application/vnd.google-apps."


def opaque_id(*parts: object, prefix: str = "1", length: int = 33) -> str:
    """An id in Drive's alphabet and length, the same for the same parts."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
    return (prefix + base64.urlsafe_b64encode(digest).decode().rstrip("="))[:length]


def mime_type_of(name: str) -> str:
    """The type that Drive would guess from a name's ending."""
    return mimetypes.types_map.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


@dataclass(slots=True)
class Revision:
    """One content of a file. `content` is None while the bytes lie on disk at `path`, or are lost.

    `modified` and `placed` are epoch seconds: the time that Drive shows, and when the server first had it.
    """

    id: str
    modified: float
    placed: float
    size: int
    content: bytes | None = None
    path: Path | None = None
    md5: str | None = None

    def read(self) -> bytes:
        """The bytes; OSError when they are no longer on disk."""
        if self.content is not None:
            return self.content
        if self.path is None:
            raise FileNotFoundError(self.id)
        return self.path.read_bytes()

    def md5_hex(self) -> str:
        """The content's md5, read from disk at the first question."""
        if self.md5 is None:
            self.md5 = hashlib.md5(self.read(), usedforsecurity=False).hexdigest()
        return self.md5


@dataclass(slots=True)
class Node:
    """One item. `parent` is None for a root; `permissions` maps an account's address (or ANYONE) to a role."""

    id: str
    name: str
    mime_type: str
    parent: str | None
    created: float
    stamp: float
    placed: float
    revisions: list[Revision] = field(default_factory=list)
    target: str | None = None
    trashed: bool = False
    private: bool = False
    abusive: bool = False
    permissions: dict[str, str] = field(default_factory=dict)
    drive_id: str | None = None
    creator: str | None = None
    version: int = 1
    path: Path | None = None
    signature: tuple[int, int, int] | None = None

    @property
    def has_content(self) -> bool:
        """Whether it has bytes: not a folder, shortcut or Google-native document."""
        return not self.mime_type.startswith(_NATIVE_PREFIX)

    @property
    def head(self) -> Revision:
        """The newest revision of a file with content."""
        return self.revisions[-1]

    def revision_at(self, as_of: float | None) -> Revision:
        """The newest revision that was there at `as_of`; the oldest when none was."""
        if as_of is None:
            return self.revisions[-1]
        return next((one for one in reversed(self.revisions) if one.placed <= as_of), self.revisions[0])

    def modified_at(self, as_of: float | None = None) -> float:
        """modifiedTime in epoch seconds."""
        return self.revision_at(as_of).modified if self.revisions else self.stamp

    def add_revision(
        self, *, modified: float, placed: float, size: int, content: bytes | None = None, path: Path | None = None
    ) -> None:
        """Put a content on top. Bytes of an earlier revision that were only on disk are gone with this."""
        if self.revisions and path is not None and self.head.content is None:
            self.head.path = None
        identity = opaque_id(self.id, len(self.revisions), prefix="0B", length=44)
        self.revisions.append(Revision(identity, modified, placed, size, content, path))
        self.version += 1
