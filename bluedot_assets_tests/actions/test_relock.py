"""relock.yml at work, in a repository of a few files whose `make lock` and tests do as each test says: what it commits,
and what its pull request says. The repository's own lock takes minutes, and its tests longer."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.actions.github_api import Api, github_api
from bluedot_assets_tests.actions.runner import Event, Job, Runner
from bluedot_assets_tests.servers.git import TOKEN, GitServer, Repository, git

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: a runner of GitHub has it")

CLOCK = Event("schedule", payload={"schedule": "17 4 2 * *"})
NEWER = "sed -i 's/one==1.0/one==1.1/' requirements/dev.lock"
BOT = "41898282+github-actions[bot]@users.noreply.github.com"


@dataclass
class Scene:
    """A small repository of GitHub with this workflow."""

    source: Path
    public: Repository
    api: Api
    runner: Runner

    def does(self, lock: str, tests: str = "true") -> None:
        """What `make lock` and the tests do from now on."""
        (self.source / "Makefile").write_text(f"lock:\n\t{lock}\n")
        run = self.source / ".ci/run"
        run.write_text(f"#!/bin/sh\n{tests}\n")
        run.chmod(0o755)
        commit(self.source, "What the next run meets")

    def run(self) -> dict[str, Job]:
        jobs = self.runner.run_jobs("relock.yml", CLOCK)
        assert not [job for job in jobs.values() if TOKEN in job.log + job.summary]
        return jobs

    @property
    def branches(self) -> list[str]:
        return self.public.git("for-each-ref", "--format=%(refname:short)", "refs/heads/relock").split()


def commit(folder: Path, message: str, email: str = "person@example.org") -> None:
    git("add", ".", folder=folder)
    git("-c", "user.name=a", "-c", f"user.email={email}", "commit", "-qm", message, folder=folder)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Scene]:
    source = tmp_path / "source"
    for name in (".github/workflows/relock.yml", ".ci/relock"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, source / name)
    (source / "requirements").mkdir()
    (source / "requirements/dev.lock").write_text(
        "one==1.0 \\\n    --hash=sha256:ab\ntwo==2.0 ; python_version < '3.12'\n"
    )
    git("init", "--quiet", "--initial-branch=main", folder=source)
    with GitServer(tmp_path / "git") as server, github_api(TOKEN) as api:
        public = server.create("bluedot")
        address = f"http://127.0.0.1:{server.port}"
        yield Scene(source, public, api, Runner(source, tmp_path / "machine", address, api.url, "user/bluedot", TOKEN))


def test_newer_versions_that_pass_are_a_pull_request_that_names_them(here: Scene) -> None:
    here.does(NEWER)
    jobs = here.run()
    assert [job.conclusion for job in jobs.values()] == ["success", "success"], jobs["propose"].log
    (pull,) = here.api.pulls
    (branch,) = here.branches
    assert (pull["title"], pull["head"]["ref"], pull["base"]["ref"]) == ("Lock anew", branch, "main")
    assert "**All checks and tests passed**" in pull["body"]
    assert "```diff\n-one==1.0\n+one==1.1\n```" in pull["body"]
    assert here.public.get("requirements/dev.lock", branch) == (
        b"one==1.1 \\\n    --hash=sha256:ab\ntwo==2.0 ; python_version < '3.12'\n"
    )
    assert here.public.git("log", "-1", "--format=%ae %s", branch).strip() == f"{BOT} Lock anew"
    assert here.public.git("diff", "--name-only", f"{branch}^", branch).split() == ["requirements/dev.lock"]
    assert jobs["propose"].summary == f"[Lock anew]({pull['html_url']})\n"


def test_nothing_newer_is_no_pull_request_and_no_test_run(here: Scene) -> None:
    here.does("true", tests="exit 3")
    assert list(here.run()) == ["lock"]
    assert (here.api.pulls, here.branches, here.api.refused) == ([], [], [])


def test_red_tests_are_said_by_the_pull_request_and_by_the_run(here: Scene) -> None:
    here.does(NEWER, tests="echo two tests failed; exit 1")
    jobs = here.run()
    assert (jobs["lock"].conclusion, jobs["propose"].conclusion) == ("success", "failure")
    (pull,) = here.api.pulls
    assert pull["title"] == "Lock anew: tests fail"
    assert "**Checks or tests failed** in [the run" in pull["body"]
    assert pull["html_url"] in jobs["propose"].errors[0]


def test_the_open_pull_request_is_brought_up_to_date(here: Scene) -> None:
    here.does(NEWER, tests="exit 1")
    here.run()
    here.api.open_pull("relock/other", "A fork's", "", "main", repository="somebody/bluedot")
    here.does("sed -i 's/one==1.0/one==1.2/' requirements/dev.lock")
    assert here.run()["propose"].conclusion == "success"
    stranger, pull = here.api.pulls
    assert (pull["title"], "+one==1.2" in pull["body"]) == ("Lock anew", True)
    assert stranger["title"] == "A fork's"
    (branch,) = here.branches
    assert b"one==1.2" in (here.public.get("requirements/dev.lock", branch) or b"")
    assert here.public.git("log", "-1", "--format=%s", f"{branch}^").strip() == "What the next run meets"


def test_what_a_person_has_added_to_the_branch_is_not_overwritten(here: Scene, tmp_path: Path) -> None:
    here.does(NEWER)
    here.run()
    (branch,) = here.branches
    git("clone", "--quiet", "--branch", branch, str(here.public.path), str(tmp_path / "clone"))
    (tmp_path / "clone/code.py").write_text("fits the new version")
    commit(tmp_path / "clone", "Fit for one 1.1")
    git("push", "--quiet", "origin", branch, folder=tmp_path / "clone")
    tip = here.public.tip(branch)
    job = here.run()["propose"]
    assert job.conclusion == "success"
    assert f"Somebody works on {branch}: it stays as it is." in job.log
    assert here.public.tip(branch) == tip


def test_a_repository_that_lets_actions_open_none_says_where_to_allow_it(here: Scene) -> None:
    here.does(NEWER)
    here.api.may_open_pulls = False
    job = here.run()["propose"]
    assert job.conclusion == "failure"
    assert "Allow GitHub Actions to create and approve pull requests." in job.errors[0]
