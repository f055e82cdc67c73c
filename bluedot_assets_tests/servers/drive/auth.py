"""Who is asking: the token endpoint for service accounts, bearer tokens, API keys.

Here: proof of identity, as strict as Google's. Not here: what an identity may do (access.py).
"""

import base64
import binascii
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from bluedot_assets_tests.servers.drive import errors
from bluedot_assets_tests.servers.drive.access import Caller
from bluedot_assets_tests.servers.drive.keys import RsaKey, process_key
from bluedot_assets_tests.servers.drive.message import Request, Response, json_response
from bluedot_assets_tests.servers.drive.node import opaque_id

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AUDIENCE = "https://oauth2.googleapis.com/token"  # what google-auth signs, whatever token_uri says
_SKEW_S = 300
TOKEN_LIFETIME_S = 3599
_WRITING = {"create", "update", "uploadChunk"}
_CONTENT = {"download", "revisionDownload"}


@dataclass(slots=True)
class _Token:
    caller: Caller
    expires: float


class Accounts:
    """Service accounts, tokens and the API key of one server. `clock` (epoch seconds) decides when tokens expire."""

    def __init__(self, endpoint: str, clock: Callable[[], float]) -> None:
        self.api_key = "AIza" + secrets.token_urlsafe(26)[:35]
        self._token_uri = f"{endpoint}token"
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, RsaKey] = {}
        self._tokens: dict[str, _Token] = {}
        self.scopes: list[str] = []  # of the tokens that were issued

    def service_account_info(self, email: str) -> dict[str, Any]:
        """The JSON that Google hands out for a service account, its token_uri pointing here."""
        key = self._keys.setdefault(email, process_key())
        return {
            "type": "service_account",
            "project_id": "bluedot-tests",
            "private_key_id": opaque_id(key.n, prefix="", length=40),
            "private_key": key.pem(),
            "client_email": email,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": self._token_uri,
            "universe_domain": "googleapis.com",
        }

    def issue_token(self, email: str, scopes: frozenset[str], *, service_account: bool) -> str:
        """A bearer token for an account, good for an hour."""
        token = "ya29." + secrets.token_urlsafe(48)
        with self._lock:
            self.scopes += sorted(scopes)
            self._tokens[token] = _Token(Caller(email, scopes, service_account), self._clock() + TOKEN_LIFETIME_S)
        return token

    def revoke(self, token: str | None = None) -> None:
        """Make one token, or all, worthless; new ones are issued as before."""
        with self._lock:
            if token is None:
                self._tokens.clear()
            else:
                self._tokens.pop(token, None)

    def caller_of(self, request: Request) -> Caller:
        """Who asks. Raises DriveError: 401 for a bad token, 400 for a bad key, 403 for neither or too few scopes."""
        writes = request.kind in _WRITING
        token = bearer_token(request)
        key = request.params.get("key") or request.headers.get("x-goog-api-key")
        if key is not None and key != self.api_key:
            raise errors.unknown_key()
        if token is not None:
            known = self._tokens.get(token)
            if known is None or known.expires <= self._clock():
                raise errors.invalid_credentials()
            if not known.caller.scope_covers(writes=writes, content=request.kind in _CONTENT):
                raise errors.insufficient_scopes()
            return known.caller
        if key is None:
            raise errors.unregistered_caller()
        if writes:
            raise errors.login_required()
        return Caller(None)

    def exchange(self, request: Request) -> Response:
        """The token endpoint: a signed assertion for a bearer token."""
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != _JWT_BEARER:
            raise errors.TokenError("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        claims = self._claims(form.get("assertion", ""))
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes:
            raise errors.TokenError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        token = self.issue_token(str(claims["iss"]), scopes, service_account=True)
        return json_response({"access_token": token, "expires_in": TOKEN_LIFETIME_S, "token_type": "Bearer"})

    def _claims(self, assertion: str) -> Mapping[str, Any]:
        """The assertion's claims, once its signature, audience and times were found right."""
        try:
            header, payload, signature = (_base64url(part) for part in assertion.split("."))
            algorithm, claims = json.loads(header).get("alg"), json.loads(payload)
        except (ValueError, AttributeError, binascii.Error) as error:
            raise errors.TokenError("invalid_grant", "Bad Request") from error
        key = self._keys.get(str(claims.get("iss")))
        if key is None:
            raise errors.TokenError("invalid_grant", "Invalid grant: account not found")
        if algorithm != "RS256" or not key.verifies(assertion.rpartition(".")[0].encode(), signature):
            raise errors.TokenError("invalid_grant", "Invalid JWT Signature.")
        if claims.get("aud") not in {self._token_uri, _AUDIENCE}:
            raise errors.TokenError("invalid_grant", "Invalid JWT: Failed audience check.")
        _check_times(claims)
        return dict(claims)


def bearer_token(request: Request) -> str | None:
    """The request's token, None when it brings none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.params.get("access_token")


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _check_times(claims: Mapping[str, Any]) -> None:
    """Against the machine's clock, which is what google-auth signs with, whatever clock the server was given."""
    issued, expires, now = claims.get("iat"), claims.get("exp"), time.time()
    if (
        not isinstance(issued, int)
        or not isinstance(expires, int)
        or not issued - _SKEW_S <= now <= expires + _SKEW_S
        or expires - issued > 3600
    ):
        raise errors.TokenError(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim.",
        )
