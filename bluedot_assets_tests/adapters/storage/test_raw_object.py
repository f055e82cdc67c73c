"""The raw partition: every byte comes back, with where it came from."""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluedot_assets.adapters.source.local_folder import LocalSource
from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.raw_cache import RawCache
from bluedot_assets.adapters.storage.raw_object import extract, read_group, read_index, write_batches
from bluedot_assets.adapters.storage.raw_reading import read_batches
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.workers.progress import Progress
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.source.file_names import stock_files
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES, RawFile, SourceFile

DAY = "2024-08-02"
AT = datetime(2024, 8, 2, 12, 0, 0, 123456, tzinfo=UTC)


def raw(number: int, content: bytes | None) -> RawFile:
    md5 = hashlib.md5(content).hexdigest() if content is not None else None  # noqa: S324
    problem = None if content is not None else "could not be read"
    return RawFile(f"S{number}_daily.json", f"daily/{number}", len(content or b""), AT, md5, content, problem)


def stored(batches: Sequence[Sequence[RawFile]], compression: str = "zstd") -> BytesIO:
    file = BytesIO()
    write_batches(batches, file, compression)
    return file


def source_of(tmp_path: Path, contents: dict[bytes, bytes]) -> LocalSource:
    folder = tmp_path / "daily" / DAY
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / os.fsdecode(name)).write_bytes(content)
    return LocalSource(tmp_path, retries=0)


def fetch(source: LocalSource, files: Sequence[SourceFile]) -> list[RawFile]:
    held = RawCache(LocalStore(source.root / "data"), Slot("daily", DAY, "raw_json"))
    return [file for batch in read_batches(source, files, held, 2, Progress()) for file in batch]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.none() | st.binary(max_size=300), min_size=1, max_size=4), max_size=4))
def test_every_file_comes_back_byte_for_byte_with_all_that_is_known_of_it(batches: list[list[bytes | None]]) -> None:
    numbers = iter(range(100))
    files = [[raw(next(numbers), content) for content in batch] for batch in batches]
    file = stored(files)
    assert [read_group(pq.ParquetFile(file), group) for group in range(len(files))] == files
    for one in [one for batch in files for one in batch]:
        assert extract(file, one.origin_id) == one.content


def test_the_index_has_everything_but_the_bytes() -> None:
    file = stored([[raw(1, b"1"), raw(2, None)], [raw(3, b"3")]])
    index = read_index(file)
    assert [[one.name for one in group] for group in index] == [["S1_daily.json", "S2_daily.json"], ["S3_daily.json"]]
    assert [one.content for group in index for one in group] == [None] * 3
    assert index[0][1].problem == "could not be read"


def test_an_unknown_origin_gives_no_bytes() -> None:
    assert extract(stored([[raw(1, b"1")]]), "daily/9") is None


def test_equal_files_are_equal_bytes_and_compression_is_a_choice() -> None:
    files = [[raw(number, b"vendor " * 1000) for number in range(5)]]
    assert stored(files).getvalue() == stored(files).getvalue()
    plain = stored(files, "none")
    assert read_group(pq.ParquetFile(plain), 0) == files[0]
    assert len(plain.getvalue()) > len(stored(files).getvalue())
    assert pq.ParquetFile(plain).metadata.row_group(0).column(0).compression == "UNCOMPRESSED"


def test_files_are_ordered_by_published_name_then_by_what_makes_them_differ() -> None:
    names = ["b_daily.json", "A_daily.json", "M&M_daily.json", "M_M_daily.json", "M_M_daily.json", "a-1_daily.json"]
    files = [SourceFile(name, f"id{9 - place}", 1, AT) for place, name in enumerate(names)]
    ordered = [(file.name, file.origin_id) for file in stock_files(files, DAILY)]
    assert ordered == [
        ("A_daily.json", "id8"),
        ("a-1_daily.json", "id4"),
        ("b_daily.json", "id9"),
        ("M&M_daily.json", "id7"),
        ("M_M_daily.json", "id5"),
        ("M_M_daily.json", "id6"),
    ]
    assert stock_files(list(reversed(files)), DAILY) == stock_files(files, DAILY)


def test_an_over_size_file_keeps_its_name_size_and_md5_and_not_its_bytes(tmp_path: Path) -> None:
    source = source_of(tmp_path, {b"A_daily.json": b"{}"})
    big = tmp_path / "daily" / DAY / "BIG_daily.json"
    with big.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    small, large = fetch(source, source.files(DAILY, DAY))
    assert small.content == b"{}"
    assert (large.name, large.size, large.content) == ("BIG_daily.json", MAX_FILE_BYTES + 1, None)
    assert large.md5 == hashlib.md5(bytes(MAX_FILE_BYTES + 1)).hexdigest()  # noqa: S324
    assert large.problem is not None
    assert "larger than 32 MB" in large.problem


def test_a_file_of_exactly_the_largest_size_is_stored(tmp_path: Path) -> None:
    source = source_of(tmp_path, {b"A_daily.json": b" " * MAX_FILE_BYTES})
    (file,) = fetch(source, source.files(DAILY, DAY))
    assert (file.problem, len(file.content or b"")) == (None, MAX_FILE_BYTES)


def test_a_file_that_vanished_says_so_in_its_place(tmp_path: Path) -> None:
    source = source_of(tmp_path, {b"A_daily.json": b"1", b"B_daily.json": b"2"})
    listed = source.files(DAILY, DAY)
    (tmp_path / "daily" / DAY / "A_daily.json").unlink()
    gone, there = fetch(source, listed)
    assert gone.content is None
    assert gone.problem is not None
    assert "could not be read" in gone.problem
    assert there.content == b"2"


@pytest.mark.parametrize("name", [b"A\xff_daily.json", b"\xed\xa0\x80_daily.json", "É€_daily.json".encode()])
def test_a_name_that_is_no_plain_text_does_not_break_the_partition(tmp_path: Path, name: bytes) -> None:
    source = source_of(tmp_path, {name: b"odd", b"B_daily.json": b"good"})
    files = fetch(source, stock_files(source.files(DAILY, DAY), DAILY))
    file = stored([files])
    (index,) = read_index(file)
    assert sorted(extract(file, one.origin_id) or b"" for one in index) == [b"good", b"odd"]
