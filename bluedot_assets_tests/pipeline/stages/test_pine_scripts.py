"""The stage `pine_scripts`: what a run publishes of it, and that it is whole, current and rolled back with the rest."""

import json
from pathlib import Path

import pytest

from bluedot_assets.kernel.tradingview.pine.rules import breaches
from bluedot_assets_tests.examples.trees import DAY, STOCKS, Installation, failure, hashes
from bluedot_assets_tests.servers.git import TOKEN, GitServer

HERE = {"scripts.json", "bluedot_dots.txt", "bluedot_embedded_1.pine", "bluedot_paste.pine"}
SEEDED = {"bluedot_indicator.pine", "bluedot_strategy.pine"}


def test_a_run_publishes_the_scripts_under_pine(published: Installation) -> None:
    folder = published.site / "pine" / "scripts"
    assert {path.name for path in folder.iterdir()} == HERE | SEEDED
    assert hashes(folder) == hashes(published.site / "daily" / "latest" / "scripts")
    catalog = json.loads((folder / "scripts.json").read_bytes())
    assert (catalog["as_of"], catalog["sample"], catalog["stocks"]) == (DAY, True, STOCKS)
    for path in folder.glob("*.pine"):
        assert breaches(path.read_text()) == []
    assert "SAMPLE" in (folder / "bluedot_embedded_1.pine").read_text()


def test_the_settings_choose_stocks_and_how_far_back(running: Installation) -> None:
    symbols = sorted(stock["symbol"] for stock in running.index("daily/latest")["stocks"])
    names = running.root / "mine.txt"
    names.write_text(f"###Mine,NSE:{symbols[1]}\n")
    running.set(BLUEDOT_PINE_STOCKS=f"{symbols[0]},@{names},NOSUCH", BLUEDOT_PINE_DOTS=3)
    assert running.run().success
    (verdict,) = [one for one in running.manifest("pine_scripts").verdicts if one.rule == "pine_stocks"]  # type: ignore[union-attr]
    assert not verdict.passed
    assert "first NOSUCH" in verdict.message
    catalog = json.loads((running.site / "pine/scripts/scripts.json").read_bytes())
    assert (catalog["stocks"], catalog["newest"]) == (2, 3)
    script = (running.site / "pine/scripts/bluedot_embedded_1.pine").read_text()
    assert [f"|{symbol}:" in script for symbol in symbols] == [True, True, False, False]


def test_a_file_of_names_that_is_not_there_is_an_error_with_its_setting(running: Installation) -> None:
    running.set(BLUEDOT_PINE_STOCKS="@gone.txt")
    said = failure(running.run())
    assert "BLUEDOT_PINE_STOCKS names the file gone.txt" in said


def test_a_script_that_breaks_a_rule_is_neither_stored_nor_published(
    running: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hashes(running.site / "pine")
    monkeypatch.setattr("bluedot_assets.kernel.tradingview.pine.rules.MAX_TOKENS", 100)
    running.set(BLUEDOT_PINE_DOTS=3)
    said = failure(running.run())
    assert "tokens (estimated): at most 100" in said
    assert hashes(running.site / "pine") == before


def test_scripts_made_of_other_bars_are_not_published(running: Installation) -> None:
    path = next((running.source / "daily" / DAY).glob("*.json"))
    path.write_bytes(path.read_bytes().replace(b'"name": "', b'"name": "Renamed '))
    assert running.run(
        "daily", DAY, "raw_json", "bars", "price_data", "rlst_rating", "bc_indicator", "blue_dots"
    ).success
    assert running.run("daily", DAY, "watchlists").success
    assert "materialize daily/pine_scripts again" in failure(running.run("daily", DAY, "site"))


def test_the_seed_scripts_name_the_repositories_and_their_ranges(running: Installation, tmp_path: Path) -> None:
    with GitServer(tmp_path / "git", private=True) as server:
        for name in ("seed_u_d1", "seed_u_d2", "seed_u_w"):
            server.create(name)
        seeds = f"daily={server.url('seed_u_d1')},daily={server.url('seed_u_d2')},weekly={server.url('seed_u_w')}"
        running.set(BLUEDOT_SEEDS=seeds, GITHUB_TOKEN=TOKEN, BLUEDOT_SEED_LAYOUT="packed")
        assert running.run("daily", DAY, "pine_scripts", "site").success
    script = (running.site / "pine/scripts/bluedot_indicator.pine").read_text()
    symbols = sorted(stock["symbol"] for stock in running.index("daily/latest")["stocks"])
    assert "// Made by bluedot_assets for: seed_u_d1, seed_u_d2, seed_u_w." in script
    assert f'if not comesBefore(name, "{symbols[2]}")' in script
    assert 'input.string("packed", "Layout"' in script
    assert TOKEN not in script


def test_seed_repositories_that_do_not_answer_cost_their_scripts_and_not_the_site(running: Installation) -> None:
    gone = ",".join(f"daily=http://127.0.0.1:9/seed_u_{name}.git" for name in ("a", "b"))
    running.set(BLUEDOT_SEEDS=gone, BLUEDOT_PINE_DOTS=3)
    assert running.run("daily", DAY, "pine_scripts", "site").success
    (verdict,) = [one for one in running.manifest("pine_scripts").verdicts if one.rule == "pine_seeds_known"]  # type: ignore[union-attr]
    assert not verdict.passed
    assert "left out this time" in verdict.message
    assert {path.name for path in (running.site / "pine/scripts").iterdir()} == HERE
