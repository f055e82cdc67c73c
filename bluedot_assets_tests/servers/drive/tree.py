"""The tree of nodes: who is in which folder, trashed or not. One lock guards it.

Here: the state in memory. Not here: following a folder on disk (disk.py), permissions (access.py).
"""

import threading
from collections.abc import Callable, Iterator

from bluedot_assets_tests.servers.drive.node import Node

_MAX_DEPTH = 100  # Drive's own limit of folders in folders


class Tree:
    """Nodes by id and by parent. `refresh_node` and `refresh_all` are called ahead of a look, to follow a disk."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.nodes: dict[str, Node] = {}
        self._children: dict[str, dict[str, Node]] = {}
        self.refresh_node: Callable[[Node], None] = lambda node: None
        self.refresh_all: Callable[[], None] = lambda: None

    def add(self, node: Node) -> Node:
        """Put a node in its parent's folder."""
        with self.lock:
            self.nodes[node.id] = node
            if node.parent is not None:
                self._children.setdefault(node.parent, {})[node.id] = node
                if node.drive_id is None and node.parent in self.nodes:
                    node.drive_id = self.nodes[node.parent].drive_id
        return node

    def remove(self, node: Node) -> None:
        """Delete a node and all below it, for good."""
        with self.lock:
            for child in list(self._children.pop(node.id, {}).values()):
                self.remove(child)
            self.nodes.pop(node.id, None)
            if node.parent is not None:
                self._children.get(node.parent, {}).pop(node.id, None)

    def find(self, node_id: str) -> Node | None:
        """The node of an id, as it is now; None when there is none."""
        with self.lock:
            if node_id not in self.nodes:
                self.refresh_all()
            node = self.nodes.get(node_id)
            if node is not None and node.path is not None:
                self.refresh_node(node)
                node = self.nodes.get(node_id)
            return node

    def children(self, parent_id: str) -> list[Node]:
        """What stands in a folder now, in no order that means anything."""
        with self.lock:
            self.find(parent_id)
            return list(self._children.get(parent_id, {}).values())

    def known_children(self, parent_id: str) -> list[Node]:
        """What was seen in a folder so far, without a look at the disk."""
        return list(self._children.get(parent_id, {}).values())

    def everything(self) -> list[Node]:
        """Every node there is now."""
        with self.lock:
            self.refresh_all()
            return list(self.nodes.values())

    def lineage(self, node: Node) -> Iterator[Node]:
        """The node, its parent, and so on up to a root."""
        for _ in range(_MAX_DEPTH):
            yield node
            parent = self.nodes.get(node.parent) if node.parent is not None else None
            if parent is None:
                return
            node = parent

    def is_trashed(self, node: Node) -> bool:
        """Whether the node or a folder above it was put in the trash."""
        return any(one.trashed for one in self.lineage(node))
