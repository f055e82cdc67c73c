"""What a developer starts from the checkout: `make dev`, and `dg` on the definitions."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import dagster as dg
import pytest

from bluedot_assets.commands.serve.dagster import WORKSPACE
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
    with output.open("wb") as log:
        process = subprocess.Popen(
            [BIN / "bluedot", "dev", "--port", str(port)], cwd=tmp_path, env=environment, stdout=log, stderr=log
        )
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
def test_dg_launches_an_asset(environment: dict[str, str]) -> None:
    command = [str(BIN / "dg"), "launch", "--assets", "key:daily/raw_json", "--partition", DAY]
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
    with dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]) as instance:
        assert instance.get_materialized_partitions(dg.AssetKey(["daily", "raw_json"])) == {DAY}
