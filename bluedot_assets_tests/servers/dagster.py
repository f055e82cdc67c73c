"""A Dagster daemon as a process, and what tests ask of a running webserver."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bluedot_assets_tests.servers.processes import graphql


@contextmanager
def daemon(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`dagster-daemon run`, killed without a word at the end."""
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-m", "bluedot_assets.definitions"]
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(1)
    return False


LAUNCH = """
mutation Launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
STATE = """
query State($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } }
}
"""


def knows_the_assets(port: int) -> bool:
    """The server answers before it has loaded the code location."""
    answer = graphql(port, "{ assetNodes { id } }")
    return bool(answer and answer["assetNodes"])
