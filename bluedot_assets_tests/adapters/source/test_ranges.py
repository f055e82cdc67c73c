"""What the source was seen to have, kept from one process to the next."""

from datetime import date
from pathlib import Path

import pytest

from bluedot_assets.adapters.source.ranges import read_range, write_range
from bluedot_assets.adapters.storage.layout import source_range_path
from bluedot_assets.adapters.storage.store.open import open_store
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.calendar.source_range import SourceRange

RANGE = SourceRange(date(2024, 8, 1), (date(2024, 8, 3),))


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return open_store(str(tmp_path / "data") if request.param == "folder" else "memory://bucket/ranges")


def test_it_is_read_as_it_was_written_for_the_same_source_and_timeframe_alone(store: Store) -> None:
    assert read_range(store, "drive", "daily") is None
    write_range(store, "drive", "daily", RANGE)
    assert read_range(store, "drive", "daily") == RANGE
    assert read_range(store, "gdrive:1", "daily") is None
    assert read_range(store, "drive", "weekly") is None


def test_a_bucket_is_not_asked(store: Store, tmp_path: Path) -> None:
    write_range(store, "drive", "daily", RANGE)
    kept = [path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("daily.json")]
    assert kept == ["data" if store.local_path("") else "cache"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"source": 1}', b"\xff\xfe"])
def test_a_damaged_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    store = open_store(str(tmp_path))
    store.write(source_range_path("daily"), content)
    assert read_range(store, "drive", "daily") is None


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("a file in the way")
    store = open_store(str(tmp_path))
    write_range(store, "drive", "daily", RANGE)
    assert read_range(store, "drive", "daily") is None
