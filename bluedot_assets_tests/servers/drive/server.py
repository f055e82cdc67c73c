"""DriveServer: a Drive to start, fill, share, disturb and question from a test.

Here: the programmatic surface. Not here: the protocol (service.py and what it calls).
"""

import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bluedot_assets_tests.servers.drive.access import ANYONE, ROLES
from bluedot_assets_tests.servers.drive.auth import Accounts
from bluedot_assets_tests.servers.drive.disk import DiskFolder, path_id
from bluedot_assets_tests.servers.drive.faults import Faults
from bluedot_assets_tests.servers.drive.listing import Listing
from bluedot_assets_tests.servers.drive.node import DOCUMENT, FOLDER, SHORTCUT, Node, Revision, mime_type_of, opaque_id
from bluedot_assets_tests.servers.drive.quota import Quota
from bluedot_assets_tests.servers.drive.request_log import Logged, RequestLog
from bluedot_assets_tests.servers.drive.service import Service
from bluedot_assets_tests.servers.drive.tree import Tree
from bluedot_assets_tests.servers.drive.uploads import Sessions
from bluedot_assets_tests.servers.drive.wire import DriveSocketServer
from bluedot_assets_tests.servers.drive.writing import Writer

OWNER = "owner@example.com"
SERVICE_ACCOUNT = "pipeline@bluedot-tests.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/drive"


