"""What a failed call of Google Drive means for the call, the file or the whole source, in words for people.

Source: "Resolve errors" of the Drive API guide, and the shapes that Google's front end answers with. Retries are in
`calls`."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Final

import httplib2
from google.auth.exceptions import GoogleAuthError, RefreshError
from googleapiclient.errors import HttpError

from bluedot_assets.adapters.source.drive.access import DriveAccess, SentElsewhere
from bluedot_assets.kernel.errors import SourceRefused
from bluedot_assets.kernel.source.plain_values import cut, storable


class DriveFailure(Exception):
    """A call that did not succeed. Its text is a clause without secrets."""


class Transient(DriveFailure):
    """The same call may succeed in a moment. `retry_after_s` is what the server asked for."""

    def __init__(self, text: str, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class OutOfTime(DriveFailure):
    """The operation's deadline has passed, or nobody waits for it any more."""


class ItemRefused(DriveFailure):
    """Drive will not do this with this item; other items may be fine."""


class ItemMissing(ItemRefused):
    """There is no such item, or the credential may not see it: Drive does not distinguish them."""


# What the client raises. UnicodeDecodeError: a JSON answer that was cut inside a character.
CALL_ERRORS: Final = (
    HttpError,
    GoogleAuthError,
    httplib2.HttpLib2Error,
    http.client.HTTPException,
    OSError,
    UnicodeDecodeError,
)

_TRY_AGAIN: Final = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_OF_ITEM: Final = {
    "downloadQuotaExceeded": "Google's download quota of this file is used up: "
    "try again in 24 hours, or upload a copy in its place",
    "cannotDownloadAbusiveFile": "Google takes it for malware or spam: its owner must upload it anew",
    "fileNotDownloadable": "it is a Google document without bytes: upload it as a plain file",
    "insufficientFilePermissions": "the credential's role on it does not allow this (insufficientFilePermissions): "
    "its owner must give more rights",
}
_RESTRICTED: Final = (
    "The API key in {variable} is restricted: allow it the Google Drive API and this machine's address."
)
_OF_SOURCE: Final = {
    ("keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED"): "Google does not know the API key in "
    "{variable}: create one in the Cloud console and set it there.",
    ("ipRefererBlocked",): _RESTRICTED,
    ("accessNotConfigured", "SERVICE_DISABLED"): "The Google Drive API is not enabled in the project of {variable}: "
    "enable it in the Cloud console (APIs and services) and wait some minutes.",
    ("dailyLimitExceeded",): "The Drive API's quota of the day is used up (dailyLimitExceeded): "
    "run again after midnight Pacific time, or raise the quota in the Cloud console.",
    ("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"): "The credential in {variable} may not use the "
    "Drive API: set a service account's own JSON key.",
}
_NO_CREDENTIAL: Final = (
    "Google refused the credential in {variable} (401): run again, and where it stays refused create a new key and set "
    "it there."
)
_TOO_OLD_OR_NEW: Final = ("short-lived", "reasonable timeframe")
_CONNECTION: Final[tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...]] = (
    (SentElsewhere, "it was sent on to another host, which gets no credential"),
    (TimeoutError, "no answer came in time"),
    ((httplib2.ServerNotFoundError, socket.gaierror), "the server's name could not be resolved"),
    (ConnectionRefusedError, "the connection was refused"),
    (ssl.SSLCertVerificationError, "the server's certificate is not trusted here"),
    (http.client.IncompleteRead, "the answer broke off"),
)


def drive_failure(error: Exception, access: DriveAccess) -> Exception:
    """What to raise in place of one of CALL_ERRORS: a DriveFailure, or SourceRefused when every other call of this
    credential would fail as well. Raise it outside the `except`, so that it does not drag the original along."""
    if isinstance(error, HttpError):
        return _answered(error, access)
    if isinstance(error, RefreshError) and not error.retryable:
        return _no_token(error, access)
    return Transient(_connection_text(error))


def _answered(error: HttpError, access: DriveAccess) -> Exception:
    status, reasons = int(error.resp.status), _reasons(error.content)
    if (refused := _refused(status, reasons, access)) is not None:
        return SourceRefused(refused)
    text = f"Drive answered {status} {reasons[0] if reasons else ''}".rstrip()
    if status in {408, 429} or status >= 500 or not _TRY_AGAIN.isdisjoint(reasons):
        return Transient(text, _retry_after_s(error.resp))
    if status == 404:
        return ItemMissing("it is not there any more, or is not shared with this credential")
    return ItemRefused(next((_OF_ITEM[reason] for reason in reasons if reason in _OF_ITEM), text))


def _refused(status: int, reasons: list[str], access: DriveAccess) -> str | None:
    """The sentence where the credential, its project or its quota is at fault."""
    causes = [sentence for words, sentence in _OF_SOURCE.items() if not set(words).isdisjoint(reasons)]
    causes += [_NO_CREDENTIAL] if status == 401 else []
    causes += [_RESTRICTED] if any(reason.startswith("API_KEY_") for reason in reasons) else []
    return causes[0].format(variable=access.variable) if causes else None


def _no_token(error: RefreshError, access: DriveAccess) -> SourceRefused:
    text = str(error)
    if any(words in text for words in _TOO_OLD_OR_NEW):
        return SourceRefused("Google refused the time in the sign-in: set this machine's clock right.")
    return SourceRefused(
        f"Google gives no token to {access.email or 'the credential'}: the key in {access.variable} was deleted, "
        "disabled or belongs to another account; create a new JSON key for the service account and set it there."
    )


def _connection_text(error: Exception) -> str:
    known = (text for kinds, text in _CONNECTION if isinstance(error, kinds))
    return next(known, f"the connection failed ({type(error).__name__})")


def _reasons(content: object) -> list[str]:
    """Every reason in Google's JSON, old form (`errors`) first, then new (`details`); none in pages of its front end
    and in answers that broke off."""
    try:
        answer = json.loads(content) if isinstance(content, bytes | str) else None
    except ValueError:
        return []
    error = answer.get("error") if isinstance(answer, dict) else None
    lists = [error.get("errors"), error.get("details")] if isinstance(error, dict) else []
    items = chain.from_iterable(one for one in lists if isinstance(one, list))
    return [storable(cut(str(item["reason"]))) for item in items if isinstance(item, dict) and item.get("reason")]


def _retry_after_s(response: Mapping[str, str]) -> float | None:
    """Seconds; a date is measured against the answer's own Date, not this machine's clock."""
    asked = response.get("retry-after", "").strip()
    if asked.isdecimal():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - parsedate_to_datetime(response["date"])).total_seconds())
    except (ValueError, TypeError, KeyError):
        return None
