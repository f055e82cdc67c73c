"""Outputs of stages: what is stored has passed, is whole, and keeps its made-at while it stays the same."""

import os
import re
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from bluedot_assets.adapters.storage.layout import FORMAT, STAGING, Slot
from bluedot_assets.adapters.storage.leftovers import find_leftovers, find_staged
from bluedot_assets.adapters.storage.outputs import Outputs
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.object_store import ObjectStore
from bluedot_assets.adapters.storage.store.port import Store, stamp
from bluedot_assets.kernel.checks.verdict import RuleBroken, Verdict
from bluedot_assets.kernel.errors import OutputAbsent, OutputDamaged, OutputOutdated, SettingsError
from bluedot_assets_tests.examples.made_outputs import PASSED, SLOT, commit, everything
from bluedot_assets_tests.examples.trees import NOW

BLOCKED = Verdict("rule", False, "Half of it is missing.")
WARNED = Verdict("rule", False, "A little is missing.", "warning")
TWO = {"bars/a": b"1", "bars/b": b"22"}


@pytest.fixture(params=["local", "object"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return LocalStore(tmp_path) if request.param == "local" else ObjectStore(f"memory://{uuid.uuid4().hex}")


@pytest.fixture
def outputs(store: Store) -> Outputs:
    return Outputs(store, lambda: NOW)


def test_a_committed_output_is_read_back_with_its_manifest(store: Store, outputs: Outputs) -> None:
    manifest, changed = commit(store, TWO, verdicts=[PASSED, WARNED])
    assert changed
    assert outputs.manifest(SLOT) == outputs.require(SLOT) == manifest
    assert manifest.made_at == NOW
    assert {stored.path: outputs.read(stored) for stored in manifest.objects} == TWO
    assert set(everything(store)) == {*TWO, SLOT.manifest_path}


def test_nothing_stays_in_staging(store: Store) -> None:
    commit(store, TWO)
    with pytest.raises(RuleBroken):
        commit(store, TWO, verdicts=[BLOCKED])
    assert store.list(STAGING) == []


def test_an_absent_output_is_none_or_an_error_that_says_what_to_materialize(outputs: Outputs) -> None:
    assert outputs.manifest(SLOT) is None
    with pytest.raises(OutputAbsent, match=r"no verified output of daily/bars of 2024-08-02: materialize daily/bars"):
        outputs.require(SLOT)


def test_where_nothing_is_stored_at_all_the_error_names_the_folder_and_its_setting(
    store: Store, outputs: Outputs
) -> None:
    with pytest.raises(OutputAbsent, match=rf"first, and see whether BLUEDOT_DATA {re.escape(store.address)} is the"):
        outputs.require(SLOT)
    commit(store, TWO)
    with pytest.raises(OutputAbsent, match=r"materialize daily/raw_json first\.$"):
        outputs.require(Slot("daily", SLOT.partition, "raw_json"))


def test_a_blocking_verdict_stores_nothing(store: Store, outputs: Outputs) -> None:
    with pytest.raises(
        RuleBroken, match=r"Half of it is missing\. \(daily/bars of 2024-08-02 is not stored\.\)"
    ) as broken:
        commit(store, TWO, verdicts=[PASSED, BLOCKED])
    assert list(broken.value.verdicts) == [PASSED, BLOCKED]
    assert everything(store) == {}


def test_a_blocking_verdict_on_other_input_keeps_the_output_of_before(store: Store) -> None:
    commit(store, TWO, made_from={"raw_json": "1"})
    before = everything(store)
    with pytest.raises(RuleBroken):
        commit(store, {"bars/a": b"9"}, verdicts=[BLOCKED], made_from={"raw_json": "2"})
    assert everything(store) == before


@pytest.mark.parametrize("content", [TWO, {"bars/a": b"other bytes of the same input"}])
def test_what_a_rule_now_refuses_of_the_same_input_is_not_left_from_an_earlier_rule(
    store: Store, outputs: Outputs, content: dict[str, bytes]
) -> None:
    commit(store, TWO, made_from={"raw_json": "1"})
    with pytest.raises(RuleBroken):
        commit(store, content, verdicts=[BLOCKED], made_from={"raw_json": "1"})
    assert outputs.manifest(SLOT) is None
    assert everything(store) == {}


def test_equal_content_keeps_made_at_and_changes_no_byte(store: Store) -> None:
    first, _ = commit(store, TWO)
    before = everything(store)
    again, changed = commit(store, TWO, clock=lambda: NOW + timedelta(days=1))
    assert (again, changed) == (first, False)
    assert everything(store) == before


def test_equal_content_of_another_input_keeps_made_at_and_notes_the_input(store: Store, outputs: Outputs) -> None:
    commit(store, TWO, made_from={"raw_json": "1"})
    _, changed = commit(store, TWO, made_from={"raw_json": "2"}, clock=lambda: NOW + timedelta(days=1))
    assert not changed
    manifest = outputs.require(SLOT)
    assert (manifest.made_at, manifest.made_from) == (NOW, {"raw_json": "2"})


def test_other_content_replaces_all_of_it(store: Store, outputs: Outputs) -> None:
    commit(store, TWO)
    later = NOW + timedelta(days=1)
    manifest, changed = commit(store, {"bars/b": b"new", "bars/c": b"3"}, clock=lambda: later)
    assert (changed, manifest.made_at) == (True, later)
    assert everything(store).keys() == {"bars/b", "bars/c", SLOT.manifest_path}
    assert outputs.read(manifest.objects[0]) == b"new"


def test_slots_do_not_touch_each_other(store: Store, outputs: Outputs) -> None:
    other = Slot("weekly", "2024-W31", "bars")
    commit(store, TWO)
    before = everything(store)
    commit(store, {"weekly/a": b"w"}, slot=other)
    assert outputs.drop(other)
    assert everything(store) == before


def test_a_dropped_output_is_gone_with_its_objects(store: Store, outputs: Outputs) -> None:
    commit(store, TWO)
    assert outputs.drop(SLOT)
    assert everything(store) == {}
    assert not outputs.drop(SLOT)


def elsewhere(store: Store) -> Outputs:
    """The outputs as another process finds them, which has no copies of a bucket's objects."""
    return Outputs(ObjectStore(store.url) if isinstance(store, ObjectStore) else store, lambda: NOW)


@pytest.mark.parametrize("damage", [b"2!", b"shorter or longer", b"", None])
def test_a_damaged_object_is_named_and_the_same_content_heals_it(store: Store, damage: bytes | None) -> None:
    manifest, _ = commit(store, TWO)
    outputs = elsewhere(store)
    stored = manifest.objects[1]
    if damage is None:
        store.delete(stored.path)
    else:
        store.write(stored.path, damage)
    with pytest.raises(OutputDamaged, match=r"bars/b .*materialize its partition again"):
        outputs.read(stored)
    with pytest.raises(OutputDamaged, match="bars/b"):
        outputs.verify(stored)
    if damage == b"2!" and isinstance(store, ObjectStore):
        return  # a bucket keeps what it was given: sizes are compared, and bytes when they are read
    commit(store, TWO)
    assert outputs.read(stored) == TWO["bars/b"]
    outputs.verify(stored)


def test_a_damaged_manifest_is_named(store: Store, outputs: Outputs) -> None:
    commit(store, TWO)
    store.write(SLOT.manifest_path, b'{"stage": ')
    with pytest.raises(OutputDamaged, match=r"manifests/daily/2024-08-02/bars\.json cannot be read"):
        outputs.require(SLOT)


def test_a_damaged_manifest_is_healed_by_materializing_again_as_its_message_says(
    store: Store, outputs: Outputs
) -> None:
    manifest, _ = commit(store, TWO)
    store.write(SLOT.manifest_path, b'{"stage": ')
    commit(store, TWO)
    assert outputs.require(SLOT) == manifest


def test_an_output_of_another_input_than_is_stored_is_outdated(store: Store, outputs: Outputs) -> None:
    raw = Slot("daily", "2024-08-02", "raw_json")
    source, _ = commit(store, {"raw": b"1"}, slot=raw)
    made, _ = commit(store, TWO, made_from={"raw_json": source.fingerprint})
    assert outputs.require(SLOT, source) == made
    newer, _ = commit(store, {"raw": b"2"}, slot=raw)
    with pytest.raises(OutputOutdated, match="materialize daily/bars again"):
        outputs.require(SLOT, newer)


def test_an_output_with_a_damaged_manifest_can_be_dropped(store: Store, outputs: Outputs) -> None:
    commit(store, TWO)
    store.write(SLOT.manifest_path, b"")
    assert outputs.drop(SLOT)
    assert outputs.manifest(SLOT) is None


def test_a_store_whose_version_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    (tmp_path / FORMAT).symlink_to(FORMAT)
    outputs = Outputs(LocalStore(tmp_path), lambda: NOW)
    with pytest.raises(SettingsError, match=r"BLUEDOT_DATA: .*/format\.json cannot be read .*: make it readable"):
        outputs.require_known()
    with pytest.raises(SettingsError):
        commit(outputs.store, TWO)
    assert (tmp_path / FORMAT).is_symlink()


@pytest.mark.parametrize("folder", ["", "alerts", "source", "manifests/daily/2024-08-02"])
def test_what_a_killed_process_did_not_name_goes_after_a_day(tmp_path: Path, folder: str) -> None:
    now = datetime.now(UTC)
    old, new = (tmp_path / folder / f".format.json.{digit * 32}.part" for digit in "ab")
    old.parent.mkdir(parents=True, exist_ok=True)
    for part, days in ((old, 3), (new, 0)):
        part.touch()
        os.utime(part, times=((now - timedelta(days=days)).timestamp(),) * 2)
    assert old in set(find_leftovers(LocalStore(tmp_path), now))
    with Outputs(LocalStore(tmp_path), lambda: now).staging():
        assert (old.exists(), new.exists()) == (False, True)


def test_what_was_left_for_a_killed_process_goes_from_a_bucket_after_a_day() -> None:
    store = ObjectStore(f"memory://{uuid.uuid4().hex}")
    old, new = (f"{STAGING}/{stamp(NOW - timedelta(hours=hours))}-0/0001.parquet" for hours in (25, 23))
    for path in (old, new, "bars/a"):
        store.write(path, b"12")
    assert find_staged(store, NOW) == {old.rpartition("/")[0]: 2}


def test_a_series_that_no_manifest_and_no_journal_names_goes_after_a_day(store: Store) -> None:
    series, other = (
        Slot(SLOT.timeframe, SLOT.partition, "price_data"),
        Slot(SLOT.timeframe, SLOT.partition, "blue_dots"),
    )
    named, begun, nobodys = (f"{series.folder}/{name}.zip" for name in ("named", "begun", "nobodys"))
    commit(store, {named: b"1"}, slot=series)
    for path in (begun, nobodys):
        store.write(path, b"1")
    store.write(other.journal_path, msgspec.json.encode([begun]))
    now = datetime.now(UTC)
    for hours, left in ((23, [begun, named, nobodys]), (25, [begun, named])):
        outputs = Outputs(store, partial(_after, now, hours))
        outputs.delete_abandoned(SLOT.timeframe, SLOT.partition)
        assert store.list(series.folder) == left


def _after(now: datetime, hours: int) -> datetime:
    return now + timedelta(hours=hours)