class DriveServer:
    """A Drive on http://127.0.0.1, serving while it is entered as a context.

    Its root folder belongs to OWNER and is shared with SERVICE_ACCOUNT (`role`); `link_public` lets API keys read it.
    `folder` is served live from disk. `clock` (epoch seconds) gives times, expiry and quota; `latency_s` delays all.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int = 0,
        latency_s: float = 0.0,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
        quota_per_minute: int | None = None,
        link_public: bool = False,
        role: str = "writer",
        root_name: str = "BlueDot-Trading-Data",
    ) -> None:
        self._clock = clock
        self._stopping = threading.Event()
        self._sockets = DriveSocketServer(port)
        self.endpoint = f"http://127.0.0.1:{self._sockets.server_address[1]}/"
        self.tree = Tree()
        now = clock()
        root = self.tree.add(Node(path_id("."), root_name, FOLDER, None, now, now, float("-inf")))
        self.root_id = root.id
        root.permissions = {OWNER: "owner", SERVICE_ACCOUNT: role} | ({ANYONE: "reader"} if link_public else {})
        disk = None if folder is None else DiskFolder(self.tree, folder, root, clock)
        self._writer = Writer(self.tree, disk, clock)
        self._accounts = Accounts(self.endpoint, clock)
        self.faults = Faults(seed)
        self.quota = Quota(quota_per_minute, clock)
        self._log = RequestLog()
        sessions = Sessions(self.endpoint)
        self._service = self._sockets.service = Service(
            self.tree, self._accounts, self.faults, self.quota, self._log, Listing(), sessions, self._writer, clock,
            self._stopping, latency_s,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._sockets.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and close every connection."""
        self._stopping.set()
        self._sockets.shutdown()
        self._sockets.close_connections()
        self._sockets.server_close()
        self._thread.join()

    # Credentials

    @property
    def api_key(self) -> str:
        """The one key that is valid; it reads what anyone with the link may read."""
        return self._accounts.api_key

    def service_account_info(self, email: str = SERVICE_ACCOUNT) -> dict[str, Any]:
        """The JSON of a service account, as Google hands it out; another address is another account."""
        return self._accounts.service_account_info(email)

    def token(self, email: str = OWNER, scope: str = SCOPE) -> str:
        """A bearer token of a person (or, by its address, a service account), scopes separated by spaces."""
        service_account = email.endswith(".gserviceaccount.com")
        return self._accounts.issue_token(email, frozenset(scope.split()), service_account=service_account)

    @property
    def scopes(self) -> list[str]:
        """What the tokens that were issued so far allow, the last part of each scope's address."""
        return [scope.rpartition("/")[2] for scope in self._accounts.scopes]

    def revoke_tokens(self) -> None:
        """Make every token that was issued so far worthless."""
        self._accounts.revoke()

    # Content

    def add_folder(self, name: str, parent: str | None = None) -> str:
        """A new folder; its id. Without `parent` it stands in the root folder, as with every add."""
        return self._add(name, FOLDER, parent).id

    def add_file(
        self,
        name: str,
        content: bytes = b"",
        parent: str | None = None,
        *,
        mime_type: str | None = None,
        modified: float | None = None,
    ) -> str:
        """A new file, also where one of that name stands already; its id. `modified` in epoch seconds."""
        node = self._add(name, mime_type or mime_type_of(name), parent)
        now = self._clock()
        node.add_revision(
            modified=now if modified is None else modified, placed=now, size=len(content), content=content
        )
        return node.id

    def add_native(self, name: str, parent: str | None = None, mime_type: str = DOCUMENT) -> str:
        """A new Google-native document, without bytes; its id."""
        return self._add(name, mime_type, parent).id

    def add_shortcut(self, name: str, target: str, parent: str | None = None) -> str:
        """A new shortcut to an id, existing or not; its id."""
        node = self._add(name, SHORTCUT, parent)
        node.target = target
        return node.id

    def add_shared_drive(self, name: str, role: str = "writer") -> str:
        """A new shared drive with SERVICE_ACCOUNT as a member; its id, which is also that of its top folder."""
        now = self._clock()
        identity = opaque_id(secrets.token_bytes(16), prefix="0A", length=19)
        node = Node(identity, name, FOLDER, None, now, now, now, drive_id=identity)
        node.permissions = {SERVICE_ACCOUNT: role, OWNER: "organizer"}
        return self.tree.add(node).id

    def retarget(self, shortcut: str, target: str) -> None:
        """Point a shortcut elsewhere; so chains and loops are made."""
        self.node(shortcut).target = target

    def set_content(self, file_id: str, content: bytes, *, modified: float | None = None) -> None:
        """Somebody else's upload over a file: a new revision. A file on disk is written there."""
        self._writer.replace(self.node(file_id), content, self._clock() if modified is None else modified)

    def touch(self, file_id: str, modified: float | None = None) -> None:
        """A new modifiedTime (epoch seconds), the content as it was."""
        node = self.node(file_id)
        node.stamp = self._clock() if modified is None else modified
        if node.revisions:
            node.head.modified = node.stamp

    def trash(self, file_id: str, *, trashed: bool = True) -> None:
        """Put in the trash, with all below it, or take out again."""
        self.node(file_id).trashed = trashed

    def remove(self, file_id: str) -> None:
        """Delete for good. What is on disk comes back while it is there."""
        self.tree.remove(self.node(file_id))

    def mark_abusive(self, file_id: str) -> None:
        """Have the file taken for malware: only an owner or organizer who acknowledges it gets the bytes."""
        self.node(file_id).abusive = True

    # Sharing

    def share(self, file_id: str, who: str, role: str = "reader") -> None:
        """Give an account (an address), or ANYONE with the link, a role on an item and all below it."""
        if role not in ROLES:
            raise ValueError(f"no role {role!r}; there are {', '.join(ROLES)}")
        self.node(file_id).permissions[who] = role

    def unshare(self, file_id: str, who: str) -> None:
        """Take a role away again; one inherited from a folder above stays."""
        self.node(file_id).permissions.pop(who, None)

    def make_private(self, file_id: str) -> None:
        """Leave an item to its owner: nothing is inherited, nobody else sees it."""
        node = self.node(file_id)
        node.private, node.permissions = True, {OWNER: "owner"}

    # Questions

    def node(self, file_id: str) -> Node:
        """An item; KeyError when there is none."""
        node = self.tree.find(file_id)
        if node is None:
            raise KeyError(file_id)
        return node

    def find(self, path: str) -> str:
        """The id of the first item at a path of names below the root ("daily/2024-08-02"); KeyError without one."""
        found = self.root_id
        for name in path.split("/"):
            match = next((one for one in self.tree.children(found) if one.name == name), None)
            if match is None:
                raise KeyError(path)
            found = match.id
        return found

    def content(self, file_id: str) -> bytes:
        """A file's bytes now."""
        return self.node(file_id).head.read()

    def revisions(self, file_id: str) -> list[Revision]:
        """A file's revisions, oldest first."""
        return list(self.node(file_id).revisions)

    @property
    def latency_s(self) -> float:
        """How long every answer is delayed; may be set at any time."""
        return self._service.latency_s

    @latency_s.setter
    def latency_s(self, seconds: float) -> None:
        self._service.latency_s = seconds

    @property
    def requests(self) -> list[Logged]:
        """Every request since the start or reset_log, in the order of the answers."""
        return self._log.entries()

    @property
    def downloads(self) -> int:
        """How many requests for a file's bytes came, whatever they got."""
        return self._log.count("download")

    def count(self, kind: str, status: int | None = None) -> int:
        """How many requests of a kind ("list", "get", "token", ...), or of a kind with this status."""
        return self._log.count(kind, status)

    def reset_log(self) -> None:
        """Forget the requests so far."""
        self._log.reset()

    def _add(self, name: str, mime_type: str, parent: str | None) -> Node:
        now = self._clock()
        folder = self.node(self.root_id if parent is None else parent)
        return self.tree.add(Node(opaque_id(secrets.token_bytes(16)), name, mime_type, folder.id, now, now, now))
