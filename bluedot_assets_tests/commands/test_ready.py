"""`bluedot partitions --due --ready`: what a job runs now, and how it waits for an upload that goes on."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bluedot_assets.kernel.calendar.timeframes import DAILY
from bluedot_assets.kernel.source.arrivals import Ready
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.pipeline.source_observation import MOST_PAUSES, ready_partitions
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, DAYS, NOW, Installation, stock_files

NEXT = "2024-08-05"


def observed(installation: Installation, *uploads: Callable[[], object]) -> tuple[Ready, int]:
    """What is ready, when one upload happens in each pause; and the number of pauses."""
    waiting = list(uploads)
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if waiting:
            waiting.pop(0)()

    installation.platform.sleep = sleep
    return ready_partitions(installation.platform, DAILY), len(pauses)


def upload(installation: Installation, key: str, files: int) -> Callable[[], None]:
    """Brings the folder to so many files."""

    def do() -> None:
        folder = installation.source / "daily" / key
        folder.mkdir(exist_ok=True)
        for path in stock_files(installation.source / "daily" / DAY)[:files]:
            shutil.copy(path, folder / path.name)
            os.utime(folder / path.name, (NOW.timestamp(), NOW.timestamp()))

    return do


def trigger(installation: Installation, text: str, *, age: timedelta = timedelta()) -> None:
    path = installation.source / "triggers" / "daily_ready.txt"
    path.write_text(text)
    touched = (NOW - age).timestamp()
    os.utime(path, (touched, touched))


def test_what_is_due_is_ready_when_two_listings_are_equal(installation: Installation) -> None:
    ready, pauses = observed(installation)
    assert ready == Ready(list(DAYS))
    assert pauses == 1


def test_nothing_due_needs_no_waiting(running: Installation) -> None:
    for key in DAYS[:2]:
        shutil.rmtree(running.source / "daily" / key)
    ready, pauses = observed(running)
    assert ready == Ready()
    assert pauses == 0


def test_an_upload_that_goes_on_is_waited_for(running: Installation) -> None:
    steps = [upload(running, NEXT, files) for files in (1, 2, 3, 4)]
    steps[0]()
    ready, pauses = observed(running, *steps[1:])
    assert NEXT in ready.keys
    assert pauses == 4  # one for each step, and one in which nothing changed


def test_an_upload_without_end_is_left_out_and_said(running: Installation) -> None:
    folder = running.source / "daily" / NEXT
    upload(running, NEXT, 1)()
    one = stock_files(folder)[0]
    growth = [lambda n=n: shutil.copy2(one, folder / f"S{n}_daily.json") for n in range(MOST_PAUSES + 1)]
    ready, pauses = observed(running, *growth)
    assert NEXT not in ready.keys
    assert (ready.growing, ready.empty) == ([NEXT], [])
    assert pauses == MOST_PAUSES
    assert ready.keys == list(DAYS[:2])


def test_a_folder_with_all_the_files_that_its_trigger_expects_is_not_waited_for(running: Installation) -> None:
    for key in DAYS[:2]:
        shutil.rmtree(running.source / "daily" / key)
    upload(running, NEXT, 4)()
    trigger(running, f"{NEXT}\nexpected=4\n")
    assert observed(running) == (Ready([NEXT]), 0)


def test_the_files_that_a_trigger_expects_are_waited_for(running: Installation) -> None:
    upload(running, NEXT, 2)()
    trigger(running, f"{NEXT}\nexpected=4\n")
    pause = lambda: None  # noqa: E731
    ready, pauses = observed(running, pause, pause, upload(running, NEXT, 4))
    assert NEXT in ready.keys
    assert pauses == 3


def test_fewer_files_than_expected_are_run_in_the_end_and_judged_there(running: Installation) -> None:
    upload(running, NEXT, 2)()
    trigger(running, f"{NEXT}\nexpected=4\n")
    ready, pauses = observed(running)
    assert NEXT in ready.keys
    assert pauses == MOST_PAUSES


def test_the_number_in_an_old_trigger_does_not_call_a_new_folder_whole(running: Installation) -> None:
    upload(running, NEXT, 2)()
    trigger(running, "expected=2\n", age=timedelta(days=1))
    ready, pauses = observed(running, upload(running, NEXT, 4))
    assert NEXT in ready.keys
    assert pauses == 2


def test_a_folder_that_the_trigger_names_is_waited_for(running: Installation) -> None:
    trigger(running, f"{NEXT}\nexpected=4\n")
    ready, pauses = observed(running, upload(running, NEXT, 4))
    assert NEXT in ready.keys
    assert ready.absent is None
    assert pauses >= 1


def test_a_folder_that_does_not_come_is_a_problem_and_stops_no_other(installation: Installation) -> None:
    trigger(installation, NEXT)
    ready, pauses = observed(installation)
    assert ready.keys == list(DAYS)
    assert ready.absent == NEXT
    assert pauses == MOST_PAUSES


def test_an_old_trigger_whose_folder_is_gone_is_no_problem(running: Installation) -> None:
    trigger(running, "2024-07-01")
    assert observed(running)[0].absent is None


def test_files_that_changed_since_they_were_published_are_ready_again(running: Installation) -> None:
    file = stock_files(running.source / "daily" / DAY)[0]
    file.write_bytes(file.read_bytes() + b"\n")
    assert DAY in observed(running)[0].keys
    assert running.run("daily", DAY).success
    running.platform.sleep = lambda seconds: None
    assert DAY not in ready_partitions(running.platform, DAILY).keys


def test_a_folder_without_files_is_left_out(running: Installation) -> None:
    (running.source / "daily" / NEXT).mkdir()
    ready, _ = observed(running)
    assert NEXT not in ready.keys
    assert (ready.growing, ready.empty) == ([], [NEXT])


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluedot_assets.commands.partitions.Platform", partial(Platform, sleep=lambda seconds: None))


@pytest.mark.usefixtures("no_pauses")
def test_the_lines_are_those_of_due(bluedot: Bluedot, done: Path) -> None:
    called = bluedot("partitions", "--due", "--ready")
    assert called.code == 0
    assert set(called.text.splitlines()) == set(bluedot("partitions", "--due").text.splitlines())


def test_a_partition_that_is_named_is_ready_whatever_the_site_has(bluedot: Bluedot, done: Path) -> None:
    assert bluedot("partitions", "--ready", "--partition", DAY).text == f"daily {DAY} {DAY}\n"
    absent = bluedot("partitions", "--ready", "--partition", "2024-08-30", GITHUB_ACTIONS="true")
    assert (absent.code, absent.out) == (2, b"")
    assert "::error title=bluedot::The source has no daily/2024-08-30" in absent.err


@pytest.mark.usefixtures("no_pauses")
def test_a_broken_promise_is_exit_code_1_and_an_annotation(bluedot: Bluedot, done: Path) -> None:
    (done / "drive/triggers/daily_ready.txt").write_text("2024-08-30")
    called = bluedot("partitions", "--ready", "--timeframe", "daily", GITHUB_ACTIONS="true")
    assert called.code == 1
    assert called.text.splitlines() == [f"daily {key} {key}" for key in DAYS[:2]]
    assert "::error title=bluedot::triggers/daily_ready.txt names 2024-08-30" in called.err


@pytest.mark.usefixtures("no_pauses")
def test_a_folder_of_misnamed_files_alone_says_so_in_place_of_being_empty(bluedot: Bluedot, done: Path) -> None:
    misnamed = done / "drive/daily/2024-08-06"
    misnamed.mkdir()
    (misnamed / "AAPL_daily.json.txt").write_text("{}")
    (misnamed / "._AAPL_daily.json").write_text("of macOS")
    (done / "drive/daily/2024_08_07").mkdir()
    called = bluedot("partitions", "--ready", "--timeframe", "daily")
    assert called.code == 0
    assert called.err.splitlines() == [
        "bluedot: warning: daily/2024-08-06 has no stock file, only what is ignored: "
        "daily/2024-08-06/AAPL_daily.json.txt is ignored (its name does not end in _daily.json): "
        "rename it to AAPL_daily.json.",
        "bluedot: warning: daily/2024_08_07 is ignored (not written as a key): rename it to 2024-08-07.",
    ]


def test_what_is_left_out_is_said_as_warnings(bluedot: Bluedot, done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing, empty = done / "drive/daily" / NEXT, done / "drive/daily/2024-08-06"
    growing.mkdir()
    empty.mkdir()
    one = stock_files(done / "drive/daily" / DAY)[0]

    def grow(seconds: float) -> None:
        shutil.copy2(one, growing / f"S{len(list(growing.iterdir()))}_daily.json")

    monkeypatch.setattr("bluedot_assets.commands.partitions.Platform", partial(Platform, sleep=grow))
    called = bluedot("partitions", "--ready", "--timeframe", "daily")
    assert called.code == 0
    assert called.err.splitlines() == [
        f"bluedot: warning: daily/{NEXT} is still being uploaded: run this again when it is whole.",
        "bluedot: warning: daily/2024-08-06 has no files yet.",
    ]
