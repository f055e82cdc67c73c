"""Publishers that race and publishers that are killed: the branch is always one complete publish, and none is lost.

Killed here at each of their requests; at random moments, in `torture/attacks/kills`."""

import multiprocessing
import os
import signal
import time
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.site.publication import STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets_tests.contracts.publications import OpenSite, contents, publication, publish
from bluedot_assets_tests.examples.git_sites import open_site, public, server, store
from bluedot_assets_tests.servers.git import GitServer, Repository
from bluedot_assets_tests.torture.whole import assert_whole_branch

__all__ = ["open_site", "public", "server", "store"]

SPAWN = multiprocessing.get_context("spawn")
ROUNDS = 20
KEYS = {
    "daily": [f"2024-07-{day:02d}" for day in range(1, ROUNDS + 1)],
    "weekly": [f"2024-W{week:02d}" for week in range(10, 10 + ROUNDS)],
}


def publish_in_step(open_site: OpenSite, store: Store, timeframe: str, start: Barrier) -> None:
    """All rounds of one publisher; each begins when both are ready."""
    for place, key in enumerate(KEYS[timeframe]):
        wanted = publication(store, timeframe, key, contents(str(place)), keep=ROUNDS)
        start.wait(60)
        publish(open_site(), wanted)


@pytest.mark.long
def test_two_publishers_at_once_lose_nothing_in_twenty_rounds(
    open_site: OpenSite, store: LocalStore, public: Repository
) -> None:
    start = SPAWN.Barrier(2)
    processes = [SPAWN.Process(target=publish_in_step, args=(open_site, store, name, start)) for name in KEYS]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
    assert [process.exitcode for process in processes] == [0, 0]
    assert_whole_branch(public)
    status = decode_status(public.get(STATUS))
    for name, keys in KEYS.items():
        assert sorted(status.of(name).folders) == keys
        assert sorted(run.partition for run in status.of(name).runs) == keys
        for place, key in enumerate(keys):
            assert public.get(f"{name}/{key}/S0_PRICE_DATA.csv") == contents(str(place))["S0"]
    assert public.commits() == 1


def publish_alone(open_site: OpenSite, store: Store, key: str, version: str) -> None:
    """One publish in a group of processes of its own, which ends as one."""
    os.setsid()
    publish(open_site(), publication(store, "daily", key, contents(version, stocks=50)))


def started(open_site: OpenSite, store: Store, key: str, version: str) -> BaseProcess:
    process = SPAWN.Process(target=publish_alone, args=(open_site, store, key, version))
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """With every git that it started."""
    assert process.pid is not None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()  # before it had a group of its own, or after its end
    process.join(30)


@pytest.mark.long
def test_a_publisher_killed_at_any_request_leaves_one_complete_publish_and_the_next_one_arrives(
    open_site: OpenSite, store: LocalStore, public: Repository, server: GitServer
) -> None:
    publish(open_site(), publication(store, "daily", "2024-07-01", contents("first")))
    seen = {tuple(assert_whole_branch(public))}
    requests = 0
    for number in range(2, 30):
        key, counted = f"2024-07-{number:02d}", 0
        process = started(open_site, store, key, f"v{number}")
        done = False

        def before(path: str, process: BaseProcess = process, most: int = requests) -> None:
            nonlocal counted
            counted += 1
            if counted > most:
                kill(process)

        server.faults.before = before
        process.join(60)
        done = process.exitcode == 0
        server.faults.before = lambda path: None
        time.sleep(0.2)  # what the server had received whole, it may still be carrying out
        seen.add(tuple(assert_whole_branch(public)))
        requests += 1
        if done:
            break
    assert done
    assert requests > 4
    assert len(seen) >= 2
    publish(open_site(), publication(store, "daily", "2024-07-31", contents("last")))
    assert "daily/2024-07-31" in assert_whole_branch(public)


@pytest.mark.long
@pytest.mark.parametrize("hook", ["pre-receive", "update", "post-receive"])
def test_a_publisher_killed_while_the_server_takes_the_push_leaves_one_complete_publish(
    hook: str, open_site: OpenSite, store: LocalStore, public: Repository, tmp_path: Path
) -> None:
    publish(open_site(), publication(store, "daily", "2024-07-01", contents("first")))
    pid = tmp_path / "pid"
    public.hook(hook, f"kill -9 -$(cat {pid}); exit 0")
    process = started(open_site, store, "2024-07-02", "second")
    pid.write_text(str(process.pid))
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    public.hook(hook, "")
    until = time.monotonic() + 10
    while "daily/2024-07-02" not in assert_whole_branch(public) and time.monotonic() < until:
        time.sleep(0.1)
    publish(open_site(), publication(store, "daily", "2024-07-02", contents("second", stocks=50)))
    assert set(assert_whole_branch(public)) == {"daily/2024-07-01", "daily/2024-07-02"}
