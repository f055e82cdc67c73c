"""`bluedot history`: what a person sees of it, finds wrong with it, and does about that."""

import json
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import Installation


@pytest.fixture
def here(running: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """What the command's settings name is what has run."""
    for name in ("source", "data", "site"):
        monkeypatch.setenv(f"BLUEDOT_{name.upper()}", str(getattr(running, name)))
    return running


def listed(here: Installation) -> dict[str, tuple[Path, str]]:
    """Path and digest of each file by name."""
    listed = here.platform.history.snapshot("daily").listed.files
    return {name: (here.data / "history/daily" / one.path, one.sha256) for name, one in listed.items()}


def test_status_says_what_there_is_and_where(bluedot: Bluedot, here: Installation) -> None:
    called = bluedot("history", "status")
    assert called.code == 0
    assert called.text.startswith("daily: 4 stocks, ")
    assert str(here.data) in called.text
    daily, weekly = json.loads(bluedot("history", "status", "--json").text)
    assert (daily["timeframe"], daily["stocks"], daily["answers"], daily["last_session"]) == (
        "daily",
        4,
        4,
        "2024-08-02",
    )
    assert weekly["bars"] > 100


def test_before_the_first_run_it_says_what_begins_it(bluedot: Bluedot, folder: Path) -> None:
    assert bluedot("history", "status").text.startswith("daily: nothing yet in ")
    assert bluedot("history", "verify").code == 0


def test_a_damaged_file_is_named_and_rebuilt_of_what_is_stored(bluedot: Bluedot, here: Installation) -> None:
    assert bluedot("history", "verify").code == 0
    before = {name: sha for name, (_, sha) in listed(here).items()}
    listed(here)["state/versions-2024.parquet"][0].write_bytes(b"nothing")
    called = bluedot("history", "verify")
    assert called.code == 1
    assert "versions-2024" in called.err
    assert "history rebuild`" in called.err
    called = bluedot("history", "rebuild")
    assert called.code == 0
    assert "made state/versions-2024.parquet anew, which was damaged" in called.text
    assert bluedot("history", "verify").code == 0
    assert {name: sha for name, (_, sha) in listed(here).items()} == before


def test_published_tables_that_do_not_follow_from_the_state_are_found(bluedot: Bluedot, here: Installation) -> None:
    place = here.platform.history
    before = {name: sha for name, (_, sha) in listed(here).items()}
    place.change("daily", lambda _: {"bars-2023.parquet": None})
    called = bluedot("history", "verify")
    assert (called.code, "bars-2023.parquet does not follow from the state" in called.err) == (1, True)
    bluedot("history", "rebuild", "--timeframe", "daily")
    assert {name: sha for name, (_, sha) in listed(here).items()} == before


def test_a_stored_partition_that_was_never_merged_is_found(bluedot: Bluedot, here: Installation) -> None:
    names = list(listed(here))
    here.platform.history.change("daily", lambda _: dict.fromkeys(names))
    called = bluedot("history", "verify", "--timeframe", "daily")
    assert (called.code, "daily/2024-08-02 is stored and not in the history" in called.err) == (1, True)
