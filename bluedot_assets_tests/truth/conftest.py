"""The command on a folder of its own, at the time of a case."""

from functools import partial
from pathlib import Path

import pytest

from bluedot_assets.commands.run import command
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets_tests.truth.case import Case


@pytest.fixture(scope="session")
def dagster_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all cases: making the tables of a Dagster home takes longer than a run."""
    return tmp_path_factory.mktemp("dagster")


@pytest.fixture
def case_folder(case: Case, folder: Path, dagster_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a case runs in; the clock stands still."""
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home))
    for name, value in (("SOURCE", "drive"), ("DATA", "data"), ("SITE", "site")):
        monkeypatch.setenv(f"BLUEDOT_{name}", value)
    monkeypatch.setenv("RETRY_ATTEMPTS", "0")
    monkeypatch.setattr(command, "Platform", partial(Platform, clock=lambda: case.now))
    return folder
