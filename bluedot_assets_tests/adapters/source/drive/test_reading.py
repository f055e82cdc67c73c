"""Files' bytes under every misbehaviour: all verified, or rejected by name."""

import time
from collections.abc import Iterator

import pytest

from bluedot_assets.adapters.source.drive.calls import Throttle
from bluedot_assets.adapters.source.drive.source import DriveSource
from bluedot_assets.adapters.source.port import FileUnreadable
from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.errors import SourceRefused, SourceUnreadable
from bluedot_assets_tests.examples.drive_sources import (
    KEY,
    as_account,
    as_key,
    check,
    fill,
    open_drive,
    quick_sleep,
    read_all,
    rejected,
)
from bluedot_assets_tests.servers.drive import DriveServer

PASSING = (
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "408",
    "429",
    "500",
    "502",
    "502html",
    "503",
    "reset",
    "timeout",
    "truncated",
    "short",
    "corrupt",
    "anotherFile",
)
FINAL = {
    "notFound": "is not there any more",
    "downloadQuotaExceeded": "try again in 24 hours",
    "cannotDownloadAbusiveFile": "malware",
    "insufficientFilePermissions": "more rights",
}


@pytest.fixture
def drive() -> Iterator[DriveServer]:
    with DriveServer() as server:
        yield server


def faulty(drive: DriveServer, kind: str) -> set[str]:
    """The names of the files whose download met the fault."""
    met = {one.file_id for one in drive.requests if one.fault == kind and one.kind == "download"}
    return {drive.node(file_id).name for file_id in met if file_id is not None}


def survives(kind: str, files: int) -> None:
    with DriveServer() as drive:
        contents = fill(drive, files)
        source = open_drive(drive, timeout_s=0.4 if kind == "timeout" else 10)
        fault = drive.faults.add(
            kind, rate=0.2, in_a_row=2
        )  # fewer than the tries of a call, else it is no passing one
        assert source.partitions(DAILY).keys == [KEY]
        assert read_all(source, source.files(DAILY, KEY)) == contents
        assert fault.hits >= files // 10


def names_exactly(kind: str, files: int) -> None:
    with DriveServer() as drive:
        contents = fill(drive, files)
        source = open_drive(drive)
        listed = source.files(DAILY, KEY)
        drive.faults.add(kind, rate=0.2, match="download")
        read = read_all(source, listed)
        assert set(rejected(read)) == faulty(drive, kind)
        assert len(rejected(read)) >= files // 10
        assert all(FINAL[kind] in reason for reason in rejected(read).values())
        assert {name: read[name] for name in contents.keys() - rejected(read).keys()} == {
            name: content for name, content in contents.items() if name not in rejected(read)
        }
        assert drive.downloads == files  # what is final is not tried again


@pytest.mark.parametrize("kind", PASSING)
def test_a_passing_fault_of_every_fifth_request_leaves_all_files_verified(kind: str) -> None:
    survives(kind, 200)


@pytest.mark.parametrize("kind", FINAL)
def test_a_final_fault_of_every_fifth_download_rejects_exactly_those_by_name(kind: str) -> None:
    names_exactly(kind, 200)


@pytest.mark.long
@pytest.mark.parametrize("kind", PASSING)
def test_a_passing_fault_leaves_all_of_a_thousand_files_verified(kind: str) -> None:
    survives(kind, 1000)


@pytest.mark.long
@pytest.mark.parametrize("kind", FINAL)
def test_a_final_fault_rejects_exactly_those_of_a_thousand_by_name(kind: str) -> None:
    names_exactly(kind, 1000)


def test_all_faults_together_leave_all_files_verified(drive: DriveServer) -> None:
    contents = fill(drive, 200)
    source = open_drive(drive, timeout_s=0.4, retries=8)
    for kind in PASSING:
        drive.faults.add(kind, rate=0.03)
    assert read_all(source, source.files(DAILY, KEY)) == contents


@pytest.mark.parametrize("files", [300, pytest.param(2000, marks=pytest.mark.long)])
def test_sixteen_connections_mix_nothing_up(files: int) -> None:
    with DriveServer(latency_s=0.002) as drive:
        contents = fill(drive, files)
        drive.faults.add("latency", rate=0.3, seconds=0.01)
        drive.faults.add("reset", rate=0.02, match="download")
        source = open_drive(drive, connections=16)
        assert read_all(source, source.files(DAILY, KEY)) == contents


