"""A request that came in, and an answer that goes out: plain data between the wire and the operations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bluedot_assets_tests.servers.drive.errors import JSON_TYPE, bad_request, invalid_parameter


@dataclass(slots=True)
class Request:
    """One request. Header names are in lower case; of a parameter given twice the last one counts.

    `kind` says which operation it is, `file_id` and `revision_id` whom it concerns; routes.py fills them in.
    `caller` is who asked, for the log: an address or "key", once that is known.
    """

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    kind: str = ""
    file_id: str | None = None
    revision_id: str | None = None
    caller: str | None = None

    def flag(self, name: str) -> bool:
        """A boolean parameter; absent means false."""
        value = self.params.get(name, "false")
        if value not in {"true", "false"}:
            raise invalid_parameter(name, f"Invalid boolean value: '{value}'.")
        return value == "true"

    def whole_number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """A number parameter within its range, both ends included."""
        text = self.params.get(name)
        if text is None:
            return default
        if not text.lstrip("-").isdecimal():
            raise invalid_parameter(name, f"Invalid integer value: '{text}'.")
        if not lowest <= int(text) <= highest:
            message = f"Invalid value '{text}'. Values must be within the range: [{lowest}, {highest}]"
            raise invalid_parameter(name, message)
        return int(text)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; no body is an empty one."""
        return json_object(self.body)


@dataclass(slots=True)
class Response:
    """One answer. Content-Length is the wire's business."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; raises DriveError (400 parseError in Google's words: badRequest)."""
    try:
        found = json.loads(body or b"{}")
    except ValueError as error:
        raise bad_request("Parse Error") from error
    if not isinstance(found, dict):
        raise bad_request("Parse Error")
    return found


def json_response(payload: Mapping[str, Any], status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(status, [("Content-Type", JSON_TYPE)], json.dumps(payload).encode())
