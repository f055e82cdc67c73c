"""Reading a partition batch by batch: what is held is not read again, and nothing is lost on the way."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bluedot_assets.adapters.source.local_folder import LocalSource
from bluedot_assets.adapters.source.port import FileUnreadable
from bluedot_assets.adapters.storage.layout import Slot
from bluedot_assets.adapters.storage.raw_cache import RawCache
from bluedot_assets.adapters.storage.raw_reading import read_batches
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.workers.progress import Progress
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.source.file_names import stock_files
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES, RawFile, SourceFile

SLOT = Slot("daily", "2024-08-02", "raw_json")


class Remote(LocalSource):
    """A source whose listing gives md5s, as Drive's does, and that says what was read of it."""

    contents: dict[str, bytes]
    asked: list[str]

    def read(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, bytes | FileUnreadable]]:
        for file in reversed(files):  # in any order
            self.asked.append(file.name)
            content = self.contents.get(file.name)
            yield file, FileUnreadable("is gone") if content is None else content


def remote(root: Path, **contents: bytes) -> Remote:
    source = Remote(root)
    object.__setattr__(source, "contents", {f"{name}_daily.json": content for name, content in contents.items()})
    object.__setattr__(source, "asked", [])
    return source


def listed(name: str, content: bytes, *, md5: bool = True, size: int | None = None) -> SourceFile:
    digest = hashlib.md5(content).hexdigest() if md5 else None  # noqa: S324  Drive's own digest
    moment = datetime(2024, 8, 2, tzinfo=UTC)
    return SourceFile(f"{name}_daily.json", f"id-{name}", len(content) if size is None else size, moment, digest)


def read_all(source: Remote, files: Sequence[SourceFile], store: LocalStore) -> list[RawFile]:
    batches = read_batches(source, files, RawCache(store, SLOT), 2, Progress())
    return [file for batch in batches for file in batch]


def test_every_file_comes_once_in_its_order_with_its_bytes(tmp_path: Path) -> None:
    source = remote(tmp_path, A=b"a", B=b"b", C=b"c")
    files = [listed("A", b"a"), listed("B", b"b"), listed("C", b"c")]
    read = read_all(source, files, LocalStore(tmp_path / "store"))
    assert [(file.name[0], file.content) for file in read] == [("A", b"a"), ("B", b"b"), ("C", b"c")]


def test_a_second_attempt_reads_only_what_the_first_did_not_get(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    files = [listed(name, name.encode()) for name in "ABCD"]
    first = read_all(remote(tmp_path, A=b"A", B=b"B", C=b"C"), files, store)
    assert [file.problem for file in first] == [None, None, None, "is gone"]
    again = remote(tmp_path, A=b"A", B=b"B", C=b"C", D=b"D")
    assert [file.content for file in read_all(again, files, store)] == [b"A", b"B", b"C", b"D"]
    assert again.asked == ["D_daily.json"]


def test_a_file_without_md5_among_others_is_read_and_spoils_nothing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    files = [listed("A", b"a"), listed("B", b"b", md5=False), listed("C", b"", md5=False)]
    source = remote(tmp_path, A=b"a", B=b"b")
    read = read_all(source, files, store)
    assert [(file.content, file.problem) for file in read] == [(b"a", None), (b"b", None), (None, "is gone")]
    again = remote(tmp_path, A=b"a", B=b"b")
    read_all(again, files, store)
    assert "A_daily.json" not in again.asked


def test_two_files_of_equal_bytes_are_both_there(tmp_path: Path) -> None:
    files = [listed("A", b"same"), listed("B", b"same")]
    read = read_all(remote(tmp_path, A=b"same", B=b"same"), files, LocalStore(tmp_path / "store"))
    assert [(file.name, file.content) for file in read] == [("A_daily.json", b"same"), ("B_daily.json", b"same")]


def test_an_over_size_file_is_never_read(tmp_path: Path) -> None:
    source = remote(tmp_path, A=b"a", BIG=b"big")
    files = [listed("A", b"a"), listed("BIG", b"big", size=MAX_FILE_BYTES + 1)]
    read = read_all(source, files, LocalStore(tmp_path / "store"))
    assert source.asked == ["A_daily.json"]
    assert read[1].content is None
    assert "larger than 32 MB" in str(read[1].problem)
    assert read[1].md5 == files[1].md5


def test_other_bytes_than_listed_are_a_named_problem_and_not_wrong_data(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    files = [listed("A", b"a")]
    assert read_all(remote(tmp_path, A=b"other bytes than listed"), files, store)[0].content is None


def test_stock_files_are_in_the_order_of_published_names(tmp_path: Path) -> None:
    files = [listed(name, b"") for name in ("b", "A_B", "A&A", "A")]
    names = [file.name for file in stock_files([*files, listed("x", b"")], DAILY)]
    assert names == ["A_daily.json", "A&A_daily.json", "A_B_daily.json", "b_daily.json", "x_daily.json"]
