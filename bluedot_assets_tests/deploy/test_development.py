"""What a developer starts from the checkout: `make dev`, and `dg` on the definitions."""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import dagster as dg
import pytest

from bluedot_assets.commands.serve.dagster import WORKSPACE, _listens
from bluedot_assets.dagster_home import INSTANCE
from bluedot_assets_tests.examples.trees import DAY
from bluedot_assets_tests.servers.processes import BIN, free_port, graphql, wait_until

ROOT = WORKSPACE.parents[3]
LOCATIONS = "{ locationStatusesOrError { ... on WorkspaceLocationStatusEntries { entries { name loadStatus } } } }"


@pytest.fixture
def environment(sample_tree: Path, tmp_path: Path) -> dict[str, str]:
    own = {
        "BLUEDOT_SOURCE": str(sample_tree),
        "BLUEDOT_DATA": str(tmp_path / "data"),
        "BLUEDOT_SITE": str(tmp_path / "site"),
        "DAGSTER_HOME": str(tmp_path / "home"),
        "PARALLEL_WORKERS": "1",
    }
    (tmp_path / "home").mkdir()
    (tmp_path / "home/dagster.yaml").write_bytes(INSTANCE.read_bytes())
    return {**os.environ, **own}


def left_of(folder: Path) -> list[str]:
    """Processes of Linux that have that folder in their environment."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{folder}/".encode() in (one / "environ").read_bytes():
                found.append((one / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.long
@pytest.mark.parametrize("last", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_dev_says_nothing_but_where_it_is_and_ends_with_all_its_processes(
    last: signal.Signals, environment: dict[str, str], tmp_path: Path
) -> None:
    """By an order to end, with its terminal, and (on Linux) even where it is killed."""
    port, output = free_port(), tmp_path / "output"
    (tmp_path / "drive/daily").mkdir(parents=True)  # nothing to run on yet: a run says what it does
    environment["BLUEDOT_SOURCE"] = str(tmp_path / "drive")
    # Whoever runs these tests without a terminal may have left SIGHUP ignored, and then `dev` leaves it so.
    command = ["env", "--default-signal=HUP", str(BIN / "bluedot"), "dev", "--port", str(port)]
    with output.open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: address in output.read_text(), 120, "the address")
        wait_until(lambda: "LOADED" in str(graphql(port, LOCATIONS)), 90, "the code location")
        answer = graphql(port, LOCATIONS)
        assert answer is not None
        assert [one["name"] for one in answer["locationStatusesOrError"]["entries"]] == ["bluedot_assets"]
        time.sleep(5)  # the daemon's first ticks
        assert len(output.read_text().splitlines()) == 2, output.read_text()
        assert output.read_text().splitlines()[-1].startswith(f"Dagster's UI: {address}")
    finally:
        process.send_signal(last)
        assert process.wait(60) == (-last if last == signal.SIGKILL else 0)
    wait_until(lambda: left_of(tmp_path) == [], 30, "the end of its processes")
    with pytest.raises(OSError, match="refused"):
        urlopen(address, timeout=5)


@pytest.mark.long
def test_dev_is_not_taken_in_by_another_program_that_takes_its_port_while_it_starts(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port, output = free_port(), tmp_path / "output"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [BIN / "bluedot", "dev", "--port", str(port)], cwd=tmp_path, env=environment, stdout=log, stderr=log
        )
    wait_until(lambda: "starts on the runs" in output.read_text(), 30, "the start")
    with ThreadingHTTPServer(("127.0.0.1", port), AnswersAll) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        code = process.wait(60)
        other.shutdown()
    assert code == 2
    assert (
        f"Cannot listen on 127.0.0.1:{port} (Address already in use): choose another with --port." in output.read_text()
    )
    assert "Ctrl-C ends it" not in output.read_text()
    assert len(output.read_text().splitlines()) == 2, output.read_text()  # no word of the processes that were ended


class AnswersAll(BaseHTTPRequestHandler):
    """Another program's UI, which has every page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()


def test_whose_port_it_is_is_told_by_the_session_of_the_listening_process() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        assert not _listens(os.getsid(0), port)
        listening.listen()
        assert _listens(os.getsid(0), port)
        assert not _listens(1, port)


@pytest.mark.long
def test_dg_launches_an_asset(environment: dict[str, str]) -> None:
    command = [str(BIN / "dg"), "launch", "--assets", "key:daily/raw_json", "--partition", DAY]
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        assert instance.get_materialized_partitions(dg.AssetKey(["daily", "raw_json"])) == {DAY}
