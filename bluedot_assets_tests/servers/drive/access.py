"""Who may see and write what: roles, their inheritance from folder to folder, and scopes of a token.

Here: the judgement. Not here: how a caller proves who it is (auth.py).
"""

from dataclasses import dataclass, field

from bluedot_assets_tests.servers.drive.node import Node
from bluedot_assets_tests.servers.drive.tree import Tree

ANYONE = "anyone"
ROLES = {"reader": 1, "commenter": 2, "writer": 3, "fileOrganizer": 4, "organizer": 5, "owner": 6}
_SCOPE = "https://www.googleapis.com/auth/drive"
_READ_CONTENT = {_SCOPE, f"{_SCOPE}.readonly", f"{_SCOPE}.file"}
_READ_METADATA = _READ_CONTENT | {f"{_SCOPE}.metadata", f"{_SCOPE}.metadata.readonly"}
_WRITE = {_SCOPE, f"{_SCOPE}.file"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks: an account, or, with `email` None, the holder of an API key."""

    email: str | None
    scopes: frozenset[str] = frozenset()
    service_account: bool = False

    @property
    def only_own_files(self) -> bool:
        """Whether the token has nothing wider than drive.file: such an app sees what it created."""
        return self.email is not None and not self.scopes & (_READ_METADATA - {f"{_SCOPE}.file"})

    def scope_covers(self, *, writes: bool, content: bool) -> bool:
        """Whether the token's scopes allow such a method; an API key has none and needs none to read."""
        needed = _WRITE if writes else _READ_CONTENT if content else _READ_METADATA
        return self.email is None or bool(self.scopes & needed)


@dataclass(slots=True)
class Viewer:
    """One caller's view of the tree during one request; remembers the roles that it worked out."""

    tree: Tree
    caller: Caller
    all_drives: bool
    _roles: dict[str, tuple[int, int]] = field(default_factory=dict)

    def role(self, node: Node) -> int:
        """The rank of the caller's role, 0 for none; a link that anyone may use counts."""
        return max(self._own_and_link(node))

    def named_role(self, node: Node) -> int:
        """The rank of the role given to the caller by name, without links that anyone may use."""
        return self._own_and_link(node)[0]

    def sees(self, node: Node) -> bool:
        """Whether the item exists for the caller."""
        if node.drive_id is not None and not self.all_drives:
            return False
        if self.caller.only_own_files and node.creator != self.caller.email:
            return False
        return self.role(node) > 0

    def may_write(self, node: Node) -> bool:
        """Whether the caller may change it."""
        return self.caller.email is not None and self.role(node) >= ROLES["writer"]

    def _own_and_link(self, node: Node) -> tuple[int, int]:
        known = self._roles.get(node.id)
        if known is None:
            own = ROLES.get(node.permissions.get(self.caller.email or "", ""), 0)
            link = ROLES.get(node.permissions.get(ANYONE, ""), 0)
            parent = None if node.private or node.parent is None else self.tree.nodes.get(node.parent)
            inherited = (0, 0) if parent is None else self._own_and_link(parent)
            known = self._roles[node.id] = (max(own, inherited[0]), max(link, inherited[1]))
        return known