def test_files_that_change_between_listing_and_download_are_rejected_by_name(drive: DriveServer) -> None:
    contents = fill(drive, 200)
    source = open_drive(drive)
    listed = source.files(DAILY, KEY)
    drive.faults.add("changedFile", rate=0.2)
    read = read_all(source, listed)
    assert set(rejected(read)) == faulty(drive, "changedFile")
    assert set(rejected(read).values()) == {"could not be downloaded: it changed after it was listed"}
    assert all(read[name] == contents[name] for name in contents.keys() - rejected(read).keys())
    drive.faults.clear()
    assert rejected(read_all(source, source.files(DAILY, KEY))) == {}


def test_another_files_bytes_are_never_taken_however_often_they_come(drive: DriveServer) -> None:
    contents = fill(drive, 3)  # of one length: only the md5 tells
    source = open_drive(drive)
    listed = source.files(DAILY, KEY)
    wrong = drive.find(f"daily/{KEY}/S0001_daily.json")
    drive.faults.add("anotherFile", match=lambda request: request.kind == "download" and request.file_id == wrong)
    read = read_all(source, listed)
    assert list(rejected(read)) == ["S0001_daily.json"]
    assert "other bytes were received than listed" in rejected(read)["S0001_daily.json"]
    assert read["S0000_daily.json"] == contents["S0000_daily.json"]


def test_what_failed_is_tried_once_more_at_the_end(drive: DriveServer) -> None:
    contents = fill(drive, 20)
    source = open_drive(drive, retries=1, connections=1)
    listed = source.files(DAILY, KEY)
    first = drive.find(f"daily/{KEY}/S0000_daily.json")
    drive.faults.add("503", times=2, match=lambda request: request.kind == "download" and request.file_id == first)
    read = list(source.read(listed))
    assert {file.name: content for file, content in read} == contents
    assert read[-1][0].name == "S0000_daily.json"


def test_a_drive_that_answers_nothing_any_more_is_an_error_and_no_rejections(drive: DriveServer) -> None:
    fill(drive, 5)
    source = open_drive(drive)
    listed = source.files(DAILY, KEY)
    drive.faults.add("503")
    with pytest.raises(SourceUnreadable, match="503"):
        list(source.read(listed))


@pytest.mark.parametrize("kind", ["dailyLimitExceeded", "keyInvalid", "accessNotConfigured", "authError"])
def test_a_refusal_of_everything_ends_the_download_at_once(drive: DriveServer, kind: str) -> None:
    fill(drive, 100)
    source = open_drive(drive, connections=4)
    listed = source.files(DAILY, KEY)
    drive.faults.add(kind, match="download")
    with pytest.raises(SourceRefused):
        list(source.read(listed))
    assert drive.downloads < 40


def test_a_token_that_is_revoked_on_the_way_is_fetched_anew(drive: DriveServer) -> None:
    contents = fill(drive, 50)
    source = open_drive(drive)
    listed = source.files(DAILY, KEY)
    drive.revoke_tokens()
    assert read_all(source, listed) == contents
    assert drive.count("download", 401) <= 16


def test_the_token_is_fetched_once_for_all_connections(drive: DriveServer) -> None:
    contents = fill(drive, 50)
    listed = open_drive(drive).files(DAILY, KEY)
    drive.reset_log()
    assert read_all(open_drive(drive), listed) == contents
    assert drive.count("token") == 1


def test_an_api_key_reads_what_is_public_and_rejects_what_is_not() -> None:
    with DriveServer(link_public=True) as drive:
        contents = fill(drive, 3)
        source = open_drive(drive, as_key(drive))
        check(source)
        listed = source.files(DAILY, KEY)
        drive.make_private(drive.find(f"daily/{KEY}/S0001_daily.json"))
        read = read_all(source, listed)
        assert list(rejected(read)) == ["S0001_daily.json"]
        assert "not shared" in rejected(read)["S0001_daily.json"]
        assert read["S0002_daily.json"] == contents["S0002_daily.json"]
        assert [file.name for file in source.files(DAILY, KEY)] == ["S0000_daily.json", "S0002_daily.json"]


class Sleeps:
    """A sleep that only counts, in seconds."""

    def __init__(self) -> None:
        self.total = 0.0

    def __call__(self, seconds: float) -> None:
        self.total += seconds


