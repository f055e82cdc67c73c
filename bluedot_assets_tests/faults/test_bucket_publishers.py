"""Publishers to a bucket that are killed or stopped: readers find what is named whole, and the next one finishes."""

import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.adapters.site.bucket.headers import site_objects
from bluedot_assets.adapters.site.bucket.record import OWN
from bluedot_assets.adapters.site.bucket.site import BucketSite
from bluedot_assets.adapters.site.bucket.turn import newest
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.objects import Objects
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.site.publication import INDEX, LATEST, STATUS
from bluedot_assets.kernel.site.status import decode_status
from bluedot_assets.kernel.source.vendor_fields import SAMPLE_GENERATOR
from bluedot_assets_tests.contracts.publications import contents, digests, publication, publish, sha256
from bluedot_assets_tests.examples.bucket_sites import PublicBucket, folder, open_bucket, public, server, store, url
from bluedot_assets_tests.examples.trees import DAY, WEEK, write_tree
from bluedot_assets_tests.servers.processes import BIN, environment
from bluedot_assets_tests.servers.s3 import S3Server
from bluedot_assets_tests.torture.whole import BESIDE, NOTHING, whole

__all__ = ["folder", "public", "server", "store", "url"]

pytestmark = pytest.mark.long
FORK = multiprocessing.get_context("fork")  # imports once; fsspec begins anew in each
DAYS = [f"2024-07-{day:02d}" for day in range(1, 32)]
STEP = 3  # requests from one death to the next


class DyingObjects(Objects):
    """Its process is killed before the request after `left` others."""

    left = 0

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def _ask(self, call: Callable[[], Awaitable[Any]], longest_s: float | None = 60) -> Any:
        self._count()
        return super()._ask(call, longest_s)

    def _all(self, calls: Sequence[Callable[[], Awaitable[None]]], longest_s: float = 60) -> None:
        def counted(call: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
            async def counting() -> None:
                self._count()
                await call()

            return counting

        super()._all([counted(call) for call in calls], longest_s)


def publish_dying(url: str, store: Store, left: int, key: str, version: str) -> None:
    objects = DyingObjects(**vars(site_objects("BLUEDOT_SITE", url)))
    objects.left = left
    publish(BucketSite(objects, store, dead_after_s=0.1), publication(store, "daily", key, contents(version), keep=2))


def assert_named_is_whole(public: PublicBucket) -> None:
    """Whatever has an index is what the index names; and what the status names is there."""
    for name, state in decode_status(public.get_now(STATUS)).timeframes.items():
        for key in (*state.folders, LATEST):
            index = public.get_now(f"{name}/{key}/{INDEX}")
            assert index is not None or key == LATEST, f"{name}/{key} is named and has no index"
            for file, digest in (digests(index) if index else {}).items():
                assert sha256(public.get_now(f"{name}/{key}/{file}") or b"") == digest, f"{name}/{key}/{file}"


def test_a_publisher_killed_at_any_request_leaves_whole_what_is_named_and_the_next_one_finishes(
    url: str, store: LocalStore, public: PublicBucket
) -> None:
    """Between two deaths another timeframe is published, which knows nothing of what the dead one wanted."""
    publish(open_bucket(url, store), publication(store, "daily", DAYS[0], contents("first"), keep=2))
    finished, deaths, day = 0, 0, 1
    while True:
        key = DAYS[day]
        process = FORK.Process(target=publish_dying, args=(url, store, deaths * STEP, key, f"v{deaths}"))
        process.start()
        process.join(60)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        assert_named_is_whole(public)
        week = f"2024-W{10 + deaths:02d}"
        publish(open_bucket(url, store, 0.1), publication(store, "weekly", week, contents(str(deaths)), keep=2))
        found = whole(public.contents(), NOTHING)
        assert f"weekly/{week}" in found
        assert len([path for path in public.own_paths() if "/trees/" not in path]) == 1
        if f"daily/{key}" in found:
            finished += 1
            day += 1
        deaths += 1
    assert 8 < deaths < 25
    assert 2 < finished < deaths - 3
    assert whole(public.contents(), NOTHING)


def wait_for(url: str, *phases: str) -> None:
    """Until somebody publishes and is so far."""
    objects, until = site_objects("BLUEDOT_SITE", url), time.monotonic() + 120
    while (found := newest(objects)) is None or found[1].phase not in phases:
        assert time.monotonic() < until


STOCKS = 150


def publish_alone(url: str, store: Store, key: str) -> None:
    publish(open_bucket(url, store, 1), publication(store, "daily", key, contents(key, STOCKS)))


def test_a_publisher_that_slept_and_was_taken_for_dead_harms_nothing_when_it_wakes(
    url: str, store: LocalStore, public: PublicBucket
) -> None:
    publish(open_bucket(url, store), publication(store, "daily", DAYS[0], contents("first", STOCKS)))
    sleeper = FORK.Process(target=publish_alone, args=(url, store, DAYS[1]))
    sleeper.start()
    wait_for(url, "switching")
    assert sleeper.pid is not None
    os.kill(sleeper.pid, signal.SIGSTOP)
    try:
        publish(open_bucket(url, store, 1), publication(store, "weekly", "2024-W31", contents("week")))
        before = whole(public.contents(), NOTHING)
        assert f"daily/{DAYS[1]}" in before
    finally:
        os.kill(sleeper.pid, signal.SIGCONT)
    sleeper.join(60)
    assert sleeper.exitcode == 1
    assert whole(public.contents(), NOTHING) == before
    publish(open_bucket(url, store), publication(store, "daily", DAYS[2], contents("third", STOCKS)))
    assert set(whole(public.contents(), NOTHING)) == {*before, f"daily/{DAYS[2]}"}


def run(root: Path, server: S3Server, url: str, *words: str) -> subprocess.Popen[bytes]:
    given = environment(root, BLUEDOT_SITE=url, **server.environment)
    with (root / "run.log").open("ab") as log:
        return subprocess.Popen([BIN / "bluedot", *words], cwd=root, env=given, stdout=log, stderr=log)


def test_a_run_publishes_to_a_bucket_and_one_that_was_killed_is_finished_by_the_next(
    tmp_path: Path, server: S3Server, url: str, public: PublicBucket
) -> None:
    write_tree(tmp_path / "drive", days=1, weeks=1)
    for path in (tmp_path / "drive").rglob("*.json"):  # made-up data are not published to a public address
        path.write_bytes(path.read_bytes().replace(SAMPLE_GENERATOR.encode(), b"vendor"))
    killed = run(tmp_path, server, url, "run")
    wait_for(url, "writing", "switching")
    killed.kill()
    killed.wait()
    found = newest(site_objects("BLUEDOT_SITE", url))
    assert found is not None
    assert found[1].phase != "done"
    assert run(tmp_path, server, url, "run").wait(240) == 0, (tmp_path / "run.log").read_text()
    assert set(whole(public.contents(), BESIDE)) == {f"daily/{DAY}", f"weekly/{WEEK}"}
    server.requests()
    before = public.contents()
    server.requests()
    assert run(tmp_path, server, url, "run").wait(240) == 0
    made = server.requests()
    assert public.contents() == before
    assert made["PUT"] == 2, made  # whether it may, and nothing more
    assert sum(made.values()) < 50, made
    assert "testing-secret" not in (tmp_path / "run.log").read_text()
    assert not [path for path in public.own_paths() if path.startswith(f"{OWN}/new/")]
