"""Whether a node is what a query asks for.

Here: the meaning of each term. Not here: the grammar (query.py), paging and order (listing.py).
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from bluedot_assets_tests.servers.drive.access import ROLES, Viewer
from bluedot_assets_tests.servers.drive.node import Node
from bluedot_assets_tests.servers.drive.query import Both, Comparison, Expression, In, Not

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = re.compile(r"[^\W_]+")
_COLLECTION_ROLE = {"owners": "owner", "writers": "writer", "readers": "reader"}


def matches(expression: Expression | None, node: Node, viewer: Viewer, as_of: float | None = None) -> bool:
    """Whether `node` is selected; `as_of` (epoch seconds) looks at it as it was then."""
    match expression:
        case None:
            return True
        case Both("and", left, right):
            return matches(left, node, viewer, as_of) and matches(right, node, viewer, as_of)
        case Both(_, left, right):
            return matches(left, node, viewer, as_of) or matches(right, node, viewer, as_of)
        case Not(inner):
            return not matches(inner, node, viewer, as_of)
        case In():
            return _is_in(expression, node, viewer)
        case Comparison():
            return _compares(expression, node, viewer, as_of)


def _is_in(term: In, node: Node, viewer: Viewer) -> bool:
    if term.collection == "parents":
        return not term.dropped and node.parent == term.value
    email = viewer.caller.email if term.value == "me" else term.value
    needed = ROLES[_COLLECTION_ROLE[term.collection]]
    return any(ROLES.get(one.permissions.get(email or "", ""), 0) >= needed for one in viewer.tree.lineage(node))


def _compares(term: Comparison, node: Node, viewer: Viewer, as_of: float | None) -> bool:
    if term.field == "name":
        return _name_compares(term.operator, node.name, str(term.value))
    if term.operator == "contains":
        return node.mime_type.startswith(str(term.value))
    found = _VALUES[term.field](node, viewer, as_of)
    wanted = _milliseconds(term.value) if isinstance(term.value, float) else term.value
    return _ORDER[term.operator](found, wanted)


def _shared_with(node: Node, viewer: Viewer) -> bool:
    return node.permissions.get(viewer.caller.email or "", "owner") != "owner"


def _milliseconds(moment: float) -> int:
    """Drive keeps times to the millisecond."""
    return int(moment * 1000)


_VALUES: dict[str, Callable[[Node, Viewer, float | None], object]] = {
    "mimeType": lambda node, viewer, as_of: node.mime_type,
    "trashed": lambda node, viewer, as_of: viewer.tree.is_trashed(node),
    "starred": lambda node, viewer, as_of: False,
    "sharedWithMe": lambda node, viewer, as_of: _shared_with(node, viewer),
    "modifiedTime": lambda node, viewer, as_of: _milliseconds(node.modified_at(as_of)),
    "createdTime": lambda node, viewer, as_of: _milliseconds(node.created),
    "shortcutDetails.targetId": lambda node, viewer, as_of: node.target,
}


def _name_compares(operator_: str, name: str, value: str) -> bool:
    """`=` looks at no case (rclone's issue tracker); `contains` matches only the beginnings of words."""
    if operator_ != "contains":
        return (name.casefold() == value.casefold()) == (operator_ == "=")
    words = _WORDS.findall(name.casefold())
    wanted = _WORDS.findall(value.casefold())
    return bool(wanted) and all(any(word.startswith(one) for word in words) for one in wanted)