def test_retry_after_is_waited_for(drive: DriveServer) -> None:
    contents = fill(drive, 1)
    sleeps = Sleeps()
    source = open_drive(drive, seams={"sleep": sleeps})
    listed = source.files(DAILY, KEY)
    drive.faults.add("429", seconds=7, times=2, match="download")
    assert read_all(source, listed) == contents
    assert 14 <= sleeps.total < 15


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(drive: DriveServer) -> None:
    fill(drive, 1)
    sleeps = Sleeps()
    source = open_drive(drive, seams={"sleep": sleeps})
    drive.faults.add("429", seconds=3600, match="list")
    with pytest.raises(SourceUnreadable, match="429"):
        source.partitions(DAILY)
    assert sleeps.total == 0


def test_the_deadline_ends_the_download_and_names_what_is_missing(drive: DriveServer) -> None:
    contents = fill(drive, 100)
    source = open_drive(drive, connections=2, deadline_s=0.5)
    listed = source.files(DAILY, KEY)
    drive.latency_s = 0.05
    begun = time.monotonic()
    read = read_all(source, listed)
    assert time.monotonic() - begun < 2
    assert 1 <= len(contents) - len(rejected(read)) <= 30
    assert set(rejected(read).values()) == {"was not downloaded: the deadline of 0.5 s was over"}
    assert all(read[name] == contents[name] for name in contents.keys() - rejected(read).keys())


def test_a_server_that_hangs_is_given_up_after_the_timeout(drive: DriveServer) -> None:
    fill(drive, 8)
    source = open_drive(drive, timeout_s=0.2, retries=1)
    listed = source.files(DAILY, KEY)
    hanging = drive.faults.add("timeout", match="download")
    begun = time.monotonic()
    read = read_all(source, listed)
    assert time.monotonic() - begun < 3
    assert set(rejected(read).values()) == {"could not be downloaded after all tries: no answer came in time"}
    drive.faults.remove(hanging)
    drive.faults.add("timeout")
    with pytest.raises(SourceUnreadable, match="no answer came in time"):
        check(source)


@pytest.mark.parametrize("kind", ["drippingHead", "drippingBody"])
def test_a_download_that_drips_ends_with_the_time_of_a_file_and_costs_no_other_file(
    drive: DriveServer, kind: str
) -> None:
    contents = fill(drive, 8)
    source = open_drive(drive, connections=2, call_deadline_s=1)
    listed = source.files(DAILY, KEY)
    slow = listed[0].origin_id
    drive.faults.add(kind, seconds=0.1, match=lambda one: one.kind == "download" and one.file_id == slow)
    begun = time.monotonic()
    read = read_all(source, listed)
    assert time.monotonic() - begun < 3
    assert rejected(read) == {listed[0].name: "was not downloaded: the deadline of 1 s was over"}
    assert all(read[name] == contents[name] for name in contents.keys() - rejected(read).keys())


@pytest.mark.parametrize("kind", ["drippingHead", "drippingBody", "timeout"])
def test_downloads_that_drip_or_hang_end_with_the_deadline_of_all(drive: DriveServer, kind: str) -> None:
    fill(drive, 8)
    source = open_drive(drive, connections=2, deadline_s=1)
    listed = source.files(DAILY, KEY)
    drive.faults.add(kind, seconds=0.1 if kind != "timeout" else 60, match="download")
    begun = time.monotonic()
    read = read_all(source, listed)
    assert time.monotonic() - begun < 3
    assert set(rejected(read).values()) == {"was not downloaded: the deadline of 1 s was over"}


@pytest.mark.parametrize("match", ["list", "get", "token"])
def test_every_other_answer_that_drips_ends_with_its_time(drive: DriveServer, match: str) -> None:
    fill(drive, 1)
    source = open_drive(drive, call_deadline_s=1)
    drive.faults.add("drippingBody", seconds=0.1, match=match)
    begun = time.monotonic()
    with pytest.raises(SourceUnreadable, match="the deadline of 1 s was over"):
        check(source)
    assert time.monotonic() - begun < 3


def test_a_caller_who_stops_waits_for_no_call_of_the_others(drive: DriveServer) -> None:
    fill(drive, 10)
    source = open_drive(drive, connections=4)
    listed = source.files(DAILY, KEY)
    good = {listed[0].origin_id}
    drive.faults.add("timeout", match=lambda one: one.kind == "download" and one.file_id not in good)
    reading = source.read(listed)
    assert next(reading)[0] == listed[0]
    begun = time.monotonic()
    reading.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 2


