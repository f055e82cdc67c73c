"""Scheduled runs, of which nobody said that their folder is whole: two listings must agree."""

import shutil
from collections.abc import Callable
from pathlib import Path

from bluedot_assets_tests.trees import DAY, STOCKS, Installation, materialized, stock_files

SCHEDULED = {"bluedot/settle": "true"}


def upload_during_pauses(installation: Installation, *uploads: Callable[[], object]) -> list[float]:
    """Each pause of the run lets one upload happen; returns the pauses, in seconds."""
    waiting, pauses = list(uploads), []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if waiting:
            waiting.pop(0)()

    installation.platform.sleep = sleep
    return pauses


def hold_back(installation: Installation, files: int) -> list[Callable[[], object]]:
    """Take files out of the folder; each call of the result uploads one of them. The trigger announces nothing."""
    (installation.source / "triggers" / "daily_ready.txt").unlink()
    aside = installation.root / "aside"
    aside.mkdir()
    moved = [Path(shutil.move(path, aside)) for path in stock_files(installation.source / "daily" / DAY)[:files]]
    folder = installation.source / "daily" / DAY
    return [lambda path=path: shutil.move(path, folder) for path in moved]  # type: ignore[misc]


def test_a_folder_that_stays_the_same_is_run_after_one_interval(installation: Installation) -> None:
    hold_back(installation, 0)
    pauses = upload_during_pauses(installation)
    assert "site" in materialized(installation.run(tags=SCHEDULED))
    assert pauses == [30]


def test_a_file_that_comes_between_the_listings_is_waited_for_and_taken(installation: Installation) -> None:
    pauses = upload_during_pauses(installation, *hold_back(installation, 1))
    assert installation.run(tags=SCHEDULED).success
    assert pauses == [30, 30]
    assert len(installation.index(f"daily/{DAY}")["stocks"]) == STOCKS


def test_a_folder_that_keeps_growing_is_skipped_and_is_no_failure(installation: Installation) -> None:
    upload_during_pauses(installation, *hold_back(installation, 3))
    result = installation.run(tags=SCHEDULED)
    assert result.success
    assert materialized(result) == []
    assert not (installation.site / "status.json").exists()


def test_announced_files_that_are_all_there_need_no_waiting(installation: Installation) -> None:
    (installation.source / "triggers" / "daily_ready.txt").write_text(f"{DAY}\nexpected={STOCKS}\n")
    pauses = upload_during_pauses(installation)
    assert installation.run(tags=SCHEDULED).success
    assert pauses == []


def test_a_run_that_a_person_asks_for_does_not_wait(installation: Installation) -> None:
    pauses = upload_during_pauses(installation)
    assert installation.run().success
    assert pauses == []
