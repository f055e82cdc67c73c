"""One request to one answer: routing, faults, identity, quota, operation, log.

Here: the order of these. Not here: sockets (wire.py), and what each of them does.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from bluedot_assets_tests.servers.drive import errors, reading
from bluedot_assets_tests.servers.drive.access import Viewer
from bluedot_assets_tests.servers.drive.auth import Accounts, bearer_token
from bluedot_assets_tests.servers.drive.errors import DriveError
from bluedot_assets_tests.servers.drive.faults import DRIPS, ERROR_ANSWERS, Fault, Faults
from bluedot_assets_tests.servers.drive.listing import Listing
from bluedot_assets_tests.servers.drive.message import Request, Response
from bluedot_assets_tests.servers.drive.quota import Quota
from bluedot_assets_tests.servers.drive.request_log import Logged, RequestLog
from bluedot_assets_tests.servers.drive.routes import route
from bluedot_assets_tests.servers.drive.tree import Tree
from bluedot_assets_tests.servers.drive.uploads import Sessions, Upload, read_upload
from bluedot_assets_tests.servers.drive.writing import Writer

_READERS: dict[str, Callable[[Request, Viewer], Response]] = {
    "get": reading.get_metadata,
    "download": reading.download,
    "revisions": reading.list_revisions,
    "revision": reading.get_revision,
    "revisionDownload": reading.download_revision,
}
_STALE_S = 60.0
_HANG_S = 60.0
_DRIP_S = 5.0


class Delivery(NamedTuple):
    """What the wire has to do: send the response as `manner` says.

    `manner` is "whole", "truncated" (Content-Length promises more than comes), "reset", "hang" for `hang_s`, or one of
    DRIPS, with `hang_s` after each byte.
    """

    response: Response
    manner: str = "whole"
    hang_s: float = 0.0


@dataclass(slots=True)
class Service:
    """Everything that one Drive is made of. `latency_s` delays every answer."""

    tree: Tree
    accounts: Accounts
    faults: Faults
    quota: Quota
    log: RequestLog
    listing: Listing
    sessions: Sessions
    writer: Writer
    clock: Callable[[], float]
    stopping: threading.Event
    latency_s: float = 0.0

    def deliver(self, request: Request) -> Delivery:
        """Answer a request, with the misbehaviour that is its lot; never raises DriveError."""
        try:
            route(request)
        except DriveError as error:
            return self._noted(request, _error_response(error))
        delay_s, fault = self.faults.draw(request)
        if delay_s or self.latency_s:
            self.stopping.wait(delay_s + self.latency_s)
        if fault is not None and fault.kind in {"reset", "timeout"}:
            hang_s = _HANG_S if fault.seconds is None else fault.seconds
            self._noted(request, Response(0), fault)
            return Delivery(Response(0), "reset" if fault.kind == "reset" else "hang", hang_s)
        try:
            response = self._answer(request, fault)
        except DriveError as error:
            response = _error_response(error)
        except OSError:  # a file vanished from the served folder between two looks at it
            response = _error_response(errors.internal_error())
        return self._noted(request, response, fault)

    def _noted(self, request: Request, response: Response, fault: Fault | None = None) -> Delivery:
        """Log the answer, and say how to send it."""
        kind = None if fault is None else fault.kind
        self.log.add(
            Logged(
                request.method, request.path, request.kind, request.file_id, response.status, self.clock(),
                request.caller, kind,
            )
        )  # fmt: skip
        if fault is not None and fault.kind in DRIPS:
            return Delivery(response, fault.kind, _DRIP_S if fault.seconds is None else fault.seconds)
        truncated = kind == "truncated" and response.status in {200, 206}
        return Delivery(response, "truncated" if truncated else "whole")

    def _answer(self, request: Request, fault: Fault | None) -> Response:
        """The answer to a request that meets `fault`, or none."""
        if fault is not None and fault.kind in ERROR_ANSWERS:
            raise ERROR_ANSWERS[fault.kind](fault)
        if request.kind == "token":
            return self.accounts.exchange(request)
        begun = self.sessions.caller_of(request) if request.kind == "uploadChunk" else None
        caller = begun or self.accounts.caller_of(request)
        request.caller = caller.email or "key"
        kind = None if fault is None else fault.kind
        if kind == "revokedToken":
            self.accounts.revoke(bearer_token(request) or "")
            raise errors.invalid_credentials()
        self.quota.spend(request.kind, request.caller)
        if kind == "changedFile":
            self._change(request.file_id)
        response = self._operate(request, Viewer(self.tree, caller, request.flag("supportsAllDrives")), fault)
        if kind == "short":
            response.body = response.body[: len(response.body) // 2]
        elif kind == "corrupt":
            response.body = _flipped(response.body, request)
        elif kind == "anotherFile":
            response.body = self._body_of_another(request, response.body)
        return response

    def _operate(self, request: Request, viewer: Viewer, fault: Fault | None) -> Response:
        if request.kind == "list":
            return self.listing.answer(request, viewer, self._as_of(fault))
        if request.kind in _READERS:
            return _READERS[request.kind](request, viewer)
        if request.kind == "uploadChunk":
            return self._take_chunk(request, viewer)
        if request.params.get("uploadType") == "resumable":
            metadata = request.json()
            if request.kind == "create":
                self.writer.check_create(viewer, metadata)
            else:
                self.writer.check_update(request, viewer, metadata)
            return self.sessions.begin(request, viewer.caller)
        return self._write(request, viewer, read_upload(request))

    def _take_chunk(self, request: Request, viewer: Viewer) -> Response:
        received = self.sessions.receive(request)
        if isinstance(received, Response):
            return received
        session, upload = received
        viewer = Viewer(viewer.tree, session.caller, session.request.flag("supportsAllDrives"))
        return self._write(session.request, viewer, upload)

    def _write(self, request: Request, viewer: Viewer, upload: Upload) -> Response:
        write = self.writer.create if request.kind == "create" else self.writer.update
        return write(request, viewer, upload)

    def _as_of(self, fault: Fault | None) -> float | None:
        if fault is None or fault.kind != "staleListing":
            return None
        if fault.as_of is not None:
            return fault.as_of
        return self.clock() - (_STALE_S if fault.seconds is None else fault.seconds)

    def _change(self, file_id: str | None) -> None:
        """The file changes between the listing and this download; on the server only, not on disk."""
        with self.tree.lock:
            node = self.tree.find(file_id or "")
            if node is not None and node.has_content:
                content = node.head.read() + f"\n{len(node.revisions)}".encode()
                now = self.clock()
                node.add_revision(modified=now, placed=now, size=len(content), content=content)

    def _body_of_another(self, request: Request, body: bytes) -> bytes:
        """The bytes of a file in the same folder whose content differs; the own ones reversed where there is none."""
        node = self.tree.nodes.get(request.file_id or "")
        siblings = [] if node is None else self.tree.known_children(node.parent or "")
        for other in random.Random(request.file_id).sample(siblings, len(siblings)):
            if other.has_content and other is not node and (content := other.head.read()) != body:
                return content
        return body[::-1]


def _error_response(error: DriveError) -> Response:
    return Response(error.code, list(error.headers), error.body)


def _flipped(body: bytes, request: Request) -> bytes:
    """`body` with one bit of one byte turned over; one byte where it is empty."""
    if not body:
        return b"\0"
    at = random.Random(request.file_id).randrange(len(body))
    return body[:at] + bytes((body[at] ^ 1,)) + body[at + 1 :]