def test_a_caller_who_stops_waits_for_no_pause_of_the_others(drive: DriveServer) -> None:
    fill(drive, 10)
    source = open_drive(drive, connections=4, seams={"sleep": time.sleep})
    listed = source.files(DAILY, KEY)
    good = {listed[0].origin_id}
    drive.faults.add(
        "429", seconds=100, match=lambda request: request.kind == "download" and request.file_id not in good
    )
    reading = source.read(listed)
    file, content = next(reading)
    assert file == listed[0]
    assert isinstance(content, bytes)
    begun = time.monotonic()
    reading.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 2


def test_no_more_is_downloaded_than_the_caller_can_take(drive: DriveServer) -> None:
    fill(drive, 100)
    source = open_drive(drive, connections=4)
    reading = source.read(source.files(DAILY, KEY))
    next(reading)
    time.sleep(0.2)
    assert drive.downloads <= 2 * 4 + 1
    assert len(list(reading)) == 99


def test_files_without_bytes_and_no_files_at_all_are_read(drive: DriveServer) -> None:
    fill(drive, 1, size=0)
    source = open_drive(drive)
    assert read_all(source, source.files(DAILY, KEY)) == {"S0000_daily.json": b""}
    assert list(source.read([])) == []


@pytest.mark.parametrize("throttled", [True, False])
def test_a_quota_per_minute_is_kept_without_a_single_refusal(*, throttled: bool) -> None:
    began = time.time()

    def fast() -> float:
        return began + (time.time() - began) * 60  # a minute a second

    # What is under way when a window begins counts in it too: at most one download for each connection.
    with DriveServer(clock=fast, quota_per_minute=(40 + 16 + 4) * 200) as drive:
        contents = fill(drive, 120)
        seams = {
            "throttle": Throttle(40 if throttled else 1000, clock=fast),
            "clock": fast,
            "sleep": lambda seconds: time.sleep(seconds / 60),
        }
        read = read_all(open_drive(drive, seams=seams), open_drive(drive).files(DAILY, KEY))
        if throttled:
            assert read == contents
            assert time.time() - began > 2
        assert (drive.count("download", 403) == 0) is throttled


def test_a_burst_passes_and_the_next_waits_for_the_window_to_slide() -> None:
    now = [100.0]
    throttle = Throttle(3, 60, lambda: now[0])
    assert [throttle.reserve(1000) for _ in range(3)] == [0, 0, 0]
    assert throttle.reserve(59) is None  # and took no place
    assert [throttle.reserve(1000) for _ in range(4)] == [60, 60, 60, 120]
    now[0] += 300
    assert throttle.reserve(0) == 0


def test_all_sources_of_a_process_share_one_throttle(drive: DriveServer) -> None:
    fill(drive, 5)
    sleeps = Sleeps()

    def one() -> DriveSource:
        return open_drive(drive, seams={"throttle": None, "sleep": sleeps}, downloads_per_minute=7)

    first, second = one(), one()
    listed = first.files(DAILY, KEY)
    assert rejected(read_all(first, listed)) == {}
    assert sleeps.total == 0
    assert rejected(read_all(second, listed)) == {}
    assert sleeps.total > 100  # three of them had to wait nearly a minute


def test_more_than_the_quota_allows_before_the_deadline_is_rejected_by_name(drive: DriveServer) -> None:
    fill(drive, 5)
    throttle = Throttle(3)
    source = open_drive(drive, seams={"throttle": throttle, "sleep": quick_sleep}, deadline_s=30)
    read = read_all(source, source.files(DAILY, KEY))
    assert len(rejected(read)) == 2
    assert all("quota" in reason for reason in rejected(read).values())


def test_what_the_quota_makes_many_files_wait_is_no_part_of_the_deadline(drive: DriveServer) -> None:
    fill(drive, 20)
    sleeps = Sleeps()
    seams = {"throttle": Throttle(7), "sleep": sleeps}
    source = open_drive(drive, seams=seams, downloads_per_minute=7, deadline_s=30)
    assert rejected(read_all(source, source.files(DAILY, KEY))) == {}
    assert sleeps.total > 100


def test_a_file_error_is_no_exception_of_the_reading(drive: DriveServer) -> None:
    fill(drive, 2)
    source = open_drive(drive, as_account(drive))
    listed = source.files(DAILY, KEY)
    drive.remove(listed[0].origin_id)
    assert [type(content) for _, content in sorted(source.read(listed), key=lambda one: one[0].name)] == [
        FileUnreadable,
        bytes,
    ]
