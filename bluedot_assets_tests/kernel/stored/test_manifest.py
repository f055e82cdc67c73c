"""Manifests: what their fingerprint depends on, and what blocks."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace as changed

from bluedot_assets.kernel.checks.verdict import Verdict
from bluedot_assets.kernel.errors import OutputDamaged
from bluedot_assets.kernel.stored.manifest import Manifest, StoredObject

MADE = Manifest(
    stage="bars",
    timeframe="daily",
    partition="2024-08-02",
    made_at=datetime(2024, 8, 2, 22, tzinfo=UTC),
    made_from={"raw_json": "abc"},
    objects=[StoredObject("bars/daily/2024-08-02/bars.parquet", 10, "f" * 64, 3)],
    verdicts=[Verdict("schema", True, "fine")],
    facts={"bars": 3, "warnings": ["one"]},
)
LATER = datetime(2024, 8, 9, 22, tzinfo=UTC)


def test_the_fingerprint_does_not_know_when_or_from_what_it_was_made() -> None:
    assert changed(MADE, made_at=LATER).fingerprint == MADE.fingerprint
    assert changed(MADE, made_from={"raw_json": "other"}).fingerprint == MADE.fingerprint
    assert changed(MADE, facts={"warnings": ["one"], "bars": 3}).fingerprint == MADE.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "site"},
        {"timeframe": "weekly"},
        {"partition": "2024-08-01"},
        {"objects": []},
        {"objects": [StoredObject("bars/daily/2024-08-02/bars.parquet", 10, "e" * 64, 3)]},
        {"verdicts": [Verdict("schema", True, "better")]},
        {"verdicts": [Verdict("schema", False, "fine", "warning")]},
        {"facts": {"bars": 4, "warnings": ["one"]}},
    ],
)
def test_the_fingerprint_changes_with_the_output_and_what_is_said_of_it(change: dict[str, Any]) -> None:
    assert changed(MADE, **change).fingerprint != MADE.fingerprint


def test_a_manifest_reads_back_as_it_was_written() -> None:
    read = msgspec.json.decode(MADE.encoded(), type=Manifest)
    assert read == MADE
    assert read.fingerprint == MADE.fingerprint
    assert MADE.encoded().endswith(b"\n")


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b'{"stage": 1}'])
def test_what_is_no_manifest_is_an_error(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(content, type=Manifest)


def test_only_a_failed_rule_of_severity_error_blocks() -> None:
    assert Verdict("r", False, "m").blocks
    assert not Verdict("r", False, "m", "warning").blocks
    assert not Verdict("r", True, "m").blocks


class Counted(msgspec.Struct):
    bars: int
    dots: int = 0


def test_facts_are_read_typed_also_those_of_an_older_manifest_and_change_no_fingerprint() -> None:
    older = msgspec.json.decode(MADE.encoded(), type=Manifest)
    assert older.facts_as(Counted) == Counted(3, 0)
    assert older.fingerprint == MADE.fingerprint
    with pytest.raises(OutputDamaged, match=r"facts of daily/bars of 2024-08-02 cannot be read .*materialize it again"):
        changed(MADE, facts={"bars": "many"}).facts_as(Counted)


def test_an_object_is_found_by_its_name() -> None:
    assert MADE.table("bars") is MADE.file("bars.parquet") is MADE.objects[0]
    with pytest.raises(OutputDamaged, match=r"daily/bars of 2024-08-02 has no dots\.parquet"):
        MADE.table("dots")
