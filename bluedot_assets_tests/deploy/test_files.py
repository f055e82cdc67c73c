"""The deployment files by themselves: what they promise, and that Dagster and linters accept them."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import process_config
from dagster._core.instance.config import dagster_instance_config_schema

from bluedot_assets.dagster_home import INSTANCE as OWN_INSTANCE
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.deploy.files import DEPLOY, INSTANCE, command_of, compose, dockerfile, health_check_of
from bluedot_assets_tests.servers.processes import BIN

SERVICES = sorted(compose()["services"])
OURS = [name for name in SERVICES if name != "postgres"]


def service(name: str) -> Any:
    return compose()["services"][name]


@pytest.mark.parametrize("file", [INSTANCE, OWN_INSTANCE], ids=["server", "own"])
def test_dagster_accepts_the_instance_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_PG_URL", "postgresql://dagster:x@127.0.0.1/dagster")
    result = process_config(dagster_instance_config_schema(), yaml.safe_load(file.read_text("utf-8")))
    assert result.success, result.errors


@pytest.mark.parametrize("file", [INSTANCE, OWN_INSTANCE], ids=["server", "own"])
def test_a_run_whose_process_was_killed_ends_some_time(file: Path) -> None:
    """The default launcher cannot ask whether a process lives: only the longest time of a run ends such a run."""
    monitoring = yaml.safe_load(file.read_text("utf-8"))["run_monitoring"]
    assert monitoring["enabled"]
    assert 900 < monitoring["max_runtime_seconds"] <= 4 * 3600


def test_a_server_queues_runs_as_the_own_instance_does() -> None:
    server, own = (yaml.safe_load(file.read_text("utf-8")) for file in (INSTANCE, OWN_INSTANCE))
    assert {name: server[name] for name in ("run_coordinator", "concurrency")} == {
        name: own[name] for name in ("run_coordinator", "concurrency")
    }


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_comes_back_and_says_whether_it_is_well(name: str) -> None:
    assert service(name)["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= service(name)["healthcheck"].keys()
    assert "no-new-privileges:true" in service(name)["security_opt"]
    assert service(name)["logging"]["options"]["max-size"]  # else a log fills the disk


@pytest.mark.parametrize("name", SERVICES)
def test_no_port_is_open_to_the_network(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service(name).get("ports", []))
    assert "network_mode" not in service(name)
    assert "privileged" not in service(name)
    assert not any("docker.sock" in volume for volume in service(name).get("volumes", []))


def test_the_settings_with_their_secrets_reach_the_code_alone() -> None:
    assert [name for name in SERVICES if "env_file" in service(name)] == ["code"]
    assert (DEPLOY / service("code")["env_file"]).resolve() == REPOSITORY / ".env"
    assert [name for name in OURS if "DAGSTER_PG_URL" in service(name).get("environment", {})] == [
        "code",
        "daemon",
        "viewer",
        "webserver",
    ]


def test_no_password_stands_in_the_files_and_every_variable_is_in_the_example() -> None:
    text = (DEPLOY / "docker-compose.yml").read_text("utf-8")
    wanted = set(re.findall(r"\$\{([A-Z_]+)", text))
    assert wanted == set(re.findall(r"^([A-Z_]+)=$", (DEPLOY / ".env.example").read_text("utf-8"), re.MULTILINE))
    # Unset, it must stop and not be empty; without an image of the registry's that is built here.
    assert re.findall(r"\$\{[A-Z_]+(?!:\?)[:}]", text) == ["${BLUEDOT_IMAGE:"]
    assert re.findall(r"://[^:/\s]+:(?!\$\{)[^@\s]+@", text) == []
    for file in ("deploy/.env", ".env"):
        assert subprocess.run(["git", "check-ignore", "--quiet", file], cwd=REPOSITORY, check=False).returncode == 0


def test_all_services_run_the_image_of_the_registry_or_the_one_that_is_built() -> None:
    assert {service(name)["image"] for name in OURS} == {"${BLUEDOT_IMAGE:-bluedot_assets}"}
    assert [name for name in SERVICES if "build" in service(name)] == ["code"]


def test_the_viewer_differs_from_the_webserver_in_what_it_lets_people_do_alone() -> None:
    viewer, webserver = service("viewer"), service("webserver")
    assert viewer["command"] == [*webserver["command"], "--read-only"]
    assert viewer["profiles"] == ["viewer"]
    assert viewer["ports"] != webserver["ports"]
    own = {"command", "profiles", "ports"}
    assert {name: one for name, one in viewer.items() if name not in own} == {
        name: one for name, one in webserver.items() if name not in own
    }


def test_every_volume_is_declared_and_used() -> None:
    used = {volume.partition(":")[0] for name in SERVICES for volume in service(name).get("volumes", [])}
    assert used == set(compose()["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_the_commands_of_a_service_are_programs_of_the_locked_environment(name: str) -> None:
    for words in (command_of(name), health_check_of(name)):
        assert (BIN / words[0]).exists(), words


def test_web_server_and_daemon_find_the_code_where_it_listens() -> None:
    workspace = yaml.safe_load((DEPLOY / "workspace.yaml").read_text("utf-8"))
    (location,) = (one["grpc_server"] for one in workspace["load_from"])
    assert location["host"] in SERVICES
    assert str(location["port"]) in command_of(location["host"])
    copied = next(one.text for one in dockerfile() if "deploy/workspace.yaml" in one.text).split()[-1]
    assert all(copied in command_of(name) for name in ("webserver", "viewer", "daemon"))


def test_the_image_does_not_run_as_root_and_installs_by_hash_with_bytecode() -> None:
    (user,) = (one.text for one in dockerfile() if one.word == "USER")
    assert int(user.partition(":")[0]) >= 1000
    (install,) = (one.text for one in dockerfile() if "requirements/run.lock" in one.text and one.word == "RUN")
    assert install.count("--require-hashes") == 2
    assert "--compile-bytecode" in install


def test_what_the_image_copies_is_there_and_let_through_and_nothing_else_is() -> None:
    wanted = {
        source
        for one in dockerfile()
        if one.word == "COPY" and "--from" not in one.text
        for source in one.text.split()[:-1]
        if not source.startswith("--")
    }
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert [name for name in wanted if not (REPOSITORY / name).exists()] == []
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == wanted
    assert next(line for line in lines if not line.startswith("#")) == "*"


def test_the_volumes_belong_to_the_user_of_the_image() -> None:
    """Docker gives a new named volume the owner that its folder has in the image."""
    made = next(one.text for one in dockerfile() if "mkdir" in one.text)
    places = {volume.split(":")[1] for name in OURS for volume in service(name).get("volumes", [])}
    assert [place for place in places if place not in made] == []
    assert "chown -R bluedot:bluedot /srv/bluedot" in made


def test_hadolint_accepts_the_dockerfile() -> None:
    done = subprocess.run([BIN / "hadolint", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def copy(words: list[str], app: Path) -> None:
    """As COPY does it: a folder's content, or files, into the target."""
    *sources, target = words
    for source in sources:
        if (REPOSITORY / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "documentation")
            shutil.copytree(REPOSITORY / source, app / target, symlinks=True, ignore=ignored)
        else:
            (app / target).mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / source, app / target)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_steps_of_the_build_make_an_environment_that_works(tmp_path: Path) -> None:
    """`docker build` cannot run everywhere: the first stage's own lines, with folders of this test for the image's."""
    app, binaries = tmp_path / "app", tmp_path / "venv/bin"
    app.mkdir()
    for one in dockerfile():
        if one.stage == 0 and one.word == "COPY":
            copy(one.text.split(), app)
        elif one.stage == 0 and one.word == "RUN":
            script = one.text.replace("/opt/venv", str(tmp_path / "venv"))
            done = subprocess.run(["sh", "-ec", script], cwd=app, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    assert not (binaries / "uv").exists()
    (installed,) = (tmp_path / "venv").glob("lib/*/site-packages/bluedot_assets")
    assert list((installed / "kernel/__pycache__").glob("*.pyc"))
    assert (installed / "adapters/site/documentation/settings/index.html").is_file()
    shutil.rmtree(app)  # the image has none of it
    for words in (["bluedot", "sample"], ["python", "-c", "import dagster_postgres, dagster_webserver"]):
        ran = subprocess.run([binaries / words[0], *words[1:]], cwd=tmp_path, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stderr
