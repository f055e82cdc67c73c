"""The values for Dagster's Helm chart on the page Kubernetes, as far as they can be tried without Helm."""

import re
from typing import Any, Final

import yaml
from dagster._config import process_config
from dagster._core.instance.config import dagster_instance_config_schema

from bluedot_assets.settings.load import FIELDS, SECRETS
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.deploy.files import INSTANCE, dockerfile

PAGE: Final = (REPOSITORY / "docs_site/docs/kubernetes.md").read_text("utf-8")
# What the chart writes by itself: the database, the launcher of pods, and telemetry by a value of its own.
OF_THE_CHART: Final = {"storage", "run_launcher", "telemetry"}


def values() -> Any:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return yaml.safe_load(block)


def locked(package: str) -> str:
    locks = "".join(path.read_text("utf-8") for path in (REPOSITORY / "requirements").glob("*.lock"))
    (version,) = set(re.findall(rf"^{package}==(\S+)", locks, re.MULTILINE))
    return str(version)


def test_the_locked_dagster_accepts_what_the_chart_adds_to_the_instance() -> None:
    result = process_config(dagster_instance_config_schema(), values()["additionalInstanceConfig"])
    assert result.success, result.errors


def test_it_is_what_a_server_has_but_for_the_number_of_runs() -> None:
    added, server = values()["additionalInstanceConfig"], yaml.safe_load(INSTANCE.read_text("utf-8"))
    assert added["concurrency"]["runs"].pop("max_concurrent_runs") > server["concurrency"]["runs"].pop(
        "max_concurrent_runs"
    )
    assert server.keys() - OF_THE_CHART <= added.keys()
    assert {name: added[name] for name in server if name not in OF_THE_CHART} == {
        name: one for name, one in server.items() if name not in OF_THE_CHART
    }


def test_what_is_added_is_not_written_by_the_chart_a_second_time() -> None:
    given = values()
    daemon = given["dagsterDaemon"]
    assert not any(daemon[name]["enabled"] for name in ("runCoordinator", "runMonitoring", "runRetries"))
    assert not any(daemon[name]["useThreads"] for name in ("sensors", "schedules"))
    assert not given["retention"]["enabled"]
    assert "concurrency" not in given


def test_the_code_location_is_found_where_it_listens_under_its_name() -> None:
    given = values()
    (deployment,) = given["dagster-user-deployments"]["deployments"]
    (server,) = given["dagsterWebserver"]["workspace"]["servers"]
    assert server == {"host": deployment["name"], "port": deployment["port"], "name": "bluedot_assets"}
    assert deployment["dagsterApiGrpcArgs"] == ["-m", "bluedot_assets.definitions"]


def test_its_settings_are_settings_and_no_secret_stands_among_them() -> None:
    (deployment,) = values()["dagster-user-deployments"]["deployments"]
    assert deployment["env"].keys() <= set(FIELDS)
    assert not deployment["env"].keys() & SECRETS
    assert deployment["env"]["BLUEDOT_DATA"].startswith("s3://")
    named = set(re.findall(r"--from-(?:literal|file)=([A-Z_]+)=", PAGE))
    assert {name for name in named if not name.startswith("AWS_")} <= SECRETS


def test_image_and_chart_are_of_the_locked_versions_and_of_the_images_user() -> None:
    assert re.findall(r"dagster-k8s==(\S+)", PAGE) == [locked("dagster-postgres")]
    assert re.findall(r"--version (\S+)", PAGE) == [locked("dagster")]
    (user,) = (one.text for one in dockerfile() if one.word == "USER")
    assert f"USER {user}" in PAGE
    (deployment,) = values()["dagster-user-deployments"]["deployments"]
    context = deployment["podSecurityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == user
