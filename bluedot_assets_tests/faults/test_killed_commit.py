"""A commit whose process dies at any of its changes: the output is whole or absent, and the next run heals it."""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bluedot_assets.adapters.storage.layout import STAGING, Slot
from bluedot_assets.adapters.storage.outputs import Outputs
from bluedot_assets.adapters.storage.owned_folders import LOCK
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.object_store import ObjectStore
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets_tests.examples.dying_store import DyingStore, PowerCut
from bluedot_assets_tests.examples.made_outputs import SLOT, commit, everything, stage
from bluedot_assets_tests.examples.trees import NOW

pytestmark = pytest.mark.long
BEFORE = {"bars/a": b"1", "bars/b": b"2"}
RAW = Slot(SLOT.timeframe, SLOT.partition, "raw_json")
AFTER = {"bars/b": b"new 2", "bars/c": b"3"}
NewStore = Callable[[], Store]


@pytest.fixture(params=["local", "object"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> NewStore:
    if request.param == "local":
        return lambda: LocalStore(tmp_path / uuid.uuid4().hex)
    return lambda: ObjectStore(f"memory://{uuid.uuid4().hex}")


def deaths(new_store: NewStore, work: Callable[[Store], object], *, loses_power: bool = False) -> Iterator[Store]:
    """A store with BEFORE for every change of `work` at which its process dies, or its machine loses its power, before
    and after that change."""
    for after in (False, True):
        changes = 0
        while True:
            store = new_store()
            commit(store, BEFORE)
            try:
                work(DyingStore(store, changes, after, loses_power=loses_power))
            except PowerCut:
                yield store
                changes += 1
            else:
                assert changes > 4, "it dies at too few places to mean anything"
                break


def replace(store: Store) -> None:
    commit(store, AFTER)


def drop(store: Store) -> None:
    commit(store, {})
    Outputs(store, lambda: NOW).drop(SLOT)


@pytest.mark.parametrize("loses_power", [False, True])
@pytest.mark.parametrize("work", [replace, drop])
def test_the_output_is_whole_or_absent(new_store: NewStore, work: Callable[[Store], None], loses_power: bool) -> None:
    seen = set()
    for store in deaths(new_store, work, loses_power=loses_power):
        manifest = Outputs(store, lambda: NOW).manifest(SLOT)
        seen.add(manifest and tuple(stored.path for stored in manifest.objects))
        for stored in manifest.objects if manifest else ():
            assert hashlib.sha256(store.read(stored.path)).hexdigest() == stored.sha256
    assert {None, ("bars/a", "bars/b")} < seen


@pytest.mark.parametrize("content", [BEFORE, AFTER, {"bars/d": b"something else"}], ids=["before", "after", "other"])
def test_the_next_commit_heals_it_and_leaves_nothing_over(new_store: NewStore, content: dict[str, bytes]) -> None:
    clean = new_store()
    commit(clean, content)
    for store in deaths(new_store, replace):
        commit(store, content)
        assert everything(store) == everything(clean)


def test_dropping_it_leaves_nothing_over(new_store: NewStore) -> None:
    for store in deaths(new_store, replace):
        Outputs(store, lambda: NOW).drop(SLOT)
        assert everything(store) == {}


OF_PARTITION = {"raw": {"raw/daily/2024-08-02.parquet": b"0"}, "bars": {"bars/daily/2024-08-02/a": b"1"}}


def test_a_partition_of_which_anything_is_left_is_found_until_it_is_dropped(new_store: NewStore) -> None:
    def store_and_drop(store: Store) -> None:
        for slot, content in ((RAW, OF_PARTITION["raw"]), (SLOT, OF_PARTITION["bars"])):
            commit(store, content, slot=slot)
        Outputs(store, lambda: NOW).partition(SLOT.timeframe, SLOT.partition).drop()

    for store in deaths(new_store, store_and_drop):
        left = {path for path in everything(store) if path not in BEFORE}
        outputs = Outputs(store, lambda: NOW)
        assert outputs.partitions(SLOT.timeframe) == ([SLOT.partition] if left else [])
        outputs.partition(SLOT.timeframe, SLOT.partition).drop()
        assert everything(store).keys() <= BEFORE.keys()


def test_staged_objects_of_the_dead_are_removed_at_once_and_where_no_lock_says_so_a_day_later(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    for locked in (True, False):
        with pytest.raises(PowerCut):
            commit(DyingStore(store, changes_left=2), AFTER)
        left = store.list(STAGING)
        assert left
        if not locked:  # as an earlier version left it
            store.delete(*(path for path in left if path.endswith(LOCK)))
            commit(store, BEFORE, clock=lambda: NOW + timedelta(hours=23))
            assert store.list(STAGING)
        later = NOW + timedelta(hours=1 if locked else 25)
        commit(store, BEFORE, clock=partial(_now, later))
        assert store.list(STAGING) == []


def _now(moment: datetime) -> datetime:
    return moment


def test_the_living_keep_their_staged_objects_for_days(new_store: NewStore) -> None:
    store = new_store()
    with Outputs(store, lambda: NOW).staging() as staged:
        stage(staged, {"bars/a": b"1"})
        commit(store, BEFORE, clock=lambda: NOW + timedelta(days=3))
        assert staged.place("bars/a").read_bytes() == b"1"
