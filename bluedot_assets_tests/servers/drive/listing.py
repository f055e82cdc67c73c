"""files.list: which files, in which order, on which page.

Here: the operation, with Drive's checks of its parameters. Not here: the query's grammar (query.py).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from bluedot_assets_tests.servers.drive.access import Viewer
from bluedot_assets_tests.servers.drive.errors import DriveError, invalid_value, not_found
from bluedot_assets_tests.servers.drive.fields import parse_fields, prune
from bluedot_assets_tests.servers.drive.matching import matches
from bluedot_assets_tests.servers.drive.message import Request, Response, json_response
from bluedot_assets_tests.servers.drive.metadata import View, file_json
from bluedot_assets_tests.servers.drive.node import FOLDER, Node, opaque_id
from bluedot_assets_tests.servers.drive.query import Expression, parents_of, parse_query, required_parent

_KEPT_TOKENS = 2_000
_CORPORA = {"user", "domain", "drive", "allDrives"}
_SPACES = {"drive", "appDataFolder", "photos"}
_SORT_KEYS: dict[str, Callable[[Node], str | float | bool]] = {
    "name": lambda node: node.name.casefold(),
    "name_natural": lambda node: node.name.casefold(),
    "modifiedTime": lambda node: node.modified_at(),
    "modifiedByMeTime": lambda node: node.modified_at(),
    "recency": lambda node: -node.modified_at(),
    "createdTime": lambda node: node.created,
    "folder": lambda node: node.mime_type != FOLDER,
    "quotaBytesUsed": lambda node: node.head.size if node.has_content else 0,
}


@dataclass(frozen=True, slots=True)
class _Rest:
    """What a page token stands for: the ids still to come, and the question that it belongs to."""

    question: tuple[str | None, ...]
    ids: tuple[str, ...]
    as_of: float | None


class Listing:
    """files.list. Remembers what its page tokens stand for: a listing doesn't change while it is paged through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests: OrderedDict[str, _Rest] = OrderedDict()

    def answer(self, request: Request, viewer: Viewer, as_of: float | None) -> Response:
        """One page. `as_of` (epoch seconds) makes it a stale one."""
        mask = parse_fields(request.params.get("fields"), "fileList")
        size = request.whole_number("pageSize", 100, 1, 1000)
        viewer.all_drives = _with_shared_drives(request)
        question = tuple(request.params.get(name) for name in ("q", "orderBy", "corpora", "driveId", "spaces"))
        token = request.params.get("pageToken")
        if token is None:
            rest = _Rest(question, tuple(node.id for node in _selected(request, viewer, as_of)), as_of)
        else:
            rest = self._taken(token, question)
        here, later = rest.ids[:size], rest.ids[size:]
        values: dict[str, object] = {"kind": "drive#fileList", "incompleteSearch": False}
        if later:
            values["nextPageToken"] = self._token(_Rest(question, later, rest.as_of))
        if "files" in mask or "*" in mask or not mask:
            below = mask.get("files", {})
            views = (View(node, viewer, rest.as_of) for node in map(viewer.tree.nodes.get, here) if node is not None)
            values["files"] = [file_json(view, below) for view in views]
        return json_response(prune(values, mask))

    def _taken(self, token: str, question: tuple[str | None, ...]) -> _Rest:
        with self._lock:
            rest = self._rests.get(token)
        if rest is None or rest.question != question:
            raise invalid_value("pageToken")
        return rest

    def _token(self, rest: _Rest) -> str:
        token = "~!!~" + opaque_id(rest, prefix="", length=43)
        with self._lock:
            self._rests[token] = rest
            while len(self._rests) > _KEPT_TOKENS:
                self._rests.popitem(last=False)
        return token


def _with_shared_drives(request: Request) -> bool:
    """Whether items of shared drives are listed; raises DriveError for parameters that contradict each other."""
    corpora, drive_id = request.params.get("corpora", "user"), request.params.get("driveId")
    if not set(corpora.split(",")) <= _CORPORA:
        raise invalid_value("corpora")
    include = request.flag("includeItemsFromAllDrives")
    if (drive_id is not None) != (corpora == "drive"):
        message = "The driveId parameter must be specified if and only if corpora is set to drive."
        raise DriveError(403, "teamDriveIdRequiresTeamDriveCorpora", message)
    if corpora in {"drive", "allDrives"} and not include:
        message = (
            "The includeItemsFromAllDrives parameter must be set to true when driveId is specified or corpora "
            "contains drive or allDrives."
        )
        raise DriveError(403, "teamDrivesParameterRequired", message)
    return request.flag("supportsAllDrives") and include


def _selected(request: Request, viewer: Viewer, as_of: float | None) -> list[Node]:
    expression = parse_query(request.params.get("q", ""))
    key_names = request.params.get("orderBy", "")
    spaces = set(request.params.get("spaces", "drive").split(","))
    if not spaces <= _SPACES:
        raise invalid_value("spaces")
    drive_id = request.params.get("driveId")
    found = [
        node
        for node in _candidates(expression, viewer)
        if (as_of is None or node.placed <= as_of)
        and (drive_id is None or node.drive_id == drive_id)
        and viewer.sees(node)
        and matches(expression, node, viewer, as_of)
    ]
    return _sorted(found, key_names) if "drive" in spaces else []


def _candidates(expression: Expression | None, viewer: Viewer) -> list[Node]:
    """The folder's content where the query names one; else all that was shared with the caller by name."""
    for parent_id in parents_of(expression):
        parent = viewer.tree.find(parent_id)
        if parent is None or not replace(viewer, all_drives=True).sees(parent):
            raise not_found("")  # Drive names no id here: "File not found: ."
    folder_id = required_parent(expression)
    if folder_id is not None:
        return viewer.tree.children(folder_id)
    nodes = viewer.tree.everything()
    return [node for node in nodes if viewer.named_role(node) > 0 and node.id != node.drive_id]


def _sorted(nodes: list[Node], order_by: str) -> list[Node]:
    """By `order_by`; without it, by id: Drive promises no order, and a test should not find one by chance."""
    nodes.sort(key=lambda node: node.id)
    for part in reversed([one.split() for one in order_by.split(",") if one.strip()]):
        key = _SORT_KEYS.get(part[0])
        if key is None or part[1:] not in ([], ["desc"]):
            raise invalid_value("orderBy")
        nodes.sort(key=key, reverse=part[1:] == ["desc"])
    return nodes
