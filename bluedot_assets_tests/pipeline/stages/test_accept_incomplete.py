"""A person publishes an incomplete partition: by a tag of the run, as the UI and `bluedot run` give it."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.kernel.site.accepted_incomplete import TAG
from bluedot_assets_tests.examples.spoiled_files import spoil
from bluedot_assets_tests.examples.trees import DAY, DAYS, Installation, failure, hashes, stock_files

REASON = "The vendor's server is down until Monday"


@pytest.fixture(scope="module")
def accepted_once(sample_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """One whose newest daily partition has two of four stocks, published by hand; to be read only."""
    root = tmp_path_factory.mktemp("accepted") / "here"
    shutil.copytree(sample_tree, root / "drive", symlinks=True)
    made = Installation(root)
    spoil(made.source / "daily" / DAY)
    assert not made.run().success
    assert made.run(tags={TAG: REASON}).success
    return made


@pytest.fixture
def accepted(accepted_once: Installation, tmp_path: Path) -> Installation:
    """Its copy, which a test may change and run."""
    return accepted_once.copy(tmp_path / "here")


def daily(installation: Installation) -> Any:
    return installation.status()["timeframes"]["daily"]


@pytest.fixture
def incomplete(installation: Installation) -> Installation:
    """Two of four stocks of the newest daily partition came."""
    spoil(installation.source / "daily" / DAY)
    return installation


def test_the_launchpad_takes_the_reason_as_the_tag_does(incomplete: Installation) -> None:
    assert incomplete.run(config={"accept_incomplete": f" {REASON} "}).success
    assert daily(incomplete)["folders"][DAY]["accepted"]["reason"] == REASON


def test_an_empty_field_of_the_launchpad_accepts_nothing(incomplete: Installation) -> None:
    assert "BLUEDOT_MIN_COMPLETE" in failure(incomplete.run(config={"accept_incomplete": ""}))


def test_the_same_reason_twice_is_one_and_two_are_refused(incomplete: Installation) -> None:
    both = {"accept_incomplete": REASON}
    refused = failure(incomplete.run(tags={TAG: "Another"}, config=both))
    assert "two reasons, in its tag bluedot/accept_incomplete and its config accept_incomplete" in refused
    assert incomplete.run(tags={TAG: REASON}, config=both).success


def test_a_novel_in_the_launchpad_is_refused_by_its_name(incomplete: Installation) -> None:
    refused = failure(incomplete.run(config={"accept_incomplete": "x" * 501}))
    assert refused.startswith("The run's config accept_incomplete: Say in up to 500 characters")


def test_it_is_published_with_the_reason_and_the_missing_names(accepted: Installation) -> None:
    state = daily(accepted)
    folder = state["folders"][DAY]["accepted"]
    assert (folder["reason"], folder["expected"], folder["unnamed"]) == (REASON, 4, 0)
    assert folder["missing"] == [path.name for path in stock_files(accepted.source / "daily" / DAY)[:2]]
    assert (state["complete"], state["stocks"], state["failures"]) == (False, 2, {})
    assert (state["runs"][0]["outcome"], REASON in state["runs"][0]["reason"]) == ("incomplete", True)
    (check,) = [one for one in state["checks"] if one["check"] == "daily/bars accepted"]
    assert (check["passed"], check["severity"], REASON in check["message"]) == (False, "warning", True)


def test_running_it_again_needs_no_second_word_and_changes_no_byte(accepted: Installation) -> None:
    before = hashes(accepted.root / "data")
    assert accepted.run().success
    assert hashes(accepted.root / "data") == before


def test_another_listing_is_judged_anew_and_the_site_stays(accepted: Installation) -> None:
    spoil(accepted.source / "daily" / DAY, files=3)
    assert "BLUEDOT_MIN_COMPLETE" in failure(accepted.run())
    state = daily(accepted)
    assert (state["as_of"], state["stocks"], state["folders"][DAY]["accepted"]["reason"]) == (DAY, 2, REASON)


def test_a_complete_publish_lifts_it(accepted: Installation, sample_tree: Path) -> None:
    shutil.copytree(sample_tree / "daily" / DAY, accepted.source / "daily" / DAY, dirs_exist_ok=True)
    assert accepted.run().success
    state = daily(accepted)
    assert (state["complete"], state["stocks"], state["folders"][DAY]["accepted"]) == (True, 4, None)


def test_files_that_never_came_are_named_by_the_partition_before(installation: Installation) -> None:
    assert installation.run("daily", DAYS[-2]).success
    gone = stock_files(installation.source / "daily" / DAY)[0]
    gone.unlink()
    assert installation.run(tags={TAG: REASON}).success
    folder = daily(installation)["folders"][DAY]["accepted"]
    assert folder["missing"] == [gone.name.removesuffix("_daily.json")]


def test_no_other_blocking_rule_is_lifted(installation: Installation) -> None:
    for path in stock_files(installation.source / "daily" / DAY):
        path.write_bytes(re.sub(rb'"volume": (\d)', rb'"volume": -\1', path.read_bytes()))  # all of it is taken as null
    said = failure(installation.run(tags={TAG: REASON}))
    assert "Has the vendor's format changed?" in said


def test_without_a_single_stock_nothing_is_accepted(installation: Installation) -> None:
    spoil(installation.source / "daily" / DAY, files=4)
    assert not installation.run(tags={TAG: REASON}).success


def test_a_tag_without_a_reason_is_refused(installation: Installation) -> None:
    assert "the reason stands on the site" in failure(installation.run(tags={TAG: " "}))
