"""The executor on a Dask cluster, with a scheduler and workers as processes of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dask import config as dask_config

from bluedot_assets.adapters.code_version import code_parts
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.open import open_store
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.adapters.workers import cluster as module
from bluedot_assets.adapters.workers.cluster import Cluster
from bluedot_assets.adapters.workers.port import Executor
from bluedot_assets.kernel.errors import ClusterUnreachable, SettingsError
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.contracts.executor import WORKERS, ExecutorContract
from bluedot_assets_tests.examples import executor_tasks as tasks
from bluedot_assets_tests.servers.dask import DaskCluster, dask_cluster
from bluedot_assets_tests.servers.processes import end, free_port

pytestmark = pytest.mark.timeout(300)
NAPS = 24


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask"), WORKERS) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def executor(dask: DaskCluster) -> Iterator[Executor]:
    executor = Cluster(dask.address, LocalStore(dask.root / "data"))
    yield executor
    executor.close()


@pytest.mark.long
class TestCluster(ExecutorContract):
    pass


@pytest.fixture
def single(tmp_path: Path) -> Iterator[DaskCluster]:
    """A cluster of one worker, of the test alone."""
    with dask_cluster(tmp_path, 1) as cluster:
        yield cluster


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return LocalStore(tmp_path / "data")


def kill(worker: subprocess.Popen[bytes]) -> None:
    """With its nanny, which would start it again."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.mark.long
