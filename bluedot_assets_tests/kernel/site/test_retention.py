"""Which dated folders stay: by number, by bytes as a published site counts them, and what is never dropped."""

import pytest

from bluedot_assets.kernel.errors import PublishRefused
from bluedot_assets.kernel.site.retention import MEGABYTE, DatedFolders, DroppedFolders, dropped_folders

DAYS = ["2024-07-30", "2024-07-31", "2024-08-01", "2024-08-02"]


def days(size: int = 10, latest: str | None = DAYS[-1], beside: int = 0) -> DatedFolders:
    return DatedFolders(dict.fromkeys(DAYS, size), latest, beside)


def daily(dropped: DroppedFolders) -> list[str]:
    return dropped.of("daily")


def test_nothing_is_dropped_while_all_fits() -> None:
    assert daily(dropped_folders({"daily": days()}, {"daily": 4}, budget=50, pages=0)) == []


def test_the_oldest_beyond_the_number_go() -> None:
    dropped = dropped_folders({"daily": days()}, {"daily": 2}, budget=1000, pages=0)
    assert dropped.beyond_keep == {"daily": DAYS[:2]}
    assert daily(dropped) == DAYS[:2]


@pytest.mark.parametrize(
    ("budget", "kept"),
    [(50, 4), (49, 3), (40, 3), (39, 2), (20, 1)],
)
def test_latest_counts_as_a_folder_of_its_own(budget: int, kept: int) -> None:
    dropped = dropped_folders({"daily": days()}, {"daily": 10}, budget, pages=0)
    assert dropped.beyond_budget == {"daily": DAYS[: 4 - kept]}


def test_pages_and_files_beside_the_folders_count_too() -> None:
    held = {"daily": days(beside=5)}
    assert daily(dropped_folders(held, {"daily": 10}, budget=57, pages=2)) == []
    assert daily(dropped_folders(held, {"daily": 10}, budget=56, pages=2)) == DAYS[:1]


def test_the_folder_that_latest_shows_and_the_newest_are_never_dropped() -> None:
    held = {"daily": days(latest=DAYS[0])}
    assert daily(dropped_folders(held, {"daily": 1}, budget=30, pages=0)) == DAYS[1:3]
    with pytest.raises(PublishRefused):
        dropped_folders(held, {"daily": 1}, budget=29, pages=0)


def test_the_timeframe_with_the_oldest_folder_gives_way_first() -> None:
    weeks = DatedFolders({"2024-W29": 10, "2024-W31": 10}, "2024-W31")
    held = {"daily": days(), "weekly": weeks}
    # 2024-W29 ended on 21 July, before the oldest day.
    dropped = dropped_folders(held, {"daily": 10}, budget=70, pages=0)
    assert dropped.beyond_budget == {"daily": [], "weekly": ["2024-W29"]}
    assert dropped_folders(held, {"daily": 10}, budget=60, pages=0).of("daily") == DAYS[:1]


def test_a_timeframe_without_a_number_loses_nothing_by_number() -> None:
    weeks = DatedFolders({f"2024-W{number}": 1 for number in range(10, 31)}, "2024-W30")
    assert dropped_folders({"weekly": weeks}, {"daily": 1}, budget=1000, pages=0).of("weekly") == []


def test_what_must_stay_and_has_no_room_is_an_error_that_names_sizes_and_the_remedy() -> None:
    held = {
        "daily": DatedFolders({"2024-08-02": 400 * MEGABYTE}, "2024-08-02"),
        "weekly": DatedFolders({"2024-W31": 80 * MEGABYTE}, "2024-W31"),
    }
    with pytest.raises(
        PublishRefused,
        match=r"would have 960\.0 MB .*daily/2024-08-02 400\.0 MB and again as latest, weekly/2024-W31 80\.0 MB.*"
        r"BLUEDOT_SITE_BUDGET_MB allows \(900\): give the weekly timeframe a repository of its own with "
        r"BLUEDOT_SITE_WEEKLY.*Nothing was published",
    ):
        dropped_folders(held, {}, budget=900 * MEGABYTE, pages=0)


def test_an_empty_timeframe_needs_no_room() -> None:
    assert dropped_folders({"daily": DatedFolders({}, None)}, {"daily": 1}, budget=0, pages=0).of("daily") == []
