"""image.yml at work: its steps against a program that stands in for docker. What the Dockerfile itself makes is tried
in `deploy/test_files`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.actions import docker_program
from bluedot_assets_tests.actions.runner import Event, Runner
from bluedot_assets_tests.servers.git import TOKEN, git
from bluedot_assets_tests.servers.processes import BIN

LABELS = "org.opencontainers.image"


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    docker_program.install(tmp_path / "programs", BIN)
    made = Runner(REPOSITORY, tmp_path / "machine", "https://github.com", "", "User/BlueDot", TOKEN)
    made.programs = tmp_path / "programs"
    yield made


@pytest.mark.long
def test_a_version_is_built_tried_and_pushed_under_its_number(runner: Runner) -> None:
    job = runner.run("image.yml", Event("push", ref="refs/tags/v1.2.3"))
    assert job.conclusion == "success", job.log
    docker = docker_program.state(runner.programs or Path())
    assert docker["pushed"] == ["ghcr.io/user/bluedot:1.2.3", "ghcr.io/user/bluedot:latest"]
    labels = docker["images"]["ghcr.io/user/bluedot:1.2.3"]
    commit = git("rev-parse", "HEAD", folder=REPOSITORY).decode().strip()
    assert labels[f"{LABELS}.source"] == "https://github.com/User/BlueDot"
    assert (labels[f"{LABELS}.revision"], labels[f"{LABELS}.version"]) == (commit, "1.2.3")
    assert docker["logins"] == [["ghcr.io", "User", TOKEN]]
    assert not docker["logged_in"]
    assert [words[0] for words in docker["ran"]] == ["bluedot", "sh"]
    assert "BLUEDOT_IMAGE=ghcr.io/user/bluedot@sha256:0" in job.summary
    assert TOKEN not in job.log + job.summary


@pytest.mark.long
def test_by_hand_it_is_called_after_its_branch_and_commit(runner: Runner) -> None:
    job = runner.run("image.yml", Event("workflow_dispatch", ref="refs/heads/try/this"))
    assert job.conclusion == "success", job.log
    commit = git("rev-parse", "HEAD", folder=REPOSITORY).decode()[:12]
    pushed = docker_program.state(runner.programs or Path())["pushed"]
    assert pushed == [f"ghcr.io/user/bluedot:try-this-{commit}", "ghcr.io/user/bluedot:try-this"]


def test_what_cannot_be_built_is_not_pushed(runner: Runner) -> None:
    job = runner.run("image.yml", Event("push", ref="refs/tags/v+"))
    assert (job.outcome("Build"), job.outcome("Push")) == ("failure", "skipped")
    assert docker_program.state(runner.programs or Path())["logins"] == []
