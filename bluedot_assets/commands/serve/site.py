"""`bluedot serve`: the folder site over http. How it is published is in `adapters/site/folder`."""

import io
import os
import re
import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Final

from bluedot_assets.commands.console import from_here, on_sample, settings_here
from bluedot_assets.commands.serve.ports import cannot_listen, choose_port
from bluedot_assets.kernel.errors import UsageError
from bluedot_assets.kernel.site.addresses import is_address

USUAL_PORT: Final = 8000


def serve_site(host: str, port: int | None) -> None:
    """Serve until interrupted. Raises UsageError when there is no site or the named port is taken."""
    site = settings_here().site
    folder = Path(site).expanduser().absolute()
    if is_address(site):
        raise UsageError(
            "`bluedot serve` shows a site that is a folder, and BLUEDOT_SITE is a repository or a bucket: open the "
            "address at which it is public, or publish to a folder (BLUEDOT_SITE=<folder>)."
        )
    if not (folder / "index.html").is_file():
        of_sample = "" if on_sample() else " `bluedot --sample serve` shows that of the sample."
        raise UsageError(
            f"There is no site in {from_here(site)}: `bluedot run` publishes one (BLUEDOT_SITE says where).{of_sample}"
        )
    chosen = choose_port(host, port, USUAL_PORT)
    try:
        server = SiteServer(host, chosen, folder)
    except OSError as error:  # another program was quicker
        raise cannot_listen(host, chosen, error) from None
    with server:
        sys.stdout.write(f"{from_here(site)} is at http://{host}:{server.server_port}/ (Ctrl-C ends)\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


class SiteServer(ThreadingHTTPServer):
    """A folder at an address; port 0 is any free one."""

    request_queue_size = 128  # readers open many connections at once, and one that finds no place waits a second

    def __init__(self, host: str, port: int, folder: Path) -> None:
        super().__init__((host, port), partial(SiteHandler, directory=str(folder)))

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a reader that went away
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def asked_bytes(text: str, size: int) -> range | None:
    """The bytes of a file that a Range header asks for, empty where the file ends before them; None for what is no
    single range of bytes, which counts as not there (RFC 9110, 14.2)."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", text, re.ASCII)
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


class SiteHandler(SimpleHTTPRequestHandler):
    """Static files and parts of them as Pages serves them; never cached, for the next publish must show."""

    def send_head(self) -> io.BytesIO | IO[bytes] | None:  # type: ignore[override]
        path = Path(self.translate_path(self.path))
        # What is conditional is answered whole, or not at all; both are right for who asked for a part.
        whole = self.command != "GET" or "Range" not in self.headers or "If-Modified-Since" in self.headers
        if whole or not path.is_file():
            return super().send_head()
        with path.open("rb") as content:
            status = os.fstat(content.fileno())
            changed = self.date_time_string(status.st_mtime)
            asked = asked_bytes(self.headers["Range"], status.st_size)
            if asked is None or self.headers.get("If-Range", changed) != changed:
                return super().send_head()
            content.seek(asked.start)
            part = content.read(len(asked))
        self.send_response(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        of = f"{asked.start}-{asked.stop - 1}" if asked else "*"
        self.send_header("Content-Range", f"bytes {of}/{status.st_size}")
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Last-Modified", changed)
        self.end_headers()
        return io.BytesIO(part)

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        # Not every machine's table of types knows them, and a browser must show them as text.
        ending = os.fspath(path).rpartition(".")[2]
        text = {"csv": "text/csv; charset=utf-8", "pine": "text/plain; charset=utf-8"}
        return text.get(ending) or super().guess_type(path)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Accept-Ranges", "bytes")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass
