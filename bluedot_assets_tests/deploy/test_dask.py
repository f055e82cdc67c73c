"""The files of a Dask cluster: one image, no open port, and commands that make a cluster which does our work."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.workers.cluster import Cluster
from bluedot_assets_tests import REPOSITORY
from bluedot_assets_tests.deploy.files import DEPLOY, dockerfile
from bluedot_assets_tests.deploy.test_kubernetes import PAGE as KUBERNETES
from bluedot_assets_tests.deploy.test_kubernetes import locked, values
from bluedot_assets_tests.examples import executor_tasks as tasks
from bluedot_assets_tests.servers.processes import BIN, end, free_port, start, wait_until

FOLDER: Final = DEPLOY / "dask"
PAGE: Final = (REPOSITORY / "docs_site/docs/cluster.md").read_text("utf-8")
SERVICES: Final[Mapping[str, Any]] = yaml.safe_load((FOLDER / "docker-compose.yml").read_text("utf-8"))["services"]
MANIFESTS: Final[list[Any]] = list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text("utf-8")))
PORT: Final = "8786"
BUCKET: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION")
FORMS: Final = ("compose", "kubernetes")


def pods() -> dict[str, Any]:
    """The pod of each deployment, by its part of the cluster."""
    found = [one["spec"]["template"] for one in MANIFESTS if one["kind"] == "Deployment"]
    return {one["metadata"]["labels"]["part"]: one["spec"] for one in found}


def commands(form: str) -> dict[str, list[str]]:
    if form == "compose":
        return {name: service["command"] for name, service in SERVICES.items()}
    return {part: pod["containers"][0]["command"] for part, pod in pods().items()}


def here(words: list[str], port: int) -> list[str]:
    """The same command at a port of this machine's loopback."""
    text = "\n".join(words).replace(PORT, str(port)).replace("bluedot-dask-scheduler", "127.0.0.1")
    return re.sub(r"\$\{CLUSTER_\w+(:\?[^}]*)?\}", "127.0.0.1", text).split("\n")


@pytest.mark.long
@pytest.mark.parametrize("form", FORMS)
def test_the_commands_make_a_cluster_that_does_our_work(tmp_path: Path, form: str) -> None:
    port = free_port()
    environment = {"PYTHONPATH": str(REPOSITORY), "POLARS_MAX_THREADS": "1"}
    running = [start(tmp_path, *here(commands(form)[part], port), **environment) for part in ("scheduler", "worker")]
    executor = Cluster(f"tcp://127.0.0.1:{port}", LocalStore(tmp_path / "data"))
    try:
        if form == "compose":
            check = here(SERVICES["scheduler"]["healthcheck"]["test"][1:], port)
            wait_until(lambda: subprocess.run([BIN / check[0], *check[1:]], check=False).returncode == 0, 30, "health")
        wait_until(lambda: port_answers(tmp_path, port), 30, "the scheduler listens")
        assert set(executor.check().values()) == {1}
        assert list(executor.map(tasks.double, range(4))) == [0, 2, 4, 6]
    finally:
        executor.close()
        for process in reversed(running):
            end(process)


def port_answers(root: Path, port: int) -> bool:
    return f":{port}" in (root / "processes.log").read_text()


def test_every_service_comes_back_and_listens_in_the_private_network_alone() -> None:
    for name, service in SERVICES.items():
        assert service["restart"] == "unless-stopped", name
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["logging"]["options"]["max-size"]
        assert "ports" not in service and "env_file" not in service
        assert service["command"][service["command"].index("--host") + 1].startswith("${CLUSTER_HOST")
        assert service["profiles"] == [name]


def test_only_pods_of_the_namespace_reach_the_cluster_and_workers_have_the_buckets_secrets_alone() -> None:
    (policy,) = (one["spec"] for one in MANIFESTS if one["kind"] == "NetworkPolicy")
    assert policy == {
        "podSelector": {"matchLabels": {"app": "bluedot-dask"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {}}]}],
    }
    given = {one["name"] for pod in pods().values() for one in pod["containers"][0].get("env", [])}
    assert given == {"POLARS_MAX_THREADS", *BUCKET}
    assert SERVICES["worker"]["environment"] == {"POLARS_MAX_THREADS": "1"} | dict.fromkeys(BUCKET)
    assert "environment" not in SERVICES["scheduler"]
    assert not any(pod["automountServiceAccountToken"] for pod in pods().values())


def test_the_service_selects_the_scheduler_and_is_what_the_pages_name() -> None:
    (service,) = (one for one in MANIFESTS if one["kind"] == "Service")
    labels = {"app": "bluedot-dask", "part": "scheduler"}
    assert service["spec"]["selector"] == labels
    for one in MANIFESTS:
        if one["kind"] == "Deployment":
            assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
    address = f"tcp://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    assert address in commands("kubernetes")["worker"]
    assert f"BLUEDOT_DASK: {address}" in PAGE


def test_all_are_of_one_image_with_locked_versions_and_of_the_images_user() -> None:
    (deployment,) = values()["dagster-user-deployments"]["deployments"]
    image = f"{deployment['image']['repository']}:{deployment['image']['tag']}"
    assert {pod["containers"][0]["image"] for pod in pods().values()} == {image}
    assert {service["image"] for service in SERVICES.values()} == {"${BLUEDOT_IMAGE:?set it in deploy/dask/.env}"}
    (user,) = (one.text for one in dockerfile() if one.word == "USER")
    text = (FOLDER / "Dockerfile").read_text("utf-8")
    assert text.rstrip().endswith(f"USER {user}")
    for pod in pods().values():
        assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == user
    for package, version in re.findall(r"([\w-]+)==(\S+)", text):
        assert version == locked(package), package
    assert f"distributed=={locked('distributed')}" in KUBERNETES


def test_hadolint_accepts_the_dockerfile() -> None:
    done = subprocess.run([BIN / "hadolint", FOLDER / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
