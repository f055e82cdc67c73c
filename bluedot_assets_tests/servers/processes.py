"""Processes of this package for the long tests: started with an environment of their own, and ended by their id."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from bluedot_assets_tests.examples.trees import ENVIRONMENT_NAMES

BIN = Path(sys.executable).parent
PATIENCE = 3


def environment(root: Path, **more: str) -> dict[str, str]:
    """That of an installation below `root` with `more`, and nothing of ours."""
    kept = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT_NAMES}
    return kept | {
        "BLUEDOT_SOURCE": str(root / "drive"),
        "BLUEDOT_DATA": str(root / "data"),
        "BLUEDOT_SITE": str(root / "site"),
        "DAGSTER_HOME": str(root / "home"),
        "PARALLEL_WORKERS": "1",
        **more,
    }


def start(root: Path, *words: str | Path, **more: str) -> subprocess.Popen[bytes]:
    with (root / "processes.log").open("ab") as log:
        return subprocess.Popen(
            [BIN / words[0], *words[1:]],
            cwd=root,
            env=environment(root, **more),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its children can be ended with it
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """End it, and what it may have left behind: a code server leaves its runs to end by themselves."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def group_lives(number: int) -> bool:
    """Whether any process of the group does."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], bool], timeout_s: float, what: str, *, every_s: float = 0.5) -> None:
    """`timeout_s` is for an idle machine; a busy one gets more."""
    until = time.monotonic() + PATIENCE * timeout_s
    while not true():
        assert time.monotonic() < until, f"not within {PATIENCE * timeout_s} s: {what}"
        time.sleep(every_s)


def graphql(port: int, query: str, **variables: object) -> Any:
    """The `data` of an answer of Dagster's web server; None while it is not there yet."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            said = json.load(answer)
    except urllib.error.HTTPError as refused:
        raise AssertionError(refused.read().decode()) from refused
    except (urllib.error.URLError, ConnectionError):
        return None
    assert not said.get("errors"), said
    return said["data"]
