"""What the workflow files say: when they run, with which rights, and that nothing in them can move under us."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest

from bluedot_assets.kernel.calendar.schedule import SCHEDULES
from bluedot_assets.settings.load import SECRETS
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.actions.replacements import REPLACEMENTS
from bluedot_assets_tests.actions.runner import load

GITHUB: Final = REPOSITORY / ".github"
FILES: Final = [*sorted((GITHUB / "workflows").glob("*.yml")), *sorted(GITHUB.glob("actions/*/action.yml"))]
WORKFLOWS: Final = {path.name: load(path) for path in FILES if path.parent.name == "workflows"}
JOBS: Final = [(name, job) for name, document in WORKFLOWS.items() for job in document["jobs"].values()]


@pytest.mark.parametrize("timeframe", ["daily", "weekly"])
def test_a_pipeline_runs_by_the_clock_by_hand_and_by_the_trigger(timeframe: str) -> None:
    on = WORKFLOWS[f"{timeframe}-pipeline.yml"]["on"]
    assert on["schedule"] == [{"cron": SCHEDULES[timeframe].cron}]
    assert on["workflow_dispatch"]["inputs"]["partition"]["default"] == ""
    assert on["repository_dispatch"] == {"types": [f"{timeframe}-data-ready"]}


@pytest.mark.parametrize("timeframe", ["daily", "weekly"])
def test_runs_of_one_workflow_wait_for_each_other_and_none_is_cancelled(timeframe: str) -> None:
    concurrency = WORKFLOWS[f"{timeframe}-pipeline.yml"]["concurrency"]
    assert concurrency == {"group": f"process-{timeframe}-data", "cancel-in-progress": False, "queue": "max"}


def test_workflows_and_jobs_have_the_names_that_people_look_for() -> None:
    names = {name: WORKFLOWS[f"{name}.yml"]["name"] for name in ("daily-pipeline", "weekly-pipeline", "monitor")}
    assert names == {
        "daily-pipeline": "Daily Data Pipeline",
        "weekly-pipeline": "Weekly Data Pipeline",
        "monitor": "Health Monitoring",
    }
    for timeframe in ("daily", "weekly"):
        jobs = WORKFLOWS[f"{timeframe}-pipeline.yml"]["jobs"]
        assert {job: one["name"] for job, one in jobs.items()} == {
            f"process-{timeframe}-data": f"process-{timeframe}-data"
        }
    assert [name for name in names.values() if f"*{name}*" not in PAGE] == []


def test_the_keepalive_knows_every_workflow_with_a_schedule() -> None:
    (script,) = [step["run"] for step in WORKFLOWS["monitor.yml"]["jobs"]["keepalive"]["steps"]]
    (listed,) = re.findall(r"for name in (.*); do", script)
    assert {f"{name}.yml" for name in listed.split()} == {
        name for name, document in WORKFLOWS.items() if "schedule" in document["on"]
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(GITHUB).as_posix())
def test_every_action_from_elsewhere_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    for line in re.findall(r"uses: *(.*)", path.read_text("utf-8")):
        assert line.startswith("$/.github/") or re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_version_everywhere() -> None:
    found = re.findall(
        r"uses: *(actions/[a-z-]+)[^@\n]*@(\S+ # \S+)", "".join(path.read_text("utf-8") for path in FILES)
    )
    assert len(dict(found)) == len(set(found)) > 0


def test_the_runner_of_these_tests_knows_every_action() -> None:
    used = {name for path in FILES for name in re.findall(r"uses: *(actions/[^@\n]*)@", path.read_text("utf-8"))}
    assert used <= set(REPLACEMENTS)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_rights_but_those_of_its_jobs(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}


RIGHTS: Final = {  # beyond reading
    "daily-pipeline.yml": {"contents: write"},
    "weekly-pipeline.yml": {"contents: write"},
    "pipeline.yml": {"contents: write"},
    "monitor.yml": {"contents: write", "actions: write"},
    "image.yml": {"packages: write"},
    "relock.yml": {"contents: write", "pull-requests: write"},
}


def test_jobs_may_write_no_more_than_what_their_workflow_is_for() -> None:
    for name, job in JOBS:
        rights = {f"{what}: {how}" for what, how in job["permissions"].items()}
        assert rights - {"contents: read"} <= RIGHTS.get(name, set()), name


def test_no_job_runs_new_packages_with_a_right_to_change_the_repository() -> None:
    for name, job in JOBS:
        scripts = " ".join(step.get("run", "") for step in job.get("steps", ()))
        if "make lock" in scripts or ".ci/run" in scripts:
            assert job["permissions"] == {"contents": "read"}, name


def test_every_job_has_an_end() -> None:
    assert {name for name, job in JOBS if "uses" not in job and not 1 <= job["timeout-minutes"] <= 60} == set()


def test_pipelines_hand_over_every_secret_by_its_name() -> None:
    called = WORKFLOWS["pipeline.yml"]
    names = set(called["on"]["workflow_call"]["secrets"])
    for timeframe in ("daily", "weekly"):
        job = WORKFLOWS[f"{timeframe}-pipeline.yml"]["jobs"][f"process-{timeframe}-data"]
        assert job["secrets"] == {name: f"${{{{ secrets.{name} }}}}" for name in names}
    environment: dict[str, Any] = called["jobs"]["pipeline"]["env"]
    assert {name for name in names if f"secrets.{name} " not in " ".join(environment.values())} == set()
    # What the settings call a secret is a secret there.
    assert {name for name in environment if name in SECRETS} == SECRETS


def test_no_expression_stands_in_a_script() -> None:
    """What comes from outside reaches a script as a variable, never as a part of it."""
    scripts = [step["run"] for _, job in JOBS for step in job.get("steps", ()) if "run" in step]
    assert [script for script in scripts if "${{" in script] == []


PAGE: Final = (REPOSITORY / "docs_site" / "docs" / "github.md").read_text("utf-8")
EXCHANGES: Final = re.findall(
    r"^\| [^|]+ \| (X\w+) \| (\S+) \| `(\d+) (\d+) \* \* 1-5` \| (\S+) \| ([^|]+) \|$", PAGE, re.M
)


@pytest.mark.filterwarnings("ignore:DatetimeIndex.weekday")
@pytest.mark.parametrize(("calendar", "closes", "minute", "hour", "timezone", "in_utc"), EXCHANGES)
def test_the_hours_of_the_page_are_hours_after_the_close_of_their_exchange(
    calendar: str, closes: str, minute: str, hour: str, timezone: str, in_utc: str
) -> None:
    exchange = exchange_calendars.get_calendar(calendar, start="2026-01-02", end="2026-01-09")
    assert (exchange.tz.key, f"{exchange.close_times[-1][1]:%H:%M}") == (timezone, closes)
    at = time(int(hour), int(minute))
    assert at > exchange.close_times[-1][1]
    winter, summer = (
        f"{datetime.combine(day, at, ZoneInfo(timezone)).astimezone(UTC):%H:%M}"
        for day in (date(2026, 1, 5), date(2026, 7, 6))
    )
    assert in_utc == (winter if winter == summer else f"{winter}, in July {summer}")


def test_the_page_has_a_row_for_each_exchange_and_a_line_for_each_secret() -> None:
    assert {"XBOM", "XNYS"} <= {row[0] for row in EXCHANGES}
    assert [
        name for name in WORKFLOWS["pipeline.yml"]["on"]["workflow_call"]["secrets"] if f"`{name}`" not in PAGE
    ] == []
