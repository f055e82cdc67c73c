"""How bytes come in: media, multipart and resumable uploads.

Here: taking a request's body apart and keeping sessions. Not here: what a write does to a file (writing.py).
"""

import re
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from bluedot_assets_tests.servers.drive import errors
from bluedot_assets_tests.servers.drive.access import Caller
from bluedot_assets_tests.servers.drive.message import Request, Response, json_object

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)\Z")
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """What a write brings: metadata, and, unless `content` is None, the bytes and their type."""

    metadata: dict[str, Any]
    content: bytes | None = None
    mime_type: str | None = None


@dataclass(slots=True)
class Session:
    """A resumable upload under way: the request that began it, by whom, and the bytes so far."""

    request: Request
    caller: Caller
    mime_type: str | None
    received: bytearray = field(default_factory=bytearray)


def read_upload(request: Request) -> Upload:
    """The upload in one request: metadata only, uploadType=media, or uploadType=multipart."""
    if not request.path.startswith(("/upload/", "/resumable/")):
        return Upload(request.json())
    match request.params.get("uploadType"):
        case "media":
            return Upload({}, request.body, _media_type(request.headers.get("content-type")))
        case "multipart":
            return _read_multipart(request.headers.get("content-type", ""), request.body)
        case other:
            raise errors.bad_request(f"Unknown uploadType: {other}.")


def _media_type(content_type: str | None) -> str | None:
    return content_type.partition(";")[0].strip() if content_type else None


def _read_multipart(content_type: str, body: bytes) -> Upload:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or not content_type.startswith("multipart/related"):
        raise errors.bad_request("Missing multipart boundary")
    parts = body.split(b"--" + boundary[1].encode())
    if len(parts) != 4 or not parts[3].startswith(b"--"):
        raise errors.bad_request("Malformed multipart body.")
    (first_headers, metadata), (headers, content) = (_part(one) for one in parts[1:3])
    if not first_headers.get("content-type", "").startswith("application/json"):
        raise errors.bad_request("Media type of the metadata is not supported. Only application/json is supported.")
    return Upload(json_object(metadata), content, _media_type(headers.get("content-type")))


def _part(part: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body of one part: CRLF or LF, for the Python client writes LF."""
    part = part.removeprefix(b"\r").removeprefix(b"\n")
    head, separator, body = min(
        (part.partition(b"\r\n\r\n"), part.partition(b"\n\n")), key=lambda cut: len(cut[0]) if cut[1] else len(part) + 1
    )
    if not separator:
        raise errors.bad_request("Malformed multipart body.")
    lines = (line.partition(":") for line in head.decode("latin-1").splitlines())
    body = body.removesuffix(separator[: len(separator) // 2])
    return {name.strip().lower(): value.strip() for name, _, value in lines}, body


class Sessions:
    """Resumable uploads under way, by upload id."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def begin(self, request: Request, caller: Caller) -> Response:
        """Open a session; its address goes out as Location."""
        upload_id = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[upload_id] = Session(request, caller, request.headers.get("x-upload-content-type"))
        location = f"{self._endpoint}{request.path[1:]}?uploadType=resumable&upload_id={upload_id}"
        return Response(200, [("Location", location), ("X-GUploader-UploadID", upload_id)])

    def caller_of(self, request: Request) -> Caller | None:
        """Who began the session that a chunk belongs to."""
        session = self._sessions.get(request.params.get("upload_id", ""))
        return None if session is None else session.caller

    def receive(self, request: Request) -> Response | tuple[Session, Upload]:
        """Take a chunk: 308 while more is to come, else the session and its whole upload."""
        upload_id = request.params.get("upload_id", "")
        session = self._sessions.get(upload_id)
        if session is None:
            raise errors.DriveError(404, "notFound", "Upload session not found.")
        if not _append(session, request):
            received = [("Range", f"bytes=0-{len(session.received) - 1}")] if session.received else []
            return Response(308, received)
        with self._lock:
            self._sessions.pop(upload_id, None)
        return session, Upload(session.request.json(), bytes(session.received), session.mime_type)


def _append(session: Session, request: Request) -> bool:
    """Add a chunk to what came before; whether the upload is whole. Without Content-Range it comes in one."""
    told = request.headers.get("content-range")
    if told is None:
        session.received[:] = request.body
        return True
    span = _CONTENT_RANGE.match(told)
    if span is None:
        raise errors.bad_request("Invalid Content-Range.")
    first, total = span[1], span[3]
    if first is not None:
        if int(first) != len(session.received):
            raise errors.bad_request(f"Expected the chunk at byte {len(session.received)}.")
        if len(request.body) % _CHUNK and total != str(int(first) + len(request.body)):
            raise errors.bad_request("Chunks must be multiples of 256 KiB, but for the last one.")
        session.received += request.body
    return total == str(len(session.received))
