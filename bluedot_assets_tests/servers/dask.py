"""A Dask cluster of real processes on this machine: a scheduler, and workers that take one task at a time."""

# mypy: allow-untyped-calls
# Most of distributed has no types.

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from distributed import Client

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.servers.processes import BIN, end, free_port, start, wait_until

OWN_DISKS = (shutil.which("unshare") or "/usr/bin/unshare", "--map-root-user", "--mount")
SETTINGS = {
    "PYTHONPATH": str(REPOSITORY),
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",  # each costs the start of a worker
    "POLARS_MAX_THREADS": "1",
}


@dataclass
class DaskCluster:
    """Its logs are in `root`/processes.log."""

    root: Path
    port: int = field(default_factory=free_port)
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self, **more: str) -> None:
        words = ("dask", "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        self.scheduler = start(self.root, *words, **(SETTINGS | more))

    def start_worker(self, *, without: Path | None = None, **more: str) -> subprocess.Popen[bytes]:
        """`more` is for its environment. Without a folder of this machine, as if it ran on another, where the system
        lets processes have disks of their own."""
        words: tuple[str, ...] = ("dask", "worker", self.address, "--nthreads", "1", "--no-dashboard")
        if without and subprocess.run([*OWN_DISKS, "true"], capture_output=True, check=False).returncode == 0:
            hidden = ("sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(without), str(BIN / words[0]))
            words = (*OWN_DISKS, *hidden, *words[1:])
        self.workers.append(start(self.root, *words, **(SETTINGS | more)))
        return self.workers[-1]

    def wait_for_workers(self, number: int) -> None:
        """Until there are exactly so many."""
        with self.client() as client:
            wait_until(lambda: len(client.nthreads()) == number, 60, f"{number} workers of {self.address}")

    def client(self) -> Client:
        """The scheduler as Dask's own client sees it."""
        return Client(self.address, timeout=60, set_as_default=False)

    def end(self) -> None:
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            end(process)


@contextmanager
def dask_cluster(root: Path, workers: int) -> Iterator[DaskCluster]:
    """A running one with so many workers."""
    cluster = DaskCluster(root)
    try:
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.start_worker()
        cluster.wait_for_workers(workers)
        yield cluster
    finally:
        cluster.end()
