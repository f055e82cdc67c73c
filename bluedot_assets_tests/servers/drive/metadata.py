"""How a node and a revision look in JSON.

Here: each field's value. Not here: which fields were asked for (fields.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from bluedot_assets_tests.servers.drive.access import ANYONE, ROLES, Viewer
from bluedot_assets_tests.servers.drive.fields import Mask, prune
from bluedot_assets_tests.servers.drive.node import FOLDER, SHORTCUT, Node, Revision

Json = dict[str, Any]


def rfc3339(moment: float) -> str:
    """Epoch seconds as Drive writes times: UTC, milliseconds, Z."""
    return datetime.fromtimestamp(int(moment * 1000) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True, slots=True)
class View:
    """A node as one caller sees it, now or, for a stale listing, as of an earlier time (epoch seconds)."""

    node: Node
    viewer: Viewer
    as_of: float | None = None

    @property
    def content(self) -> Revision | None:
        """The revision shown; None for what has no bytes."""
        return self.node.revision_at(self.as_of) if self.node.has_content else None

    @property
    def parent(self) -> Node | None:
        """The parent, where the caller may see it."""
        parent = self.viewer.tree.nodes.get(self.node.parent or "")
        return parent if parent is not None and self.viewer.sees(parent) else None


def file_json(view: View, mask: Mask) -> Json:
    """The file resource with the fields of `mask`; fields that the file lacks are absent, as at Drive."""
    names = _FIELDS if not mask or "*" in mask else mask
    values = {}
    for name in names:
        value = _FIELDS[name](view) if name in _FIELDS else None
        if value is not None:
            values[name] = value
    return prune(values, mask)


def revision_json(node: Node, revision: Revision, mask: Mask) -> Json:
    """The revision resource with the fields of `mask`."""
    values = {
        "kind": "drive#revision",
        "id": revision.id,
        "mimeType": node.mime_type,
        "modifiedTime": rfc3339(revision.modified),
        "size": str(revision.size),
        "keepForever": False,
        "published": False,
        "originalFilename": node.name,
    }
    if not mask or not mask.keys().isdisjoint({"md5Checksum", "*"}):
        values["md5Checksum"] = revision.md5_hex()
    return prune(values, mask)


def _shortcut(view: View) -> Json | None:
    if view.node.mime_type != SHORTCUT:
        return None
    target = view.viewer.tree.nodes.get(view.node.target or "")
    details = {"targetId": view.node.target}
    if target is not None:
        details["targetMimeType"] = target.mime_type
    return details


def _owners(view: View) -> list[Json] | None:
    if view.node.drive_id is not None:
        return None
    owners = [
        email
        for one in view.viewer.tree.lineage(view.node)
        for email, role in one.permissions.items()
        if role == "owner"
    ]
    return [_user(view, email) for email in owners[:1]]


def _user(view: View, email: str) -> Json:
    return {
        "kind": "drive#user",
        "displayName": email.partition("@")[0],
        "me": email == view.viewer.caller.email,
        "emailAddress": email,
    }


def _shared(view: View) -> bool:
    granted = {email for one in view.viewer.tree.lineage(view.node) for email in one.permissions}
    return ANYONE in granted or len(granted) > 1


def _capabilities(view: View) -> Json:
    writes = view.viewer.may_write(view.node)
    return {
        "canEdit": writes,
        "canRename": writes,
        "canModifyContent": writes and view.node.has_content,
        "canDownload": view.node.has_content,
        "canListChildren": view.node.mime_type == FOLDER,
        "canAddChildren": writes and view.node.mime_type == FOLDER,
        "canReadRevisions": writes and view.node.has_content,
    }


def _permissions(view: View) -> list[Json] | None:
    if not view.viewer.may_write(view.node):
        return None
    return [
        {"kind": "drive#permission", "type": "anyone", "id": "anyoneWithLink", "role": role}
        if email == ANYONE
        else {"kind": "drive#permission", "type": "user", "emailAddress": email, "role": role}
        for email, role in view.node.permissions.items()
    ]


def _of_content(value: Callable[[View, Revision], object]) -> Callable[[View], object]:
    def shown(view: View) -> object:
        return None if view.content is None else value(view, view.content)

    return shown


_FIELDS: dict[str, Callable[[View], object]] = {
    "kind": lambda view: "drive#file",
    "id": lambda view: view.node.id,
    "name": lambda view: view.node.name,
    "mimeType": lambda view: view.node.mime_type,
    "parents": lambda view: None if view.parent is None else [view.parent.id],
    "createdTime": lambda view: rfc3339(view.node.created),
    "modifiedTime": lambda view: rfc3339(view.node.modified_at(view.as_of)),
    "trashed": lambda view: view.viewer.tree.is_trashed(view.node),
    "explicitlyTrashed": lambda view: view.node.trashed,
    "starred": lambda view: False,
    "version": lambda view: str(view.node.version),
    "spaces": lambda view: ["drive"],
    "driveId": lambda view: view.node.drive_id,
    "teamDriveId": lambda view: view.node.drive_id,
    "ownedByMe": lambda view: None if view.node.drive_id else view.viewer.named_role(view.node) == ROLES["owner"],
    "owners": _owners,
    "shared": _shared,
    "permissions": _permissions,
    "capabilities": _capabilities,
    "shortcutDetails": _shortcut,
    "quotaBytesUsed": lambda view: "0" if view.content is None else str(view.content.size),
    "webViewLink": lambda view: f"https://drive.google.com/file/d/{view.node.id}/view",
    "size": _of_content(lambda view, content: str(content.size)),
    "md5Checksum": _of_content(lambda view, content: content.md5_hex()),
    "headRevisionId": _of_content(lambda view, content: content.id),
    "originalFilename": _of_content(lambda view, content: view.node.name),
    "fileExtension": _of_content(lambda view, content: PurePosixPath(view.node.name).suffix[1:]),
    "fullFileExtension": _of_content(lambda view, content: PurePosixPath(view.node.name).suffix[1:]),
}
