"""files.create and files.update: who may, what becomes of the file.

Here: the writing operations. Not here: how the bytes came in (uploads.py).
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bluedot_assets_tests.servers.drive import errors
from bluedot_assets_tests.servers.drive.access import Viewer
from bluedot_assets_tests.servers.drive.disk import DiskFolder
from bluedot_assets_tests.servers.drive.fields import parse_fields
from bluedot_assets_tests.servers.drive.message import Request, Response, json_response
from bluedot_assets_tests.servers.drive.metadata import View, file_json
from bluedot_assets_tests.servers.drive.node import FOLDER, SHORTCUT, Node, mime_type_of, opaque_id
from bluedot_assets_tests.servers.drive.reading import visible_node
from bluedot_assets_tests.servers.drive.tree import Tree
from bluedot_assets_tests.servers.drive.uploads import Upload

_WRITABLE = {"name", "mimeType", "modifiedTime", "trashed", "description", "starred", "originalFilename"}
_CREATABLE = _WRITABLE | {"id", "parents", "createdTime", "shortcutDetails"}


class Writer:
    """Changes the tree, and the disk below a file that is there. `clock` in epoch seconds."""

    def __init__(self, tree: Tree, disk: DiskFolder | None, clock: Callable[[], float]) -> None:
        self._tree = tree
        self._disk = disk
        self._clock = clock

    def check_create(self, viewer: Viewer, metadata: dict[str, Any]) -> Node:
        """The folder to create in. Raises DriveError where Drive refuses; a resumable upload asks at its start."""
        parents = metadata.get("parents") or [self._own_root(viewer).id]
        if len(parents) != 1:
            raise errors.DriveError(403, "cannotAddParent", "A file cannot be added to multiple parents.")
        parent = self._tree.find(str(parents[0]))
        if parent is None or not viewer.sees(parent):
            raise errors.not_found(str(parents[0]))
        if not viewer.may_write(parent):
            raise errors.insufficient_parent_permissions()
        if parent.mime_type != FOLDER:
            raise errors.DriveError(403, "parentNotAFolder", "The specified parent is not a folder.")
        unknown = metadata.keys() - _CREATABLE
        if unknown:
            raise _not_writable(unknown)
        weightless = metadata.get("mimeType") in {FOLDER, SHORTCUT}
        if viewer.caller.service_account and parent.drive_id is None and not weightless:
            raise errors.storage_quota_exceeded()
        return parent

    def create(self, request: Request, viewer: Viewer, upload: Upload) -> Response:
        """files.create."""
        mask = parse_fields(request.params.get("fields"), "file")
        parent = self.check_create(viewer, upload.metadata)
        metadata, now = upload.metadata, self._clock()
        name = str(metadata.get("name", "Untitled"))
        mime_type = metadata.get("mimeType") or upload.mime_type or mime_type_of(name)
        identity = str(metadata.get("id") or opaque_id(secrets.token_bytes(16)))
        node = Node(identity, name, str(mime_type), parent.id, now, now, now, creator=viewer.caller.email)
        if parent.drive_id is None and viewer.caller.email is not None:
            node.permissions[viewer.caller.email] = "owner"
        if mime_type == SHORTCUT:
            node.target = _target(metadata)
        self._tree.add(node)
        if node.has_content:
            self._put_content(node, upload.content or b"", _time(metadata, now))
        return json_response(file_json(View(node, viewer), mask))

    def check_update(self, request: Request, viewer: Viewer, metadata: dict[str, Any]) -> Node:
        """The file to update. Raises DriveError where Drive refuses."""
        node = visible_node(request, viewer)
        if not viewer.may_write(node):
            raise errors.insufficient_file_permissions(node.id)
        if "parents" in metadata:
            raise errors.field_not_writable(
                "The parents field is not directly writable in update requests. Use the addParents and removeParents "
                "parameters instead."
            )
        unknown = metadata.keys() - _WRITABLE
        if unknown:
            raise _not_writable(unknown)
        for name in ("addParents", "removeParents"):
            if name in request.params:
                raise errors.not_implemented(name)
        return node

    def update(self, request: Request, viewer: Viewer, upload: Upload) -> Response:
        """files.update: metadata, content, or both. New content is a new revision."""
        mask = parse_fields(request.params.get("fields"), "file")
        with self._tree.lock:
            node = self.check_update(request, viewer, upload.metadata)
            now = self._clock()
            if upload.content is not None:
                if not node.has_content:
                    raise errors.bad_request("The file has no content to update.")
                self._put_content(node, upload.content, _time(upload.metadata, now))
            elif node.revisions:
                node.head.modified = _time(upload.metadata, now)
            node.stamp = _time(upload.metadata, now)
            node.version += 1
            node.name = str(upload.metadata.get("name", node.name))
            node.trashed = bool(upload.metadata.get("trashed", node.trashed))
        return json_response(file_json(View(node, viewer), mask))

    def replace(self, node: Node, content: bytes, modified: float) -> None:
        """Somebody else's upload: new content for a file, wherever its bytes lie."""
        with self._tree.lock:
            self._put_content(node, content, modified)

    def _put_content(self, node: Node, content: bytes, modified: float) -> None:
        if node.path is not None and self._disk is not None:
            if node.head.content is None:
                node.head.content = node.head.read()  # so that the earlier revision can still be had
            node.path.write_bytes(content)
            self._disk.written(node)
        node.add_revision(modified=modified, placed=self._clock(), size=len(content), content=content)

    def _own_root(self, viewer: Viewer) -> Node:
        """The caller's My Drive, made at the first question."""
        email = viewer.caller.email or ""
        identity = opaque_id("my drive", email, prefix="0A", length=19)
        known = self._tree.nodes.get(identity)
        if known is not None:
            return known
        now = self._clock()
        root = Node(identity, "My Drive", FOLDER, None, now, now, now, permissions={email: "owner"}, creator=email)
        return self._tree.add(root)


def _not_writable(names: set[str]) -> errors.DriveError:
    listed = ", ".join(sorted(names))
    return errors.field_not_writable(f"The resource body includes fields which are not directly writable: {listed}.")


def _target(metadata: dict[str, Any]) -> str:
    details = metadata.get("shortcutDetails")
    if not isinstance(details, dict) or not details.get("targetId"):
        raise errors.bad_request("The shortcut target is required.")
    return str(details["targetId"])


def _time(metadata: dict[str, Any], default: float) -> float:
    """modifiedTime of the metadata in epoch seconds."""
    text = metadata.get("modifiedTime")
    if text is None:
        return default
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise errors.bad_request("Invalid value for: modifiedTime") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
