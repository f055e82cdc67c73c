"""The process log in Drive: every writer's line is in it, or a person learns what to do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bluedot_assets.adapters.source.drive.source import DriveSource
from bluedot_assets.adapters.source.port import LogProblem
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets_tests.examples.drive_sources import as_key, open_drive, read_all
from bluedot_assets_tests.servers.drive import SERVICE_ACCOUNT, DriveServer


@pytest.fixture
def drive() -> Iterator[DriveServer]:
    with DriveServer() as server:
        server.add_folder("triggers")
        yield server


@pytest.fixture
def log(drive: DriveServer) -> str:
    """The id of a log with one line, made by hand."""
    return drive.add_file("process_log.txt", b"first\n", drive.find("triggers"))


def lines(drive: DriveServer, log: str) -> list[str]:
    return drive.content(log).decode().splitlines()


def test_a_line_is_one_revision_of_the_file_that_a_person_made(drive: DriveServer, log: str) -> None:
    assert open_drive(drive).append_log("second") is None
    assert drive.content(log) == b"first\nsecond\n"
    assert len(drive.revisions(log)) == 2
    assert drive.count("create") == 0


def test_a_writer_who_comes_between_read_and_write_keeps_his_lines(drive: DriveServer, log: str) -> None:
    drive.faults.add("changedFile", match="update", times=2)
    assert open_drive(drive).append_log("mine") is None
    assert sorted(filter(None, lines(drive, log))) == ["1", "3", "first", "mine"]


@pytest.mark.parametrize(("writers", "each"), [(2, 6), (5, 2)])
def test_lines_written_at_the_same_time_all_arrive_once(drive: DriveServer, log: str, writers: int, each: int) -> None:
    def write(number: int) -> list[LogProblem | None]:
        source = open_drive(drive, log_pause_s=4.0)
        return [source.append_log(f"writer {number} line {line}") for line in range(each)]

    with ThreadPoolExecutor(writers) as pool:
        assert list(pool.map(write, range(writers))) == [[None] * each] * writers
    expected = [f"writer {number} line {line}" for number in range(writers) for line in range(each)]
    assert sorted(lines(drive, log)) == sorted(["first", *expected])


def test_a_writer_who_overwrites_without_looking_loses_us_nothing(drive: DriveServer, log: str) -> None:
    """As a person who saves the file from an editor, between our write and our second look."""
    overwritten: list[float] = []

    def overwrite(seconds: float) -> None:
        if not overwritten:
            overwritten.append(seconds)
            drive.set_content(log, b"first\nby hand\n")

    assert open_drive(drive, seams={"sleep": overwrite}).append_log("mine") is None
    assert lines(drive, log) == ["first", "by hand", "mine"]


def test_a_log_that_others_write_all_the_time_is_said(drive: DriveServer, log: str) -> None:
    drive.faults.add("changedFile", match="update")
    said = open_drive(drive, log_pause_s=0.1).append_log("mine")
    assert said is None or "somebody else all the time" in said.sentence
    assert drive.count("update") <= 10
    assert "mine" in lines(drive, log)


@pytest.mark.parametrize("kind", ["rateLimitExceeded", "429", "500", "503", "reset", "truncated", "short"])
def test_passing_faults_lose_no_line(drive: DriveServer, log: str, kind: str) -> None:
    source = open_drive(drive, retries=8)
    drive.faults.add(kind, rate=0.2)
    assert [source.append_log(f"run {number}") for number in range(4)] == [None] * 4
    assert lines(drive, log) == ["first", "run 0", "run 1", "run 2", "run 3"]


def test_what_people_wrote_into_it_stays_byte_for_byte(drive: DriveServer, log: str) -> None:
    drive.set_content(log, b"\xef\xbb\xbfby hand\r\n\xff\xfe caf\xe9\r\nno line end")
    assert open_drive(drive).append_log("mine") is None
    assert drive.content(log) == b"\xef\xbb\xbfby hand\n\xff\xfe caf\xe9\nno line end\nmine\n"


def test_a_line_with_breaks_is_one_line(drive: DriveServer, log: str) -> None:
    assert open_drive(drive).append_log("one\ntwo\r\nthree") is None
    assert lines(drive, log) == ["first", "one two  three"]


def refused_to(source: DriveSource) -> str:
    said = source.append_log("mine")
    assert said is not None
    assert "process_log.txt" in said.sentence
    assert said.sentence.endswith(".")
    return said.sentence


def test_a_file_that_is_not_there_and_cannot_be_made_says_to_make_it_by_hand(drive: DriveServer) -> None:
    said = refused_to(open_drive(drive))
    assert said.startswith("There is no process log yet: create triggers/process_log.txt as a plain text file by hand")
    assert f"share it with {SERVICE_ACCOUNT} as Editor" in said
    asked = open_drive(drive).log_problem()
    assert asked is not None
    assert (asked.missing, asked.sentence) == (True, said)


def test_in_a_shared_drive_it_is_made_and_never_twice(drive: DriveServer) -> None:
    top = drive.add_shared_drive("Team")
    triggers = drive.add_folder("triggers", top)
    drive.faults.add("truncated", match="create", times=1)
    source = open_drive(drive, root_id=top)
    assert source.log_problem() is None
    assert drive.tree.children(triggers) == []
    assert "was not written this time" in refused_to(source)
    assert source.append_log("second") is None
    (made,) = drive.tree.children(triggers)
    assert lines(drive, made.id) == ["mine", "second"]


def test_lines_that_were_dropped_for_their_age_do_not_come_back(drive: DriveServer, log: str) -> None:
    drive.set_content(log, "".join(f"{number}\n" for number in range(1000)).encode())
    source = open_drive(drive)
    drive.faults.add("changedFile", match="update", times=1)
    assert source.append_log("mine") is None
    assert source.append_log("next") is None
    kept = lines(drive, log)
    assert len(kept) == 1000
    assert kept[-1] == "next"
    assert kept.count("mine") == 1
    assert not {"0", "1"} & set(kept)


def test_no_triggers_folder_says_the_same() -> None:
    with DriveServer() as drive:
        assert "by hand" in refused_to(open_drive(drive))
        assert drive.count("create") == 0


def test_an_account_that_may_only_read_says_with_whom_to_share(drive: DriveServer, log: str) -> None:
    drive.share(drive.root_id, SERVICE_ACCOUNT, "reader")
    assert refused_to(open_drive(drive)).endswith(f"share it with {SERVICE_ACCOUNT} as Editor.")
    assert lines(drive, log) == ["first"]


def test_an_api_key_asks_nothing_and_says_what_it_needs(drive: DriveServer) -> None:
    assert "cannot be written with an API key" in refused_to(open_drive(drive, as_key(drive)))
    assert drive.requests == []


def test_a_log_made_as_a_google_document_says_to_make_a_text_file(drive: DriveServer) -> None:
    drive.add_native("process_log.txt", drive.find("triggers"))
    assert "is a Google document" in refused_to(open_drive(drive))


def test_a_log_that_is_far_too_large_is_left_alone(drive: DriveServer, log: str) -> None:
    drive.set_content(log, b"x" * (9 << 20))
    assert "9 MB" in refused_to(open_drive(drive))
    assert drive.count("update") == 0


@pytest.mark.parametrize("kind", ["503", "dailyLimitExceeded", "authError", "reset", "notFound"])
def test_no_failure_of_drive_is_a_failure_of_the_run(drive: DriveServer, log: str, kind: str) -> None:
    drive.faults.add(kind)
    refused_to(open_drive(drive))
    assert lines(drive, log) == ["first"]


def test_of_two_logs_the_newest_is_written_with_a_warning(drive: DriveServer, log: str) -> None:
    newest = drive.add_file("process_log.txt", b"newest\n", drive.find("triggers"), modified=2_000_000_000)
    source = open_drive(drive)
    assert source.append_log("mine") is None
    assert lines(drive, newest) == ["newest", "mine"]
    assert "There are 2 files triggers/process_log.txt" in source.warnings[0]


def test_a_token_that_writes_is_asked_for_where_there_is_a_log_alone(drive: DriveServer) -> None:
    folder = drive.add_folder("2024-08-02", drive.add_folder("daily"))
    drive.add_file("A_daily.json", b"{}", folder)
    source = open_drive(drive)
    assert read_all(source, source.files(DAILY, "2024-08-02")) == {"A_daily.json": b"{}"}
    refused_to(source)
    assert drive.scopes == ["drive.readonly"]
    assert drive.count("create") == 0
    drive.add_file("process_log.txt", b"", drive.find("triggers"))
    assert source.append_log("mine") is None
    assert drive.scopes == ["drive.readonly", "drive"]
