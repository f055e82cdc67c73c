"""What Drive's listings can hold and how they can be wrong."""

import time
from collections.abc import Iterator

import pytest

from bluedot_assets.adapters.source.drive.calls import DriveCalls, DriveOptions, Throttle
from bluedot_assets.adapters.source.drive.failures import Transient
from bluedot_assets.adapters.source.drive.source import DriveSource
from bluedot_assets.adapters.source.drive.tree import DriveTree, page_of
from bluedot_assets.kernel.calendar.timeframes import DAILY, WEEKLY
from bluedot_assets.kernel.errors import PartitionAbsent, SourceRefused, SourceUnreadable
from bluedot_assets.kernel.source.file_names import stock_files
from bluedot_assets.kernel.source.tree_names import Place, ignored_names
from bluedot_assets_tests.examples.drive_sources import KEY, as_account, check, fill, open_drive, read_all, rejected
from bluedot_assets_tests.servers.drive import DOCUMENT, SHORTCUT, DriveServer

FILE: dict[str, object] = {
    "id": "1",
    "name": "A_daily.json",
    "mimeType": "application/json",
    "modifiedTime": "2024-08-02T22:05:00.000Z",
}
SIZES: list[object] = [-1, 1.5, float("inf"), "much", 2**70, []]
TIMES: list[object] = [[], "", "2024-08-02T22:05:00", "soon", "\ud800"]
WHOLE = FILE | {"size": "12", "md5Checksum": "0" * 32}


@pytest.mark.parametrize(
    "answer",
    [
        *("text", None, [], {}, {"files": None}, {"files": [], "incompleteSearch": True}, {"files": [1]}),
        {"files": [], "nextPageToken": {"a": 1}},
        *({"files": [{name: value for name, value in WHOLE.items() if name != lost}]} for lost in FILE),
        *({"files": [WHOLE | {"size": size}]} for size in SIZES),
        *({"files": [WHOLE | {"modifiedTime": time}]} for time in TIMES),
        *({"files": [WHOLE | {name: ["x"]}]} for name in ("md5Checksum", "shortcutDetails", "name", "id")),
        {"files": [WHOLE | {"shortcutDetails": {"targetId": ["x"]}}]},
    ],
)
def test_an_answer_that_is_no_whole_page_is_tried_again(answer: object) -> None:
    with pytest.raises(Transient, match="the listing was not whole"):
        page_of(answer)


def test_a_page_is_read_whatever_its_names_are() -> None:
    odd = WHOLE | {"name": "\ud800", "shortcutDetails": None}
    entries, token = page_of({"files": [WHOLE, odd | {"id": "2"}], "nextPageToken": ""})
    assert ([one.name for one in entries], entries[0].size, token) == (["A_daily.json", "\ufffd"], 12, None)


@pytest.fixture
def drive() -> Iterator[DriveServer]:
    with DriveServer() as server:
        yield server


@pytest.fixture
def source(drive: DriveServer) -> DriveSource:
    return open_drive(drive)


def names(source: DriveSource) -> list[str]:
    return [file.name for file in source.files(DAILY, KEY)]


def folder(drive: DriveServer) -> str:
    return drive.find(f"daily/{KEY}")


def test_constructing_a_source_asks_nothing(drive: DriveServer, source: DriveSource) -> None:
    assert source.address == f"gdrive:{drive.root_id}"
    assert drive.requests == []


def test_fifteen_hundred_files_come_in_pages_and_whole(drive: DriveServer, source: DriveSource) -> None:
    contents = fill(drive, 1500, size=20)
    assert names(source) == sorted(contents)


