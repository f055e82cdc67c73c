"""An installation goes on under this version where the version before left it: nothing published is lost, no message
is sent twice."""

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from bluedot_assets.adapters.storage.layout import FORMAT
from bluedot_assets.kernel.stored.manifest import VERSION
from bluedot_assets_tests.compatibility.conftest import BEFORE_TRUST
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import Installation, hashes, write_tree
from bluedot_assets_tests.servers.webhooks import SLACK, Webhooks

pytestmark = pytest.mark.parametrize("archive", [BEFORE_TRUST], ids=str)
OLD, INCOMPLETE, DAY = "2026-11-23", "2026-11-24", BEFORE_TRUST.day
NEXT = BEFORE_TRUST.failed_day
RUN_NEXT = ("run", "--timeframe", "daily", "--partition", NEXT, "--quiet")


@pytest.fixture
def mended(earlier: Installation) -> Installation:
    """The source has the day that failed as it should be."""
    whole = write_tree(earlier.root / "whole", stocks=3, days=4, weeks=1, end=date.fromisoformat(NEXT))
    shutil.copytree(whole / "daily" / NEXT, earlier.source / "daily" / NEXT, dirs_exist_ok=True)
    return earlier


def dated(site: Path, *keys: str) -> dict[str, str]:
    return {name: sha for name, sha in hashes(site).items() if name.startswith(tuple(f"daily/{key}/" for key in keys))}


def test_the_next_day_is_published_beside_the_old_ones_and_taken_back(bluedot: Bluedot, mended: Installation) -> None:
    before = dated(mended.site, OLD, INCOMPLETE, DAY)
    assert bluedot(*RUN_NEXT).text.startswith(f"published daily {NEXT}")
    state = mended.status()["timeframes"]["daily"]
    assert sorted(state["folders"]) == [OLD, INCOMPLETE, DAY, NEXT]
    assert (state["as_of"], state["rolled_back"], state["failures"]) == (NEXT, None, {})
    assert state["folders"][INCOMPLETE]["accepted"]["reason"] == "one file is known to be cut"
    assert json.loads((mended.data / FORMAT).read_bytes()) == {"schema_version": VERSION}
    assert bluedot("rollback", "daily", OLD).code == 0
    assert mended.status()["timeframes"]["daily"]["as_of"] == OLD
    assert mended.index("daily/latest") == mended.index(f"daily/{OLD}")
    assert dated(mended.site, OLD, INCOMPLETE, DAY) == before


def test_its_rollback_stays_in_force_until_something_newer(bluedot: Bluedot, earlier: Installation) -> None:
    before = hashes(earlier.site / "daily" / "latest")
    assert bluedot("run", "--timeframe", "daily", "--partition", OLD, "--quiet").code == 0
    state = earlier.status()["timeframes"]["daily"]
    assert (state["as_of"], state["rolled_back"]["withdrawn"]) == (OLD, DAY)
    series = {name: sha for name, sha in before.items() if name.endswith(".csv") and "tickers" not in name}
    assert series.items() <= hashes(earlier.site / "daily" / "latest").items()


def test_people_are_notified_of_what_is_new_alone(bluedot: Bluedot, mended: Installation, webhooks: Webhooks) -> None:
    before = set(json.loads((mended.site / "notices.json").read_bytes())["incidents"])
    assert {f"failed:daily:{NEXT}", f"rolled_back:daily:{OLD}:{DAY}"} <= before
    bluedot("notify", NOTIFICATION_WEBHOOK=SLACK)
    titles = [one.title for one in webhooks.received]
    assert not [one for one in titles if NEXT in one and "fail" in one.lower()]
    assert not [one for one in titles if DAY in one]  # its digest, and that it was withdrawn
    assert before <= set(json.loads((mended.site / "notices.json").read_bytes())["incidents"])
    webhooks.received.clear()
    assert bluedot(*RUN_NEXT).code == 0
    assert len([one for one in webhooks.received if NEXT in one.title]) >= 1
    assert not {f"failed:daily:{NEXT}"} & set(json.loads((mended.site / "notices.json").read_bytes())["incidents"])
    webhooks.received.clear()
    bluedot("notify", NOTIFICATION_WEBHOOK=SLACK)
    assert webhooks.received == []


def test_a_branch_goes_on_with_its_folders(bluedot: Bluedot, mended: Installation) -> None:
    bare = mended.root / "site.git"

    def tree(key: str) -> str:
        command = ["git", "ls-tree", "-r", "gh-pages", f"daily/{key}/"]
        return subprocess.run(command, cwd=bare, capture_output=True, text=True, check=True).stdout

    before = {key: tree(key) for key in (OLD, INCOMPLETE, DAY)}
    assert all(before.values())
    assert bluedot(*RUN_NEXT, BLUEDOT_SITE=f"file://{bare}").text.startswith(f"published daily {NEXT}")
    assert {key: tree(key) for key in before} == before
    assert tree(NEXT)


def test_every_command_works_on_it(bluedot: Bluedot, earlier: Installation) -> None:
    commands = {"partitions": 0, "github summary": 0, "prune --dry-run": 0, "prune": 0}
    assert {words: bluedot(*words.split()).code for words in commands} == commands
    assert bluedot("check", f"drive/daily/{DAY}").code == 0
    assert "status" not in bluedot("doctor").err.lower()


def test_dagster_knows_its_runs_and_housekeeping_works(earlier: Installation) -> None:
    before = hashes(earlier.data)
    with dg.DagsterInstance.from_config(str(earlier.root / "dagster")) as instance:
        runs = instance.get_runs()
        assert {run.tags["dagster/partition"] for run in runs} >= {OLD, INCOMPLETE, DAY, NEXT}
        assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}
        job = earlier.definitions.resolve_job_def("housekeeping")
        assert job.execute_in_process(instance=instance, raise_on_error=False).success
        assert {run.run_id for run in runs} <= {run.run_id for run in instance.get_runs()}
    assert before.items() <= hashes(earlier.data).items()
