"""Every damage to JSON of our own is the one error that its readers expect."""

from pathlib import Path

import msgspec
import pytest

import bluedot_assets
from bluedot_assets.kernel.stored.json_reader import decode_json

PACKAGE = Path(bluedot_assets.__file__).parent
VENDORS = {"kernel/source/vendor_file.py", "kernel/series/provenance/vendor_records.py"}  # of files that are not ours
READERS = {"kernel/stored/json_reader.py", *VENDORS}


def test_what_is_whole_is_read() -> None:
    assert decode_json(b'{"a": 1}', dict[str, int]) == {"a": 1}
    assert decode_json('["a"]', list[str]) == ["a"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b'{"\xff": 1}', b'{"a": "\xff"}', b'{"\\ud800": 1}', b'{"a":' + b"[" * 5000]
)
def test_what_is_damaged_is_a_decode_error(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_json(content, dict[str, object])


def test_nothing_else_reads_json_of_our_own() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "msgspec.json.decode(" in (text := path.read_text("utf-8")) or "msgspec.json.Decoder(" in text
    }
    assert found == READERS
