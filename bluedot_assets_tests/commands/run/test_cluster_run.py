"""`bluedot run` with BLUEDOT_DASK and a shared folder: what it makes is what processes here make."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.open import open_store
from bluedot_assets_tests.examples.trees import write_tree
from bluedot_assets_tests.servers.dask import dask_cluster
from bluedot_assets_tests.servers.processes import BIN, environment, free_port, start, wait_until
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server

pytestmark = pytest.mark.timeout(300)
SHARED = {"BLUEDOT_DASK_SHARED_FOLDER": "true", "BATCH_SIZE": "1"}
RUN = ("run", "--quiet", "--timeframe", "daily")
TIMES = ("manifests", "source", "index.json", "status.json")  # what names the moment at which it was made


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tree(tmp_path_factory.mktemp("source") / "drive", stocks=12, days=1, weeks=1)


def made(root: Path, data: str) -> dict[str, bytes]:
    """The files of site and data, without those that hold moments."""
    store, site = open_store(data), LocalStore(root / "site")
    # The site has what is published of the history; in the store its files have names of chance.
    stored = [path for path in store.list("") if not path.startswith("history/")]
    files = {path: store.read(path) for path in stored} | {path: site.read(path) for path in site.list("")}
    return {path: content for path, content in files.items() if not set(path.split("/")) & set(TIMES)}


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


@pytest.fixture(scope="module")
def local(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run of this machine makes."""
    root = tmp_path_factory.mktemp("local")
    done = bluedot(root, *RUN, BLUEDOT_SOURCE=str(source), BATCH_SIZE="1")
    assert done.returncode == 0, done.stderr
    found = made(root, str(root / "data"))
    assert len(found) > 50
    return found


@pytest.mark.long
@pytest.mark.parametrize("storage", ["folder", "bucket"])
def test_a_run_whose_worker_is_killed_makes_the_same_bytes_as_a_run_of_this_machine(
    source: Path, local: dict[str, bytes], tmp_path: Path, s3: S3Server, storage: str
) -> None:
    cluster, temporary = tmp_path / "cluster", tmp_path / "temporary"
    for folder in (cluster, temporary):
        folder.mkdir()
    settings = {**SHARED, **s3.environment, "BLUEDOT_SOURCE": str(source), "TMPDIR": str(temporary)}
    data = f"s3://{BUCKET}/{tmp_path.name}" if storage == "bucket" else str(cluster / "data")
    with dask_cluster(tmp_path, 0) as dask, dask.client() as client:
        for _ in range(2):
            dask.start_worker(without=temporary, **s3.environment)
        dask.wait_for_workers(2)
        run = start(cluster, "bluedot", *RUN, **{**settings, "BLUEDOT_DATA": data, "BLUEDOT_DASK": dask.address})
        wait_until(lambda: any(client.processing().values()), 60, "the workers have work", every_s=0.01)
        os.killpg(dask.workers[0].pid, signal.SIGKILL)  # with its nanny: one worker is left
        assert run.poll() is None
        assert run.wait(120) == 0, (cluster / "processes.log").read_text()
        assert len(client.nthreads()) == 1
        assert not any(client.has_what().values())  # no result is still kept there
    assert b"distributed" not in (cluster / "processes.log").read_bytes()
    assert made(cluster, data) == local


@pytest.mark.long
def test_the_doctor_counts_the_workers_of_a_cluster(source: Path, tmp_path: Path) -> None:
    with dask_cluster(tmp_path, 1) as dask:
        done = bluedot(tmp_path, "doctor", "--json", BLUEDOT_SOURCE=str(source), BLUEDOT_DASK=dask.address, **SHARED)
    (found,) = [one for one in json.loads(done.stdout)["checks"] if one["check"] == "cluster"]
    assert found["level"] == "ok"
    assert found["message"].startswith(f"{dask.address}: workers: 1, threads: 1; they run this code")
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
