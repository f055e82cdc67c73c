"""Who asks Google Drive: the credential out of the environment, and the connections that carry it.

No secret leaves this module: not by repr, message, log or URL. How Drive is asked is in `calls`."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import google_auth_httplib2  # type: ignore[import-untyped]
import httplib2
from google.auth import api_key
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account

from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site.addresses import bare_address, is_loopback, parse_address

KEY_FILE: Final = "GOOGLE_APPLICATION_CREDENTIALS"
KEY_TEXT: Final = "GOOGLE_DRIVE_SERVICE_ACCOUNT"
API_KEY: Final = "GOOGLE_DRIVE_API_KEY"
_READ: Final = ["https://www.googleapis.com/auth/drive.readonly"]
# Appending to a file that a person made needs this one: drive.file sees only what the program itself created.
_WRITE: Final = ["https://www.googleapis.com/auth/drive"]
_TO_ANY_HOST: Final = frozenset({"accept", "accept-encoding", "cache-control", "range", "user-agent"})
_CERTUTIL: Final = re.compile("-----(BEGIN|END) CERTIFICATE-----")
_AROUND: Final = " \t\r\n\ufeff\"'"
_NEW_KEY: Final = "create a JSON key for the service account in the Google Cloud console (IAM, Service accounts, Keys)"


class SentElsewhere(httplib2.HttpLib2Error):
    """Another host was to get what was meant for the one that was asked."""


class _OwnHost(httplib2.Http):
    """Follows redirects; to another host than the one that was asked goes neither a credential nor a body, which may
    hold one. httplib2 itself takes away `authorization` alone."""

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = httplib2.DEFAULT_MAX_REDIRECTS,
        connection_type: Any = None,
    ) -> Any:
        host = urlsplit(uri)[:2]
        if redirections == httplib2.DEFAULT_MAX_REDIRECTS:
            self._asked = host  # one thread at a time has a connection
        elif host != self._asked:
            if body is not None:
                raise SentElsewhere
            headers = {name: value for name, value in (headers or {}).items() if name.lower() in _TO_ANY_HOST}
        return super().request(uri, method, body, headers, redirections, connection_type)


class _Account(service_account.Credentials):
    """Asks for tokens alone. google-auth would also fetch the account's regional access boundary, of which Drive
    knows nothing, in a thread that crashes a process which ends before it."""

    def before_request(self, request: Any, method: str, url: str, headers: Any) -> None:
        if not self.valid:
            self.refresh(request)  # type: ignore[no-untyped-call]
        self.apply(headers)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class DriveAccess:
    """A credential that is whole, whether Google accepts it or not. `email` is the service account's
    address, None for an API key; `variable` is where the credential came from. Its tokens only read."""

    variable: str
    email: str | None
    credentials: Any = field(repr=False, compare=False)

    @property
    def sharing(self) -> str:
        """What a person does to let this credential read a folder."""
        if self.email is None:
            return 'share it as "anyone with the link" (Viewer), for an API key reads nothing else'
        return f"share it with {self.email}"

    def writing(self) -> "DriveAccess":
        """The same credential, whose tokens write as well."""
        return self if self.email is None else replace(self, credentials=self.credentials.with_scopes(_WRITE))

    def connection(self, timeout_s: float, endpoint: str | None) -> google_auth_httplib2.AuthorizedHttp:
        """A connection for one thread at a time. A token that was refused is renewed once."""
        # A proxy of the environment cannot reach this machine's loopback.
        proxy = None if endpoint and _is_here(endpoint) else httplib2.proxy_info_from_environment
        http = _OwnHost(timeout=timeout_s, proxy_info=proxy)
        return google_auth_httplib2.AuthorizedHttp(self.credentials, http=http, max_refresh_attempts=1)


def drive_credentials(env: Mapping[str, str]) -> DriveAccess:
    """The first credential that `env` has: a service account's key as a file, as text, else an API key.

    Raises SettingsError, one sentence with the variable and the remedy."""
    if path := env.get(KEY_FILE, "").strip():
        return _account(KEY_FILE, _key_text(KEY_FILE, _key_file(path)))
    if text := env.get(KEY_TEXT, "").strip():
        return _account(KEY_TEXT, _key_text(KEY_TEXT, text.encode("utf-8", "replace")))
    if key := env.get(API_KEY, "").strip():
        if not (key.isascii() and key.replace("-", "").replace("_", "").isalnum()):
            raise SettingsError(f"{API_KEY} is no API key (letters, digits, - and _): copy the key without anything.")
        # Sent as a header: in the URL it would stand in the client's log and in the text of its errors.
        return DriveAccess(API_KEY, None, api_key.Credentials(key))  # type: ignore[no-untyped-call]
    raise SettingsError(
        f"Google Drive needs a credential: set {KEY_FILE} to the path of a service account's JSON key, {KEY_TEXT} to "
        f"that JSON (or base64 of it), or {API_KEY} for a folder that anyone with the link may read. "
        "Step by step: docs_site/docs/google-drive.md."
    )


def check_endpoint(endpoint: str) -> str:
    """The endpoint with a closing slash. Raises SettingsError unless it is https, or http on this machine."""
    # Not shown: an address can hold a password.
    refused = SettingsError(
        "BLUEDOT_DRIVE_ENDPOINT is not usable: write https://HOST/ (http only for localhost), nothing after the path."
    )
    try:
        parts = bare_address(endpoint)
    except ValueError:
        raise refused from None
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise refused
    return endpoint.rstrip("/") + "/"


def _is_here(url: str) -> bool:
    try:
        return is_loopback(parse_address(url).hostname)
    except ValueError:
        return False


def _key_file(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError):
        # Only what looks like a file's name is shown: people paste the key itself here.
        shown = f" ({path})" if path.endswith(".json") and "\n" not in path else ""
        raise SettingsError(
            f"{KEY_FILE} names no readable file{shown}: give the path of a service account's JSON key, "
            f"or put the key's text into {KEY_TEXT}."
        ) from None


def _key_text(variable: str, content: bytes) -> str:
    """The JSON, which may have come as base64 (secrets of CI systems keep no line breaks), from Windows in UTF-16, and
    from its certutil with the lines of a certificate around."""
    with suppress(ValueError):
        text = _decoded(content)
        if text.startswith("{"):
            return text
        encoded = "".join(_CERTUTIL.sub("", text).split()).rstrip("=")
        if text := _decoded(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)):
            return text
    raise SettingsError(
        f"{variable} is neither JSON nor base64 of it: {_NEW_KEY} and give the whole file's text, or its base64."
    )


def _decoded(content: bytes) -> str:
    """Text in the encoding that its first bytes show, without blanks and quotes around. Raises ValueError."""
    return content.decode(json.detect_encoding(content)).strip(_AROUND)


def _account(variable: str, text: str) -> DriveAccess:
    """Raises SettingsError without the causing error, which holds the text of the key."""
    info: Any = None
    with suppress(ValueError):
        info = json.loads(text, strict=False)  # line ends that a shell has put into the private key are its own
    info = info if isinstance(info, dict) else {}
    kind = info.get("type")
    if info and kind != "service_account":
        shown = f" (its type is {kind})" if kind in {"authorized_user", "external_account"} else ""
        raise SettingsError(f"{variable} is not the key of a service account{shown}: {_NEW_KEY}.")
    if isinstance(private_key := info.get("private_key"), str):
        info["private_key"] = private_key.replace("\\n", "\n")  # escaped once too often on its way into a variable
    uri, credentials = str(info.get("token_uri", "")), None
    if uri.startswith("https://") or _is_here(uri):
        with suppress(GoogleAuthError, ValueError, TypeError, AttributeError):
            credentials = _Account.from_service_account_info(info, scopes=_READ)  # type: ignore[no-untyped-call]
    if credentials is None:
        raise SettingsError(f"{variable} is not a whole service account key: {_NEW_KEY} and give the file unchanged.")
    return DriveAccess(variable, str(info["client_email"]), credentials)
