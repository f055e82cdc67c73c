"""`bluedot run` with BLUEDOT_DASK and a shared folder: what it makes is what processes here make."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.trees import write_tree
from bluedot_assets_tests.servers.dask import DaskCluster, dask_cluster
from bluedot_assets_tests.servers.processes import BIN, environment, free_port, start, wait_until

pytestmark = pytest.mark.timeout(300)
SHARED = {"BLUEDOT_DASK_SHARED_FOLDER": "true", "BATCH_SIZE": "1"}
RUN = ("run", "--quiet", "--timeframe", "daily")
TIMES = ("manifests", "source", "index.json", "status.json")  # what names the moment at which it was made


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask"), 2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tree(tmp_path_factory.mktemp("source") / "drive", stocks=20, days=1, weeks=1)


def made(root: Path) -> dict[str, bytes]:
    files = {path.relative_to(root).as_posix(): path for name in ("data", "site") for path in (root / name).rglob("*")}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if path.is_file() and not set(name.split("/")) & set(TIMES)
    }


def bluedot(root: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    root.mkdir(exist_ok=True)
    return subprocess.run(
        [BIN / "bluedot", *words],
        cwd=root,
        env=environment(root, **settings),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
def test_a_run_whose_worker_is_killed_makes_the_same_bytes_as_a_run_of_this_machine(
    dask: DaskCluster, source: Path, tmp_path: Path
) -> None:
    local, cluster = tmp_path / "local", tmp_path / "cluster"
    done = bluedot(local, *RUN, BLUEDOT_SOURCE=str(source), BATCH_SIZE="1")
    assert done.returncode == 0, done.stderr
    cluster.mkdir()
    settings = {**SHARED, "BLUEDOT_SOURCE": str(source), "BLUEDOT_DASK": dask.address}
    run = start(cluster, "bluedot", *RUN, **settings)
    with dask.client() as client:
        wait_until(lambda: any(client.processing().values()), 60, "the workers have work", every_s=0.01)
        os.killpg(dask.workers[0].pid, signal.SIGKILL)  # with its nanny: one worker is left
        assert run.poll() is None
        assert run.wait(120) == 0, (cluster / "processes.log").read_text()
        assert len(client.nthreads()) == 1
        # Of a worker that is left nothing is still wanted.
        assert not any(client.has_what().values())
    assert b"distributed" not in (cluster / "processes.log").read_bytes()
    assert made(cluster) == made(local)
    assert len(made(local)) > 100


@pytest.mark.long
def test_the_doctor_counts_the_workers_of_a_cluster(dask: DaskCluster, source: Path, tmp_path: Path) -> None:
    done = bluedot(tmp_path, "doctor", "--json", BLUEDOT_SOURCE=str(source), BLUEDOT_DASK=dask.address, **SHARED)
    (found,) = [one for one in json.loads(done.stdout)["checks"] if one["check"] == "cluster"]
    assert found["level"] == "ok"
    assert found["message"].startswith(f"{dask.address}: workers: ")
    assert not list((tmp_path / "data").glob(".cluster*"))


@pytest.mark.long
def test_a_run_without_its_scheduler_is_one_sentence_before_any_work(source: Path, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    done = bluedot(tmp_path, "run", BLUEDOT_SOURCE=str(source), BLUEDOT_DASK=address, **SHARED)
    assert done.returncode == 1
    assert done.stderr.startswith(f"bluedot: The Dask scheduler of BLUEDOT_DASK ({address}) does not answer")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["run", "partitions"])
def test_a_folder_of_this_machine_is_refused_as_a_setting(source: Path, tmp_path: Path, command: str) -> None:
    done = bluedot(tmp_path, command, BLUEDOT_SOURCE=str(source), BLUEDOT_DASK="tcp://scheduler:8786")
    assert (done.returncode, done.stdout) == (2, "")
    assert "BLUEDOT_DASK_SHARED_FOLDER=true" in done.stderr
