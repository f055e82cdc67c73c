"""The series BLUE_DOTS_KNOWN in real runs: it follows the history, and costs nothing where nobody wants it."""

import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from bluedot_assets.adapters.history.in_store import StoredSnapshot
from bluedot_assets.kernel.history.published import LEDGER
from bluedot_assets.kernel.history.ranges import Stocks
from bluedot_assets.kernel.history.update import File
from bluedot_assets.pipeline.stages.history import rewriting
from bluedot_assets_tests.examples.trees import DAY, DAYS, STOCKS, Installation, failure, hashes

SERIES = "BLUE_DOTS,BLUE_DOTS_KNOWN"
ASSET = "blue_dots_known"


@pytest.fixture
def three_days(sample_tree: Path, tmp_path: Path) -> Installation:
    shutil.copytree(sample_tree, tmp_path / "here" / "drive")
    made = Installation(tmp_path / "here", {"BLUEDOT_INDICATORS": SERIES})
    for day in DAYS:
        assert made.run("daily", day).success
    return made


def dotted(installation: Installation, folder: str) -> dict[str, set[str]]:
    """The days with a 1, by stock."""
    found = {}
    for path in sorted((installation.site / "daily" / folder).glob("*_BLUE_DOTS_KNOWN.csv")):
        rows = [line.split(",") for line in path.read_text().splitlines()]
        found[path.name.removesuffix("_BLUE_DOTS_KNOWN.csv")] = {row[0] for row in rows if row[1] == "1"}
    return found


def test_a_one_is_on_the_session_after_the_evening_on_which_a_dot_was_known(three_days: Installation) -> None:
    ledger = rewriting(three_days.platform.history.snapshot("daily")).book(Stocks()).file(File(LEDGER))
    known = ledger.filter(pl.col("origin") != "hindsight").select("symbol", pl.col("known").dt.date())
    following = dict(pairwise(DAYS))
    made = dotted(three_days, DAY)
    expected: dict[str, set[str]] = {symbol: set() for symbol in made}
    for symbol, day in known.iter_rows():
        if session := following.get(f"{day}"):
            expected[symbol].add(f"{session.replace('-', '')}T")
    assert made == expected
    assert len(made) == STOCKS
    assert any(made.values())
    assert dotted(three_days, DAYS[0]) == {symbol: set() for symbol in made}


@pytest.mark.long
def test_what_came_later_leaves_an_earlier_partition_as_it_is_and_a_second_run_does_nothing(
    three_days: Installation,
) -> None:
    stored = hashes(three_days.data / "series")
    for day in DAYS:
        three_days.clock.now += timedelta(days=1)
        assert three_days.run("daily", day).success
    assert hashes(three_days.data / "series") == stored


@pytest.mark.long
def test_a_partition_is_made_again_where_the_history_knows_something_else(three_days: Installation) -> None:
    before = dotted(three_days, DAY)
    shutil.rmtree(three_days.data / "history")
    for day in DAYS[:2]:
        three_days.platform.outputs.partition("daily", day).drop()
    assert three_days.run("daily", DAY).success
    after = dotted(three_days, DAY)
    assert any(before.values())
    # What is then of the first answer is hindsight, but for what was known before the next open.
    assert not any(after.values())


@pytest.mark.long
def test_only_where_it_is_made_the_series_wait_for_the_history(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parents(series: str) -> set[str]:
        graph = installation.definitions.resolve_asset_graph()
        (key,) = (one for one in graph.get_all_asset_keys() if one.path == ["daily", series])
        return {parent.path[-1] for parent in graph.get(key).parent_keys}

    assert parents("blue_dots") == {"bars"}
    monkeypatch.setattr(StoredSnapshot, "read", None)  # who reads the history fails
    assert installation.run("daily", DAY, "raw_json", "bars", "blue_dots", "price_data").success
    monkeypatch.undo()
    installation.set(BLUEDOT_INDICATORS=SERIES)
    assert parents("blue_dots") == {"bars"}
    assert parents(ASSET) == {"bars", "history"}


def test_without_a_history_a_sentence_names_what_is_missing(installation: Installation) -> None:
    installation.set(BLUEDOT_INDICATORS=SERIES)
    result = installation.run("daily", DAY, "raw_json", "bars", ASSET)
    assert failure(result) == "There is no daily history yet: materialize daily/history first."
