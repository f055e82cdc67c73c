"""Which operation a method and a path mean.

Here: the table of Drive v3's paths that this server knows. Not here: the operations themselves.
"""

import re

from bluedot_assets_tests.servers.drive.errors import not_implemented
from bluedot_assets_tests.servers.drive.message import Request

_ID = r"(?P<file>[^/]+)"
_ROUTES: tuple[tuple[str, re.Pattern[str], str], ...] = tuple(
    (method, re.compile(pattern + r"\Z"), kind)
    for method, pattern, kind in (
        ("GET", r"/drive/v3/files", "list"),
        ("POST", r"/drive/v3/files", "create"),
        ("POST", r"(?:/resumable)?/upload/drive/v3/files", "create"),
        ("GET", rf"/drive/v3/files/{_ID}", "get"),
        ("PATCH", rf"/drive/v3/files/{_ID}", "update"),
        ("PATCH", rf"(?:/resumable)?/upload/drive/v3/files/{_ID}", "update"),
        ("PUT", rf"(?:/resumable)?/upload/drive/v3/files(?:/{_ID})?", "uploadChunk"),
        ("GET", rf"/drive/v3/files/{_ID}/revisions", "revisions"),
        ("GET", rf"/drive/v3/files/{_ID}/revisions/(?P<revision>[^/]+)", "revision"),
        ("POST", r"/token", "token"),
    )
)
_WITH_BYTES = {"get": "download", "revision": "revisionDownload"}


def route(request: Request) -> None:
    """Fill in the request's kind, file and revision. Raises DriveError, 501, for a path that isn't served here."""
    for method, pattern, kind in _ROUTES:
        if method == request.method and (found := pattern.match(request.path)):
            ids = found.groupdict()
            request.file_id, request.revision_id = ids.get("file"), ids.get("revision")
            media = request.params.get("alt") == "media"
            request.kind = _WITH_BYTES.get(kind, kind) if media else kind
            return
    request.kind = "unknown"
    raise not_implemented(f"{request.method} {request.path}")
