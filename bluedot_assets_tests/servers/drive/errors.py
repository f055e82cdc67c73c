"""Errors as Drive v3 and Google's token endpoint answer them: status, reason, message, in Google's JSON form.

Here: the error tree and one function per error. Not here: when they are raised.
Sources: "Resolve errors" of the Drive API guide, and answers quoted in public issue trackers.
"""

import json
from typing import Any

Json = dict[str, Any]
JSON_TYPE = "application/json; charset=UTF-8"


class DriveError(Exception):
    """An answer other than success: {"error": {"code", "message", "errors": [...], "status"?, "details"?}}."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: tuple[str, str] | None = None,
        status: str | None = None,
        detail: Json | None = None,
        item_message: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code = code
        self.headers = (("Content-Type", JSON_TYPE), *headers)
        item: Json = {"message": item_message or message, "domain": domain, "reason": reason}
        if location is not None:
            item |= {"location": location[1], "locationType": location[0]}
        error: Json = {"code": code, "message": message, "errors": [item]}
        if status is not None:
            error["status"] = status
        if detail is not None:
            error["details"] = [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "googleapis.com"} | detail
            ]
        self.payload: Json = {"error": error}

    @property
    def body(self) -> bytes:
        """The answer's bytes; Google indents its errors."""
        return json.dumps(self.payload, indent=1).encode()


class TokenError(DriveError):
    """An answer of the token endpoint, in OAuth's form: {"error", "error_description"}."""

    def __init__(self, error: str, description: str, code: int = 400) -> None:
        super().__init__(code, error, description)
        self.payload = {"error": error, "error_description": description}


class HtmlError(DriveError):
    """The page that Google's front end sends when no backend answered."""

    def __init__(self, code: int, title: str) -> None:
        super().__init__(code, "html", title)
        self.headers = (("Content-Type", "text/html; charset=UTF-8"),)
        self._page = f"<!DOCTYPE html><title>Error {code} ({title})!!1</title><p>That's an error.".encode()

    @property
    def body(self) -> bytes:
        """The page's bytes."""
        return self._page


def not_found(file_id: str) -> DriveError:
    """404 for a file that is unknown or invisible to the caller: Drive doesn't tell which."""
    return DriveError(404, "notFound", f"File not found: {file_id}.", location=("parameter", "fileId"))


def revision_not_found(revision_id: str) -> DriveError:
    """404 for a revision."""
    message = f"Revision not found: {revision_id}."
    return DriveError(404, "notFound", message, location=("parameter", "revisionId"))


def invalid_value(parameter: str) -> DriveError:
    """400 for a query, page token, order or space that Drive can't read."""
    return DriveError(400, "invalid", "Invalid Value", location=("parameter", parameter))


def invalid_parameter(parameter: str, message: str) -> DriveError:
    """400 for a field mask or a number out of its range."""
    return DriveError(400, "invalidParameter", message, location=("parameter", parameter))


def bad_request(message: str = "Bad Request") -> DriveError:
    """400 without a named parameter."""
    return DriveError(400, "badRequest", message)


def not_implemented(what: str) -> DriveError:
    """501: exists at Google and not here. Loud, so that no test mistakes our gap for Drive's behaviour."""
    return DriveError(501, "notImplemented", f"The Drive of the tests doesn't implement {what}.")


def not_downloadable() -> DriveError:
    """403 for the bytes of a folder, a shortcut or a Google-native document."""
    message = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
    return DriveError(403, "fileNotDownloadable", message, location=("parameter", "alt"))


def abusive_file() -> DriveError:
    """403 for a file that Google's scanner took for malware or spam."""
    message = "This file has been identified as malware or spam and cannot be downloaded."
    return DriveError(403, "cannotDownloadAbusiveFile", message)


def range_not_satisfiable(size: int) -> DriveError:
    """416 for a range that begins past the end; `size` in bytes."""
    return DriveError(
        416,
        "requestedRangeNotSatisfiable",
        "Request range not satisfiable",
        location=("header", "Range"),
        headers=(("Content-Range", f"bytes */{size}"),),
    )


def insufficient_file_permissions(file_id: str) -> DriveError:
    """403 for a write by someone who may only read."""
    message = f"The user does not have sufficient permissions for file {file_id}."
    return DriveError(403, "insufficientFilePermissions", message)


def insufficient_parent_permissions() -> DriveError:
    """403 for creating a file in a folder that one may only read."""
    return DriveError(403, "insufficientParentPermissions", "Insufficient permissions for the specified parent.")


def field_not_writable(message: str) -> DriveError:
    """403 for a body that sets what can't be set."""
    return DriveError(403, "fieldNotWritable", message)


def storage_quota_exceeded() -> DriveError:
    """403 for content that would be owned by a service account."""
    message = (
        "Service Accounts do not have storage quota. Leverage shared drives "
        "(https://developers.google.com/workspace/drive/api/guides/about-shareddrives), or use OAuth delegation "
        "(http://support.google.com/a/answer/7281227) instead."
    )
    return DriveError(403, "storageQuotaExceeded", message, domain="usageLimits")


def insufficient_scopes() -> DriveError:
    """403 for a token whose scopes don't cover the method."""
    return DriveError(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        item_message="Insufficient Permission",
        status="PERMISSION_DENIED",
        detail={"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "metadata": {"service": "drive.googleapis.com"}},
        headers=(("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'),),
    )


def invalid_credentials() -> DriveError:
    """401 for a token that is unknown, expired or revoked."""
    message = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    return DriveError(
        401,
        "authError",
        message,
        item_message="Invalid Credentials",
        location=("header", "Authorization"),
        status="UNAUTHENTICATED",
        headers=(("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/", error="invalid_token"'),),
    )


def login_required() -> DriveError:
    """401 for a write with an API key alone."""
    message = (
        "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials "
        "that assert a principal. See https://cloud.google.com/docs/authentication"
    )
    return DriveError(
        401,
        "required",
        message,
        item_message="Login Required.",
        location=("header", "Authorization"),
        status="UNAUTHENTICATED",
        detail={"reason": "CREDENTIALS_MISSING", "metadata": {"service": "drive.googleapis.com"}},
    )


def unregistered_caller() -> DriveError:
    """403 for a request with neither key nor token."""
    message = (
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or "
        "other form of API consumer identity to call this API."
    )
    return DriveError(403, "forbidden", message, status="PERMISSION_DENIED")


def internal_error() -> DriveError:
    """500."""
    return DriveError(500, "internalError", "Internal Error", status="INTERNAL")


def unknown_key() -> DriveError:
    """400 for an unknown API key, as Google answers since about 2020."""
    return DriveError(
        400,
        "badRequest",
        "API key not valid. Please pass a valid API key.",
        status="INVALID_ARGUMENT",
        detail={"reason": "API_KEY_INVALID", "metadata": {"service": "drive.googleapis.com"}},
    )
