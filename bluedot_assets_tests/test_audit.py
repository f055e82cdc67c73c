"""The audit of the locked packages, by the real pip-audit against advisories of our own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bluedot_assets_tests.audit import main

LOCK = "six==1.16.0 --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254\n"
ADVISORY = {
    "id": "OSV-1",
    "affected": [
        {
            "package": {"name": "six", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.17"}]}],
        }
    ],
}


@pytest.fixture
def answer() -> Iterator[tuple[str, dict[str, object]]]:
    """Where the advisories are, and what is answered there."""
    said: dict[str, object] = {}

    class Advisories(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            content = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query", said
        server.shutdown()


@pytest.mark.long
def test_a_vulnerability_fails_and_advisories_that_cannot_be_reached_do_not(
    answer: tuple[str, dict[str, object]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.lock").write_text(LOCK)
    url, said = answer
    assert main(tmp_path, "-s", "osv", "--osv-url", url) == 0
    assert capsys.readouterr().out == "pip-audit: 1 packages without a known vulnerability.\n"
    said["vulns"] = [ADVISORY]
    assert main(tmp_path, "-s", "osv", "--osv-url", url) == 1
    assert (
        capsys.readouterr().out
        == "pip-audit: six 1.16.0 has OSV-1 (mended in 1.17): `make lock` takes newer versions.\n"
    )
    assert main(tmp_path, "-s", "osv", "--osv-url", "http://127.0.0.1:9/") == 0
    assert capsys.readouterr().out.startswith("pip-audit: no advisories for run.lock, which is not audited: ")
