"""The workflows at work: their steps, run in a clean clone against a Drive and a git server of this machine, from the
first run of a new repository to a failed one.

One test, for it needs an environment that `make` installs: what one run leaves is what the next one finds, as on
GitHub. Its days are of now, because the monitor looks at the clock."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bluedot_assets.kernel.sample.tree import SamplePlan, closed_days
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.actions.github_api import github_api
from bluedot_assets_tests.actions.runner import Event, Job, Runner
from bluedot_assets_tests.examples.trees import STOCKS, stock_files, write_tree
from bluedot_assets_tests.servers.drive import DriveServer
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository
from bluedot_assets_tests.servers.webhooks import Webhooks, serving

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
        for secret in (*filter(None, self.runner.secrets.values()), TOKEN):
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
def test_from_a_new_repository_to_a_failed_run(tmp_path: Path) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    tree = write_tree(tmp_path / "drive", days=2, weeks=1, end=yesterday)
    closed = closed_days(SamplePlan(stocks=STOCKS, days=2, weeks=1, seed=1, end=yesterday))
    first, second = sorted(path.name for path in (tree / "daily").glob("2*"))
    waiting = tmp_path / "tomorrow"
    (tree / "daily" / second).rename(waiting)
    (tree / "triggers" / "daily_ready.txt").write_text(first)
    with scene(tmp_path, tree) as here:
        here.runner.variables["BLUEDOT_HOLIDAYS"] = ",".join(map(str, closed))
        the_first_run_installs_and_publishes(here, first)
        nothing_is_due(here)
        waiting.rename(tree / "daily" / second)
        the_trigger_brings_the_next_day(here, first, second)
        a_corrected_file_is_the_only_one_that_is_downloaded(here, second)
        a_week_that_is_named_runs_with_a_service_account(here)
        the_monitor_is_content(here)
        the_monitor_tells_of_a_site_that_is_down(here)
        a_day_of_broken_files_fails_and_leaves_the_site_as_it_is(here, second)
        a_person_publishes_that_day_with_a_reason(here)
        a_refused_key_fails_before_anything_runs(here)


def the_first_run_installs_and_publishes(here: Scene, day: str) -> None:
    job = here.run("daily")
    assert job.conclusion == "success", job.log
    assert job.outcome("Install") == "success"
    assert list(here.status("daily")["folders"]) == [day]
    assert f"| daily {day} | published | {STOCKS} of {STOCKS} |" in job.summary
    assert f"New blue dots of daily {day}" in job.summary
    assert job.errors == []
    assert here.downloaded(f"daily/{day}") == STOCKS
    assert any(f"daily {day}" in title and "blue dot" in title for title in here.webhooks.titles())
    assert [step.uses.partition("@")[0] for step in job.steps if step.uses] == [
        "actions/checkout",
        "actions/setup-python",
        "actions/cache",
        "actions/cache/restore",
        "actions/cache/save",
    ]


def nothing_is_due(here: Scene) -> None:
    tip = here.site.tip()
    job = here.run("daily")
    assert job.conclusion == "success", job.log
    assert job.outcome("Install") == "skipped"  # the environment came from the cache
    assert job.outcome("Process") == job.outcome("Keep the data") == "skipped"
    assert "Nothing ran" in job.summary
    assert here.site.tip() == tip
    assert here.webhooks.titles() == []


def the_trigger_brings_the_next_day(here: Scene, first: str, second: str) -> None:
    (here.tree / "triggers" / "daily_ready.txt").write_text(f"{second}\nexpected={STOCKS}\n")
    job = here.run("daily", Event("repository_dispatch", payload={"action": "daily-data-ready"}))
    assert job.conclusion == "success", job.log
    assert set(here.status("daily")["folders"]) == {first, second}
    assert here.site.tree("daily/latest") == here.site.tree(f"daily/{second}")
    assert b"BLUEDOT_SOURCE" in (here.site.get("docs/settings/index.html") or b"")
    assert here.downloaded(f"daily/{first}") == 0


def a_corrected_file_is_the_only_one_that_is_downloaded(here: Scene, day: str) -> None:
    file = stock_files(here.tree / "daily" / day)[0]
    document = json.loads(file.read_bytes())
    document["chart"]["prices"][0]["volume"] += 1
    file.write_text(json.dumps(document))
    job = here.run("daily")
    assert job.conclusion == "success", job.log
    assert f"| daily {day} | published |" in job.summary
    assert here.downloaded(f"daily/{day}") == 1


def a_week_that_is_named_runs_with_a_service_account(here: Scene) -> None:
    key = here.runner.secrets.pop("GOOGLE_DRIVE_API_KEY")
    here.runner.secrets["GOOGLE_DRIVE_SERVICE_ACCOUNT"] = json.dumps(here.drive.service_account_info())
    (week,) = (path.name for path in (here.tree / "weekly").glob("2*"))
    job = here.run("weekly", Event("workflow_dispatch", inputs={"partition": week}))
    assert job.conclusion == "success", job.log
    assert list(here.status("weekly")["folders"]) == [week]
    assert f"| weekly {week} | published |" in job.summary
    here.runner.secrets |= {"GOOGLE_DRIVE_API_KEY": key, "GOOGLE_DRIVE_SERVICE_ACCOUNT": ""}


def the_monitor_is_content(here: Scene) -> None:
    job = here.runner.run("monitor.yml", CLOCK)
    assert job.conclusion == "success", job.log
    assert job.errors == []


def the_monitor_tells_of_a_site_that_is_down(here: Scene) -> None:
    here.webhooks.received.clear()
    here.git.faults.status["/pages/"] = 503
    job = here.runner.run("monitor.yml", CLOCK)
    del here.git.faults.status["/pages/"]
    assert (job.conclusion, job.outcome("Look at the site")) == ("failure", "failure")
    assert any("503" in line for line in job.errors)
    assert len(here.webhooks.titles()) == 1


def a_day_of_broken_files_fails_and_leaves_the_site_as_it_is(here: Scene, day: str) -> None:
    shown, today = here.site.tree("daily/latest"), f"{datetime.now(UTC):%Y-%m-%d}"
    broken = here.tree / "daily" / today
    broken.mkdir()
    good, *others = stock_files(here.tree / "daily" / day)
    shutil.copy(good, broken)
    for path in others:
        (broken / path.name).write_bytes(path.read_bytes()[:1000])
    job = here.run("daily")
    assert (job.conclusion, job.outcome("Process"), job.outcome("Summary")) == ("failure", "failure", "success")
    assert any(line.startswith(f"::error title=daily {today} failed::") for line in job.errors)
    assert f"| daily {today} | failed |" in job.summary
    assert f"Rejected files of daily {today}: 3" in job.summary
    assert here.site.tree("daily/latest") == here.site.tree(f"daily/{day}") == shown
    assert here.status("daily")["as_of"] == day
    assert list(here.status("daily")["failures"]) == [today]
    (title,) = here.webhooks.titles()
    assert today in title


def a_person_publishes_that_day_with_a_reason(here: Scene) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    inputs = {"partition": today, "accept_incomplete": "only this one; trades $(today)"}
    job = here.run("daily", Event("workflow_dispatch", inputs=inputs))
    assert job.conclusion == "success", job.log
    assert here.status("daily")["as_of"] == today
    assert here.status("daily")["failures"] == {}
    assert inputs["accept_incomplete"] in (here.site.get("status.json") or b"").decode()
    assert f"| daily {today} | published, incomplete | 1 of 4 |" in job.summary


def a_refused_key_fails_before_anything_runs(here: Scene) -> None:
    here.runner.secrets["GOOGLE_DRIVE_API_KEY"] = "revoked-key"
    job = here.run("daily")
    assert (job.conclusion, job.outcome("Find what is due")) == ("failure", "failure")
    assert job.outcome("Process") == "skipped"
    assert any(line.startswith("::error title=bluedot::") for line in job.errors)
    assert "Nothing ran" in job.summary
    (told,) = here.webhooks.taken
    assert "daily job stopped before a run" in told.title
    assert "GOOGLE_DRIVE_API_KEY" in told.text


def test_the_keepalive_enables_what_github_stopped_and_not_what_a_person_did(tmp_path: Path) -> None:
    states = {
        "daily_pipeline": "disabled_inactivity",
        "weekly_pipeline": "disabled_manually",
        "monitor": "active",
        "relock": "disabled_inactivity",
    }
    with github_api(TOKEN, **states) as api:
        runner = Runner(REPOSITORY, tmp_path, "http://127.0.0.1:1", api.url, "user/bluedot", TOKEN)
        job = runner.run("monitor.yml", Event("schedule", payload={"schedule": "41 3 1,15 * *"}))
        assert job.conclusion == "success", job.log
        assert api.states == {
            "daily-pipeline.yml": "active",
            "weekly-pipeline.yml": "disabled_manually",
            "monitor.yml": "active",
            "relock.yml": "active",
        }
        assert api.refused == []
        runner.token = "another"  # noqa: S105
        refused = runner.run("monitor.yml", Event("schedule", payload={"schedule": "41 3 1,15 * *"}))
        assert refused.conclusion == "failure"
