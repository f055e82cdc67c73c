"""A local stand-in for the services that take messages: Slack's and Discord's webhooks and Apprise's own json://.

It is an HTTP proxy that answers for every host by itself, with a certificate of its own authority, so the addresses in
a test are those that Slack and Discord give, and Apprise's own client speaks to it. No test belongs here."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SLACK_TOKEN: Final = "T0AAAAAAA/B0BBBBBBB/slackSecretslackSecret42"  # noqa: S105
SLACK: Final = f"https://hooks.slack.com/services/{SLACK_TOKEN}"
DISCORD_TOKEN: Final = "discordSecret-discordSecret_discordSecret-discordSecret_discordSecre"  # noqa: S105
DISCORD: Final = f"https://discord.com/api/webhooks/123456789012345678/{DISCORD_TOKEN}"
SILENCE_S: Final = 300.0
HOSTS: Final = ("hooks.slack.com", "discord.com")


@dataclass(frozen=True)
class Received:
    """A request that was answered with `status`; 0 where it was not."""

    host: str
    path: str
    payload: Any
    status: int

    @property
    def title(self) -> str:
        if "attachments" in self.payload and self.host == "hooks.slack.com":
            return str(self.payload["attachments"][0]["title"])
        if "content" in self.payload:
            return str(self.payload["content"].partition("\r\n")[0])
        return str(self.payload["title"])

    @property
    def text(self) -> str:
        if "attachments" in self.payload and self.host == "hooks.slack.com":
            return str(self.payload["attachments"][0]["text"])
        if "content" in self.payload:
            return str(self.payload["content"].partition("\r\n")[2])
        return str(self.payload["message"])


@dataclass
class Webhooks:
    """What came, and how to answer: `answers` gives a status for a host (`local` for json://), or seconds of silence
    as a float; hosts in `dripping` send a byte now and then and never end, those in `silent` answer nothing, those in
    `resetting` hang up. `headers` go with the answers of a host."""

    folder: Path
    answers: dict[str, int | float] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    dripping: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    resetting: set[str] = field(default_factory=set)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    port: int = 0

    @property
    def local(self) -> str:
        """An Apprise address of this server."""
        return f"json://127.0.0.1:{self.port}/localSecret"

    @property
    def environment(self) -> Mapping[str, str]:
        """With this a process reaches Slack and Discord here."""
        address = f"http://127.0.0.1:{self.port}"
        return {
            "HTTPS_PROXY": address,
            "https_proxy": address,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            "REQUESTS_CA_BUNDLE": str(self.folder / "authority.pem"),
        }

    @property
    def taken(self) -> list[Received]:
        return [one for one in self.received if 0 < one.status < 300]

    def titles(self, host: str = "") -> list[str]:
        """Of what was taken."""
        return [one.title for one in self.taken if one.host == host or not host]


def status_for(host: str, payload: Any) -> int:
    """As the services judge a message (Slack, incoming webhooks; Discord, execute webhook)."""
    if host == "hooks.slack.com":
        texts = [payload.get("text", "")] + [one.get("text", "") for one in payload.get("attachments", [])]
        return 200 if any(texts) and sum(map(len, texts)) <= 40_000 else 400
    if host == "discord.com":
        content = payload.get("content", "")
        return 204 if content and len(content.encode("utf-16-le")) // 2 <= 2000 else 400
    return 200


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host = "local"

    def do_CONNECT(self) -> None:
        self.host = self.path.partition(":")[0]
        self.send_response(200)
        self.end_headers()
        server = cast("_Server", self.server)
        self.connection = server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def do_POST(self) -> None:
        webhooks = cast("_Server", self.server).webhooks
        payload = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.host in webhooks.silent | webhooks.resetting:
            webhooks.received.append(Received(self.host, self.path, payload, 0))
            cast("_Server", self.server).ended.wait(SILENCE_S if self.host in webhooks.silent else 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        answer = webhooks.answers.get(self.host)
        if isinstance(answer, float):
            cast("_Server", self.server).ended.wait(answer)
        status = answer if isinstance(answer, int) else status_for(self.host, payload)
        webhooks.received.append(Received(self.host, self.path, payload, status))
        said = b"ok" if self.host == "hooks.slack.com" and status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", "1000000" if self.host in webhooks.dripping else str(len(said)))
        for name, value in webhooks.headers.get(self.host, {}).items():
            self.send_header(name, value)
        self.end_headers()
        while self.host in webhooks.dripping and not cast("_Server", self.server).ended.wait(0.1):
            self.wfile.write(b" ")
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    webhooks: Webhooks
    tls: ssl.SSLContext
    ended: threading.Event

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that gave up waiting


@contextmanager
def serving(folder: Path) -> Iterator[Webhooks]:
    """The services, until the block ends; `folder` gets their certificates."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.webhooks = Webhooks(folder, port=server.server_port)
    server.tls = _certificates(folder)
    server.ended = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.webhooks
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _certificates(folder: Path) -> ssl.SSLContext:
    """A certificate for the hosts, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "webhooks of the tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "authority.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "authority.pem", folder / "key.pem")
    return context
