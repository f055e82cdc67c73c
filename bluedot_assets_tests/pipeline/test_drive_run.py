"""The whole pipeline over a Drive server: the same bytes as over the folder, kept attempts, late files, the log."""

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bluedot_assets.adapters.source.drive import calls
from bluedot_assets.adapters.source.drive.calls import DriveCalls
from bluedot_assets_tests.examples.drive_sources import quick_sleep
from bluedot_assets_tests.examples.trees import DAY, STOCKS, Installation, failure, hashes, stock_files
from bluedot_assets_tests.servers.drive import DriveServer

LOG = "triggers/process_log.txt"


@pytest.fixture
def drive(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[DriveServer]:
    monkeypatch.setattr(calls, "DriveCalls", partial(DriveCalls, sleep=quick_sleep))
    with DriveServer(installation.source) as server:
        use(installation, server)
        yield server


def use(installation: Installation, server: DriveServer, **more: object) -> None:
    installation.set(
        BLUEDOT_SOURCE=f"gdrive:{server.root_id}",
        BLUEDOT_DRIVE_ENDPOINT=server.endpoint,
        GOOGLE_DRIVE_SERVICE_ACCOUNT=json.dumps(server.service_account_info()),
        **more,
    )


@pytest.mark.long
@pytest.mark.parametrize("timeframe", ["daily", "weekly"])
def test_drive_and_folder_give_the_same_bytes(
    installation: Installation, drive: DriveServer, sample_tree: Path, tmp_path: Path, timeframe: str
) -> None:
    assert installation.run(timeframe).success
    local = Installation(tmp_path / "local", {"BLUEDOT_SOURCE": str(tmp_path / "tree")})
    shutil.copytree(sample_tree, tmp_path / "tree", symlinks=True)
    assert local.run(timeframe).success
    ours, theirs = (hashes(one.site / timeframe) for one in (installation, local))
    assert ours == theirs
    assert hashes(installation.data / "series") == hashes(local.data / "series")


def test_a_second_run_downloads_nothing(installation: Installation, drive: DriveServer) -> None:
    assert installation.run().success
    before = hashes(installation.site)
    drive.reset_log()
    assert installation.run().success
    assert {one.file_id for one in drive.requests if one.kind == "download"} <= _small_files(drive)
    assert hashes(installation.site) == before


def _small_files(drive: DriveServer) -> set[str]:
    return {drive.find(path) for path in ("triggers/daily_ready.txt", LOG)}


def test_an_interrupted_attempt_goes_on_with_what_is_missing(installation: Installation, drive: DriveServer) -> None:
    use(installation, drive, BATCH_SIZE=1, DOWNLOAD_CONNECTIONS=1)
    names = [path.name for path in stock_files(installation.source / "daily" / DAY)]
    last = drive.find(f"daily/{DAY}/{sorted(names)[-1]}")
    fault = drive.faults.add("dailyLimitExceeded", match=lambda request: request.file_id == last)
    stopped = installation.run()
    assert not stopped.success
    assert installation.manifest("raw_json") is None
    drive.faults.remove(fault)
    drive.reset_log()
    assert installation.run().success
    ids = {drive.find(f"daily/{DAY}/{name}") for name in names}
    downloaded = [one.file_id for one in drive.requests if one.kind == "download" and one.file_id in ids]
    assert 0 < len(set(downloaded)) < len(names)
    assert not (installation.data / "attempts").exists() or not list(
        (installation.data / "attempts").rglob("*.parquet")
    )


def test_a_file_that_fails_finally_is_a_named_rejection_and_the_share_decides(
    installation: Installation, drive: DriveServer
) -> None:
    name = stock_files(installation.source / "daily" / DAY)[0].name
    wanted = drive.find(f"daily/{DAY}/{name}")
    drive.faults.add("corrupt", match=lambda request: request.file_id == wanted)
    result = installation.run()
    assert "3 of 4 files (75 %)" in failure(result)
    use(installation, drive, BLUEDOT_MIN_COMPLETE=70)
    assert installation.run().success
    (rejected,) = installation.status()["timeframes"]["daily"]["rejected"]
    assert rejected["file"] == name


def test_a_file_that_arrives_during_the_download_is_taken_with_it(
    installation: Installation, drive: DriveServer
) -> None:
    folder = installation.source / "daily" / DAY
    moved = stock_files(folder)[0]
    content = moved.read_bytes()
    moved.unlink()
    seen: list[str] = []

    def arrive(request: object) -> bool:
        if not seen:
            seen.append("arrived")
            moved.write_bytes(content)
        return False

    drive.faults.add("500", match=arrive)
    use(installation, drive, BLUEDOT_MIN_COMPLETE=10)
    assert installation.run().success
    assert len(installation.index(f"daily/{DAY}")["stocks"]) == STOCKS


def test_each_run_appends_a_line_to_the_process_log(installation: Installation, drive: DriveServer) -> None:
    assert installation.run().success
    assert installation.run().success
    first, second = drive.content(drive.find(LOG)).decode().splitlines()
    assert f" daily {DAY} published files=4 rejected=0 stocks=4 series=16 " in first
    assert f" daily {DAY} unchanged " in second


def test_a_failed_run_is_logged_too(installation: Installation, drive: DriveServer) -> None:
    use(installation, drive, BLUEDOT_MIN_COMPLETE=100)
    stock_files(installation.source / "daily" / DAY)[0].write_text("{")
    assert not installation.run().success
    (line,) = drive.content(drive.find(LOG)).decode().splitlines()
    assert f" daily {DAY} failed " in line


def test_a_log_that_cannot_be_written_does_not_fail_the_run(installation: Installation, drive: DriveServer) -> None:
    (installation.source / LOG).unlink()
    assert installation.run().success
