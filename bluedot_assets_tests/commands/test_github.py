"""`bluedot github`: the settings of a job, and its summary; `bluedot notify --job` at its end."""

import json
from pathlib import Path

import pytest

from bluedot_assets.commands.github.problems import handed_on, read_problems
from bluedot_assets.commands.github.summary import ROWS, annotations_of, summary_of
from bluedot_assets.commands.run.outcome import Outcome
from bluedot_assets.kernel.site.status import CheckResult
from bluedot_assets_tests.examples.command_line import Bluedot
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEK, stock_files
from bluedot_assets_tests.servers.drive import DriveServer
from bluedot_assets_tests.servers.webhooks import serving


@pytest.fixture
def job(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What GitHub sets for every job; its temporary folder."""
    for name, value in {
        "GITHUB_ENV": str(folder / "env"),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "user/repo",
        "RUNNER_TEMP": str(folder),
    }.items():
        monkeypatch.setenv(name, value)
    return folder


def exported(job: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (job / "env").read_text().splitlines())


def test_variables_that_are_settings_are_taken_over_and_others_are_not(bluedot: Bluedot, job: Path) -> None:
    variables = {"BLUEDOT_KEEP": "daily=5", "MY_OWN": "x", "BLUEDOT_START": ""}
    called = bluedot("github", "settings", BLUEDOT_VARIABLES=json.dumps(variables))
    assert (called.code, called.err) == (0, "")
    assert exported(job) == {
        "BLUEDOT_SITE": "https://github.com/user/repo.git",
        "BLUEDOT_HISTORY": "https://github.com/user/repo.git#bluedot-history",
        "BLUEDOT_KEEP": "daily=5",
        "DAGSTER_HOME": str(job / "dagster"),
    }
    assert (job / "dagster" / "dagster.yaml").is_file()


def test_what_is_set_already_stays(bluedot: Bluedot, job: Path) -> None:
    variables = {"BLUEDOT_SITE": "https://github.com/user/other.git", "BLUEDOT_SOURCE": "gdrive:variable"}
    bluedot("github", "settings", BLUEDOT_VARIABLES=json.dumps(variables), BLUEDOT_SOURCE="gdrive:secret")
    assert exported(job)["BLUEDOT_SITE"] == "https://github.com/user/other.git"
    assert "BLUEDOT_SOURCE" not in exported(job)


@pytest.mark.parametrize(
    ("site", "history"),
    [
        ("https://github.com/user/other", "https://github.com/user/other#bluedot-history"),
        ("https://github.com/user/other.git/", "https://github.com/user/other.git#bluedot-history"),
        ("s3://bucket/site", None),
    ],
)
def test_the_history_is_on_a_branch_of_the_site_and_of_a_bucket_somebody_says_where(
    bluedot: Bluedot, job: Path, site: str, history: str | None
) -> None:
    called = bluedot("github", "settings", BLUEDOT_VARIABLES=json.dumps({"BLUEDOT_SITE": site}))
    assert exported(job).get("BLUEDOT_HISTORY") == history
    assert ("set the variable BLUEDOT_HISTORY, or BLUEDOT_DATA" in called.err) == (history is None)


def test_a_mistyped_variable_is_a_warning(bluedot: Bluedot, job: Path) -> None:
    called = bluedot("github", "settings", BLUEDOT_VARIABLES='{"BLUEDOT_KEPE": "daily=5"}', GITHUB_ACTIONS="true")
    assert called.code == 0
    assert "::warning title=bluedot::BLUEDOT_KEPE is no setting: did you mean BLUEDOT_KEEP?" in called.err


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ('{"NOTIFICATION_WEBHOOK": "https://hooks.example/verysecret"}', "NOTIFICATION_WEBHOOK is a secret and stands"),
        ('{"BLUEDOT_KEEP": "daily=5\\nPATH=/evil"}', "BLUEDOT_KEEP has several lines"),
        ("[1]", "BLUEDOT_VARIABLES is no JSON object"),
    ],
)
def test_variables_that_must_not_be_are_refused(bluedot: Bluedot, job: Path, variables: str, said: str) -> None:
    called = bluedot("github", "settings", BLUEDOT_VARIABLES=variables)
    assert called.code == 2
    assert said in called.err
    assert "verysecret" not in called.err
    assert not (job / "env").exists()


def test_outside_of_github_actions_it_is_a_sentence(bluedot: Bluedot) -> None:
    called = bluedot("github", "settings")
    assert called.code == 2
    assert "RUNNER_TEMP is not set: this command is for jobs of GitHub Actions" in called.err


@pytest.mark.long
def test_the_summary_tells_of_the_runs_of_this_dagster_home(bluedot: Bluedot, source: Path) -> None:
    for day in DAYS[1:]:
        for name in ("one", "two"):
            (source / "daily" / day / f"BAD{name}_daily.json").write_text("{")
    assert bluedot("run", "--partition", WEEK, "--quiet").code == 0
    assert bluedot("run", "--partition", DAYS[1], "--quiet", BLUEDOT_MIN_COMPLETE="60").code == 0
    assert bluedot("run", "--partition", DAY, "--quiet", BLUEDOT_MIN_COMPLETE="95").code == 1
    # As if another run had taken it back.
    Path(f"data/manifests/weekly/{WEEK}/bars.json").unlink()
    called = bluedot("github", "summary", GITHUB_STEP_SUMMARY="summary.md")
    text = Path("summary.md").read_text()
    assert f"| daily {DAYS[1]} | published, incomplete | 4 of 6 | 16 |" in text
    assert f"| weekly {WEEK} | published | 0 of 0 |" in text
    assert f"| daily {DAY} | failed |" in text
    assert f"### Rejected files of daily {DAY}: 2" in text
    assert f"### New blue dots of weekly {WEEK}: " in text
    assert f"::error title=daily {DAY} failed::daily/bars: 4 of 6 files (66.6 %25)" in called.text


@pytest.mark.long
@pytest.mark.parametrize("usable", [True, False], ids=["published", "failed"])
def test_a_process_log_that_is_not_there_is_said_by_the_run_and_by_the_jobs_summary(
    bluedot: Bluedot, source: Path, usable: bool
) -> None:
    (source / "triggers/process_log.txt").unlink()
    if not usable:
        stock_files(source / "weekly" / WEEK)[0].write_text("{")
    with DriveServer(source) as drive:
        settings = {
            "BLUEDOT_SOURCE": f"gdrive:{drive.root_id}",
            "BLUEDOT_DRIVE_ENDPOINT": drive.endpoint,
            "GOOGLE_DRIVE_SERVICE_ACCOUNT": json.dumps(drive.service_account_info()),
            "BLUEDOT_MIN_COMPLETE": "100",
        }
        ran = bluedot("run", "--timeframe", "weekly", "--quiet", **settings)
        told = bluedot("github", "summary", GITHUB_STEP_SUMMARY="summary.md", **settings)
    assert ran.code == (0 if usable else 1)
    sentence = "There is no process log yet: create triggers/process_log.txt as a plain text file by hand"
    assert ran.text.count(sentence) == 1
    assert Path("summary.md").read_text().count("**Process log**: The process log has no line of this run: ") == 1
    assert told.text.count(f"::warning title=process log::The process log has no line of this run: {sentence}") == 1


def test_without_a_run_the_summary_says_so(bluedot: Bluedot, source: Path) -> None:
    assert "### Nothing ran" in bluedot("github", "summary").text


def outcome(**values: object) -> Outcome:
    made = Outcome("daily", DAY, DAY, "run", True, expected=1, stocks=1, changed=True)
    for name, value in values.items():
        setattr(made, name, value)
    return made


def no_dots(made: Outcome) -> str:
    return f"no dots of {made.name}"


def test_names_and_reasons_are_text_in_the_summary_and_in_annotations() -> None:
    hostile = "<img src=x> | [a](http://b) `c` \n::error::d"
    rejected = [{"file": hostile, "reason": hostile, "field": None}]
    checks = [CheckResult("daily/bars rule", False, "warning", hostile)]
    made = outcome(rejected=rejected, checks=checks, success=False, error=hostile)
    text = summary_of([made], "", no_dots)
    assert not {"<img", "[a]", "`c`", "| [", "\n::error"} & {
        part for part in ("<img", "[a]", "`c`", "| [", "\n::error") if part in text
    }
    assert all(line.count("|") in {3, 4, 8} for line in text.splitlines() if line.startswith("|"))
    assert [line.splitlines() == [line] for line in annotations_of([made])] == [True, True]


def test_a_long_table_is_cut_and_says_how_much_is_missing() -> None:
    rejected = [{"file": f"S{number}", "reason": "bad", "field": None} for number in range(ROWS + 7)]
    text = summary_of([outcome(rejected=rejected)], "https://user.github.io/repo", no_dots)
    assert "and 7 more." in text
    assert f"| S{ROWS - 1} |" in text
    assert f"| S{ROWS} |" not in text
    assert "[The site](https://user.github.io/repo/)" in text


def test_folders_that_made_room_are_named() -> None:
    text = summary_of(
        [outcome(dropped=["daily/2024-07-01", "weekly/2024-W20"])], "https://user.github.io/repo", no_dots
    )
    assert "BLUEDOT_SITE_BUDGET_MB): daily/2024-07-01, weekly/2024-W20" in text


def test_at_the_end_of_a_job_people_hear_of_what_stopped_it_before_a_run(bluedot: Bluedot, done: Path) -> None:
    said = done / "said"
    with serving(done) as webhooks:
        words = ("notify", "--job", "--timeframe", "daily", "--problems", str(said))
        assert bluedot(*words, NOTIFICATION_WEBHOOK=webhooks.local).code == 0  # the digest, and what is late
        webhooks.received.clear()
        said.write_text('["The key was refused: make a new one."]')
        for _ in range(2):
            assert bluedot(*words).code == 0
        (told,) = webhooks.taken
        assert "The daily job stopped before a run" in told.title
        assert "The key was refused: make a new one." in told.text
        said.unlink()
        webhooks.received.clear()
        assert bluedot(*words).code == 0
        assert len(webhooks.taken) == 1  # it is over


def test_what_stops_a_step_before_the_runs_is_handed_on_as_data(bluedot: Bluedot, done: Path) -> None:
    words = ("partitions", "--due", "--ready", "--timeframe", "daily", "--problems", "problems.json")
    assert bluedot(*words, BLUEDOT_POLL_SECONDS="5").code == 0
    assert Path("problems.json").read_bytes() == b"[]"
    called = bluedot(*words, PARALLEL_WORKERS="many")
    (problem,) = json.loads(Path("problems.json").read_bytes())
    assert (called.code, called.err) == (2, f"bluedot: {problem}\n")


def test_a_file_that_no_step_handed_on_is_a_problem_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "said").write_text("bluedot: The key was refused.\n")
    (problem,) = read_problems(tmp_path / "said")
    assert "is no list of problems" in problem
    (tmp_path / "empty").touch()  # as a good day leaves it under the workflow of the version before
    assert read_problems(tmp_path / "absent") == read_problems(None) == read_problems(tmp_path / "empty") == []


def test_a_step_that_crashes_hands_on_that_it_did(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), handed_on(tmp_path / "problems.json"):
        _ = 1 / 0
    (problem,) = read_problems(tmp_path / "problems.json")
    assert problem == "the step ended unexpectedly (ZeroDivisionError): its log has the reason"


def test_a_job_without_an_address_tells_nobody_and_is_no_failure(bluedot: Bluedot, done: Path) -> None:
    called = bluedot("notify", "--job")
    assert called.code == 0
    assert "Nobody is notified: NOTIFICATION_WEBHOOK is not set" in called.text
