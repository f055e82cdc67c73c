"""A folder on disk as part of a Drive: seen live, so that a test can drop files into it.

Ids come from the relative path, modifiedTime from mtime, symlinks become shortcuts. Bytes are read lazily.
Files created through the API stay in memory; updates of a file that is on disk are written there.
"""

import os
from collections.abc import Callable
from pathlib import Path

from bluedot_assets_tests.servers.drive.node import FOLDER, SHORTCUT, Node, mime_type_of, opaque_id
from bluedot_assets_tests.servers.drive.tree import Tree

LONG_AGO = float("-inf")  # "placed" of what was on disk before the server was: no listing is too stale to show it


def path_id(relative: str) -> str:
    """The id of the item at a path relative to the served folder, with forward slashes; "." is that folder."""
    return opaque_id("path", relative)


class DiskFolder:
    """Follows one folder on disk into a tree."""

    def __init__(self, tree: Tree, folder: Path, root: Node, clock: Callable[[], float]) -> None:
        self._tree = tree
        self._folder = folder.resolve()
        self._clock = clock
        self._watching = False
        self._by_path: dict[str, Node] = {}
        root.path = self._folder
        tree.refresh_node = self.refresh_node
        tree.refresh_all = self.refresh_all
        self._root = root
        self.refresh_all()
        self._watching = True

    def refresh_all(self) -> None:
        """Look at every folder."""
        waiting = [self._root]
        while waiting:
            folder = waiting.pop()
            self._refresh_folder(folder)
            children = self._tree.known_children(folder.id)
            waiting += [one for one in children if one.mime_type == FOLDER and one.path is not None]

    def refresh_node(self, node: Node) -> None:
        """Look at one item again: a folder's entries, a file's stat; gone when it is gone from disk."""
        path = node.path
        if path is None:
            return
        if node.mime_type == FOLDER:
            self._refresh_folder(node)
            return
        try:
            stat = path.lstat()
        except FileNotFoundError:
            self._forget(node)
            return
        if node.mime_type != SHORTCUT:
            self._refresh_file(node, path, stat)

    def written(self, node: Node) -> None:
        """Take the file's stat as known, after the server itself wrote it."""
        if node.path is not None:
            node.signature = _signature(node.path.lstat())

    def _now(self) -> float:
        return self._clock() if self._watching else LONG_AGO

    def _forget(self, node: Node) -> None:
        self._by_path.pop(str(node.path), None)
        self._tree.remove(node)

    def _refresh_folder(self, folder: Node) -> None:
        path = folder.path
        if path is None:
            return
        seen = set()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    seen.add(self._refresh_entry(folder, entry).id)
        except (FileNotFoundError, NotADirectoryError):
            if folder is not self._root:
                self._forget(folder)
                return
        for child in self._tree.known_children(folder.id):
            if child.path is not None and child.id not in seen:
                self._forget(child)

    def _refresh_entry(self, folder: Node, entry: os.DirEntry[str]) -> Node:
        symlink = entry.is_symlink()
        mime_type = SHORTCUT if symlink else FOLDER if entry.is_dir(follow_symlinks=False) else mime_type_of(entry.name)
        node = self._by_path.get(entry.path)
        if node is not None and node.has_content != (mime_type not in {FOLDER, SHORTCUT}):
            self._forget(node)
            node = None
        stat = entry.stat(follow_symlinks=False)
        if node is None:
            node = self._new_node(folder, entry, mime_type, stat)
        if symlink:
            node.target = self._link_target(Path(entry.path))
        elif node.has_content:
            self._refresh_file(node, Path(entry.path), stat)
        return node

    def _new_node(self, folder: Node, entry: os.DirEntry[str], mime_type: str, stat: os.stat_result) -> Node:
        path = Path(entry.path)
        identity = path_id(path.relative_to(self._folder).as_posix())
        node = Node(identity, entry.name, mime_type, folder.id, stat.st_mtime, stat.st_mtime, self._now(), path=path)
        self._by_path[entry.path] = node
        return self._tree.add(node)

    def _refresh_file(self, node: Node, path: Path, stat: os.stat_result) -> None:
        signature = _signature(stat)
        if node.signature != signature:
            node.signature = signature
            node.add_revision(modified=stat.st_mtime, placed=self._now(), size=stat.st_size, path=path)

    def _link_target(self, link: Path) -> str:
        """The id of what a symlink names, one hop; an id that is nowhere when that lies outside the folder."""
        named = link.parent / link.readlink()
        target = named.parent.resolve() / named.name if named.name not in {"", "..", "."} else named.resolve()
        if target.is_relative_to(self._folder):
            return path_id(target.relative_to(self._folder).as_posix())
        return opaque_id("outside", target)


def _signature(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
