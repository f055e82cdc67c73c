"""`daily_ready` and `weekly_ready` as the daemon evaluates them, over a folder and over Drive."""

import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.kernel.errors import SourceUnreadable
from bluedot_assets_tests.examples.trees import DAY, WEEK, Installation
from bluedot_assets_tests.servers.drive import DriveServer


class Daemon:
    """Ticks of one sensor: keeps the cursor as Dagster does, and time moves 30 s with each."""

    def __init__(self, installation: Installation, timeframe: str = "daily") -> None:
        self.installation = installation
        self.timeframe = timeframe
        self.cursor: str | None = None
        self.instance = dg.DagsterInstance.ephemeral()

    def tick(self) -> dg.SensorResult:
        self.installation.clock.now += timedelta(seconds=30)
        repository = self.installation.definitions.get_repository_def()
        sensor = repository.get_sensor_def(f"{self.timeframe}_ready")
        resources = {"platform": self.installation.platform}
        with dg.build_sensor_context(self.instance, cursor=self.cursor, resources=resources) as context:
            result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        for event in result.asset_events:
            self.instance.report_runless_asset_event(event)
        return result

    def reported(self, minutes: float) -> list[str]:
        """The source's folders that are reported meanwhile."""
        events = [event for _ in range(int(minutes * 2)) for event in self.tick().asset_events]
        assert {event.asset_key.to_user_string() for event in events} <= {f"{self.timeframe}/source"}
        return [str(event.partition) for event in events]

    def requests(self, minutes: float) -> list[tuple[str | None, str]]:
        made = [request for _ in range(int(minutes * 2)) for request in self.tick().run_requests or []]
        return [(request.partition_key, request.tags["bluedot/reason"]) for request in made]


def touch(installation: Installation, content: str, timeframe: str = "daily") -> None:
    path = installation.source / "triggers" / f"{timeframe}_ready.txt"
    path.write_text(content)
    stamp = time.time_ns()
    os.utime(path, ns=(stamp, stamp))


@pytest.fixture
def drive(running: Installation) -> Iterator[DriveServer]:
    """The running installation's tree in Drive, as its source."""
    with DriveServer(running.source) as server:
        running.set(
            BLUEDOT_SOURCE=f"gdrive:{server.root_id}",
            BLUEDOT_DRIVE_ENDPOINT=server.endpoint,
            GOOGLE_DRIVE_SERVICE_ACCOUNT=json.dumps(server.service_account_info()),
        )
        yield server


def test_the_first_sight_of_an_old_trigger_asks_for_nothing_that_is_public(running: Installation) -> None:
    assert Daemon(running).requests(5) == []


def test_the_first_sight_on_an_empty_site_runs_what_the_trigger_names(installation: Installation) -> None:
    assert Daemon(installation).requests(2) == [(DAY, "trigger")]


def test_a_touch_makes_one_run_request_and_a_later_touch_another(running: Installation) -> None:
    daemon = Daemon(running)
    daemon.tick()
    touch(running, f"{DAY}\n")
    assert daemon.requests(10) == [(DAY, "trigger")]
    touch(running, f"{DAY}\n")
    assert daemon.requests(10) == [(DAY, "trigger")]


def test_a_weekly_request_has_the_key_of_dagster(running: Installation) -> None:
    daemon = Daemon(running, "weekly")
    daemon.tick()
    touch(running, f"{WEEK}\n", "weekly")
    assert daemon.requests(5) == [(f"{WEEK}-1", "trigger")]


def test_a_corrected_file_is_run_again_after_it_settled(running: Installation) -> None:
    daemon = Daemon(running)
    daemon.tick()
    file = next((running.source / "daily" / DAY).glob("*_daily.json"))
    file.write_bytes(file.read_bytes() + b"\n")
    assert daemon.requests(19) == []
    assert daemon.requests(7) == [(DAY, "files changed since it was published")]


def test_the_run_of_a_correction_says_which_stocks_changed(running: Installation) -> None:
    file = next((running.source / "daily" / DAY).glob("*_daily.json"))
    file.write_bytes(file.read_bytes() + b"\n")
    result = running.run("daily", DAY)
    (site,) = result.asset_materializations_for_node("daily_site")
    said = site.metadata["corrected"].value
    assert said == f"1 changed: {file.name.removesuffix('_daily.json')}"


