"""The contract of a source folder: what the local folder and Google Drive must both do."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from bluedot_assets.adapters.source.port import LOG_LINES, FileUnreadable, SourceFolder
from bluedot_assets.kernel.calendar.timeframes import DAILY, TIMEFRAMES, WEEKLY, Timeframe
from bluedot_assets.kernel.errors import PartitionAbsent, SourceUnreadable
from bluedot_assets.kernel.source.raw_file import SourceFile

LOG = "triggers/process_log.txt"
BOTH = pytest.mark.parametrize("timeframe", TIMEFRAMES.values(), ids=list(TIMEFRAMES))


class SourceTree(Protocol):
    """The other side of the source: what an uploader does there. Paths are relative, with `/`."""

    def put(self, path: str, content: bytes) -> None:
        """Make or replace a file, and the folders that it needs."""
        ...

    def make_folder(self, path: str) -> None: ...

    def remove(self, path: str) -> None:
        """A file or a whole folder."""
        ...

    def touch(self, path: str) -> None:
        """A new modification time and the same content."""
        ...

    def link_latest(self, timeframe: Timeframe, key: str) -> None: ...

    def get(self, path: str) -> bytes: ...

    def break_root(self) -> None:
        """From now on the root cannot be read."""
        ...

    def deny_writing(self) -> None:
        """From now on nothing can be written."""
        ...


def by_name(source: SourceFolder, timeframe: Timeframe, key: str) -> dict[str, SourceFile]:
    return {file.name: file for file in source.files(timeframe, key)}


def read_all(source: SourceFolder, files: list[SourceFile]) -> dict[str, bytes | FileUnreadable]:
    return {file.name: content for file, content in source.read(files)}


class SourceFolderContract:
    """Inherit it and give the fixtures `tree`, which holds the empty folders daily/, weekly/ and triggers/, and
    `source`, which reads it."""

    def test_partitions_are_the_folders_named_by_a_key_oldest_first(
        self, source: SourceFolder, tree: SourceTree
    ) -> None:
        for key in ("2024-08-02", "2023-12-29", "2024-07-31"):
            tree.put(f"daily/{key}/AAPL_daily.json", b"{}")
        tree.put("weekly/2024-W31/AAPL_weekly.json", b"{}")
        for stray in ("2024-8-2", "2024-02-30", "old", "2024-W31", "2024-08-02 (1)"):
            tree.make_folder(f"daily/{stray}")
        tree.put("daily/2024-08-05", b"a file and no folder")
        tree.link_latest(DAILY, "2024-08-02")
        assert source.partitions(DAILY).keys == ["2023-12-29", "2024-07-31", "2024-08-02"]
        assert source.partitions(WEEKLY).keys == ["2024-W31"]

    def test_what_lies_beside_is_ignored_by_name_with_what_to_rename_it_to(
        self, source: SourceFolder, tree: SourceTree
    ) -> None:
        tree.put("weekly/2025-W31/AAPL_weekly.json", b"{}")
        for folder in ("Triggers", "weekly/2025-W53", "weekly/2025-W31 ", "weekly/2025_W30", "weekly/old"):
            tree.make_folder(folder)
        tree.put("AAPL_daily.json", b"{}")
        tree.put("weekly/.DS_Store", b"\0")
        tree.put("weekly/2025-W29.zip", b"PK")
        tree.link_latest(WEEKLY, "2025-W31")
        found = source.partitions(WEEKLY)
        assert found.keys == ["2025-W31"]
        assert {one.path: one.remedy for one in found.ignored} == {
            "AAPL_daily.json": "move it into the folder of its date",
            "Triggers": "move its files into triggers",
            "'weekly/2025-W31 '": "move its files into 2025-W31",
            "weekly/2025-W29.zip": "unpack it into the folder weekly/2025-W29",
            "weekly/2025-W53": "rename it to 2026-W01",
            "weekly/2025_W30": "rename it to 2025-W30",
        }

    def test_a_root_whose_folders_are_misnamed_is_an_error_that_names_them(
        self, source: SourceFolder, tree: SourceTree
    ) -> None:
        tree.remove("daily")
        tree.remove("weekly")
        tree.put("Daily/2024-08-02/AAPL_daily.json", b"{}")
        with pytest.raises(SourceUnreadable, match=r"holds neither .*Daily is ignored .*: rename it to daily"):
            source.partitions(DAILY)

    @BOTH
    def test_a_timeframe_without_folders_has_no_partitions(
        self, source: SourceFolder, tree: SourceTree, timeframe: Timeframe
    ) -> None:
        assert source.partitions(timeframe).keys == []
        tree.remove(timeframe.name)
        assert source.partitions(timeframe).keys == []

    def test_an_absent_partition_is_an_error_and_not_an_empty_list(
        self, source: SourceFolder, tree: SourceTree
    ) -> None:
        tree.put("daily/2024-08-02/AAPL_daily.json", b"{}")
        with pytest.raises(PartitionAbsent, match="daily/2024-08-01"):
            source.files(DAILY, "2024-08-01")
        tree.remove("weekly")
        with pytest.raises(PartitionAbsent, match="weekly/2024-W31"):
            source.files(WEEKLY, "2024-W31")

    def test_an_empty_partition_is_an_empty_list(self, source: SourceFolder, tree: SourceTree) -> None:
        tree.make_folder("daily/2024-08-02")
        assert source.files(DAILY, "2024-08-02") == []

    def test_an_unreadable_root_is_an_error_everywhere(self, source: SourceFolder, tree: SourceTree) -> None:
        tree.put("daily/2024-08-02/AAPL_daily.json", b"{}")
        tree.break_root()
        with pytest.raises(SourceUnreadable):
            source.partitions(DAILY)
        with pytest.raises(SourceUnreadable):
            source.files(DAILY, "2024-08-02")

    def test_every_file_is_listed_by_name_with_its_size_time_and_identity(
        self, source: SourceFolder, tree: SourceTree
    ) -> None:
        contents = {"MSFT_daily.json": b"{}", "AAPL_daily.json": b'{"chart": 1}', ".DS_Store": b"\0", "é.txt": b""}
        for name, content in contents.items():
            tree.put(f"daily/2024-08-02/{name}", content)
        tree.make_folder("daily/2024-08-02/folder")
        everything = source.files(DAILY, "2024-08-02")
        assert [file.name for file in everything] == sorted([*contents, "folder"])
        listed = [file for file in everything if not file.folder]
        assert {file.name: file.size for file in listed} == {name: len(one) for name, one in contents.items()}
        assert len({file.origin_id for file in listed}) == len(listed)
        for file in listed:
            assert file.md5 in {None, hashlib.md5(contents[file.name]).hexdigest()}  # noqa: S324
            assert abs(datetime.now(UTC) - file.modified) < timedelta(hours=1)

    def test_files_are_read_byte_for_byte(self, source: SourceFolder, tree: SourceTree) -> None:
        contents = {f"S{number}_daily.json": bytes([number]) * number * 999 for number in range(20)}
        for name, content in contents.items():
            tree.put(f"daily/2024-08-02/{name}", content)
        listed = source.files(DAILY, "2024-08-02")
        assert read_all(source, listed) == contents
        assert {file.name: source.md5(file) for file in listed} == {
            name: hashlib.md5(content).hexdigest()  # noqa: S324
            for name, content in contents.items()
        }

    def test_a_file_that_changed_since_the_listing_is_unreadable_and_the_others_are_not(
        self, source: SourceFolder, tree: SourceTree
    ) -> None:
        for name in ("A", "B", "C"):
            tree.put(f"daily/2024-08-02/{name}_daily.json", b"as listed")
        listed = source.files(DAILY, "2024-08-02")
        tree.put("daily/2024-08-02/B_daily.json", b"longer than it was listed")
        read = read_all(source, listed)
        assert isinstance(read["B_daily.json"], FileUnreadable)
        assert "changed" in str(read["B_daily.json"])
        assert read["A_daily.json"] == read["C_daily.json"] == b"as listed"

    def test_a_file_that_vanished_since_the_listing_is_unreadable(self, source: SourceFolder, tree: SourceTree) -> None:
        for name in ("A", "B"):
            tree.put(f"daily/2024-08-02/{name}_daily.json", b"{}")
        listed = source.files(DAILY, "2024-08-02")
        tree.remove("daily/2024-08-02/A_daily.json")
        read = read_all(source, listed)
        assert isinstance(read["A_daily.json"], FileUnreadable)
        assert read["B_daily.json"] == b"{}"

    @BOTH
    def test_latest_says_where_the_link_points_even_when_stale(
        self, source: SourceFolder, tree: SourceTree, timeframe: Timeframe
    ) -> None:
        keys = ("2024-08-01", "2024-08-02") if timeframe is DAILY else ("2024-W30", "2024-W31")
        for key in keys:
            tree.put(f"{timeframe.name}/{key}/A{timeframe.ending}", b"{}")
        assert source.latest(timeframe) is None
        tree.link_latest(timeframe, keys[0])
        assert source.latest(timeframe) == keys[0]

    def test_no_trigger_file_is_no_trigger(self, source: SourceFolder) -> None:
        assert source.trigger(DAILY) is None

    @pytest.mark.parametrize(
        ("content", "key", "expected"),
        [
            (b"", None, None),
            (b"\n  \n", None, None),
            (b"2024-08-02\n", "2024-08-02", None),
            (b"\xef\xbb\xbf2024-08-02\r\nexpected=1247\r\n", "2024-08-02", 1247),
            ("\ufeff2024-08-02\r\nexpected=1247\r\n".encode("utf-16-le"), "2024-08-02", 1247),
            ("\ufeff2024-08-02\r\n".encode("utf-16-be"), "2024-08-02", None),
            (b"expected = 3", None, 3),
        ],
    )
    def test_a_trigger_says_its_key_and_the_number_of_files(
        self, source: SourceFolder, tree: SourceTree, content: bytes, key: str | None, expected: int | None
    ) -> None:
        tree.put("triggers/daily_ready.txt", content)
        trigger = source.trigger(DAILY)
        assert trigger is not None
        assert (trigger.key, trigger.expected, trigger.problem) == (key, expected, None)

    @pytest.mark.parametrize("content", [b"ready!", b"2024-W31", b"2024-08-02\nexpected=many", b"\xff\xfe\0"])
    def test_a_malformed_trigger_is_a_problem_in_words_and_no_error(
        self, source: SourceFolder, tree: SourceTree, content: bytes
    ) -> None:
        tree.put("triggers/daily_ready.txt", content)
        trigger = source.trigger(DAILY)
        assert trigger is not None
        assert trigger.problem

    @pytest.mark.parametrize("name", ["daily_ready.txt.txt", "Daily_Ready.txt", "daily-ready", "daily_ready (1).txt"])
    def test_a_trigger_under_another_name_alone_is_a_problem_that_names_it(
        self, source: SourceFolder, tree: SourceTree, name: str
    ) -> None:
        tree.put(f"triggers/{name}", b"2024-08-02")
        trigger = source.trigger(DAILY)
        assert trigger is not None
        assert trigger.problem == f"there is only {name!r}, rename it to daily_ready.txt"
        assert source.trigger(WEEKLY) is None
        tree.put("triggers/daily_ready.txt", b"2024-08-02")
        trigger = source.trigger(DAILY)
        assert trigger is not None
        assert (trigger.key, trigger.problem) == ("2024-08-02", None)

    def test_a_trigger_has_another_identity_when_touched_or_rewritten_and_keeps_it_otherwise(
        self, source: SourceFolder, tree: SourceTree
    ) -> None:
        def identity() -> str:
            trigger = source.trigger(WEEKLY)
            assert trigger is not None
            return trigger.identity

        tree.put("triggers/weekly_ready.txt", b"")
        first = identity()
        assert identity() == first
        tree.touch("triggers/weekly_ready.txt")
        second = identity()
        tree.put("triggers/weekly_ready.txt", b"2024-W31")
        assert len({first, second, identity()}) == 3

    def test_a_line_is_appended_to_the_log_that_need_not_be_there(self, source: SourceFolder, tree: SourceTree) -> None:
        assert source.append_log("first run") is None
        assert source.append_log("second run é") is None
        assert tree.get(LOG).decode() == "first run\nsecond run é\n"

    def test_the_log_keeps_its_last_thousand_lines(self, source: SourceFolder, tree: SourceTree) -> None:
        tree.put(LOG, "".join(f"{number}\n" for number in range(LOG_LINES)).encode())
        assert source.append_log("new") is None
        lines = tree.get(LOG).decode().splitlines()
        assert (len(lines), lines[0], lines[-2:]) == (LOG_LINES, "1", [str(LOG_LINES - 1), "new"])

    def test_a_log_that_cannot_be_written_is_a_sentence_and_no_failure(
        self, source: SourceFolder, tree: SourceTree
    ) -> None:
        tree.put(LOG, b"before\n")
        tree.deny_writing()
        said = source.append_log("new")
        assert said is not None
        assert "process_log.txt" in said.sentence
        assert not said.missing
        assert tree.get(LOG) == b"before\n"

    def test_asking_whether_the_log_can_be_written_writes_nothing(self, source: SourceFolder, tree: SourceTree) -> None:
        tree.put(LOG, b"before\n")
        assert source.log_problem() is None
        assert tree.get(LOG) == b"before\n"
        tree.deny_writing()
        said = source.log_problem()
        assert said is not None
        assert "process_log.txt" in said.sentence
        assert not said.missing
