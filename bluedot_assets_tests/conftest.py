"""What all tests above the kernel share: a tree, an installation that has run on it, and the command."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import hypothesis
import pytest

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("without deadlines", deadline=None)
hypothesis.settings.load_profile("without deadlines")
pytest.register_assert_rewrite(
    *(f"bluedot_assets_tests.contracts.{name}" for name in ("notifier", "site", "source", "store")),
    "bluedot_assets_tests.examples.trees",
    "bluedot_assets_tests.truth.running",
)

from bluedot_assets.cli import main  # noqa: E402
from bluedot_assets_tests.examples.command_line import Bluedot, Called  # noqa: E402
from bluedot_assets_tests.examples.trees import DAY, ENVIRONMENT_NAMES, Installation, write_tree  # noqa: E402
from bluedot_assets_tests.no_skip import pytest_sessionfinish  # noqa: E402, F401  a hook
from bluedot_assets_tests.servers.s3 import S3Server, s3_server  # noqa: E402
from bluedot_assets_tests.servers.webhooks import Webhooks, serving  # noqa: E402
from bluedot_assets_tests.torture.hooks import (  # noqa: E402, F401  hooks
    pytest_addoption,
    pytest_configure,
    pytest_terminal_summary,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first: at the end nothing would be left to do beside it."""

    def limit(item: pytest.Item) -> float:
        marker = item.get_closest_marker("timeout")
        return float(marker.args[0]) if marker else 0.0

    items.sort(key=limit, reverse=True)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the machine that runs the tests decide nothing, nor does the make that may run them."""
    for name in [*ENVIRONMENT_NAMES, *(name for name in os.environ if name.startswith(("GITHUB_", "RUNNER_", "MAKE")))]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def sample_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of four stocks; to be read only."""
    return write_tree(tmp_path_factory.mktemp("tree") / "drive")


@pytest.fixture
def installation(sample_tree: Path, tmp_path: Path) -> Installation:
    """One that has not run yet."""
    shutil.copytree(sample_tree, tmp_path / "here" / "drive", symlinks=True)
    return Installation(tmp_path / "here")


@pytest.fixture(scope="session")
def published(sample_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """One that has published both timeframes' newest partitions; to be read only."""
    root = tmp_path_factory.mktemp("published") / "here"
    shutil.copytree(sample_tree, root / "drive", symlinks=True)
    made = Installation(root)
    assert made.run("daily", DAY).success
    assert made.run("weekly").success
    return made


@pytest.fixture
def running(published: Installation, tmp_path: Path) -> Installation:
    """The published one, as a copy that a test may change."""
    return published.copy(tmp_path / "running")


@pytest.fixture(scope="session")
def s3_process() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def s3(s3_process: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """A server that speaks S3, with a bucket, which the clients of this process find."""
    for name, value in s3_process.environment.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    return s3_process


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webhooks]:
    with serving(tmp_path_factory.mktemp("webhooks")) as webhooks:
        yield webhooks


@pytest.fixture
def webhooks(services: Webhooks, monkeypatch: pytest.MonkeyPatch) -> Webhooks:
    """Slack, Discord and json://, silent so far."""
    services.answers.clear()
    services.received.clear()
    for name, value in services.environment.items():
        monkeypatch.setenv(name, value)
    return services


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a Dagster home of its own and no settings but the number of workers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PARALLEL_WORKERS", "1")
    return tmp_path


@pytest.fixture
def bluedot(folder: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Bluedot:
    """The command in this process: words in; exit code, output and error text out."""

    def call(*words: str, **settings: str) -> Called:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["bluedot", *words])
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsysbinary.readouterr()
        return Called(int(ended.value.code or 0), out, err.decode())

    return call