def test_a_malformed_trigger_is_reported_in_the_skip_reason(running: Installation) -> None:
    daemon = Daemon(running)
    daemon.tick()
    touch(running, "tomorrow\n")
    result = daemon.tick()
    assert "'tomorrow' is no daily key" in str(result.skip_reason)
    assert not result.run_requests


def test_what_is_ignored_is_in_the_skip_reason_of_every_tick(running: Installation) -> None:
    (running.source / "daily/2024_08_05").mkdir()
    (running.source / "daily" / DAY / "AAPL_daily (1).json").write_bytes(b"{}")
    (running.source / "daily" / DAY / ".DS_Store").write_bytes(b"")
    daemon = Daemon(running)
    for _ in range(3):
        result = daemon.tick()
        assert not result.run_requests
        said = str(result.skip_reason)
        assert said.startswith("SkipReason(skip_message='Nothing new")
        assert "daily/2024_08_05 is ignored (not written as a key): rename it to 2024-08-05." in said
        assert f"daily/{DAY}/AAPL_daily (1).json is ignored" in said
        assert "DS_Store" not in said
    (running.source / "daily" / DAY / "AAPL_daily (1).json").unlink()
    daemon.requests(6)
    assert "AAPL_daily" not in str(daemon.tick().skip_reason)


@pytest.mark.parametrize("cursor", ["{", "[]", json.dumps({"handled": "t", "asked": {DAY: "fingerprint"}})])
def test_a_cursor_of_another_version_is_as_good_as_none(running: Installation, cursor: str) -> None:
    daemon = Daemon(running)
    daemon.cursor = cursor
    assert daemon.requests(5) == []
    touch(running, f"{DAY}\n")
    assert daemon.requests(5) == [(DAY, "trigger")]


def test_a_source_that_cannot_be_read_is_an_error_of_the_tick(running: Installation, tmp_path: Path) -> None:
    running.set(BLUEDOT_SOURCE=str(tmp_path / "nowhere"))
    with pytest.raises(SourceUnreadable, match="is not a folder"):
        Daemon(running).tick()


def test_over_drive_a_touch_makes_one_run_request(running: Installation, drive: DriveServer) -> None:
    daemon = Daemon(running)
    daemon.tick()
    touch(running, f"{DAY}\nexpected=4\n")
    assert daemon.requests(3) == [(DAY, "trigger")]
    drive.faults.add("500", times=100)
    with pytest.raises(SourceUnreadable):
        daemon.tick()


def test_a_tick_over_drive_with_nothing_new_costs_a_handful_of_calls(running: Installation, drive: DriveServer) -> None:
    daemon = Daemon(running)
    daemon.requests(3)
    drive.reset_log()
    daemon.tick()
    assert len(drive.requests) <= 6


def test_a_report_of_the_newest_folder_says_what_is_in_it_and_where_it_is(running: Installation) -> None:
    reported = [event.metadata for event in Daemon(running).tick().asset_events if event.partition == DAY]
    assert len(reported) == 1
    folder = running.source / "daily" / DAY
    files = list(folder.glob("*_daily.json"))
    said = {name: entry.value for name, entry in reported[0].items()}
    assert said["modified"] == pytest.approx(max(file.stat().st_mtime for file in files), abs=1)
    assert (said["files"], said["bytes"]) == (len(files), sum(file.stat().st_size for file in files))
    assert said["folder"] == str(folder.absolute())


def test_a_folder_of_the_source_is_reported_once_its_upload_has_ended_and_again_when_its_files_change(
    running: Installation,
) -> None:
    daemon = Daemon(running)
    folders = sorted(path.name for path in (running.source / "daily").glob("20*"))
    assert daemon.reported(0.5) == folders  # the newest is published, and the others are older
    assert daemon.reported(40) == []
    content = next((running.source / "daily" / DAY).glob("*.json")).read_bytes()
    (running.source / "daily" / DAY / "NEW_daily.json").write_bytes(content)
    assert daemon.reported(10) == []  # it may still grow
    assert daemon.reported(30) == [DAY]
    assert daemon.reported(60) == []
