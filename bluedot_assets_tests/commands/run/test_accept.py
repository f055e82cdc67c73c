"""`bluedot run --accept-incomplete`: one partition, with a reason."""

import json
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.spoiled_files import spoil
from bluedot_assets_tests.examples.trees import DAY


def test_a_person_publishes_an_incomplete_partition_and_the_summary_says_so(
    bluedot: Bluedot, source: Path, folder: Path
) -> None:
    spoil(source / "daily" / DAY)
    called = bluedot("run", "--timeframe", "daily", "--accept-incomplete", "the exchange closed at noon")
    assert called.code == 0
    assert "because a person accepted it: the exchange closed at noon" in " ".join(called.text.split())
    state = json.loads((folder / "data/site/status.json").read_bytes())["timeframes"]["daily"]
    assert state["folders"][DAY]["accepted"]["reason"] == "the exchange closed at noon"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--accept-incomplete", "why"), "is said of one partition"),
        (("--timeframe", "daily", "--partition", "all", "--accept-incomplete", "why"), "is said of one partition"),
        (("--timeframe", "daily", "--accept-incomplete", " "), "the reason stands on the site"),
    ],
)
def test_it_is_said_of_one_partition_and_with_a_reason(
    bluedot: Bluedot, source: Path, words: tuple[str, ...], said: str
) -> None:
    called = bluedot("run", *words)
    assert (called.code, said in called.err) == (2, True)


def test_a_calendar_that_there_is_not_is_named_before_the_work(bluedot: Bluedot, source: Path, folder: Path) -> None:
    called = bluedot("run", BLUEDOT_CALENDARS="XBOM,NOWHERE")
    assert (called.code, "BLUEDOT_CALENDARS names 'NOWHERE'" in called.err) == (2, True)
    assert not (folder / "data" / "raw").exists()