def test_names_with_quotes_and_backslashes_are_listed_and_read(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    contents = {name: name.encode() for name in ("O'NEIL_daily.json", "A\\B_daily.json", "\\'_daily.json", "''")}
    for name, content in contents.items():
        drive.add_file(name, content, folder(drive))
    assert read_all(source, source.files(DAILY, KEY)) == contents


def test_the_middle_of_a_name_that_no_disk_could_hold_is_left_out(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    for name in (f"{'A' * 30_000}_daily.json", "(1) " * 10_000, f"{'B' * 244}_daily.json"):
        drive.add_file(name, b"{}", folder(drive))
    cut, whole, other = sorted(names(source), key=lambda name: "AB(".index(name[0]))
    assert (len(cut), cut[:3], cut[-11:]) == (254, "AAA", "_daily.json")
    assert (len(whole), len(other)) == (255, 254)
    stocks = [file.name for file in stock_files(source.files(DAILY, KEY), DAILY)]
    assert stocks == [cut, whole]  # each is rejected by name, as it would be in full


def test_half_a_character_in_a_name_is_replaced(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    drive.add_file("A\ud800\U0001f0a1_daily.json", b"{}", folder(drive))
    drive.add_folder("B\udc00", folder(drive))
    assert names(source) == ["A\ufffd\U0001f0a1_daily.json", "B\ufffd"]


def test_a_root_with_such_names_beside_is_no_trouble(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 1)
    drive.add_folder("daily' or trashed = true or name = '\\")
    drive.add_folder("Daily")  # Drive's `name =` would take it for the same
    drive.add_folder(f"{KEY} ", drive.find("daily"))
    found = source.partitions(DAILY)
    assert found.keys == [KEY]
    assert [(one.path, one.remedy) for one in found.ignored] == [
        ("Daily", "move its files into daily"),
        (f"'daily/{KEY} '", f"move its files into {KEY}"),
    ]
    assert names(source) == ["S0000_daily.json"]
    assert source.warnings == ()


@pytest.mark.parametrize("name", ["O'Neil", "A\\B", "\\'", "' or name contains '", "\\"])
def test_a_name_is_looked_up_exactly_whatever_it_holds(drive: DriveServer, name: str) -> None:
    wanted = drive.add_folder(name)
    drive.add_folder("another")
    drive.add_folder(name.swapcase())
    options = DriveOptions(drive.root_id, endpoint=drive.endpoint)
    calls = DriveCalls(options, as_account(drive), throttle=Throttle(100))
    found = DriveTree(calls).children(drive.root_id, "", calls.patience(), name)
    assert wanted in [entry.id for entry in found]
    assert {entry.name for entry in found} == {name}


def test_a_trigger_of_another_case_is_named_and_not_read(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    drive.add_file("DAILY_READY.TXT", b"2024-08-02", drive.find("triggers"))
    trigger = source.trigger(DAILY)
    assert trigger is not None
    assert (trigger.key, trigger.problem) == (None, "there is only 'DAILY_READY.TXT', rename it to daily_ready.txt")


def test_files_of_one_name_are_all_listed_and_read(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 1)
    drive.add_file("S0000_daily.json", b"another", folder(drive))
    listed = source.files(DAILY, KEY)
    assert [file.name for file in listed] == ["S0000_daily.json"] * 2
    assert len({file.origin_id for file in listed}) == 2
    assert b"another" in dict(source.read(listed)).values()


def test_folders_of_one_name_are_read_together_with_a_warning(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 1)
    drive.add_file("B_daily.json", b"{}", drive.add_folder(KEY, drive.find("daily")))
    other = drive.add_folder("daily")
    drive.add_file("C_daily.json", b"{}", drive.add_folder(KEY, other))
    drive.add_folder("2024-08-01", other)
    assert source.partitions(DAILY).keys == ["2024-08-01", KEY]
    assert names(source) == ["B_daily.json", "C_daily.json", "S0000_daily.json"]
    assert [warning.partition(" in ")[0] for warning in source.warnings] == [
        "There are 2 folders daily",
        f"There are 3 folders daily/{KEY}",
    ]


def test_what_lies_in_the_trash_is_not_there(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 3)
    drive.trash(drive.find(f"daily/{KEY}/S0001_daily.json"))
    assert names(source) == ["S0000_daily.json", "S0002_daily.json"]
    drive.trash(folder(drive))
    assert source.partitions(DAILY).keys == []
    with pytest.raises(PartitionAbsent):
        source.files(DAILY, KEY)
    drive.trash(drive.root_id)
    with pytest.raises(SourceRefused, match="is in the trash"):
        check(source)


def test_a_google_document_is_listed_and_cannot_be_read(drive: DriveServer, source: DriveSource) -> None:
    contents = fill(drive, 1)
    drive.add_native("DOC_daily.json", folder(drive), DOCUMENT)
    listed = source.files(DAILY, KEY)
    assert (listed[0].name, listed[0].size, listed[0].md5) == ("DOC_daily.json", 0, None)
    read = read_all(source, listed)
    assert read["S0000_daily.json"] == contents["S0000_daily.json"]
    assert "Google document" in rejected(read)["DOC_daily.json"]
    assert source.md5(listed[0]) is None


def test_a_shortcut_to_a_file_is_that_file_under_the_shortcuts_name(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    elsewhere = drive.add_file("original.json", b"the bytes")
    drive.add_shortcut("A_daily.json", elsewhere, folder(drive))
    (listed,) = source.files(DAILY, KEY)
    assert (listed.name, listed.origin_id, listed.size) == ("A_daily.json", elsewhere, 9)
    assert read_all(source, [listed]) == {"A_daily.json": b"the bytes"}


def test_shortcuts_in_a_loop_or_to_nothing_are_named_rejections(drive: DriveServer, source: DriveSource) -> None:
    contents = fill(drive, 1)
    first = drive.add_shortcut("A_daily.json", "nowhere", folder(drive))
    second = drive.add_shortcut("B_daily.json", first, folder(drive))
    drive.retarget(first, second)
    drive.add_shortcut("C_daily.json", "nowhere", folder(drive))
    private = drive.add_file("private.json", b"{}")
    drive.make_private(private)
    drive.add_shortcut("D_daily.json", private, folder(drive))
    trashed = drive.add_file("trashed.json", b"{}")
    drive.trash(trashed)
    drive.add_shortcut("E_daily.json", trashed, folder(drive))
    drive.add_shortcut("folder", drive.root_id, folder(drive))  # as little a file as a folder is
    listed = source.files(DAILY, KEY)
    assert [file.name for file in listed if file.folder] == ["folder"]
    read = read_all(source, [file for file in listed if not file.folder])
    assert sorted(rejected(read)) == [f"{letter}_daily.json" for letter in "ABCDE"]
    assert read["S0000_daily.json"] == contents["S0000_daily.json"]


def test_what_only_drive_has_is_judged_by_its_name_as_any_file(drive: DriveServer, source: DriveSource) -> None:
    contents = fill(drive, 1)
    elsewhere = drive.add_file("elsewhere.json", b"{}")
    drive.add_shortcut("A_daily.json", elsewhere, folder(drive))
    drive.add_shortcut("Shortcut to B_daily.json", elsewhere, folder(drive))
    drive.add_shortcut("2024-08-01", drive.root_id, folder(drive))
    drive.add_native("C_daily", folder(drive))
    drive.add_file("S0000_daily.json", b"another of that name", folder(drive))
    listed = source.files(DAILY, KEY)
    assert [file.name for file in stock_files(listed, DAILY)] == ["A_daily.json", *2 * [*contents]]
    place = Place(DAILY, KEY)
    assert {one.name: one.remedy for one in ignored_names([(file.name, file.folder) for file in listed], place)} == {
        "2024-08-01": f"move its files up into daily/{KEY}, or delete it",
        "C_daily": "rename it to C_daily.json",
        "Shortcut to B_daily.json": "rename it to B_daily.json",
    }


def test_a_partition_may_be_a_shortcut_to_a_folder(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    elsewhere = drive.add_folder("uploads")
    drive.add_file("A_daily.json", b"{}", elsewhere)
    drive.add_shortcut("2024-08-05", elsewhere, drive.find("daily"))
    assert source.partitions(DAILY).keys == [KEY, "2024-08-05"]
    assert [file.name for file in source.files(DAILY, "2024-08-05")] == ["A_daily.json"]


def test_a_partition_that_leads_where_nobody_may_look_says_what_to_share(
    drive: DriveServer, source: DriveSource
) -> None:
    fill(drive, 0)
    elsewhere = drive.add_folder("uploads")
    drive.add_shortcut("2024-08-05", elsewhere, drive.find("daily"))
    drive.make_private(elsewhere)
    with pytest.raises(SourceUnreadable, match=r"daily/2024-08-05 .*share it with pipeline@"):
        source.files(DAILY, "2024-08-05")


@pytest.mark.parametrize("target", ["shortcut", "nowhere", "itself", "file", "trashed"])
def test_a_latest_that_leads_to_no_folder_is_none(drive: DriveServer, source: DriveSource, target: str) -> None:
    fill(drive, 1)
    link = drive.add_shortcut("latest", "nowhere", drive.find("daily"))
    if target == "shortcut":
        drive.retarget(link, drive.add_shortcut("other", folder(drive)))
    elif target == "itself":
        drive.retarget(link, link)
    elif target == "file":
        drive.retarget(link, drive.find(f"daily/{KEY}/S0000_daily.json"))
    elif target == "trashed":
        drive.retarget(link, folder(drive))
        drive.trash(folder(drive))
    assert source.latest(DAILY) is None
    assert source.latest(WEEKLY) is None


def test_a_folder_named_latest_is_no_link(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    drive.add_folder("latest", drive.find("daily"))
    assert source.latest(DAILY) is None
    assert source.partitions(DAILY).keys == [KEY]


def test_everything_works_in_a_shared_drive(drive: DriveServer) -> None:
    top = drive.add_shared_drive("Team")
    drive.add_file("A_daily.json", b"{}", drive.add_folder(KEY, drive.add_folder("daily", top)))
    source = open_drive(drive, root_id=top)
    check(source)
    assert source.partitions(DAILY).keys == [KEY]
    assert read_all(source, source.files(DAILY, KEY)) == {"A_daily.json": b"{}"}


@pytest.mark.parametrize("kind", ["short", "truncated", "502html", "500"])
def test_a_listing_that_came_broken_is_asked_for_again(drive: DriveServer, source: DriveSource, kind: str) -> None:
    contents = fill(drive, 30)
    drive.faults.add(kind, match="list", times=3)
    assert names(source) == sorted(contents)


@pytest.mark.parametrize("kind", ["short", "truncated", "502html", "500", "reset"])
def test_a_listing_that_stays_broken_is_an_error_and_never_a_short_list(
    drive: DriveServer, source: DriveSource, kind: str
) -> None:
    fill(drive, 30)
    drive.faults.add(kind, match="list")
    for read in (lambda: source.files(DAILY, KEY), lambda: source.partitions(DAILY), lambda: source.latest(DAILY)):
        with pytest.raises(SourceUnreadable, match="could not be read") as caught:
            read()
        assert caught.value.retryable


def test_a_stale_listing_is_what_it_is_and_its_old_files_are_not_taken_for_new(drive: DriveServer) -> None:
    contents = fill(drive, 2)
    before = time.time()
    time.sleep(0.01)
    drive.add_file("NEW_daily.json", b"{}", folder(drive))
    drive.set_content(drive.find(f"daily/{KEY}/S0001_daily.json"), b"newer bytes")
    stale = drive.faults.add("staleListing", as_of=before)
    source = open_drive(drive)
    read = read_all(source, source.files(DAILY, KEY))
    assert read["S0000_daily.json"] == contents["S0000_daily.json"]
    assert rejected(read) == {"S0001_daily.json": "could not be downloaded: it changed after it was listed"}
    drive.faults.remove(stale)
    assert rejected(read_all(source, source.files(DAILY, KEY))) == {}


def test_a_trigger_is_downloaded_only_when_it_was_touched(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    trigger = drive.add_file("daily_ready.txt", f"{KEY}\nexpected=5".encode(), drive.find("triggers"))
    first = source.trigger(DAILY)
    assert first is not None
    assert (first.key, first.expected) == (KEY, 5)
    assert source.trigger(DAILY) == first
    assert drive.downloads == 1
    drive.touch(trigger, 1_800_000_000)
    second = source.trigger(DAILY)
    assert second is not None
    assert second.identity != first.identity
    assert drive.downloads == 2


def test_a_trigger_made_as_a_google_document_is_a_problem_in_words(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    drive.add_native("daily_ready.txt", drive.find("triggers"))
    trigger = source.trigger(DAILY)
    assert trigger is not None
    assert "Google document" in (trigger.problem or "")


def test_of_two_triggers_the_newest_speaks_with_a_warning(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    drive.add_file("daily_ready.txt", b"2024-08-02", drive.find("triggers"), modified=2_000_000_000)
    drive.add_file("daily_ready.txt", b"2024-08-01", drive.find("triggers"), modified=1_000_000_000)
    trigger = source.trigger(DAILY)
    assert trigger is not None
    assert trigger.key == "2024-08-02"
    assert "There are 2 files triggers/daily_ready.txt" in source.warnings[0]


def test_an_unreadable_trigger_is_an_error_and_never_no_trigger(drive: DriveServer, source: DriveSource) -> None:
    fill(drive, 0)
    drive.add_file("daily_ready.txt", b"2024-08-02", drive.find("triggers"))
    drive.faults.add("500", match="download")
    with pytest.raises(SourceUnreadable, match=r"triggers/daily_ready.txt .*500"):
        source.trigger(DAILY)
    drive.faults.clear()
    drive.faults.add("500", match="list")
    with pytest.raises(SourceUnreadable):
        source.trigger(DAILY)


def test_a_shortcut_is_no_folder_above_the_tree(drive: DriveServer) -> None:
    fill(drive, 1)
    link = drive.add_shortcut("link", drive.root_id)
    assert drive.node(link).mime_type == SHORTCUT
    with pytest.raises(SourceRefused, match="is no folder: set BLUEDOT_SOURCE"):
        check(open_drive(drive, root_id=link))
