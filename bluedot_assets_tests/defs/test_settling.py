"""Schedules do not start a folder that is still being uploaded: two listings, an interval apart, must agree."""

import shutil
from collections.abc import Callable
from pathlib import Path

from bluedot_assets_tests.examples.ticks import requested, schedule_tick
from bluedot_assets_tests.examples.trees import DAY, DAYS, Installation, stock_files


def upload_during_pauses(installation: Installation, *uploads: Callable[[], object]) -> list[float]:
    """Each pause of the tick lets one upload happen; returns the pauses, in seconds."""
    waiting, pauses = list(uploads), []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if waiting:
            waiting.pop(0)()

    installation.platform.sleep = sleep
    return pauses


def held_back(installation: Installation, key: str) -> Callable[[], object]:
    """Take a file out of the folder; the result uploads it."""
    folder = installation.source / "daily" / key
    aside = installation.root / f"aside-{key}"
    aside.mkdir()
    moved = Path(shutil.move(stock_files(folder)[0], aside))
    return lambda: shutil.move(moved, folder)


def test_folders_that_stay_the_same_are_requested_after_one_interval(installation: Installation) -> None:
    pauses = upload_during_pauses(installation)
    assert requested(schedule_tick(installation)) == list(DAYS)
    assert pauses == [30]


def test_a_folder_that_grows_in_between_is_left_out_and_the_others_are_requested(installation: Installation) -> None:
    upload_during_pauses(installation, held_back(installation, DAY))
    assert requested(schedule_tick(installation)) == list(DAYS[:2])


def test_when_all_that_is_due_still_grows_the_skip_reason_says_so(running: Installation) -> None:
    shutil.rmtree(running.source / "daily" / DAYS[0])
    upload_during_pauses(running, held_back(running, DAYS[1]))
    data = schedule_tick(running)
    assert requested(data) == []
    assert data.skip_message == f"Still being uploaded: {DAYS[1]}. The sensor takes what has settled."


def test_a_run_that_a_person_asks_for_does_not_wait(installation: Installation) -> None:
    pauses = upload_during_pauses(installation)
    assert installation.run("daily", DAY).success
    assert pauses == []
