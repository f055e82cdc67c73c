"""`bluedot serve`: the folder site over http. How it is published is in `adapters/site/folder`."""

import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

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


class SiteHandler(SimpleHTTPRequestHandler):
    """Static files as Pages serves them; never cached, for the next publish must show."""

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        # Not every machine's table of types knows them, and a browser must show them as text.
        ending = os.fspath(path).rpartition(".")[2]
        text = {"csv": "text/csv; charset=utf-8", "pine": "text/plain; charset=utf-8"}
        return text.get(ending) or super().guess_type(path)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass
