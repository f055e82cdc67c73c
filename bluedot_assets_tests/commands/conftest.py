"""The command as a person calls it, in this process: words in; exit code, output and error text out."""

import shutil
import sys
from pathlib import Path

import pytest

from bluedot_assets.cli import main
from bluedot_assets_tests.examples.command_line import Bluedot, Called
from bluedot_assets_tests.examples.trees import Installation


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a Dagster home of its own and no settings but the number of workers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PARALLEL_WORKERS", "1")
    return tmp_path


@pytest.fixture
def bluedot(folder: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Bluedot:
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


@pytest.fixture
def source(folder: Path, sample_tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree that the settings name as the source."""
    shutil.copytree(sample_tree, folder / "drive", symlinks=True)
    monkeypatch.setenv("BLUEDOT_SOURCE", "drive")
    return folder / "drive"


@pytest.fixture
def done(folder: Path, published: Installation, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose newest partitions are published already, with settings that say so."""
    shutil.copytree(published.root, folder, symlinks=True, dirs_exist_ok=True)
    for name, value in (("SOURCE", "drive"), ("DATA", "data"), ("SITE", "site")):
        monkeypatch.setenv(f"BLUEDOT_{name}", value)
    return folder
