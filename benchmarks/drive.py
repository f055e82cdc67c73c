"""Downloading from Google Drive: 1,000 files of 100 KB at 50 ms latency, against the floor and one connection."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figures import ROOT, Figure
from bluedot_assets.adapters.source.drive.access import drive_credentials
from bluedot_assets.adapters.source.drive.calls import DriveCalls, DriveOptions, Throttle
from bluedot_assets.adapters.source.drive.source import DriveSource
from bluedot_assets.kernel.calendar.timeframes import DAILY

FILES: Final = 1000
FILE_BYTES: Final = 100_000
LATENCY_S: Final = 0.050
CONNECTIONS: Final = 16
SAMPLE: Final = 100  # files of the run on one connection, which is scaled
_KEY: Final = "2024-08-02"


def measure() -> list[Figure]:
    """The server runs in a process of its own, and without a quota."""
    with TemporaryDirectory() as scratch, _server(Path(scratch)) as (endpoint, root_id, account):
        access = drive_credentials({"GOOGLE_APPLICATION_CREDENTIALS": account})

        def source(connections: int) -> DriveSource:
            options = DriveOptions(root_id, connections=connections, endpoint=endpoint)
            return DriveSource(DriveCalls(options, access, throttle=Throttle(1_000_000)))

        started = time.perf_counter()
        files = source(CONNECTIONS).files(DAILY, _KEY)
        listing_s = time.perf_counter() - started
        assert len(files) == FILES
        cpu, started = time.process_time(), time.perf_counter()
        assert sum(isinstance(content, bytes) for _, content in source(CONNECTIONS).read(files)) == FILES
        wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
        started = time.perf_counter()
        assert sum(isinstance(content, bytes) for _, content in source(1).read(files[:SAMPLE])) == SAMPLE
        one_s = (time.perf_counter() - started) * FILES / SAMPLE
    floor_s = FILES * LATENCY_S / CONNECTIONS
    what = f"{wall_s:.1f} s against {floor_s:.2f} s; {FILE_BYTES // 1000} KB at {LATENCY_S * 1000:.0f} ms each"
    return [
        Figure(f"{CONNECTIONS} connections, against the floor", wall_s / floor_s, "times", at_most=2, note=what),
        Figure(
            "One connection, against these", one_s / wall_s, "times", note=f"{one_s:.0f} s, scaled from {SAMPLE} files"
        ),
        Figure("CPU of the client per file", cpu_s / FILES * 1000, "ms"),
        Figure("Listing, with sign-in", listing_s, "s", at_most=3),
    ]


@contextmanager
def _server(scratch: Path) -> Iterator[tuple[str, str, str]]:
    """Endpoint, root id and the path of the account's key."""
    tree, account = scratch / "tree", scratch / "account.json"
    partition = tree / "daily" / _KEY
    partition.mkdir(parents=True)
    for number in range(FILES):
        (partition / f"S{number:04}_daily.json").write_bytes(f"{number:08}".encode() * (FILE_BYTES // 8))
    command = [sys.executable, "-m", "bluedot_assets_tests.servers.drive", "--tree", str(tree)]
    command += ["--latency-ms", f"{LATENCY_S * 1000:g}", "--credentials-out", str(account)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            facts = dict(server.stdout.readline().strip().split("=", 1) for _ in range(4))
            yield facts["endpoint"], facts["root_id"], str(account)
        finally:
            server.terminate()
