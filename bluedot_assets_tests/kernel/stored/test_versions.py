import msgspec
import pytest

from bluedot_assets.adapters.site.schemas import FILES
from bluedot_assets.kernel.alerts.ledger import LEDGER, Ledger, PendingLedger
from bluedot_assets.kernel.errors import NewerVersion
from bluedot_assets.kernel.site.publication import STATUS
from bluedot_assets.kernel.source.arrivals import Cursor
from bluedot_assets.kernel.stored.versions import FIRST, SchemaVersion, decode, require_known, stated_version
from bluedot_assets.kernel.tradingview.seeds.history import Note, read_note


class File(msgspec.Struct):
    lines: list[int]
    schema_version: SchemaVersion = 3


def test_a_file_of_this_version_and_of_every_earlier_one_is_read() -> None:
    for version in (1, 2, 3):
        assert decode(File, b'{"lines": [1], "schema_version": %d}' % version, "a").lines == [1]
    assert decode(File, '{"lines": [1]}', "a").lines == [1]


@pytest.mark.parametrize("lines", ["[1]", '{"first": 1}', "null"])
def test_a_newer_file_is_refused_whatever_else_it_says(lines: str) -> None:
    newer = f'{{"lines": {lines}, "schema_version": 4}}'
    with pytest.raises(NewerVersion, match=r"a.json is of version 4, .* versions up to 3: upgrade this"):
        decode(File, newer, "a.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"lines": 1}'])
def test_a_damaged_file_is_damaged_and_not_newer(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(File, content, "a")
    assert stated_version(content) == FIRST


@pytest.mark.parametrize("version", ['"9"', "9.5", "null", "[1]", "true"])
def test_a_version_that_is_no_whole_number_is_a_newer_one(version: str) -> None:
    content = f'{{"lines": [1], "schema_version": {version}}}'
    with pytest.raises(NewerVersion):
        decode(File, content, "a")
    with pytest.raises(NewerVersion):
        require_known("a", stated_version(content), 3)


def test_the_version_of_the_whole_site_is_no_lower_than_that_of_any_of_its_files() -> None:
    """So who reads `status.json` first has asked for all."""
    kinds: dict[str, type[msgspec.Struct]] = {**FILES, LEDGER: Ledger}
    versions = {
        name: next(one.default for one in msgspec.structs.fields(kind) if one.name == "schema_version")
        for name, kind in kinds.items()
    }
    assert max(versions.values()) == versions[STATUS]


@pytest.mark.parametrize("kind", [Cursor, PendingLedger, Ledger])
def test_what_is_kept_elsewhere_states_its_version(kind: type[msgspec.Struct]) -> None:
    assert "schema_version" in kind.__struct_fields__


def test_a_commit_to_a_seed_repository_states_its_version_from_the_second_on() -> None:
    note = Note("2024-08-02", 1, 2)
    assert read_note(note.message("data")) == note
    with pytest.raises(NewerVersion):
        read_note(note.message("data") + "Seeds-Version: 2\n")


def test_a_version_that_is_known_says_nothing() -> None:
    require_known("a", 1)
    with pytest.raises(NewerVersion):
        require_known("a", 2)
