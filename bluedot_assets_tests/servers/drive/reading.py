"""files.get and revisions: metadata, and bytes with ranges.

Here: the reading operations on one file. Not here: lists (listing.py), writes (writing.py).
"""

import re

from bluedot_assets_tests.servers.drive import errors
from bluedot_assets_tests.servers.drive.access import ROLES, Viewer
from bluedot_assets_tests.servers.drive.fields import parse_fields, prune
from bluedot_assets_tests.servers.drive.message import Request, Response, json_response
from bluedot_assets_tests.servers.drive.metadata import View, file_json, revision_json
from bluedot_assets_tests.servers.drive.node import Node, Revision

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


def visible_node(request: Request, viewer: Viewer) -> Node:
    """The node that the request names. Raises DriveError, 404, where it is unknown or invisible."""
    file_id = request.file_id or ""
    node = viewer.tree.find(file_id)
    if node is None or not viewer.sees(node):
        raise errors.not_found(file_id)
    return node


def get_metadata(request: Request, viewer: Viewer) -> Response:
    """files.get."""
    mask = parse_fields(request.params.get("fields"), "file")
    return json_response(file_json(View(visible_node(request, viewer), viewer), mask))


def download(request: Request, viewer: Viewer) -> Response:
    """files.get with alt=media: the head revision's bytes."""
    node = visible_node(request, viewer)
    _check_downloadable(request, viewer, node)
    return _bytes_of(request, node, node.head)


def list_revisions(request: Request, viewer: Viewer) -> Response:
    """revisions.list, oldest first; paged as files.list is."""
    mask = parse_fields(request.params.get("fields"), "revisionList")
    size = request.whole_number("pageSize", 200, 1, 1000)
    node = _node_with_revisions(request, viewer)
    token = request.params.get("pageToken", "0")
    if not token.isdecimal() or int(token) > len(node.revisions):
        raise errors.invalid_value("pageToken")
    start = int(token)
    values: dict[str, object] = {"kind": "drive#revisionList"}
    if start + size < len(node.revisions):
        values["nextPageToken"] = str(start + size)
    here = [one for one in node.revisions[start : start + size] if one.content is not None or one.path is not None]
    below = mask.get("revisions", {})
    values["revisions"] = [revision_json(node, one, below) for one in here]
    return json_response(prune(values, mask))


def get_revision(request: Request, viewer: Viewer) -> Response:
    """revisions.get."""
    mask = parse_fields(request.params.get("fields"), "revision")
    node = _node_with_revisions(request, viewer)
    return json_response(revision_json(node, _revision(request, node), mask))


def download_revision(request: Request, viewer: Viewer) -> Response:
    """revisions.get with alt=media."""
    node = _node_with_revisions(request, viewer)
    _check_downloadable(request, viewer, node)
    return _bytes_of(request, node, _revision(request, node))


def _node_with_revisions(request: Request, viewer: Viewer) -> Node:
    """The node, for callers who may write it: Drive shows revisions to editors only."""
    node = visible_node(request, viewer)
    if not viewer.may_write(node):
        raise errors.insufficient_file_permissions(node.id)
    if not node.has_content:
        raise errors.DriveError(403, "revisionsNotSupported", "The file does not support revisions.")
    return node


def _revision(request: Request, node: Node) -> Revision:
    for one in node.revisions:
        if request.revision_id in {one.id, "head" if one is node.head else None}:
            return one
    raise errors.revision_not_found(request.revision_id or "")


def _check_downloadable(request: Request, viewer: Viewer, node: Node) -> None:
    if not node.has_content:
        raise errors.not_downloadable()
    if node.abusive:
        may_acknowledge = viewer.role(node) >= ROLES["organizer"]
        if not (request.flag("acknowledgeAbuse") and may_acknowledge):
            raise errors.abusive_file()


def _bytes_of(request: Request, node: Node, revision: Revision) -> Response:
    try:
        content = revision.read()
    except OSError as error:
        raise errors.not_found(node.id) from error
    headers = [("Content-Type", node.mime_type), ("Content-Disposition", "attachment"), ("Accept-Ranges", "bytes")]
    span = _RANGE.match(request.headers.get("range", ""))
    if span is None or span[1] + span[2] == "":
        return Response(200, headers, content)
    size = len(content)
    first = int(span[1]) if span[1] else max(0, size - int(span[2]))
    last = min(int(span[2]), size - 1) if span[1] and span[2] else size - 1
    if first >= size or last < first:
        raise errors.range_not_satisfiable(size)
    headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
    return Response(206, headers, content[first : last + 1])
