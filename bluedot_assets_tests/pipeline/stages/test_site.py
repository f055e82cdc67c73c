"""`site` materialized alone never publishes what failed a rule in an earlier run, nor what is older than its input."""

import pytest

from bluedot_assets.kernel.series.tradingview_rows import Violation
from bluedot_assets_tests.examples.spoiled_files import changed_files, revise, spoil
from bluedot_assets_tests.examples.trees import (
    DAY,
    DAYS,
    STAGES,
    Installation,
    failure,
    hashes,
    materialized,
    stock_files,
)

EARLIER = DAYS[1]


def reject_rlst(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every RLST_RATING CSV breaks a rule from now on."""

    def violations(files: dict[str, bytes], _: object) -> list[Violation]:
        return [Violation(name, 1, "forced") for name in files if name.endswith("_RLST_RATING.csv")]

    monkeypatch.setattr("bluedot_assets.adapters.workers.shard_tasks.violations", violations)


def site_alone_changes(installation: Installation, key: str = DAY) -> tuple[str, set[str]]:
    """What `site` alone says when it fails, and which published files but the status it changed."""
    before = hashes(installation.site)
    said = failure(installation.run("daily", key, "site"))
    return said, changed_files(before, hashes(installation.site)) - {"status.json"}


def test_bars_that_failed_are_not_published(running: Installation) -> None:
    spoil(running.source / "daily" / DAY)
    assert not running.run().success
    said, changed = site_alone_changes(running)
    assert "daily/bars of 2024-08-02 was made from another daily/raw_json than is stored now" in said
    assert changed == set()


def test_bars_that_failed_on_a_first_run_are_not_published(running: Installation) -> None:
    spoil(running.source / "daily" / EARLIER)
    assert not running.run("daily", EARLIER).success
    said, changed = site_alone_changes(running, EARLIER)
    assert "no verified output of daily/bars of 2024-08-01" in said
    assert changed == set()


def test_a_series_that_failed_is_not_published_nor_are_its_siblings(
    running: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    reject_rlst(monkeypatch)
    result = running.run("daily", EARLIER)
    assert not result.success
    assert "first: " in failure(result)
    assert "forced" in failure(result)
    assert not list((running.data / "series/daily" / EARLIER).glob("rlst_rating-*"))
    said, changed = site_alone_changes(running, EARLIER)
    assert "no verified output of daily/rlst_rating" in said
    assert changed == set()


def test_a_series_that_failed_on_new_bars_is_not_published_in_its_old_form(
    running: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    revise(running)
    reject_rlst(monkeypatch)
    result = running.run()
    assert not result.success
    assert "RLST_RATING.csv, line 1: forced" in failure(result)
    assert {"price_data", "bc_indicator", "blue_dots"} <= set(
        materialized(result)
    )  # one that is refused stops no other
    assert "rlst_rating" not in materialized(result)
    said, changed = site_alone_changes(running)
    assert "materialize daily/rlst_rating again" in said
    assert changed == set()


def test_a_series_that_a_newer_rule_refuses_is_not_published(
    running: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running.run("daily", EARLIER, *STAGES[:-1]).success
    reject_rlst(monkeypatch)
    monkeypatch.setattr("bluedot_assets.pipeline.stages.unchanged.code_version", lambda: "newer")
    assert not running.run("daily", EARLIER, "rlst_rating").success
    said, changed = site_alone_changes(running, EARLIER)
    assert "no verified output of daily/rlst_rating" in said
    assert changed == set()


@pytest.mark.parametrize("stage", ["raw_json", "bars"])
def test_what_a_stricter_setting_refuses_is_not_published(running: Installation, stage: str) -> None:
    spoil(running.source / "daily" / EARLIER, files=1)
    if stage == "raw_json":
        stock_files(running.source / "daily" / EARLIER)[0].write_bytes(b"")
        stock_files(running.source / "daily" / EARLIER)[0].unlink()
        (running.source / "triggers" / "daily_ready.txt").write_text(f"{EARLIER}\nexpected=4\n")
    running.set(BLUEDOT_MIN_COMPLETE=70)
    assert running.run("daily", EARLIER, *STAGES[:-1]).success
    running.set(BLUEDOT_MIN_COMPLETE=95)
    assert not running.run("daily", EARLIER, stage).success
    said, changed = site_alone_changes(running, EARLIER)
    assert f"no verified output of daily/{stage}" in said
    assert changed == set()


@pytest.mark.parametrize(("again", "outdated"), [(["raw_json"], "bars"), (["raw_json", "bars"], "price_data")])
def test_what_is_older_than_its_input_is_not_published(running: Installation, again: list[str], outdated: str) -> None:
    revise(running)
    assert running.run("daily", DAY, *again).success
    said, changed = site_alone_changes(running)
    assert f"materialize daily/{outdated} again" in said
    assert changed == set()


def test_a_damaged_csv_is_not_published(running: Installation) -> None:
    assert running.run("daily", EARLIER, *STAGES[:-1]).success
    (stored, *_) = sorted((running.data / "series/daily" / EARLIER).glob("price_data-*"))
    stored.write_bytes(stored.read_bytes().replace(b"T,", b"T,1", 1))
    said, changed = site_alone_changes(running, EARLIER)
    assert f"series/daily/{EARLIER}/{stored.name} differs from what was stored" in said
    assert "materialize its partition again" in said
    assert changed == set()


def test_what_passed_is_published_by_site_alone(running: Installation) -> None:
    assert running.run("daily", EARLIER, *STAGES[:-1]).success
    assert running.run("daily", EARLIER, "site").success
    assert running.index(f"daily/{EARLIER}")["counts"]["stocks"] == 4
