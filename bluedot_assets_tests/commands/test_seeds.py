"""`bluedot seeds plan`, and what `bluedot run` says of seeds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, STOCKS
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository


@pytest.fixture
def daily(done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A seed repository that the settings of an installation name."""
    with GitServer(tmp_path / "git") as server:
        repository = server.create("seed_u_daily")
        monkeypatch.setenv("BLUEDOT_SEEDS", f"daily={server.url('seed_u_daily')}")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield repository


def test_the_plan_is_printed_and_nothing_pushed(bluedot: Bluedot, daily: Repository) -> None:
    called = bluedot("seeds", "plan")
    assert (called.code, called.err) == (0, "")
    assert called.text == (
        f"daily {DAY} seed_u_daily: push 1 file ({4 * STOCKS} new symbols, 0 CSVs, 0 removed); "
        f"{4 * STOCKS} changes left for later.\n"
    )
    (row,) = json.loads(bluedot("seeds", "plan", "--json", "--timeframe", "daily", "--partition", DAY).out)
    assert (row["repository"], row["next"], row["files"], row["new_symbols"]) == ("seed_u_daily", "push", 1, 4 * STOCKS)
    assert daily.tip("master") is None


@pytest.mark.long
def test_a_run_pushes_and_says_what_waits(bluedot: Bluedot, daily: Repository) -> None:
    called = bluedot("run", "--timeframe", "daily", "--json")
    assert called.code == 0, called.err
    (run,) = json.loads(called.out)["runs"]
    assert len(run["seeds"]) == 1
    assert run["seeds"][0].startswith("seed_u_daily: pushed 1 file in 1 commit; data of 16 new symbols wait until")
    assert run["next_push"]
    assert daily.commits("master") == 1
    called = bluedot("run", "--timeframe", "daily")
    assert (called.code, "seed_u_daily: pushed nothing; data of 16 new symbols wait" in called.text) == (0, True)
    line = bluedot("seeds", "plan").text
    assert f"{DAY} seed_u_daily: nothing to push now; data of 16 new symbols wait until" in line
    assert line.endswith("UTC.\n")
    (row,) = json.loads(bluedot("seeds", "plan", "--json").out)
    assert (row["next"], row["until"][:-4]) == ("wait", run["next_push"][:-4])


def test_a_push_that_is_refused_fails_the_run_and_leaves_the_site_healthy(
    bluedot: Bluedot, daily: Repository, done: Path
) -> None:
    (daily.path / "hooks/pre-receive").write_text("#!/bin/sh\nexit 1\n")
    (daily.path / "hooks/pre-receive").chmod(0o755)
    before = json.loads((done / "site/status.json").read_bytes())
    called = bluedot("run", "--timeframe", "daily", "--json")
    (run,) = json.loads(called.out)["runs"]
    assert (called.code, run["success"], run["failed_stages"]) == (1, False, ["pine_seeds"])
    assert run["error"].startswith("daily/pine_seeds: ")
    after = json.loads((done / "site/status.json").read_bytes())
    assert after["timeframes"]["daily"]["failures"] == before["timeframes"]["daily"]["failures"]
    assert bluedot("github", "summary").code == 0
    assert "published, seeds failed" in bluedot("github", "summary").text


def test_without_a_repository_or_a_stored_partition_the_plan_says_what_is_missing(
    bluedot: Bluedot, daily: Repository
) -> None:
    called = bluedot("seeds", "plan", "--timeframe", "weekly")
    assert (called.code, called.err) == (
        2,
        "bluedot: There is no weekly seed repository: name one with BLUEDOT_SEEDS.\n",
    )
    called = bluedot("seeds", "plan", BLUEDOT_DATA="empty")
    assert (called.code, "No daily partition is stored: `bluedot run" in called.err) == (2, True)
    called = bluedot("seeds", "plan", BLUEDOT_SEEDS="")
    assert (called.code, "There is no seed repository: name one" in called.err) == (2, True)