def test_a_scheduler_that_is_not_there_is_one_sentence_within_seconds(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module.CONNECT_S <= 5
    monkeypatch.setattr(module, "CONNECT_S", 2)
    address = f"tcp://127.0.0.1:{free_port()}"
    begun = time.monotonic()
    with pytest.raises(ClusterUnreachable, match=rf"BLUEDOT_DASK \({address}\) does not answer .*: start it, or"):
        Cluster(address, store).start(2)
    assert time.monotonic() - begun < 5


def test_tls_without_certificates_is_an_error_that_names_where_they_belong(store: Store) -> None:
    for file, problem in {"": "none is named", "absent.pem": "No such file"}.items():
        with (
            dask_config.set({f"distributed.comm.tls.{one}": file or None for one in ("ca-file", "client.cert")}),
            pytest.raises(SettingsError, match=rf"{problem}.*DASK_DISTRIBUTED__COMM__TLS__CA_FILE"),
        ):
            Cluster("tls://127.0.0.1:8786", store).start(2)


def test_a_package_that_is_not_installed_is_an_error_with_its_name(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=r"BLUEDOT_DASK.*`pip install bluedot-assets\[dask\]`"):
        Cluster("tcp://127.0.0.1:8786", store).start(2)


def test_without_tasks_for_workers_nothing_is_asked(store: Store) -> None:
    executor = Cluster("tcp://127.0.0.1:1", store)
    executor.start(1)
    assert list(executor.map(tasks.double, [1])) == [2]
    assert list(executor.map(tasks.double, [])) == []


@pytest.mark.long
def test_a_cluster_grows_and_shrinks_in_the_middle_and_gives_the_same_results(
    single: DaskCluster, store: Store
) -> None:
    executor = Cluster(single.address, store)
    results = executor.map(tasks.nap, range(NAPS))
    taken = [next(results)]
    second = single.start_worker()
    single.wait_for_workers(2)
    taken += [next(results) for _ in range(NAPS // 4)]
    kill(second)
    taken += [next(results) for _ in range(NAPS // 4)]
    third = single.start_worker()
    single.wait_for_workers(2)
    end(third)
    assert taken + list(results) == list(range(NAPS))
    executor.close()


@pytest.mark.long
def test_a_cluster_without_workers_is_awaited_for_a_while_and_then_an_error(
    single: DaskCluster, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = Cluster(single.address, store)
    results = executor.map(tasks.nap, range(NAPS))
    next(results)
    kill(single.workers[0])
    single.start_worker()
    assert [next(results) for _ in range(9)] == list(range(1, 10))
    monkeypatch.setattr(module, "NO_WORKER_S", 1)
    monkeypatch.setattr(module, "POLL_S", 0.5)
    kill(single.workers[1])
    for work in (results, executor.map(tasks.nap, range(4))):
        with pytest.raises(ClusterUnreachable, match="has had no worker for 1 s: start some"):
            list(work)
    executor.close()


@pytest.mark.long
def test_a_scheduler_that_ends_or_hangs_is_an_error_and_is_used_again_when_it_is_back(
    single: DaskCluster, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = Cluster(single.address, store)
    results = executor.map(tasks.nap, range(NAPS))
    next(results)
    assert single.scheduler
    single.scheduler.kill()
    single.scheduler.wait()
    time.sleep(0.5)  # as if the result just taken were worked on: the client notices first
    with pytest.raises(ClusterUnreachable, match=r"BLUEDOT_DASK .* does not answer"):
        list(results)
    single.start_scheduler()
    single.start_worker()
    single.wait_for_workers(1)
    assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]
    monkeypatch.setattr(module, "ANSWER_S", 1)
    single.scheduler.send_signal(signal.SIGSTOP)
    with pytest.raises(ClusterUnreachable, match=r"BLUEDOT_DASK .* does not answer"):
        list(executor.map(tasks.nap, range(NAPS)))
    single.scheduler.send_signal(signal.SIGCONT)
    executor.close()


@pytest.fixture
def other_code(tmp_path: Path) -> Path:
    """A folder to import another version of the package from."""
    folder = tmp_path / "other"
    for name in ("bluedot_assets", "bluedot_assets_tests/examples"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("shell", "__pycache__"))
    with (folder / "bluedot_assets/kernel/errors.py").open("a") as file:
        file.write("# of another version\n")
    return folder


@pytest.fixture
def no_code(tmp_path: Path) -> Path:
    """A folder that takes the place of the package, as if it were not installed."""
    folder = tmp_path / "no"
    (folder / "bluedot_assets").mkdir(parents=True)
    (folder / "bluedot_assets/__init__.py").write_text("raise ModuleNotFoundError('No module named bluedot_assets')\n")
    return folder


@pytest.mark.long
def test_workers_of_another_version_or_of_none_are_named_before_work_begins_and_in_the_middle(
    single: DaskCluster, store: Store, other_code: Path, no_code: Path
) -> None:
    executor = Cluster(single.address, store)
    results = executor.map(tasks.nap, range(NAPS))
    next(results)
    late = single.start_worker(PYTHONPATH=str(other_code))
    single.wait_for_workers(2)
    different = (
        r"worker tcp://127.0.0.1:\d+ of BLUEDOT_DASK runs other code: "
        rf"bluedot_assets [0-9a-f]+ there and {code_parts()['bluedot_assets']} here"
    )
    with pytest.raises(SettingsError, match=different):
        list(results)
    executor.close()
    with pytest.raises(SettingsError, match=different):
        executor.start(2)
    end(late)
    none = single.start_worker(PYTHONPATH=str(no_code))
    single.wait_for_workers(2)
    with pytest.raises(SettingsError, match=r"worker tcp://127.0.0.1:\d+ of BLUEDOT_DASK does not run bluedot_assets"):
        executor.start(2)
    end(none)
    single.wait_for_workers(1)
    assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]
    executor.close()


@pytest.mark.long
def test_a_scheduler_without_the_package_is_named(tmp_path: Path, store: Store, no_code: Path) -> None:
    cluster = DaskCluster(tmp_path)
    try:
        cluster.start_scheduler(PYTHONPATH=str(no_code))
        cluster.start_worker()
        cluster.wait_for_workers(1)
        with pytest.raises(SettingsError, match="The scheduler of BLUEDOT_DASK does not run bluedot_assets"):
            Cluster(cluster.address, store).start(2)
    finally:
        cluster.end()


@pytest.mark.long
def test_a_worker_that_does_not_reach_the_store_is_named(dask: DaskCluster, executor: Executor) -> None:
    memory = open_store("memory://of-this-process")
    with pytest.raises(SettingsError, match=r"worker tcp://127.0.0.1:\d+ .* does not reach BLUEDOT_DATA \(memory:"):
        Cluster(dask.address, memory).start(2)
    assert memory.list("") == []
    assert isinstance(executor, Cluster)
    assert sum(executor.check().values()) == WORKERS
    assert LocalStore(dask.root / "data").list("") == []
