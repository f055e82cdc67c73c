"""The workflows at work: their steps, run in a clean clone against a Drive and a git server of this machine, from the
first run of a new repository to a failed one.

One test for each timeframe, for each needs an environment that `make` installs: what one run leaves is what the next
one finds, as on GitHub."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.settings import REPOSITORY
from bluedot_assets_tests.actions.github_api import github_api
from bluedot_assets_tests.actions.runner import Event, Job, Runner
from bluedot_assets_tests.drive_server import DriveServer
from bluedot_assets_tests.git_server.server import TOKEN, GitServer, Repository
from bluedot_assets_tests.trees import DAY, DAYS, STOCKS, stock_files, write_tree
from bluedot_assets_tests.webhooks import Webhooks, serving

CLOCK = Event("schedule", payload={"schedule": "0 9 * * *"})


@dataclass
class Scene:
    """A repository on GitHub, with the vendor's Drive and the person's settings."""

    tree: Path
    drive: DriveServer
    git: GitServer
    site: Repository
    webhooks: Webhooks
    runner: Runner

    def run(self, timeframe: str, event: Event = CLOCK) -> Job:
        self.drive.reset_log()
        self.webhooks.received.clear()
        job = self.runner.run(f"{timeframe}-pipeline.yml", event)
        for secret in (*self.runner.secrets.values(), TOKEN):
            assert secret not in job.log + job.summary
        return job

    def status(self, timeframe: str) -> Any:
        return json.loads(self.site.get("status.json") or b"{}")["timeframes"][timeframe]

    def downloaded(self, folder: str) -> int:
        """Stock files of a folder that the last run downloaded."""
        ids = {self.drive.find(f"{folder}/{path.name}") for path in stock_files(self.tree / folder)}
        return len({one.file_id for one in self.drive.requests if one.kind == "download"} & ids)


@contextmanager
def scene(root: Path, tree: Path) -> Iterator[Scene]:
    with (
        DriveServer(tree, link_public=True) as drive,
        GitServer(root / "git") as git,
        serving(root) as webhooks,
    ):
        site = git.create("bluedot")
        runner = Runner(REPOSITORY, root / "machine", f"http://127.0.0.1:{git.port}", "", "user/bluedot", TOKEN)
        runner.secrets = {
            "GOOGLE_DRIVE_API_KEY": drive.api_key,
            "BLUEDOT_SOURCE": f"gdrive:{drive.root_id}",
            "NOTIFICATION_WEBHOOK": webhooks.local,
        }
        runner.variables = {
            "BLUEDOT_DRIVE_ENDPOINT": drive.endpoint,
            "BLUEDOT_SITE_URL": git.pages("bluedot"),
            "BLUEDOT_POLL_SECONDS": "5",
            "RETRY_ATTEMPTS": "0",
            "SOMETHING_ELSE": "not ours",
        }
        yield Scene(tree, drive, git, site, webhooks, runner)


@pytest.mark.long
def test_daily_from_a_new_repository_to_a_failed_run(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "drive", weeks=0)
    waiting = tmp_path / "tomorrow"
    (tree / "daily" / DAY).rename(waiting)
    (tree / "triggers" / "daily_ready.txt").write_text(DAYS[1])
    shutil.rmtree(tree / "daily" / DAYS[0])
    with scene(tmp_path, tree) as here:
        first_run(here)
        nothing_is_due(here)
        waiting.rename(tree / "daily" / DAY)
        the_trigger_brings_the_next_day(here)
        a_corrected_file_is_the_only_one_that_is_downloaded(here)
        a_named_partition_runs_again_and_changes_nothing(here)
        a_day_of_broken_files_fails_and_leaves_the_site_as_it_is(here)
        a_refused_key_fails_before_anything_runs(here)


def first_run(here: Scene) -> None:
    job = here.run("daily")
    assert job.conclusion == "success", job.log
    assert job.outcome("Install") == "success"
    assert list(here.status("daily")["folders"]) == [DAYS[1]]
    assert f"| daily {DAYS[1]} | published | {STOCKS} of {STOCKS} |" in job.summary
    assert f"New blue dots of daily {DAYS[1]}" in job.summary
    # The made-up days are of 2024, and the next one is long overdue.
    assert [line for line in job.annotations if "newest_expected_is_there" not in line] == []
    assert here.downloaded(f"daily/{DAYS[1]}") == STOCKS
    assert any(f"daily {DAYS[1]}" in title and "blue dot" in title for title in here.webhooks.titles())


def nothing_is_due(here: Scene) -> None:
    tip = here.site.tip()
    job = here.run("daily")
    assert job.conclusion == "success", job.log
    assert job.outcome("Install") == "skipped"  # the environment came from the cache
    assert job.outcome("Process") == job.outcome("Keep the data") == "skipped"
    assert "Nothing ran" in job.summary
    assert here.site.tip() == tip
    assert here.webhooks.titles() == []


def the_trigger_brings_the_next_day(here: Scene) -> None:
    (here.tree / "triggers" / "daily_ready.txt").write_text(f"{DAY}\nexpected={STOCKS}\n")
    job = here.run("daily", Event("repository_dispatch", payload={"action": "daily-data-ready"}))
    assert job.conclusion == "success", job.log
    assert set(here.status("daily")["folders"]) == {DAY, DAYS[1]}
    assert here.site.tree("daily/latest") == here.site.tree(f"daily/{DAY}")
    assert here.downloaded(f"daily/{DAYS[1]}") == 0


def a_corrected_file_is_the_only_one_that_is_downloaded(here: Scene) -> None:
    file = stock_files(here.tree / "daily" / DAY)[0]
    document = json.loads(file.read_bytes())
    document["chart"]["prices"][0]["volume"] += 1
    file.write_text(json.dumps(document))
    job = here.run("daily")
    assert job.conclusion == "success", job.log
    assert f"| daily {DAY} | published |" in job.summary
    assert here.downloaded(f"daily/{DAY}") == 1


def a_named_partition_runs_again_and_changes_nothing(here: Scene) -> None:
    tip = here.site.tip()
    job = here.run("daily", Event("workflow_dispatch", inputs={"partition": DAY}))
    assert job.conclusion == "success", job.log
    assert f"| daily {DAY} | unchanged |" in job.summary
    assert (here.downloaded(f"daily/{DAY}"), here.site.tip()) == (0, tip)


def a_day_of_broken_files_fails_and_leaves_the_site_as_it_is(here: Scene) -> None:
    shown = here.site.tree("daily/latest")
    broken = here.tree / "daily" / "2024-08-05"
    broken.mkdir()
    for path in stock_files(here.tree / "daily" / DAY):
        (broken / path.name).write_bytes(path.read_bytes()[:1000])
    job = here.run("daily")
    assert (job.conclusion, job.outcome("Process"), job.outcome("Summary")) == ("failure", "failure", "success")
    assert any(line.startswith("::error title=daily 2024-08-05 failed::") for line in job.annotations)
    assert "| daily 2024-08-05 | failed |" in job.summary
    assert "Rejected files of daily 2024-08-05: 4" in job.summary
    assert here.site.tree("daily/latest") == here.site.tree(f"daily/{DAY}") == shown
    assert here.status("daily")["as_of"] == DAY
    assert list(here.status("daily")["failures"]) == ["2024-08-05"]
    (title,) = here.webhooks.titles()
    assert "2024-08-05" in title


def a_refused_key_fails_before_anything_runs(here: Scene) -> None:
    here.runner.secrets["GOOGLE_DRIVE_API_KEY"] = "revoked-key"
    job = here.run("daily")
    assert (job.conclusion, job.outcome("Find what is due")) == ("failure", "failure")
    assert job.outcome("Process") == "skipped"
    assert any(line.startswith("::error title=bluedot::") for line in job.annotations)
    assert "Nothing ran" in job.summary
    (told,) = here.webhooks.taken
    assert "daily job stopped before a run" in told.title
    assert "GOOGLE_DRIVE_API_KEY" in told.text


@pytest.mark.long
def test_weekly_and_the_monitor(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "drive", days=1, weeks=1, end=datetime.now(UTC).date())
    with scene(tmp_path, tree) as here:
        weekly_with_a_service_account(here)
        assert here.run("daily").conclusion == "success"
        the_monitor_is_content(here)
        the_monitor_tells_once_of_a_site_that_is_down(here)


def weekly_with_a_service_account(here: Scene) -> None:
    del here.runner.secrets["GOOGLE_DRIVE_API_KEY"]
    here.runner.secrets["GOOGLE_DRIVE_SERVICE_ACCOUNT"] = json.dumps(here.drive.service_account_info())
    job = here.run("weekly")
    assert job.conclusion == "success", job.log
    (week,) = here.status("weekly")["folders"]
    assert f"| weekly {week} | published |" in job.summary
    assert [step.uses.partition("@")[0] for step in job.steps if step.uses] == [
        "actions/checkout",
        "actions/setup-python",
        "actions/cache",
        "actions/cache/restore",
        "actions/cache/save",
    ]


def the_monitor_is_content(here: Scene) -> None:
    job = here.runner.run("monitor.yml", CLOCK)
    assert job.conclusion == "success", job.log
    assert job.annotations == []


def the_monitor_tells_once_of_a_site_that_is_down(here: Scene) -> None:
    here.webhooks.received.clear()
    here.git.faults.status["/pages/"] = 503
    for _ in range(2):
        job = here.runner.run("monitor.yml", CLOCK)
        assert (job.conclusion, job.outcome("Look at the site")) == ("failure", "failure")
        assert any(line.startswith("::error title=bluedot::") for line in job.annotations)
    assert len(here.webhooks.titles()) == 1


def test_the_keepalive_enables_what_github_stopped_and_not_what_a_person_did(tmp_path: Path) -> None:
    states = {
        "daily_pipeline": "disabled_inactivity",
        "weekly_pipeline": "disabled_manually",
        "monitor": "active",
    }
    with github_api(TOKEN, **states) as api:
        runner = Runner(REPOSITORY, tmp_path, "http://127.0.0.1:1", api.url, "user/bluedot", TOKEN)
        job = runner.run("monitor.yml", Event("schedule", payload={"schedule": "41 3 1,15 * *"}))
        assert job.conclusion == "success", job.log
        assert api.states == {
            "daily-pipeline.yml": "active",
            "weekly-pipeline.yml": "disabled_manually",
            "monitor.yml": "active",
        }
        assert api.refused == []
        runner.token = "another"  # noqa: S105
        refused = runner.run("monitor.yml", Event("schedule", payload={"schedule": "41 3 1,15 * *"}))
        assert refused.conclusion == "failure"
