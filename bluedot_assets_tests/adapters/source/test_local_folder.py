"""The local source against the contract, and what only folders of a machine can do to it."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bluedot_assets.adapters.source.local_folder import LocalSource
from bluedot_assets.adapters.source.open import open_source
from bluedot_assets.adapters.source.port import FileUnreadable
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY, Timeframe
from bluedot_assets.kernel.errors import SettingsError, SourceUnreadable
from bluedot_assets_tests.contracts.source import SourceFolderContract, by_name, read_all


class LocalTree:
    """The uploader's side of a folder. Its modification times never repeat, however coarse the clock."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._touched = 0

    def put(self, path: str, content: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)

    def make_folder(self, path: str) -> None:
        (self.root / path).mkdir(parents=True)

    def remove(self, path: str) -> None:
        target = self.root / path
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()

    def touch(self, path: str) -> None:
        self._touched += 1
        before = (self.root / path).stat().st_mtime
        os.utime(self.root / path, (before, before + self._touched))

    def link_latest(self, timeframe: Timeframe, key: str) -> None:
        (self.root / timeframe.name / "latest").symlink_to(key)

    def get(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def break_root(self) -> None:
        self.root.rename(self.root.with_name("elsewhere"))

    def deny_writing(self) -> None:
        # Permissions stop nobody who is root; a folder in the place of the new file stops everybody.
        (self.root / "triggers" / ".process_log.txt.part").mkdir()


@pytest.fixture
def tree(tmp_path: Path) -> LocalTree:
    made = LocalTree(tmp_path / "drive")
    for name in ("daily", "weekly", "triggers"):
        made.make_folder(name)
    return made


@pytest.fixture
def source(tree: LocalTree) -> LocalSource:
    return LocalSource(tree.root, retries=0)


class TestLocalSource(SourceFolderContract):
    pass


def test_a_folder_that_is_no_tree_is_unreadable_and_not_empty(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="holds neither daily/ nor weekly/"):
        LocalSource(tmp_path).partitions(DAILY)
    with pytest.raises(SourceUnreadable, match=r"BLUEDOT_SOURCE .* is not a folder"):
        LocalSource(tmp_path / "absent").partitions(DAILY)


def test_a_folder_named_by_a_key_that_is_a_file_is_unreadable(source: LocalSource, tree: LocalTree) -> None:
    tree.put("daily/2024-08-02", b"")
    with pytest.raises(SourceUnreadable, match="cannot be read"):
        source.files(DAILY, "2024-08-02")


def test_a_name_that_is_no_text_is_listed_readably_and_its_file_can_be_read(
    source: LocalSource, tree: LocalTree
) -> None:
    folder = tree.root / "daily" / "2024-08-02"
    folder.mkdir()
    (folder / os.fsdecode(b"A\xff_daily.json")).write_bytes(b"content")
    (file,) = source.files(DAILY, "2024-08-02")
    assert file.name == "A\N{REPLACEMENT CHARACTER}_daily.json"
    assert [content for _, content in source.read([file])] == [b"content"]


def test_pipes_are_left_out_and_dangling_links_are_unreadable(source: LocalSource, tree: LocalTree) -> None:
    tree.put("daily/2024-08-02/A_daily.json", b"{}")
    folder = tree.root / "daily" / "2024-08-02"
    os.mkfifo(folder / "PIPE_daily.json")
    (folder / "B_daily.json").symlink_to("nowhere")
    (folder / "C_daily.json").symlink_to("A_daily.json")
    files = by_name(source, DAILY, "2024-08-02")
    assert list(files) == ["A_daily.json", "B_daily.json", "C_daily.json"]
    read = read_all(source, list(files.values()))
    assert isinstance(read["B_daily.json"], FileUnreadable)
    assert read["C_daily.json"] == b"{}"


def test_an_odd_entry_costs_itself_alone(source: LocalSource, tree: LocalTree) -> None:
    tree.put("daily/2024-08-02/A_daily.json", b"{}")
    folder = tree.root / "daily" / "2024-08-02"
    (folder / "LOOP_daily.json").symlink_to("LOOP_daily.json")
    (folder / "DEEP_daily.json").symlink_to("LOOP_daily.json/x")
    (tree.root / "daily" / "2024-08-05").symlink_to("2024-08-05")
    (tree.root / "loop").symlink_to("loop")
    listed = source.partitions(DAILY)
    assert listed.keys == ["2024-08-02"]
    assert [one.path for one in listed.ignored] == ["daily/2024-08-05"]
    read = read_all(source, source.files(DAILY, "2024-08-02"))
    assert read.pop("A_daily.json") == b"{}"
    assert {name: isinstance(content, FileUnreadable) for name, content in read.items()} == {
        "DEEP_daily.json": True,
        "LOOP_daily.json": True,
    }
    (tree.root / "triggers" / "daily_ready.txt").symlink_to("daily_ready.txt")
    trigger = source.trigger(DAILY)
    assert trigger is not None
    assert "it is a link that leads nowhere" in str(trigger.problem)


def test_a_time_that_no_calendar_has_is_that_of_no_file(source: LocalSource, tree: LocalTree) -> None:
    tree.put("daily/2024-08-02/A_daily.json", b"{}")
    os.utime(tree.root / "daily" / "2024-08-02" / "A_daily.json", (10**12, 10**12))
    assert read_all(source, source.files(DAILY, "2024-08-02")) == {"A_daily.json": b"{}"}


@pytest.fixture
def outside(tree: LocalTree, tmp_path: Path) -> Path:
    """A folder beside the source, with a file that nobody is to see."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "A_daily.json").write_bytes(b"SECRET")
    return tmp_path / "outside"


def test_a_link_out_of_the_source_is_listed_and_never_read(source: LocalSource, tree: LocalTree, outside: Path) -> None:
    tree.put("daily/2024-08-02/B_daily.json", b"{}")
    folder = tree.root / "daily" / "2024-08-02"
    (folder / "A_daily.json").symlink_to(outside / "A_daily.json")
    (folder / "C_daily.json").symlink_to("../../../outside/A_daily.json")
    files = by_name(source, DAILY, "2024-08-02")
    assert [files[f"{name}_daily.json"].size for name in "ABC"] == [0, 2, 0]
    read = read_all(source, list(files.values()))
    reason = "it is a link that leads out of the source: put the file itself there"
    assert [str(read["A_daily.json"]), read["B_daily.json"], str(read["C_daily.json"])] == [reason, b"{}", reason]
    assert source.md5(files["A_daily.json"]) is None


def test_a_file_that_becomes_a_link_after_it_was_listed_is_not_read(
    source: LocalSource, tree: LocalTree, outside: Path
) -> None:
    tree.put("daily/2024-08-02/A_daily.json", b"secret")
    files = source.files(DAILY, "2024-08-02")
    tree.remove("daily/2024-08-02/A_daily.json")
    (tree.root / "daily" / "2024-08-02" / "A_daily.json").symlink_to(outside / "A_daily.json")
    assert isinstance(read_all(source, files)["A_daily.json"], FileUnreadable)


def test_a_folder_that_is_a_link_is_read_where_it_stays_in_the_source(
    source: LocalSource, tree: LocalTree, outside: Path
) -> None:
    tree.put("archive/A_daily.json", b"{}")
    (tree.root / "daily" / "2024-08-01").symlink_to("../archive")
    (tree.root / "daily" / "2024-08-02").symlink_to(outside)
    listed = source.partitions(DAILY)
    assert listed.keys == ["2024-08-01"]
    assert [one.path for one in listed.ignored] == ["daily/2024-08-02"]
    assert read_all(source, source.files(DAILY, "2024-08-01")) == {"A_daily.json": b"{}"}
    with pytest.raises(SourceUnreadable, match="leads out of the source"):
        source.files(DAILY, "2024-08-02")
    tree.remove("weekly")
    (tree.root / "weekly").symlink_to(outside)
    with pytest.raises(SourceUnreadable, match=r"leads out of the source .*: put the folder itself there"):
        source.partitions(WEEKLY)


def test_a_root_that_is_a_link_is_the_folder_that_it_leads_to(tree: LocalTree, tmp_path: Path) -> None:
    tree.put("daily/2024-08-02/A_daily.json", b"{}")
    (tmp_path / "link").symlink_to(tree.root)
    source = LocalSource(tmp_path / "link")
    assert source.partitions(DAILY).keys == ["2024-08-02"]
    assert read_all(source, source.files(DAILY, "2024-08-02")) == {"A_daily.json": b"{}"}


def test_triggers_and_the_log_stay_in_the_source(source: LocalSource, tree: LocalTree, outside: Path) -> None:
    triggers, log = tree.root / "triggers", outside / "log.txt"
    (triggers / "daily_ready.txt").symlink_to(outside / "A_daily.json")
    trigger = source.trigger(DAILY)
    assert trigger is not None
    assert trigger.problem == "it is a link that leads out of the source"
    log.write_text("SECRET\n")
    for name in ("process_log.txt", ".process_log.txt.part", ".process_log.txt.lock"):
        (triggers / name).symlink_to(log)
        assert "leads out of the source): remove the link" in str(source.append_log("line"))
        (triggers / name).unlink()
    assert log.read_text() == "SECRET\n"
    assert source.append_log("line") is None


@pytest.mark.parametrize("name", ["daily_ready.txt", "process_log.txt", ".process_log.txt.part"])
def test_a_pipe_in_the_place_of_a_file_is_waited_for_by_nobody(source: LocalSource, tree: LocalTree, name: str) -> None:
    os.mkfifo(tree.root / "triggers" / name)
    trigger, problem = source.trigger(DAILY), str(source.append_log("line"))
    assert (trigger and trigger.problem) == (
        "it is a folder, pipe or device, and no file" if name == "daily_ready.txt" else None
    )
    log = tree.root / "triggers/process_log.txt"
    refused = f"{log} cannot be written (it is a folder, pipe or device, and no file): remove it."
    assert problem == (refused if name == "process_log.txt" else "None")


def test_a_file_that_becomes_a_pipe_after_it_was_listed_is_not_waited_for(source: LocalSource, tree: LocalTree) -> None:
    tree.put("daily/2024-08-02/A_daily.json", b"{}")
    files = source.files(DAILY, "2024-08-02")
    tree.remove("daily/2024-08-02/A_daily.json")
    os.mkfifo(tree.root / "daily/2024-08-02/A_daily.json")
    assert "pipe" in str(read_all(source, files)["A_daily.json"])
    assert source.md5(files[0]) is None


def test_a_huge_trigger_or_log_is_left_alone(source: LocalSource, tree: LocalTree) -> None:
    tree.put("triggers/daily_ready.txt", b" " * 65_537)
    trigger = source.trigger(DAILY)
    assert trigger is not None
    assert trigger.problem == "it has 65537 bytes, which is no trigger"
    tree.put("triggers/process_log.txt", b"x" * 9_437_184)
    assert str(source.append_log("line")).endswith("process_log.txt has 9 MB and was left alone: empty it.")


def test_a_read_that_fails_once_is_tried_again(tree: LocalTree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.put("daily/2024-08-02/A_daily.json", b"{}")
    source = LocalSource(tree.root, retries=1)
    files = source.files(DAILY, "2024-08-02")
    failures: Iterator[OSError] = iter([OSError(5, "Input/output error")])
    os_open = os.open

    def shaky(path: str, flags: int) -> int:
        for error in failures:
            raise error
        return os_open(path, flags)

    monkeypatch.setattr(os, "open", shaky)
    assert read_all(source, files) == {"A_daily.json": b"{}"}


def test_lines_appended_at_the_same_time_all_arrive(source: LocalSource, tree: LocalTree) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(source.append_log, [f"run {number}" for number in range(40)]))
    assert said == [None] * 40
    lines = tree.get("triggers/process_log.txt").decode().splitlines()
    assert sorted(lines) == sorted(f"run {number}" for number in range(40))


def test_reading_the_source_changes_nothing_in_it(source: LocalSource, tree: LocalTree) -> None:
    tree.put("daily/2024-08-02/A_daily.json", b"{}")
    tree.put("triggers/daily_ready.txt", b"")
    before = {path: path.stat().st_mtime_ns for path in tree.root.rglob("*")}
    source.partitions(DAILY)
    read_all(source, source.files(DAILY, "2024-08-02"))
    source.trigger(DAILY)
    assert {path: path.stat().st_mtime_ns for path in tree.root.rglob("*")} == before


@pytest.mark.parametrize("unset", [None, ""])
def test_an_unset_source_is_a_setting_with_a_remedy(unset: str | None) -> None:
    with pytest.raises(SettingsError, match=r"BLUEDOT_SOURCE is not set: .*bluedot sample"):
        open_source(unset, 0, 1, None, {})
