"""Many threads at once: nothing is mixed up, and the server is quick enough not to be what a benchmark measures."""

import hashlib
import re
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bluedot_assets_tests.servers.drive import DriveServer
from bluedot_assets_tests.servers_tests.drive.clients import account_credentials, as_account, own_http

_ROOT = Path(__file__).parents[3]


def test_sixteen_threads_with_a_connection_each_get_five_hundred_files_right(drive: DriveServer) -> None:
    contents = {}
    for number in range(500):
        content = hashlib.sha256(str(number).encode()).digest() * 300
        contents[drive.add_file(f"{number}.json", content)] = content
    service, credentials, local = as_account(drive), account_credentials(drive), threading.local()

    def download(file_id: str) -> bool:
        if not hasattr(local, "http"):
            local.http = own_http(credentials)
        body: Any = service.files().get_media(fileId=file_id).execute(http=local.http)
        return bool(body == contents[file_id])

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(download, contents))
    assert drive.downloads == 500
    assert drive.count("download", 200) == 500


def _get(connection: socket.socket, path: str) -> int:
    """One GET over a bare socket, for the real client costs more than the server does; the body's length."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(262_144)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    assert head.startswith(b"HTTP/1.1 200") and length is not None
    left = int(length[1]) - len(body)
    while left > 0:
        left -= len(connection.recv(262_144))
    return int(length[1])


def test_a_request_costs_the_server_under_a_millisecond(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.json").write_bytes(b"x" * 100_000)
    command = [sys.executable, "-m", "bluedot_assets_tests.servers.drive", "--tree", str(tmp_path), "--link-public"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = dict(process.stdout.readline().strip().split("=", 1) for _ in range(4))
        port = int(facts["endpoint"].rstrip("/").rpartition(":")[2])
        with DriveServer(tmp_path) as here:
            ids = [here.find(f"{number}.json") for number in range(50)]

        def work(_: int) -> None:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                for file_id in ids:
                    assert _get(connection, f"/drive/v3/files/{file_id}?alt=media&key={facts['api_key']}") == 100_000

        before, begun = _cpu_s(process.pid), time.monotonic()
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))
        wall_s, cpu_s = time.monotonic() - begun, _cpu_s(process.pid) - before
        process.terminate()
    print(f"\n{800 / wall_s:.0f} requests/s, {cpu_s / 800 * 1000:.2f} ms of the server's CPU each")  # noqa: T201
    assert cpu_s / 800 < 0.001


def _cpu_s(pid: int) -> float:
    """User and system time of a process, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
