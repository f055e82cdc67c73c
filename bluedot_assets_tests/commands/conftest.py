"""A source, and what was published of it, in the folder that a command runs in."""

import shutil
from pathlib import Path

import pytest

from bluedot_assets_tests.examples.trees import Installation


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
